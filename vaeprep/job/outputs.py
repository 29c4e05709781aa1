"""What a run writes: NoteSequences or tensors or both, for training and evaluation.

Each output is a set of shards with a prefix of its own, and no output's prefix
begins with another's, so that the pattern `PREFIX*` reads exactly one of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from vaeprep.job.options import RunOptions
from vaeprep.job.shards import Payload
from vaeprep.music.encode import note_sequence_payload
from vaeprep.tensors.tf_example import with_ids

NOTE_SEQUENCES = "notesequences"
TENSORS = "tensors"
_EVAL = "eval-"


@dataclass(frozen=True, slots=True)
class Output:
    """One set of shards.

    Attributes:
        name: Its key in the summary: "notesequences", "tensors", and with
            "eval-" in front for the evaluation set.
        prefix: Where the shards stand.
        payload: Makes an example's record.
        zipped: Whether the shards are compressed with gzip.
    """

    name: str
    prefix: Path
    payload: Payload
    zipped: bool = False

    @property
    def is_eval(self) -> bool:
        """Whether it holds the evaluation set."""
        return self.name.startswith(_EVAL)


def outputs_of(options: RunOptions) -> list[Output]:
    """The outputs of a run, the training set's first."""
    found = _formats(options, options.output_tfrecord, "")
    if options.eval_fraction:
        found += _formats(options, eval_prefix(options), _EVAL)
    return found


def eval_prefix(options: RunOptions) -> Path:
    """Prefix of the evaluation set: `--eval-prefix`, else `eval-NAME` beside the output."""
    if options.eval_prefix is not None:
        return options.eval_prefix
    return options.output_tfrecord.with_name(f"eval-{options.output_tfrecord.name}")


def held_out(fraction: float) -> Callable[[str], bool]:
    """Tells whether a song belongs to the evaluation set.

    A hash of the song's id decides, so a song stays where it is when others are
    added, and in every configuration.

    Args:
        fraction: The share of the songs that evaluation shall get, 0 to 1.

    Returns:
        A function from a source id to True for evaluation.
    """
    limit = int(fraction * 2**64)

    def is_held_out(source_id: str) -> bool:
        digest = blake2b(source_id.encode("utf-8"), digest_size=8, person=b"eval").digest()
        return int.from_bytes(digest, "big") < limit

    return is_held_out


def _formats(options: RunOptions, prefix: Path, kind: str) -> list[Output]:
    notes = Output(kind + NOTE_SEQUENCES, prefix, note_sequence_payload)
    if options.format == "notesequences":
        return [notes]
    if options.format == "tensors":
        return [Output(kind + TENSORS, prefix, tensor_payload, options.zips_tensors)]
    beside = prefix.with_name(f"tensors-{prefix.name}")
    return [notes, Output(kind + TENSORS, beside, tensor_payload, options.zips_tensors)]


def tensor_payload(_example: bytes, features: bytes, ids: Sequence[str]) -> bytes:
    """A tf.train.Example with its source ids."""
    return with_ids(features, ids)
