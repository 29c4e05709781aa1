"""Compares what the contestants wrote: the examples, and the songs that each comes from."""

from pathlib import Path

from benchmarks.music import payloads
from vaeprep.files.names import existing_shards
from vaeprep.music.protos import NoteSequence

Examples = dict[bytes, frozenset[str]]
"""An example's canonical bytes, without id -> the ids of its songs."""


class Disagreement(Exception):
    """Two contestants wrote different examples."""


def read_examples(prefix: Path) -> Examples:
    """All examples of an output.

    Raises:
        Disagreement: An example stands there twice.
    """
    examples: Examples = {}
    for shard in existing_shards(prefix):
        for record in payloads(shard):
            sequence = NoteSequence.FromString(record)
            ids = frozenset(sequence.id.split(","))
            sequence.ClearField("id")
            example = sequence.SerializeToString(deterministic=True)
            if example in examples:
                raise Disagreement(f"{prefix.name} holds an example twice")
            examples[example] = ids
    return examples


def check_same(ours: Examples, theirs: Examples) -> str:
    """Both hold the same examples from the same songs.

    Returns:
        How they agree, in words.

    Raises:
        Disagreement: They do not.
    """
    if ours != theirs:
        only = len(theirs.keys() - ours.keys()), len(ours.keys() - theirs.keys())
        raise Disagreement(f"{only[0]} examples only theirs, {only[1]} only ours, or other ids")
    return "same bytes and ids"


def check_part(ours: Examples, theirs: Examples) -> str:
    """Theirs (capped) are among ours, from among the same songs.

    Returns:
        How they agree, in words.

    Raises:
        Disagreement: They do not.
    """
    for example, ids in theirs.items():
        if example not in ours or not ids <= ours[example]:
            raise Disagreement("an example of the capped job is not among ours")
    return f"{len(theirs) / max(len(ours), 1):.0%} of them, same bytes"


def shard_bytes(prefix: Path) -> list[bytes]:
    """The shards as they are, to compare runs of vaeprep with each other."""
    return [shard.read_bytes() for shard in existing_shards(prefix)]
