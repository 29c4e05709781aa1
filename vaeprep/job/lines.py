"""Lines that workers write beside their spills, and the run puts together at its end.

What a report can only begin to tell stands there in full: every fault, every song. A worker
writes some thousand lines at a time, so there may be any number of them, and none is held
in memory for long. A batch stands there whole or not at all, and has a checksum.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import google_crc32c

from vaeprep.files.whole import whole_file
from vaeprep.job.spill import SpillError

BATCH_BYTES = 1 << 20
"""Lines that a worker holds before it writes them."""


@dataclass(slots=True)
class Lines:
    """The lines of one kind of one split, while its worker writes them.

    Attributes:
        spill_path: The split's spill.
        kind: What the lines tell, for the names of the files, e.g. "faults".
        checksums: CRC-32C of each batch that was written.
    """

    spill_path: Path
    kind: str
    checksums: list[int] = field(default_factory=list)
    _waiting: list[bytes] = field(default_factory=list)
    _size: int = 0

    def add(self, line: bytes) -> None:
        """Takes a line, with the end of the line.

        Raises:
            OSError: The work folder is full or cannot be written.
        """
        self._waiting.append(line)
        self._size += len(line)
        if self._size >= BATCH_BYTES:
            self._write()

    def close(self) -> list[int]:
        """Writes what is left.

        Returns:
            The checksums of all batches.

        Raises:
            OSError: The work folder is full or cannot be written.
        """
        if self._waiting:
            self._write()
        return self.checksums

    def _write(self) -> None:
        data = b"".join(self._waiting)
        path = _batch_path(self.spill_path, self.kind, len(self.checksums))
        with whole_file(path, sync=False) as file:
            file.write(data)
        self.checksums.append(int(google_crc32c.value(data)))
        self._waiting, self._size = [], 0


def read_batches(spill_path: Path, kind: str, checksums: Sequence[int]) -> Iterator[bytes]:
    """Reads the lines beside a spill again, as the bytes of one batch after the other.

    Args:
        spill_path: The split's spill.
        kind: What the lines tell.
        checksums: What `Lines.close` gave.

    Raises:
        SpillError: A batch is missing or damaged.
    """
    for number, checksum in enumerate(checksums):
        path = _batch_path(spill_path, kind, number)
        data = path.read_bytes() if path.exists() else b""
        if google_crc32c.value(data) != checksum:
            raise SpillError(path, "is damaged")
        yield data


def collect(path: Path, batches: Iterable[bytes]) -> None:
    """Puts all lines of a run together in one file.

    Args:
        path: In the work folder.
        batches: The lines of all splits, in the order of the input.

    Raises:
        SpillError: A batch is damaged.
        OSError: The disk is full.
    """
    with whole_file(path, sync=False) as file:
        file.writelines(batches)


def publish_lines(collected: Path, path: Path) -> None:
    """Copies the lines of a run to where they are wanted, whole or not at all.

    Raises:
        OSError: The disk is full or the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with collected.open("rb") as source, whole_file(path) as file:
        shutil.copyfileobj(source, file)


def _batch_path(spill_path: Path, kind: str, number: int) -> Path:
    return spill_path.with_name(f"{spill_path.stem}-{number:05d}.{kind}")
