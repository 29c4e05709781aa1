"""A spill: what one split gave, in one file, ordered by hash.

    magic            8 bytes
    entries          ordered by hash, see `_ENTRY`
    ids              the source ids, UTF-8, one after the other
    tables           offsets of the 1024 hash buckets, offsets of the ids
    report           JSON: what the split's task counted
    footer           where the parts begin, checksum of tables and report

A bucket holds the entries whose hash begins with the same 10 bits, so the
reducer can read any share of all spills without reading the rest. The file is
renamed into place when it is complete: its presence marks the split as done.
"""

import os
import struct
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import google_crc32c

HASH_BYTES = 16
BUCKET_BITS = 10
BUCKETS = 1 << BUCKET_BITS

_MAGIC = b"vaeprep2"
_ENTRY = struct.Struct("<16sIII")  # hash, sources, bytes of NoteSequence, bytes of features
_FOOTER = struct.Struct("<QQQQI8s")  # ids, tables, report, end, checksum, magic


class SpillError(Exception):
    """A spill in the work folder is damaged."""


class Entry(NamedTuple):
    """One distinct example of a split.

    Attributes:
        hash: 16-byte BLAKE2b of `example`.
        sources: Numbers of the split's source ids, ascending.
        example: The canonical NoteSequence, without id.
        features: The tensor features without ids, empty when not asked for.
    """

    hash: bytes
    sources: Sequence[int]
    example: bytes
    features: bytes


@dataclass(frozen=True, slots=True)
class Spill:
    """An open spill's tables; entries are read from the file when asked for.

    Attributes:
        path: The file.
        bucket_offsets: uint64[BUCKETS + 1], where each bucket's entries begin.
        id_offsets: uint64[sources + 1], where each id begins in `ids`.
        ids: All source ids, UTF-8, joined.
        report: The JSON bytes that were given to `write`.
    """

    path: Path
    bucket_offsets: "array[int]"
    id_offsets: "array[int]"
    ids: bytes
    report: bytes

    def source_id(self, number: int) -> str:
        """The source id with this number."""
        return self.ids[self.id_offsets[number] : self.id_offsets[number + 1]].decode("utf-8")


def hash_example(example: bytes) -> bytes:
    """The 16-byte BLAKE2b by which equal examples are found."""
    return blake2b(example, digest_size=HASH_BYTES).digest()


def bucket_of(digest: bytes) -> int:
    """The bucket of a hash: its first 10 bits."""
    return digest[0] << 2 | digest[1] >> 6


def write(path: Path, entries: Sequence[Entry], ids: Sequence[str], report: bytes) -> None:
    """Writes a spill that appears under its name only when complete.

    Args:
        path: Where it shall stand.
        entries: Ordered by hash, each hash once.
        ids: The source ids that the entries' numbers mean.
        report: What the task counted, as JSON.

    Raises:
        OSError: The work folder is full or cannot be written.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb", buffering=1 << 20) as file:
            file.write(_MAGIC)
            buckets = array("Q")
            position = len(_MAGIC)
            for entry in entries:
                while len(buckets) <= bucket_of(entry.hash):
                    buckets.append(position)
                position += file.write(_entry_bytes(entry))
            while len(buckets) <= BUCKETS:
                buckets.append(position)
            encoded = [source_id.encode("utf-8") for source_id in ids]
            offsets = array("Q", [0])
            for data in encoded:
                file.write(data)
                offsets.append(offsets[-1] + len(data))
            tables = buckets.tobytes() + offsets.tobytes()
            tables_at = position + offsets[-1]
            report_at = tables_at + len(tables)
            file.write(tables + report)
            checksum = google_crc32c.value(tables + report)
            end = report_at + len(report)
            file.write(_FOOTER.pack(position, tables_at, report_at, end, checksum, _MAGIC))
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def entry_size(entry: Entry) -> int:
    """Bytes that an entry takes in a spill."""
    return _ENTRY.size + 4 * len(entry.sources) + len(entry.example) + len(entry.features)


def open_spill(path: Path) -> Spill:
    """Reads a spill's tables.

    Raises:
        SpillError: The file is no complete spill.
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size < _FOOTER.size + len(_MAGIC):
            raise SpillError(f"{path} is too short")
        footer = os.pread(file.fileno(), _FOOTER.size, size - _FOOTER.size)
        ids_at, tables_at, report_at, end, checksum, magic = _FOOTER.unpack(footer)
        if magic != _MAGIC or end + _FOOTER.size != size:
            raise SpillError(f"{path} is not complete")
        file.seek(ids_at)
        ids = file.read(tables_at - ids_at)
        tables = file.read(report_at - tables_at)
        report = file.read(end - report_at)
    if google_crc32c.value(tables + report) != checksum:
        raise SpillError(f"{path} is damaged")
    offsets = array("Q", tables)
    return Spill(path, offsets[: BUCKETS + 1], offsets[BUCKETS + 1 :], ids, report)


def read_entries(spill: Spill, first: int, last: int) -> Iterator[Entry]:
    """Reads the entries of the buckets `first` up to, not including, `last`.

    Raises:
        SpillError: An entry's bytes do not match its hash.
        OSError: The file cannot be read.
    """
    start, stop = spill.bucket_offsets[first], spill.bucket_offsets[last]
    if start == stop:
        return
    with spill.path.open("rb", buffering=0) as file:
        data = os.pread(file.fileno(), stop - start, start)
    if len(data) != stop - start:
        raise SpillError(f"{spill.path} has become shorter")
    position = 0
    while position < len(data):
        digest, count, example_bytes, feature_bytes = _ENTRY.unpack_from(data, position)
        position += _ENTRY.size
        sources = struct.unpack_from(f"<{count}I", data, position)
        position += 4 * count
        example = data[position : position + example_bytes]
        position += example_bytes
        features = data[position : position + feature_bytes]
        position += feature_bytes
        if hash_example(example) != digest:
            raise SpillError(f"{spill.path} is damaged")
        yield Entry(digest, sources, example, features)


def _entry_bytes(entry: Entry) -> bytes:
    header = _ENTRY.pack(
        entry.hash, len(entry.sources), len(entry.example), len(entry.features)
    )
    sources = struct.pack(f"<{len(entry.sources)}I", *entry.sources)
    return b"".join((header, sources, entry.example, entry.features))
