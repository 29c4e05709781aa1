"""The work folder of a run: what it is for, its plan, its spills. And the output's lock.

It stands beside the output as `.vaeprep-NAME` (or in `--work-dir`), a name that
the pattern `PREFIX*` does not match:

    job.json     what the run is: format, version, options, a digest of the inputs
    plan.json    the inputs with size and time, and the splits
    spills-XXXX/ a file (seldom several) for each finished split, its faults, its songs
    faults.jsonl all faults, in the order of the input
    songs.jsonl  all songs, in the order of the input
    merged.json  the shards are complete and are being renamed

The name of the spills' folder is new each time work begins anew: a worker that
outlives a killed run for a moment can never write among the spills of another.
The lock stands beside the output, wherever the work folder is.
"""

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

from vaeprep.errors import UsageError, option
from vaeprep.files.remote import RemotePath
from vaeprep.files.whole import write_whole
from vaeprep.inputs import plan_json
from vaeprep.inputs.found import InputFile
from vaeprep.inputs.splits import Plan
from vaeprep.job.staging import staged_prefix

FORMAT = 4
"""Version of what stands in a work folder; work of another one is not taken up."""

_JOB = "job.json"
_PLAN = "plan.json"
_COMMAND = "command"
INPUTS = "inputs"
"""What in a job tells its inputs: a digest of their names, sizes and times."""


class BusyError(UsageError):
    """Another run is at work on the same output."""


class OtherJobError(UsageError):
    """The work folder holds unfinished work of another command."""


@dataclass(frozen=True, slots=True)
class WorkFolder:
    """The paths of a work folder.

    Attributes:
        path: The folder.
        spills: The folder of the spills in it.
    """

    path: Path
    spills: Path

    def spill(self, split: int) -> Path:
        """Where a split's spill stands when the split is done."""
        return self.spills / f"{split:07d}.spill"

    def load(self, name: str) -> Any:
        """The JSON file `name`, or None when it is not there."""
        return _load(self.path / name)

    def save(self, name: str, value: Any) -> None:
        """Writes the JSON file `name`, whole or not at all."""
        write_whole(self.path / name, json.dumps(value))

    def remove(self) -> None:
        """Deletes the folder; what tells whose work it is goes last."""
        shutil.rmtree(self.spills, ignore_errors=True)
        for path in self.path.iterdir():
            if path.name != _JOB:
                path.unlink(missing_ok=True)
        (self.path / _JOB).unlink(missing_ok=True)
        shutil.rmtree(self.path, ignore_errors=True)


def _load(path: Path) -> Any:
    """A JSON file's value, or None when it is not there."""
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise UsageError(
            f"{path} is damaged ({error}); add ", option("restart", True), " to begin anew"
        ) from error


def work_path(prefix: Path, work_dir: Path | None) -> Path:
    """Where the work folder of an output prefix stands.

    In a `--work-dir`, which several outputs of the same name may share, the
    name also tells the output's folder. That of an output in object storage stands
    where its shards are written before they are uploaded.
    """
    if isinstance(prefix, RemotePath):
        return work_path(staged_prefix(prefix, work_dir), None)
    if work_dir is None:
        return prefix.with_name(f".vaeprep-{prefix.name}")
    folder = os.fsencode(prefix.parent.resolve())
    return work_dir / f".vaeprep-{prefix.name}-{blake2b(folder, digest_size=4).hexdigest()}"


def has_work(path: Path) -> bool:
    """Whether a stopped run has left its work in a folder."""
    return (path / _JOB).exists()


@contextmanager
def lock_output(prefix: Path) -> Iterator[None]:
    """Keeps other runs from writing the same output while this one is at work.

    The operating system takes the lock back when the process ends, however it
    ends; a lock file that is left behind locks nothing.

    Raises:
        BusyError: Another run holds the lock.
        OSError: The folder cannot be written.
    """
    path = prefix.with_name(f".vaeprep-{prefix.name}.lock")
    with contextlib.ExitStack() as stack:
        while True:
            file = stack.enter_context(open(path, "a", opener=_private))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BusyError(
                    f"another vaeprep run is writing this output ({path}); wait for it"
                ) from error
            if _is_still_at(path, file):
                break  # otherwise its owner finished and deleted it just now
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _is_still_at(path: Path, file: IO[str]) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def open_work_folder(
    path: Path,
    job: Mapping[str, Any],
    restart: bool,
    files: Iterable[InputFile] = (),
    command: str = "",
) -> WorkFolder:
    """Makes the folder, or takes up the unfinished work in it. The output is locked.

    Args:
        path: The folder.
        job: What this run is; JSON values only.
        restart: Throw unfinished work away.
        files: The inputs of this run, to say which of them is another.
        command: The command line, for who gives another one later.

    Raises:
        OtherJobError: The unfinished work belongs to another command.
        OSError: The folder cannot be made.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    job = {"work folder format": FORMAT, **job}
    if not restart:
        earlier = _load(path / _JOB)
        given = earlier.pop(_COMMAND, "") if earlier is not None else ""
        if earlier is not None and earlier != job:
            difference = _difference(path, earlier, job, files)
            raise OtherJobError(
                f"unfinished work of another command stands in {path} "
                f"({difference}); finish that command, or add ",
                option("restart", True),
                " to throw its work away",
                f". The earlier command: {given}" if given else "",
            )
        folders = sorted(path.glob("spills-*"))
        if earlier is not None and len(folders) == 1:
            folder = WorkFolder(path, folders[0])
            for part in folder.spills.glob("*.part"):
                part.unlink(missing_ok=True)  # of workers that were killed
            return folder
    return _begin_anew(path, {**job, _COMMAND: command})


def _begin_anew(path: Path, job: Mapping[str, Any]) -> WorkFolder:
    (path / _JOB).unlink(missing_ok=True)  # first: without it nothing here counts as work
    for child in path.iterdir():
        if child.is_dir():
            # A worker of a killed run finds nothing more under the old name.
            shutil.rmtree(child.rename(child.with_name(f"old-{os.urandom(4).hex()}")))
        else:
            child.unlink()
    folder = WorkFolder(path, path / f"spills-{os.urandom(4).hex()}")
    folder.spills.mkdir(mode=0o700)
    folder.save(_JOB, job)
    return folder


def save_plan(folder: WorkFolder, plan: Plan) -> None:
    """Keeps the plan, so that a resumed run cuts the input in the same way."""
    folder.save(_PLAN, plan_json.to_json(plan))


def load_plan(folder: WorkFolder) -> Plan | None:
    """The plan of unfinished work, or None."""
    values = folder.load(_PLAN)
    return None if values is None else plan_json.from_json(values)


def _difference(
    path: Path, earlier: Mapping[str, Any], now: Mapping[str, Any], files: Iterable[InputFile]
) -> str:
    """The first thing in which two jobs differ, in words."""
    for name, value in now.items():
        before = earlier.get(name)
        if before == value:
            continue
        if name == INPUTS:
            return _input_difference(_load(path / _PLAN), files)
        return f"its {name} was {before!r}, now {value!r}"
    return "it was made by another version"


def _input_difference(earlier: Any, files: Iterable[InputFile]) -> str:
    if earlier is None:
        return "its inputs were others"
    before = {file.text: file for file in plan_json.from_json(earlier).files}
    after = {file.text: file for file in files}
    for path, file in after.items():
        if path not in before:
            return f"{path} was not among its inputs"
        was = before[path]
        if (was.size, was.modified_ns) != (file.size, file.modified_ns):
            return f"the input {path} has changed since"
    gone = next((path for path in before if path not in after), None)
    return f"its input {gone} is missing now" if gone else "its inputs had another order"
