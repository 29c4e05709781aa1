"""Sharded TFRecord output: written under hidden names, renamed together at the end.

Shards are named `PREFIX-00000-of-00010` as Beam and TensorFlow do. While they
are written they stand beside the output as `.vaeprep-NAME-00000-of-00010.part`,
which the pattern `PREFIX*` does not match.
"""

import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import google_crc32c

from vaeprep.files.names import existing_parts, part_path, shard_path
from vaeprep.files.tfrecord import FRAME_BYTES, frame
from vaeprep.files.whole import whole_file

_BUFFER_BYTES = 16 << 20
"""What all buffers of a shard set may hold together before they are written."""

_LEAST_BUFFER = 1 << 12

_GZIP_LEVEL = 3
"""Level 6 makes two-bar melodies 9 % smaller and takes twice as long."""

_GZIP_WINDOW = 31
"""zlib's number for its largest window with a gzip header, which then holds no time."""

_PRIVATE = 0o600
"""Nobody else reads or writes a shard before it is complete."""

Payload = Callable[[bytes, bytes, Sequence[str]], bytes]
"""From an example's bytes, its features and its source ids to the record to write."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One finished shard.

    Attributes:
        name: File name.
        records: Number of examples.
        bytes: Size of the file.
        crc32c: CRC-32C of the whole file.
    """

    name: str
    records: int
    bytes: int
    crc32c: int


def put_in_place(prefix: Path, number: int, count: int) -> None:
    """Renames a finished shard to its final name, unless a stopped run has done so already.

    Raises:
        OSError: The folder cannot be written.
    """
    part = part_path(prefix, number, count)
    if part.exists():
        part.chmod(0o666 & ~_umask())
        part.replace(shard_path(prefix, number, count))


def is_complete(prefix: Path, shard: Shard, number: int, count: int) -> bool:
    """Whether a shard of the right size stands under its hidden or its final name."""
    part = part_path(prefix, number, count)
    path = part if part.exists() else shard_path(prefix, number, count)
    return path.is_file() and path.stat().st_size == shard.bytes


def remove_parts(prefix: Path) -> None:
    """Deletes what a stopped run has left under hidden names, of whatever count.

    Raises:
        OSError: The folder cannot be written.
    """
    for part in existing_parts(prefix):
        part.unlink()


def _umask() -> int:
    """The permissions that new files of this process do not get."""
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Gives errors of writing (a full disk) the name of the file."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


class ShardSet:
    """The shards of one output while they are written.

    Each shard has a buffer; a file is open only while its buffer is flushed, so
    thousands of shards need no more open files than one.
    """

    def __init__(
        self, prefix: Path, count: int, payload: Payload, zipped: bool = False
    ) -> None:
        """Starts empty shards.

        Args:
            prefix: Output prefix.
            count: Number of shards.
            payload: Makes an example's record.
            zipped: Compress the shards with gzip.

        Raises:
            OSError: The folder cannot be written.
        """
        self._zipped = zipped
        self._parts = [part_path(prefix, number, count) for number in range(count)]
        self._names = [shard_path(prefix, number, count).name for number in range(count)]
        self._payload = payload
        self._buffers = [bytearray() for _ in range(count)]
        self._limit = _limit(count)
        self._records = [0] * count
        self._sizes = [0] * count
        self._crcs = [0] * count
        remove_parts(prefix)
        for part in self._parts:
            with _naming(part):
                os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE))

    def add(self, number: int, example: bytes, features: bytes, ids: Sequence[str]) -> None:
        """Writes example `number` to shard `number` mod the number of shards.

        Raises:
            OSError: The disk is full.
        """
        shard = number % len(self._parts)
        buffer = self._buffers[shard]
        buffer += frame(self._payload(example, features, ids))
        self._records[shard] += 1
        if len(buffer) >= self._limit:
            self._flush(shard)

    def close(self) -> list[Shard]:
        """Flushes everything to the disk.

        Returns:
            The shards, complete but still under their hidden names.

        Raises:
            OSError: The disk is full.
        """
        for shard, part in enumerate(self._parts):
            self._flush(shard)
            with _naming(part), part.open("rb+") as file:
                os.fsync(file.fileno())
        return [
            Shard(name, self._records[i], self._sizes[i], self._crcs[i])
            for i, name in enumerate(self._names)
        ]

    def _flush(self, shard: int) -> None:
        buffer = self._buffers[shard]
        if not buffer:
            return
        data = _gzip_member(buffer) if self._zipped else bytes(buffer)
        buffer.clear()
        part = self._parts[shard]
        with _naming(part), part.open("ab", buffering=0) as file:
            left = memoryview(data)
            while left:
                left = left[file.write(left) :]
        self._crcs[shard] = google_crc32c.extend(self._crcs[shard], data)
        self._sizes[shard] += len(data)


def write_shard(
    prefix: Path,
    number: int,
    count: int,
    *,
    zipped: bool,
    records: int,
    pieces: Iterable[bytes],
) -> Shard:
    """Writes one whole shard with the bytes that a `ShardSet` gives it.

    Args:
        prefix: Output prefix.
        number: The shard's number.
        count: Number of shards of the output.
        zipped: Compress it with gzip.
        records: Number of its records.
        pieces: Its records, framed, each piece whole records.

    Returns:
        The shard, complete but still under its hidden name. It appears there
        only when complete, since another worker may write the same one.

    Raises:
        OSError: The disk is full.
    """
    part = part_path(prefix, number, count)
    crc = size = 0
    with whole_file(part, mode=_PRIVATE) as file:
        for data in _members(pieces, _limit(count)) if zipped else pieces:
            file.write(data)
            crc = google_crc32c.extend(crc, data)
            size += len(data)
    return Shard(shard_path(prefix, number, count).name, records, size, crc)


def _limit(count: int) -> int:
    """Bytes of one shard that are held before they are written, of so many shards."""
    return max(_BUFFER_BYTES // count, _LEAST_BUFFER)


def _members(pieces: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """The gzip members of a shard: each ends with the first record that reaches the limit."""
    buffer = bytearray()
    for piece in pieces:
        at = 0
        while at < len(piece):
            start = at
            while at < len(piece) and len(buffer) + at - start < limit:
                at += FRAME_BYTES + int.from_bytes(piece[at : at + 8], "little")
            buffer += piece[start:at]
            if len(buffer) >= limit:
                yield _gzip_member(buffer)
                buffer.clear()
    if buffer:
        yield _gzip_member(buffer)


def _gzip_member(data: bytearray) -> bytes:
    """A whole gzip file, which may stand behind another one as its continuation.

    So no compressor is kept open for each of thousands of shards.
    """
    compressor = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    return compressor.compress(data) + compressor.flush()
