"""A spill: what one split gave, in one file, ordered by hash.

    magic            8 bytes
    entries          ordered by hash, see `ENTRY`
    ids              the source ids, UTF-8, one after the other
    tables           offsets and checksums of the 1024 hash buckets, offsets of the ids
    report           JSON: what the split's task counted
    footer           where the parts begin, checksum of ids, tables and report

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
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import google_crc32c

from vaeprep.errors import VaeprepError
from vaeprep.files.whole import whole_file

HASH_BYTES = 16
BUCKET_BITS = 10
BUCKETS = 1 << BUCKET_BITS

FORMAT = 2
"""Version of the format; a spill of another one is not read."""

_NAME = b"vaeprep"
_MAGIC = _NAME + b"%d" % FORMAT
ENTRY = struct.Struct("<16sIII")
"""Begins an entry: hash, number of sources, bytes of the NoteSequence, bytes of the features.

The sources' numbers (uint32), the NoteSequence and the features follow."""

_PLACES = struct.Struct("<QQQQ")  # where ids, tables, report begin, and the end
_FOOTER = struct.Struct("<32sI8s")  # places, checksum, magic


class SpillError(VaeprepError):
    """A spill in the work folder is damaged.

    Attributes:
        path: The spill.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} {reason}")
        self.path = path


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
        bucket_offsets: uint32[BUCKETS + 1] (uint64 in a spill above 4 GiB), where
            each bucket's entries begin.
        bucket_crcs: uint32[BUCKETS], CRC-32C of each bucket's bytes.
        id_offsets: uint64[sources + 1], where each id begins in `ids`.
        ids_at: Where the ids begin in the file.
        ids: All source ids, UTF-8, joined; None when they stay in the file.
        report: The JSON bytes that were given to `write`.
    """

    path: Path
    bucket_offsets: "array[int]"
    bucket_crcs: "array[int]"
    id_offsets: "array[int]"
    ids_at: int
    ids: bytes | None
    report: bytes

    def source_id(self, number: int) -> str:
        """The source id with this number.

        Raises:
            OSError: The file cannot be read.
        """
        start, stop = self.id_offsets[number], self.id_offsets[number + 1]
        if self.ids is not None:
            return self.ids[start:stop].decode("utf-8")
        with self.path.open("rb", buffering=0) as file:
            return os.pread(file.fileno(), stop - start, self.ids_at + start).decode("utf-8")


def hash_example(example: bytes) -> bytes:
    """The 16-byte BLAKE2b by which equal examples are found."""
    return blake2b(example, digest_size=HASH_BYTES).digest()


def bucket_of(digest: bytes) -> int:
    """The bucket of a hash: its first 10 bits."""
    return (digest[0] << 8 | digest[1]) >> 16 - BUCKET_BITS


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
    # Its checksums tell when a power cut has left half of it: then it is made once more.
    with whole_file(path, sync=False) as file:
        file.write(_MAGIC)
        offsets = array("Q", [position := len(_MAGIC)])
        crcs = array("Q")
        for bucket in _buckets(entries):
            data = b"".join(map(_entry_bytes, bucket))
            position += file.write(data)
            offsets.append(position)
            crcs.append(google_crc32c.value(data))
        encoded = [source_id.encode("utf-8") for source_id in ids]
        id_offsets = array("Q", accumulate(map(len, encoded), initial=0))
        tables = offsets.tobytes() + crcs.tobytes() + id_offsets.tobytes()
        tail = b"".join((*encoded, tables, report))
        file.write(tail)
        tables_at = position + id_offsets[-1]
        report_at = tables_at + len(tables)
        places = _PLACES.pack(position, tables_at, report_at, report_at + len(report))
        file.write(_FOOTER.pack(places, google_crc32c.value(tail + places), _MAGIC))


def batch_path(path: Path, number: int) -> Path:
    """Where batch `number` of a split stands whose examples are too many for one spill."""
    return path.with_name(f"{path.stem}-{number:05d}{path.suffix}")


def entry_size(entry: Entry) -> int:
    """Bytes that an entry takes in a spill."""
    return ENTRY.size + 4 * len(entry.sources) + len(entry.example) + len(entry.features)


def open_spill(path: Path) -> Spill:
    """Reads a spill's tables.

    Raises:
        SpillError: The file is no complete spill.
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size < _FOOTER.size + len(_MAGIC):
            raise SpillError(path, "is too short")
        footer = os.pread(file.fileno(), _FOOTER.size, size - _FOOTER.size)
        places, checksum, magic = _FOOTER.unpack(footer)
        ids_at, tables_at, report_at, end = _PLACES.unpack(places)
        ordered = len(_MAGIC) <= ids_at <= tables_at <= report_at <= end == size - _FOOTER.size
        if magic != _MAGIC and magic.startswith(_NAME):
            raise SpillError(path, "is of another version of the format")
        if magic != _MAGIC or not ordered:
            raise SpillError(path, "is not complete")
        tail = os.pread(file.fileno(), end - ids_at, ids_at)
    if google_crc32c.value(tail + places) != checksum:
        raise SpillError(path, "is damaged")
    ids = tail[: tables_at - ids_at]
    tables = tail[tables_at - ids_at : report_at - ids_at]
    report = tail[report_at - ids_at :]
    numbers = array("Q", tables)
    offsets = _small(numbers[: BUCKETS + 1])
    crcs = _small(numbers[BUCKETS + 1 : 2 * BUCKETS + 1])
    return Spill(path, offsets, crcs, numbers[2 * BUCKETS + 1 :], ids_at, ids, report)


def _small(numbers: "array[int]") -> "array[int]":
    """The numbers in half the memory, if they fit: a run may have 100,000 spills."""
    return array("I", numbers) if max(numbers) < 1 << 32 else numbers


def read_buckets(path: Path, bounds: Sequence[int], crcs: Sequence[int]) -> bytes:
    """Reads buckets that stand behind each other, and verifies their checksums.

    Args:
        path: The spill.
        bounds: Where each bucket begins in the file, and where the last one ends.
        crcs: CRC-32C of each bucket.

    Returns:
        The entries' bytes.

    Raises:
        SpillError: The bytes do not match their checksums.
        OSError: The file cannot be read.
    """
    start, stop = bounds[0], bounds[-1]
    if start == stop:
        return b""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        data = os.pread(descriptor, stop - start, start)
    finally:
        os.close(descriptor)
    for bucket, crc in enumerate(crcs):
        part = data[bounds[bucket] - start : bounds[bucket + 1] - start]
        if google_crc32c.value(part) != crc:
            raise SpillError(path, "is damaged")
    return data


def read_entries(spill: Spill, first: int, last: int) -> Iterator[Entry]:
    """Reads the entries of the buckets `first` up to, not including, `last`.

    Raises:
        SpillError: The bytes do not match their checksum.
        OSError: The file cannot be read.
    """
    bounds = spill.bucket_offsets[first : last + 1]
    data = read_buckets(spill.path, bounds, spill.bucket_crcs[first:last])
    position = 0
    while position < len(data):
        digest, count, example_bytes, feature_bytes = ENTRY.unpack_from(data, position)
        position += ENTRY.size
        sources = struct.unpack_from(f"<{count}I", data, position)
        position += 4 * count
        example = data[position : position + example_bytes]
        position += example_bytes
        features = data[position : position + feature_bytes]
        position += feature_bytes
        yield Entry(digest, sources, example, features)


def _buckets(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """The entries of each bucket in turn, empty ones included."""
    start = 0
    for bucket in range(BUCKETS):
        stop = start
        while stop < len(entries) and bucket_of(entries[stop].hash) == bucket:
            stop += 1
        yield entries[start:stop]
        start = stop


def _entry_bytes(entry: Entry) -> bytes:
    header = ENTRY.pack(entry.hash, len(entry.sources), len(entry.example), len(entry.features))
    sources = struct.pack(f"<{len(entry.sources)}I", *entry.sources)
    return b"".join((header, sources, entry.example, entry.features))
