"""Which examples training gets: tensor shards, or NoteSequences for Magenta's pipeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vaeprep.errors import UsageError
from vaeprep.tensors import tf_example
from vaeprep.tensors.reader import Pattern, files, records


@dataclass(frozen=True, slots=True)
class Examples:
    """The files that a pattern matches, and what they hold.

    Attributes:
        pattern: As given.
        files: The files.
        are_tensors: Whether they are tensor shards; NoteSequences otherwise.
    """

    pattern: str
    files: tuple[Path, ...]
    are_tensors: bool


def find_examples(pattern: Pattern) -> Examples:
    """Looks which kind of examples a pattern matches, by each file's first record.

    Raises:
        UsageError: Nothing matches, there is no record, or the kinds are mixed.
    """
    found = files(pattern)
    kinds = {path: _holds_tensors(path) for path in found}
    known = {kind for kind in kinds.values() if kind is not None}
    if not known:
        raise UsageError(f"no records in {_names(found)}")
    if len(known) > 1:
        tensors = next(path for path, kind in kinds.items() if kind)
        notes = next(path for path, kind in kinds.items() if kind is False)
        raise UsageError(
            f"the pattern matches tensors ({tensors}) and NoteSequences ({notes}); "
            "give the pattern of one of them"
        )
    return Examples(str(pattern), tuple(found), known.pop())


def _holds_tensors(path: Path) -> bool | None:
    """Whether the first record is a tf.train.Example; None for an empty shard."""
    for record in records([path]):
        try:
            return tf_example.LENGTH in tf_example.parse(record)
        except ValueError:
            return False
    return None


def _names(paths: Sequence[Path]) -> str:
    more = f" and {len(paths) - 1} more files" if len(paths) > 1 else ""
    return f"{paths[0]}{more}"
