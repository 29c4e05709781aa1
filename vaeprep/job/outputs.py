"""What a run writes: NoteSequences or tensors or both, for training and evaluation.

Each output is a set of shards with a prefix of its own, and no output's prefix
begins with another's, so that the pattern `PREFIX*` reads exactly one of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from vaeprep.files.remote import RemotePath
from vaeprep.job.options import RunOptions
from vaeprep.job.shards import Payload
from vaeprep.job.staging import staged_prefix
from vaeprep.music.encode import note_sequence_payload

NOTE_SEQUENCES = "notesequences"
TENSORS = "tensors"
_EVAL = "eval-"


@dataclass(frozen=True, slots=True)
class Output:
    """One set of shards.

    Attributes:
        name: Its key in the summary: "notesequences", "tensors", and with
            "eval-" in front for the evaluation set.
        prefix: Where the shards are written, on this machine.
        payload: Makes an example's record.
        zipped: Whether the shards are compressed with gzip.
        remote: Where they are uploaded; None leaves them where they are written.
    """

    name: str
    prefix: Path
    payload: Payload
    zipped: bool = False
    remote: RemotePath | None = None

    @property
    def place(self) -> Path:
        """The prefix of the finished shards."""
        return self.remote or self.prefix

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
    notes = _output(options, kind + NOTE_SEQUENCES, prefix, note_sequence_payload)
    if options.format == "notesequences":
        return [notes]
    from vaeprep.tensors.tf_example import tensor_payload

    name, zipped = kind + TENSORS, options.zips_tensors
    if options.format == "tensors":
        return [_output(options, name, prefix, tensor_payload, zipped)]
    beside = prefix.with_name(f"tensors-{prefix.name}")
    return [notes, _output(options, name, beside, tensor_payload, zipped)]


def _output(
    options: RunOptions, name: str, prefix: Path, payload: Payload, zipped: bool = False
) -> Output:
    if isinstance(prefix, RemotePath):
        staged = staged_prefix(prefix, options.work_dir)
        return Output(name, staged, payload, zipped, prefix)
    return Output(name, prefix, payload, zipped)
