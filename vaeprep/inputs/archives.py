"""The bytes of music files: plain, packed with gzip, in a zip archive, or in a RIFF file.

Nothing is written to disk, and what a few packed bytes can unpack to is bounded.
"""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import IO

from vaeprep.files.remote import is_remote
from vaeprep.inputs.found import Folder, InputFile, Loss
from vaeprep.inputs.kinds import is_zip_name, kind_by_name, unread_ending

MAX_UNPACKED_BYTES = 1 << 26
"""The most that one packed music file may unpack to: 64 MiB, an hour of dense MIDI a
thousand times over."""

_GZIP_MAGIC = b"\x1f\x8b"
_JUNK = "__MACOSX/"  # resource forks, which a Mac adds to its archives
_ENCRYPTED = 0x1


class UnreadableError(Exception):
    """The bytes of a music file cannot be had; the message says why."""


def members(archive: Folder, modified_ns: int) -> Iterator[InputFile | Loss | str]:
    """The music files in a zip archive.

    Args:
        archive: The archive, as the folder of its members.
        modified_ns: Its time of last change.

    Yields:
        Each music file, sorted by name; the ending of each that looks like music but
        is not read; a `Loss` when the archive itself cannot be read.
    """
    try:
        with zipfile.ZipFile(archive.path) as opened:
            entries = sorted(opened.infolist(), key=lambda entry: entry.filename)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        yield Loss(Path(archive.path), 0, f"this zip archive cannot be read: {_why(error)}")
        return
    if sum(entry.compress_size for entry in entries) > Path(archive.path).stat().st_size:
        yield Loss(Path(archive.path), 0, "a zip archive whose members overlap: likely hostile")
        return
    for entry in entries:
        name = entry.filename
        if entry.is_dir() or name.startswith(_JUNK):
            continue
        kind = kind_by_name(name)
        if kind is not None:
            yield InputFile(archive, name, entry.file_size, modified_ns, kind)
        elif is_zip_name(name):
            yield ".zip in .zip"
        elif (ending := unread_ending(name)) is not None:
            yield ending


def contents(file: InputFile) -> bytes:
    """The bytes of the music in a file, unpacked.

    Raises:
        UnreadableError: They cannot be unpacked, or are too many.
        OSError: The file cannot be read.
    """
    data = _member(file) if file.folder.is_archive else _plain(file)
    if data.startswith(_GZIP_MAGIC):
        data = _unzip(data)
    return from_riff(data)


@lru_cache(maxsize=1)
def _open(archive: str, _modified_ns: int) -> zipfile.ZipFile:
    """An archive, kept open: a worker reads many splits of a large one."""
    return zipfile.ZipFile(archive)


def _member(file: InputFile) -> bytes:
    try:
        archive = _open(file.folder.path, file.modified_ns)
        entry = archive.getinfo(file.name)
        if entry.flag_bits & _ENCRYPTED:
            raise UnreadableError("it is encrypted in the archive; unpack it first")
        with archive.open(entry) as member:
            return _bounded(member)
    except (UnreadableError, OSError):
        raise
    except Exception as error:  # zipfile raises a dozen kinds on what is damaged
        raise UnreadableError(f"damaged in the archive ({_why(error)})") from None


def from_riff(data: bytes) -> bytes:
    """The MIDI file in an RMID file's `data` chunk; other bytes as they are.

    Raises:
        UnreadableError: An RMID file without such a chunk.
    """
    if not (data.startswith(b"RIFF") and data[8:12] == b"RMID"):
        return data
    place = 12
    while place + 8 <= len(data):
        name, size = struct.unpack_from("<4sL", data, place)
        if name == b"data":
            return data[place + 8 : place + 8 + size]
        place += 8 + size + size % 2
    raise UnreadableError("a RIFF file without MIDI in it")


def _plain(file: InputFile) -> bytes:
    if is_remote(file.text):
        return file.path.read_bytes()
    with open(file.text, "rb") as opened:
        return opened.read()


def _unzip(data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as unzipped:
            return _bounded(unzipped)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableError(f"the gzip stream is damaged ({_why(error)})") from None


def _bounded(stream: gzip.GzipFile | IO[bytes]) -> bytes:
    data = stream.read(MAX_UNPACKED_BYTES + 1)
    if len(data) > MAX_UNPACKED_BYTES:
        raise UnreadableError(f"it unpacks to over {MAX_UNPACKED_BYTES >> 20} MiB")
    return bytes(data)


def _why(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).strip()
