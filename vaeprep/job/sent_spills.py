"""Spills as results: for workers that do not see the run's work folder.

Such a worker writes its spill into a folder of its own, sends the bytes, and forgets it.
The run's process writes them where the spill of a split stands.
"""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from vaeprep.files.whole import whole_file
from vaeprep.job.report import Report
from vaeprep.job.worker import Task, extract_split


@dataclass(frozen=True, slots=True)
class SentSplit:
    """What a worker found in a split.

    Attributes:
        report: What was counted.
        files: The bytes of all that it wrote, by file name; the spill that marks the
            split as done is the last.
    """

    report: Report
    files: tuple[tuple[str, bytes], ...]


def send_split(task: Task) -> SentSplit:
    """Extracts a split as `extract_split` does, without the work folder.

    Raises:
        StrictError: With `strict`, on the first fault.
        OSError: The input cannot be opened, or this machine's disk is full.
    """
    with tempfile.TemporaryDirectory(prefix="vaeprep-") as folder:
        own = Path(folder) / task.spill_path.name
        report = extract_split(replace(task, spill_path=own))
        # The spill that marks the split as done comes last, after batches and faults.
        paths = sorted(own.parent.iterdir(), key=lambda path: (path == own, path))
        files = tuple((path.name, path.read_bytes()) for path in paths)
    return SentSplit(report, files)


def receive(sent: SentSplit, task: Task) -> Report:
    """Writes what a worker sent where its task wanted them.

    Raises:
        OSError: The work folder is full or cannot be written.
    """
    for name, data in sent.files:
        with whole_file(task.spill_path.with_name(name), sync=False) as file:
            file.write(data)
    return sent.report
