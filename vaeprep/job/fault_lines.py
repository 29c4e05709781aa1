"""Every fault, and every song that gave nothing, one a line: `--faults FILE.jsonl`.

A report names only the first of them; all stand beside the spills (see `lines`).

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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from vaeprep.files.whole import whole_file
from vaeprep.files.writable import check_writable
from vaeprep.job.report import Fault

KIND = "faults"

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
