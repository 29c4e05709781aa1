"""The work folder of a run: what it is for, its plan, its spills, and its lock.

It stands beside the output as `.vaeprep-NAME` (or in `--work-dir`), a name that
the pattern `PREFIX*` does not match:

    lock         held while a run is at work
    job.json     what the run is: version, options, inputs with size and time
    plan.json    the splits
    spills/      one file for each finished split
    merged.json  the shards are complete and are being renamed
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vaeprep.errors import UsageError
from vaeprep.sources import InputFile, Loss, Plan, Split


class BusyError(UsageError):
    """Another run is at work on the same output."""


class OtherJobError(UsageError):
    """The work folder holds unfinished work of another command."""


@dataclass(frozen=True, slots=True)
class WorkFolder:
    """The paths of a work folder."""

    path: Path

    @property
    def spills(self) -> Path:
        """The folder of the spills."""
        return self.path / "spills"

    def spill(self, split: int) -> Path:
        """Where a split's spill stands when the split is done."""
        return self.spills / f"{split:07d}.spill"

    def load(self, name: str) -> Any:
        """The JSON file `name`, or None when it is not there."""
        try:
            return json.loads((self.path / name).read_text("utf-8"))
        except FileNotFoundError:
            return None

    def save(self, name: str, value: Any) -> None:
        """Writes the JSON file `name`, whole or not at all."""
        write_atomically(self.path / name, json.dumps(value))

    def remove(self) -> None:
        """Deletes the folder and everything in it."""
        shutil.rmtree(self.path, ignore_errors=True)


def write_atomically(path: Path, text: str) -> None:
    """Writes a text file that is never seen half-written.

    Raises:
        OSError: The disk is full or the folder cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def work_path(prefix: Path, work_dir: Path | None) -> Path:
    """Where the work folder of an output prefix stands."""
    return (work_dir or prefix.parent) / f".vaeprep-{prefix.name}"


@contextmanager
def open_work_folder(path: Path, job: Mapping[str, Any], restart: bool) -> Iterator[WorkFolder]:
    """Makes the folder, or takes up the unfinished work in it.

    Args:
        path: The folder.
        job: What this run is; JSON values only.
        restart: Throw unfinished work away.

    Yields:
        The folder, locked against a second run.

    Raises:
        BusyError: Another run holds the lock.
        OtherJobError: The unfinished work belongs to another command.
        OSError: The folder cannot be made.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = WorkFolder(path)
    with (path / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BusyError(
                f"another vaeprep run is writing this output (lock in {path}); wait for it"
            ) from error
        _take_up(folder, job, restart)
        yield folder


def save_plan(folder: WorkFolder, plan: Plan) -> None:
    """Keeps the plan, so that a resumed run cuts the input in the same way."""
    folder.save("plan.json", json.loads(json.dumps(asdict(plan), default=str)))


def load_plan(folder: WorkFolder) -> Plan | None:
    """The plan of unfinished work, or None."""
    values = folder.load("plan.json")
    if values is None:
        return None
    return Plan(
        files=tuple(InputFile(**_with_paths(v, "path", "midi_root")) for v in values["files"]),
        splits=tuple(
            Split(**{**_with_paths(v, "path"), "midi_files": tuple(v["midi_files"])})
            for v in values["splits"]
        ),
        losses=tuple(Loss(**_with_paths(v, "path")) for v in values["losses"]),
    )


def _with_paths(values: dict[str, Any], *names: str) -> dict[str, Any]:
    """JSON values with those that are paths made paths again."""
    paths = {name: Path(values[name]) for name in names if values[name] is not None}
    return {**values, **paths}


def _take_up(folder: WorkFolder, job: Mapping[str, Any], restart: bool) -> None:
    """Keeps the work of the same job, throws other work away only when asked to."""
    earlier = folder.load("job.json")
    if earlier is not None and (restart or earlier != job):
        if not restart:
            raise OtherJobError(
                f"unfinished work of another command stands in {folder.path} "
                f"({_difference(earlier, job)}); finish that command, or add --restart "
                "to throw its work away"
            )
        earlier = None
    if earlier is None:
        for child in folder.path.iterdir():
            if child.name != "lock":
                shutil.rmtree(child) if child.is_dir() else child.unlink()
        folder.spills.mkdir(mode=0o700)
        folder.save("job.json", job)


def _difference(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """The first thing in which two jobs differ, in words."""
    for name, value in now.items():
        before = earlier.get(name)
        if before == value:
            continue
        if name == "inputs":
            return _input_difference(before or [], value)
        return f"its {name} was {before!r}, now {value!r}"
    return "it was made by another version"


def _input_difference(earlier: list[Any], now: list[Any]) -> str:
    before = {file["path"]: file for file in earlier}
    after = {file["path"]: file for file in now}
    for path in after:
        if path not in before:
            return f"{path} was not among its inputs"
        if before[path] != after[path]:
            return f"the input {path} has changed since"
    gone = next((path for path in before if path not in after), None)
    return f"its input {gone} is missing now" if gone else "its inputs had another order"
