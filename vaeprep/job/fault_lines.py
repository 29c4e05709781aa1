"""Every fault, and every song that gave nothing, one a line: `--faults FILE.jsonl`.

A report names only the first of them. A worker writes all of them beside its spill, some
thousand lines at a time, and the run puts them together at the end, in the order of the
input; so there may be any number of them, and none is held in memory for long.

Each line is a JSON object:

    kind    "failed", "damaged", "undecodable", "changed", "lost" (see `Fault`), "nothing"
            (a song without an example), "mended", "unread", "not-merged" (remarks)
    path    the input file
    offset  where the record begins in the (unzipped) file, in bytes
    id      the song's id, empty if it is not known
    reason  what is wrong
    cause   why, in plain words, where the reason is an error that has some
"""

import json
import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import google_crc32c

from vaeprep.files.whole import whole_file
from vaeprep.files.writable import check_writable
from vaeprep.job.report import Fault
from vaeprep.job.spill import SpillError

BATCH_BYTES = 1 << 20
"""Lines that a worker holds before it writes them."""

LOG = logging.getLogger("vaeprep")

_BEGINS = b'{"kind": '


def line_of(fault: Fault) -> bytes:
    """A fault as a line of JSON."""
    value = {
        "kind": fault.kind,
        "path": fault.path,
        "offset": fault.offset,
        "id": fault.source_id,
        "reason": fault.reason,
    }
    if fault.cause:
        value["cause"] = fault.cause
    return json.dumps(value).encode("ascii") + b"\n"


def check_faults_path(path: Path) -> None:
    """Refuses a path where the lines cannot be written.

    Raises:
        UsageError: Something else stands there, or the folder cannot be written.
    """
    check_writable(path, _BEGINS, "list of faults")


@contextmanager
def faults_file(path: Path | None) -> Iterator[Callable[[Fault], None]]:
    """Opens a list of faults that appears under its name when it is complete.

    Args:
        path: The file; None only tells the log.

    Yields:
        Adds a fault, and tells the log.

    Raises:
        UsageError: Something else stands there, or the folder cannot be written.
        OSError: The disk is full.
    """
    if path is None:
        yield _log
        return
    check_faults_path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:

        def add(fault: Fault) -> None:
            _log(fault)
            file.write(line_of(fault))

        yield add


def write_batch(spill_path: Path, number: int, lines: Sequence[bytes]) -> int:
    """Writes some lines beside a spill.

    Returns:
        Their CRC-32C.

    Raises:
        OSError: The work folder is full or cannot be written.
    """
    data = b"".join(lines)
    with whole_file(_batch_path(spill_path, number), sync=False) as file:
        file.write(data)
    return int(google_crc32c.value(data))


def read_batches(spill_path: Path, checksums: Sequence[int]) -> Iterator[bytes]:
    """Reads the lines beside a spill again, as the bytes of one batch after the other.

    Args:
        spill_path: The split's spill.
        checksums: What `write_batch` gave for each batch.

    Raises:
        SpillError: A batch is missing or damaged.
    """
    for number, checksum in enumerate(checksums):
        path = _batch_path(spill_path, number)
        data = path.read_bytes() if path.exists() else b""
        if google_crc32c.value(data) != checksum:
            raise SpillError(path, "is damaged")
        yield data


def collect(path: Path, first: Iterable[Fault], batches: Iterable[bytes]) -> None:
    """Puts all lines of a run together in one file.

    Args:
        path: In the work folder.
        first: Faults of the run itself.
        batches: The lines of all splits, in the order of the input.

    Raises:
        SpillError: A batch is damaged.
        OSError: The disk is full.
    """
    with whole_file(path, sync=False) as file:
        file.writelines(map(line_of, first))
        file.writelines(batches)


def publish_lines(collected: Path, path: Path) -> None:
    """Copies the lines of a run to where the user wants them, whole or not at all.

    Raises:
        OSError: The disk is full or the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with collected.open("rb") as source, whole_file(path) as file:
        shutil.copyfileobj(source, file)


def log_faults(collected: Path) -> None:
    """Tells the log of each fault, if there is a log."""
    if not LOG.isEnabledFor(logging.INFO):
        return
    with collected.open("rb") as lines:
        for line in lines:
            value = json.loads(line)
            value["source_id"] = value.pop("id")
            _log(Fault(**value))


def _log(fault: Fault) -> None:
    LOG.info("%s: %s", fault.kind, fault)


def _batch_path(spill_path: Path, number: int) -> Path:
    return spill_path.with_name(f"{spill_path.stem}-{number:05d}.faults")
