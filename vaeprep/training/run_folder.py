"""What a run folder keeps beside its checkpoints, so that its model is found again.

A checkpoint holds numbers and no word on which model they belong to. `vaeprep-run.json`
has the configuration, the hyperparameters and what the model was trained on.
"""

import dataclasses
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vaeprep.errors import UsageError
from vaeprep.files.whole import write_whole

NAME = "vaeprep-run.json"

_LATEST = re.compile(r'^model_checkpoint_path:\s*"(.*)"', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """How a model was trained.

    Attributes:
        config: The configuration's name, or `module:NAME`.
        hparams: All hyperparameters by name.
        data: What it was trained on: `examples` (the pattern), `files` (their
            number), `format`, and for tensor shards their `description`.
        versions: Of vaeprep, Magenta and TensorFlow.
        warmup_from: The checkpoint that its variables began with, None for none.
        started: When the training was last started, as ISO 8601.
    """

    config: str
    hparams: dict[str, Any]
    data: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    warmup_from: str | None = None
    started: str = ""


def checkpoints_of(run_dir: Path) -> Path:
    """The folder of a run's checkpoints."""
    return run_dir / "train"


def save(run_dir: Path, record: RunRecord) -> None:
    """Writes the record into the run folder.

    Raises:
        OSError: The folder cannot be written.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    write_whole(run_dir / NAME, json.dumps(dataclasses.asdict(record), indent=2) + "\n")


def load(run_dir: Path) -> RunRecord | None:
    """Reads the record of a run folder; None if it has none (Magenta writes none).

    Raises:
        UsageError: It is damaged.
    """
    path = run_dir / NAME
    try:
        values = json.loads(path.read_text("utf-8"))
        names = {each.name for each in dataclasses.fields(RunRecord)}
        return RunRecord(**{name: value for name, value in values.items() if name in names})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} cannot be read: {error}; move it away") from error


def latest_checkpoint(folder: Path) -> Path | None:
    """The latest checkpoint in a folder (its common prefix), without TensorFlow."""
    try:
        text = (folder / "checkpoint").read_text("utf-8")
    except OSError:
        return None
    named = _LATEST.search(text)
    if named is None:
        return None
    prefix = folder / named[1]  # an absolute name stays as it is
    return prefix if prefix.with_name(f"{prefix.name}.index").exists() else None


def require_checkpoint(run_dir: Path) -> Path:
    """The latest checkpoint of a run.

    Raises:
        UsageError: There is none.
    """
    folder = checkpoints_of(run_dir)
    found = latest_checkpoint(folder)
    if found is None:
        what = "no checkpoint in it" if folder.is_dir() else "no such folder"
        raise UsageError(
            f"there is no checkpoint in {folder} ({what}); "
            f"train first: vaeprep train --run-dir {run_dir} ..."
        )
    return found
