"""Which examples training gets: tensor shards, or NoteSequences for Magenta's pipeline."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.message import DecodeError

from vaeprep.configs import CONFIGS, Config
from vaeprep.errors import UsageError
from vaeprep.files.names import summary_beside
from vaeprep.files.tfrecord import Damage, looks_like, read_records
from vaeprep.inputs.find import find_files
from vaeprep.music.protos import NoteSequence
from vaeprep.tensors import tf_example
from vaeprep.tensors.description import check_fits, describe
from vaeprep.tensors.reader import DamagedShardError, Pattern
from vaeprep.training.local_copies import local_copies

_CONTROL = frozenset(map(chr, range(32)))


@dataclass(frozen=True, slots=True)
class Examples:
    """The files that a pattern matches, and what they hold.

    Attributes:
        pattern: As given.
        files: The files; of those in object storage the copies on this machine.
        are_tensors: Whether they are tensor shards; NoteSequences otherwise.
    """

    pattern: str
    files: tuple[Path, ...]
    are_tensors: bool


def find_examples(pattern: Pattern, config: str) -> Examples:
    """Looks which kind of examples a pattern matches, by each file's first record.

    Args:
        pattern: A pattern, a prefix of shards, several of these, or files.
        config: The configuration's name, for what is said about other files.

    Raises:
        UsageError: Nothing matches, there is no record, the kinds are mixed, or
            the files are something that examples are made of first.
        DamagedShardError: A file's first record cannot be read.
    """
    found = local_copies(_files(pattern, config))
    kinds = {path: _holds_tensors(path, config) for path in found}
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


def check_notes_fit(examples: Examples, config: Config) -> None:
    """Refuses NoteSequences that were prepared for another configuration.

    Their summary says for which; raw songs and shards of Magenta's own job have
    none, and pass.

    Raises:
        UsageError: They were; the message says how to make the right ones.
    """
    for path in dict.fromkeys(summary_beside(shard) for shard in examples.files):
        made_for = _config_of(path)
        if made_for is None or made_for.name == config.name:
            continue
        try:
            check_fits(describe(made_for), config)
        except UsageError as error:
            raise UsageError(
                f"these NoteSequences are examples of {made_for.name}, not of {config.name}; "
                f"{_how_to_make('SONGS', config.name)}"
            ) from error


def _config_of(summary: Path) -> Config | None:
    try:
        name = json.loads(summary.read_text("utf-8"))["config"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return CONFIGS.get(name) if isinstance(name, str) else None


def _files(pattern: Pattern, config: str) -> list[Path]:
    patterns = [pattern] if isinstance(pattern, str | Path) else list(pattern)
    for each in patterns:
        if Path(each).is_dir():
            raise UsageError(
                f"{str(each)!r} is a folder; name the shards in it, e.g. "
                f"{str(Path(each) / '*.tfrecord-*')!r}; or, if it is a folder of music, "
                f"{_how_to_make(str(each), config)}"
            )
    return [file.path for file in find_files(map(str, patterns))]


def _holds_tensors(path: Path, config: str) -> bool | None:
    """Whether the first record is one of tensor shards; None for an empty shard.

    Raises:
        UsageError: It is no example and no song.
        DamagedShardError: It cannot be read.
    """
    first = next(read_records(path), None)
    if first is None:
        return None
    if isinstance(first, Damage):
        what = looks_like(path)
        if what == "a MIDI file":
            raise UsageError(f"{path} is {what}; {_how_to_make(str(path), config)}")
        if first.offset == 0 and first.rest_lost:
            raise UsageError(f"{path} is not a TFRecord, it looks like {what}")
        raise DamagedShardError(f"{path} at byte {first.offset}: {first.reason}")
    try:
        if tf_example.LENGTH in tf_example.parse(first.payload):
            return True
    except ValueError:
        pass
    if not _is_note_sequence(first.payload):
        raise UsageError(
            f"the records in {path} are neither tensors made by vaeprep nor NoteSequences "
            f"(perhaps another program's tf.train.Examples); {_how_to_make('SONGS', config)}"
        )
    return False


def _is_note_sequence(record: bytes) -> bool:
    """Whether a record is a NoteSequence and not some other message that passes for one.

    The fields of a tf.train.Example and of a tf.train.SequenceExample have the
    numbers of a NoteSequence's id and file name, which are then full of the tags
    of the messages inside.
    """
    try:
        song = NoteSequence.FromString(record)
    except (DecodeError, UnicodeDecodeError):
        return False
    fields = {descriptor.name for descriptor, _ in song.ListFields()}
    if fields <= {"id", "filename"}:
        return not _CONTROL & set(song.id + song.filename)
    return True


def _how_to_make(songs: str, config: str) -> str:
    return (
        "make examples first: vaeprep run --format tensors "
        f"--input {shlex.quote(songs)} --output-tfrecord out/train.tfrecord --config {config}"
    )


def _names(paths: Sequence[Path]) -> str:
    more = f" and {len(paths) - 1} more files" if len(paths) > 1 else ""
    return f"{paths[0]}{more}"
