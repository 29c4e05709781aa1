"""TFRecord files: checked reading by range, walking by headers, atomic writing.

A TFRecord file is a row of records. Each is framed as

    length   8 bytes, little-endian
    crc      4 bytes, masked CRC-32C of the 8 length bytes
    payload  `length` bytes
    crc      4 bytes, masked CRC-32C of the payload

Both checksums are verified on reading. After a damaged payload the next record
is found through the (verified) length; after a damaged length nothing tells
where the next record begins, so the rest of the file is lost and named.
"""

import gzip
import io
import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO

import google_crc32c

from vaeprep.files.remote import RemotePath
from vaeprep.files.whole import whole_file

_HEADER = struct.Struct("<QI")
_CRC = struct.Struct("<I")
HEADER_BYTES = _HEADER.size
FRAME_BYTES = HEADER_BYTES + _CRC.size
MAX_RECORD_BYTES = 1 << 28
"""Longest record that is read (256 MiB, some ten million notes); memory stays bounded."""

_READ_BUFFER = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Record:
    """One intact record: where its frame begins in the (unzipped) file, and its payload."""

    offset: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Damage:
    """A place in a file that could not be read.

    Attributes:
        offset: Where the damaged frame begins in the (unzipped) file.
        reason: What is wrong, in words.
        rest_lost: True when nothing after `offset` in the file can be found.
    """

    offset: int
    reason: str
    rest_lost: bool


@dataclass(frozen=True, slots=True)
class Range:
    """Whole records in a row: bytes `start` up to `stop` hold `records` of them."""

    start: int
    stop: int
    records: int


GZIPPED = Range(0, 0, 0)
"""What `walk` gives of a gzip file."""


def masked_crc(data: bytes) -> int:
    """The masked CRC-32C that TFRecord stores for `data`."""
    crc: int = google_crc32c.value(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def frame(payload: bytes) -> bytes:
    """One record as it stands in a file: length, checksum, payload, checksum."""
    return b"".join((_header(len(payload)), payload, _CRC.pack(masked_crc(payload))))


@lru_cache(maxsize=1 << 14)
def _header(length: int) -> bytes:
    """What stands before a payload of this length; most lengths come again and again."""
    data = length.to_bytes(8, "little")
    return data + _CRC.pack(masked_crc(data))


def is_gzip(path: Path) -> bool:
    """Whether the file begins as a gzip file does.

    A TFRecord does too when its first record has 35,615 bytes, or some multiple
    of 65,536 more. The checksum of its length tells the two apart.
    """
    with path.open("rb", buffering=HEADER_BYTES) as file:
        return _begins_gzip(file.read(HEADER_BYTES))


def _begins_gzip(head: bytes) -> bool:
    return head.startswith(_GZIP_MAGIC) and _check_header(head, 0, None)[1] is not None


def begins_well(path: Path) -> bool:
    """Whether a file begins as a TFRecord does: no records, a record, or a gzip stream.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEADER_BYTES)
    return not head or head.startswith(_GZIP_MAGIC) or _check_header(head, 0, None)[1] is None


def read_records(
    path: Path,
    start: int = 0,
    stop: int | None = None,
    buffer_bytes: int = _READ_BUFFER,
) -> Iterator[Record | Damage]:
    """Reads the records between two byte offsets, both checksums verified.

    Args:
        path: A TFRecord file; a gzip file is unzipped on the way (and is then
            read from its beginning: `start` must be 0).
        start: Offset of a record's frame.
        stop: Offset where a frame ends; None reads to the end of the file. Up to
            `stop` an object in a store is read in one request.
        buffer_bytes: How much is read at once.

    Yields:
        Each record in file order, a `Damage` in place of each bad one.

    Raises:
        OSError: The file cannot be opened or read.
    """
    with _opened(path, start, stop, buffer_bytes) as file:
        yield from _records(file, start, stop)


def walk(path: Path, range_bytes: int) -> Iterator[Range | Damage]:
    """Cuts a TFRecord file into ranges by its headers alone.

    Payloads are skipped, not read, so that a file of many gigabytes is planned
    in seconds.

    Args:
        path: A TFRecord file.
        range_bytes: A range ends with the first record that reaches this size.

    Yields:
        Ranges in file order, and at the end a `Damage` if a header is bad. Of a gzip
        file only `GZIPPED`: it cannot be walked.

    Raises:
        OSError: The file cannot be opened or read.
    """
    if isinstance(path, RemotePath):
        with path.open("rb") as file:
            yield from _walk(path.stat().st_size, _reader(file), range_bytes)
    else:
        with path.open("rb", buffering=0) as file:
            number = file.fileno()
            size = os.fstat(number).st_size
            yield from _walk(size, lambda at: os.pread(number, HEADER_BYTES, at), range_bytes)


def _reader(file: IO[bytes]) -> Callable[[int], bytes]:
    """Reads headers from a buffer that reads ahead: one request for many."""

    def header_at(position: int) -> bytes:
        file.seek(position)
        return file.read(HEADER_BYTES)

    return header_at


def _walk(
    size: int, header_at: Callable[[int], bytes], range_bytes: int
) -> Iterator[Range | Damage]:
    start = position = records = 0
    damage = None
    while position < size:
        header = header_at(position)
        length, damage = _check_header(header, position, size - position)
        if damage:
            break
        position += FRAME_BYTES + length
        records += 1
        if position - start >= range_bytes:
            yield Range(start, position, records)
            start, records = position, 0
    if damage and not position and _begins_gzip(header):
        yield GZIPPED
        return
    if records:
        yield Range(start, position, records)
    if damage:
        yield damage


def explain(path: Path, damage: Damage) -> str:
    """What a damage means for the file, in words that a user can act on.

    A file that is lost from its first byte on is no TFRecord but something else.

    Raises:
        OSError: The file cannot be read.
    """
    if not damage.rest_lost:
        return damage.reason
    if damage.offset == 0 and not is_gzip(path):
        return f"{no_tfrecord(path)} ({damage.reason})"
    return f"{damage.reason}; the rest of the file is lost"


def no_tfrecord(path: Path) -> str:
    """Says that a file is no TFRecord, and what it seems to be."""
    return f"not a TFRecord, it looks like {looks_like(path)}"


def looks_like(path: Path) -> str:
    """Says what a file that is no TFRecord seems to be, for an error message."""
    with path.open("rb") as file:
        head = file.read(64)
    if not head:
        return "an empty file"
    if head.startswith(b"MThd"):
        return "a MIDI file"
    if head.startswith(_GZIP_MAGIC):
        return "a gzip file without TFRecords in it"
    if head.startswith(b"PK\x03\x04"):
        return "a zip file"
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return "a zstandard file"
    if is_text(head):
        return "a text file"
    if _is_zlib(path):
        return "TFRecords compressed with ZLIB; write them with GZIP or without compression"
    return "no TFRecord file"


def _is_zlib(path: Path) -> bool:
    """Whether a file is a zlib stream with a TFRecord's header in it."""
    with path.open("rb") as file:
        try:
            begin = zlib.decompressobj().decompress(file.read(_READ_BUFFER), HEADER_BYTES)
        except zlib.error:
            return False
    length, damage = _check_header(begin, 0, None)
    return damage is None and length > 0


def write_records(path: Path, payloads: Iterable[bytes]) -> int:
    """Writes a TFRecord file that appears under its name only when complete.

    Args:
        path: Where the file shall stand.
        payloads: The records' payloads, in order.

    Returns:
        The number of records.

    Raises:
        OSError: The file cannot be written; nothing stands at `path` then.
    """
    count = 0
    with whole_file(path) as file:
        for payload in payloads:
            file.write(frame(payload))
            count += 1
    return count


@contextmanager
def _opened(path: Path, start: int, stop: int | None, buffer_bytes: int) -> Iterator[IO[bytes]]:
    """Opens a file at a record; with a `stop` it is known not to be a gzip file."""
    with _open(path, start, stop, buffer_bytes) as file:
        if stop is None and _begins_gzip(file.read(HEADER_BYTES)):
            file.seek(0)
            with gzip.GzipFile(fileobj=file, mode="rb") as unzipped:
                yield io.BufferedReader(unzipped, buffer_bytes)
        else:
            file.seek(start)
            yield file


def _open(path: Path, start: int, stop: int | None, buffer_bytes: int) -> IO[bytes]:
    if isinstance(path, RemotePath):
        return path.open_range(start, stop, buffer_bytes)
    return path.open("rb", buffering=buffer_bytes)


def _records(file: IO[bytes], offset: int, stop: int | None) -> Iterator[Record | Damage]:
    while stop is None or offset < stop:
        remaining = None if stop is None else stop - offset
        try:
            header = file.read(HEADER_BYTES)
            if not header:
                if stop is not None:
                    yield Damage(offset, "the file has become shorter", rest_lost=True)
                return
            length, damage = _check_header(header, offset, remaining)
            if damage:
                yield damage
                return
            if length > MAX_RECORD_BYTES:
                yield Damage(offset, f"a record of {length:,} bytes is too long", False)
                if not _skip(file, length + _CRC.size):
                    yield Damage(offset, "the file ends inside this record", rest_lost=True)
                    return
                offset += FRAME_BYTES + length
                continue
            body = file.read(length + _CRC.size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            yield Damage(offset, f"the gzip stream is damaged ({error})", rest_lost=True)
            return
        if len(body) < length + _CRC.size:
            yield Damage(offset, "the file ends inside this record", rest_lost=True)
            return
        payload = body[:length]
        if masked_crc(payload) == _CRC.unpack_from(body, length)[0]:
            yield Record(offset, payload)
        else:
            yield Damage(offset, "wrong checksum of the payload", rest_lost=False)
        offset += FRAME_BYTES + length


def _check_header(
    header: bytes, offset: int, remaining: int | None
) -> tuple[int, Damage | None]:
    """The length in a header, and the damage when it cannot be trusted."""
    if len(header) < HEADER_BYTES:
        return 0, Damage(offset, "the file ends inside this record", rest_lost=True)
    length, crc = _HEADER.unpack(header)
    if crc != masked_crc(header[:8]):
        return 0, Damage(offset, "wrong checksum of the length", rest_lost=True)
    if remaining is not None and FRAME_BYTES + length > remaining:
        return 0, Damage(offset, "the file ends inside this record", rest_lost=True)
    return length, None


def _skip(file: IO[bytes], count: int) -> bool:
    """Reads past `count` bytes in small pieces; False when the file ends before."""
    while count:
        piece = file.read(min(count, _READ_BUFFER))
        if not piece:
            return False
        count -= len(piece)
    return True


def is_text(head: bytes) -> bool:
    """Whether the first bytes of something are readable UTF-8."""
    if not all(byte in b"\t\n\r\f" or byte >= 32 for byte in head):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4  # a character cut in two at the end
    return True
