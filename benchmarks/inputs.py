"""What the loaders and the training are fed with: the same songs in three forms."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environment import QUIET
from benchmarks.measure import module, run

SHARDS = 10


@dataclass(frozen=True, slots=True)
class Input:
    """One way to feed the model.

    Attributes:
        form: "raw", "notes" or "tensors": which files are read.
        cache: Keep what was read in memory, as Magenta does unless told not to.
        constant: Read one batch and give it again and again: the limit.
        block: This many steps from the files, as many from one batch, and so on.
    """

    form: str
    cache: bool
    constant: bool = False
    block: int = 0


RAW, RAW_CACHED = "raw songs", "raw songs, cached"
NOTES, NOTES_CACHED = "NoteSequence shards", "NoteSequence shards, cached"
TENSORS, CONSTANT = "tensor shards", "one constant batch"
IN_TURN = "tensor shards and one constant batch in turn"

INPUTS = {
    RAW: Input("raw", cache=False),
    RAW_CACHED: Input("raw", cache=True),
    NOTES: Input("notes", cache=False),
    NOTES_CACHED: Input("notes", cache=True),
    TENSORS: Input("tensors", cache=True),
    CONSTANT: Input("tensors", cache=True, constant=True),
    IN_TURN: Input("tensors", cache=True, block=30),
}
"""All ways, by the name they have in the tables."""


FROM_FILES = (RAW, RAW_CACHED, NOTES, NOTES_CACHED, TENSORS)
"""Those that read all their batches from files."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The same songs in three forms.

    Attributes:
        patterns: Form -> pattern of the files.
        seconds: Form -> wall seconds that vaeprep took to make it; 0 for "raw".
        sizes: Form -> bytes of the files.
        examples: Distinct examples in the shards.
    """

    patterns: dict[str, str]
    seconds: dict[str, float]
    sizes: dict[str, int]
    examples: int


def prepare(files: list[Path], config: str, work: Path) -> Prepared:
    """Makes the NoteSequence shards and the tensor shards with `vaeprep run`.

    Raises:
        SystemExit: vaeprep failed.
    """
    raw = gather(files, work / "in")
    patterns, seconds = {"raw": raw}, {"raw": 0.0}
    for form, name in (("notes", "notesequences"), ("tensors", "tensors")):
        folder = work / form
        shutil.rmtree(folder, ignore_errors=True)
        usage = run(
            module(
                "vaeprep",
                "run",
                f"--input-tfrecord={raw}",
                f"--output-tfrecord={folder / 'examples.tfrecord'}",
                f"--output-shards={SHARDS}",
                f"--config={config}",
                f"--format={name}",
            ),
            QUIET,
        )
        if usage.status:
            sys.exit(f"vaeprep failed: {usage.errors}")
        patterns[form] = str(folder / "examples.tfrecord-*")
        seconds[form] = usage.wall
    sizes = {form: _bytes(pattern) for form, pattern in patterns.items()}
    from vaeprep.files import tfrecord

    shards = Path(patterns["notes"]).parent.glob("examples.tfrecord-*")
    examples = sum(1 for shard in shards for _ in tfrecord.read_records(shard))
    return Prepared(patterns, seconds, sizes, examples)


def gather(files: list[Path], folder: Path) -> str:
    """One pattern for all files, which may lie in several folders."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, file in enumerate(files):
        (folder / f"{number:04d}.tfrecord").symlink_to(file)
    return str(folder / "*.tfrecord")


def _bytes(pattern: str) -> int:
    path = Path(pattern)
    return sum(file.stat().st_size for file in path.parent.glob(path.name))
