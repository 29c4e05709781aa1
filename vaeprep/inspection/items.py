"""Tells apart the three kinds of records that vaeprep reads and writes."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from google.protobuf.message import DecodeError

from vaeprep.music.protos import NoteSequence
from vaeprep.music.sequence import DEFAULT_QPM, Columns, from_proto
from vaeprep.music.varint import read_varint
from vaeprep.source_ids import split
from vaeprep.tensors import tf_example

_ID_TAG = 0x0A
_EXAMPLE_FIELDS = frozenset(
    {
        "id",
        "ticks_per_quarter",
        "tempos",
        "notes",
        "total_time",
        "text_annotations",
        "key_signatures",
    }
)
"""What Magenta's `from_tensors` sets, and the id."""

_SONG_FIELDS = frozenset({"filename", "source_info", "sequence_metadata"})
"""What only a song has that was made from a file."""


class Kind(Enum):
    """What a record is."""

    SONG = "songs"
    EXAMPLE = "examples"
    TENSORS = "tensors"


@dataclass(frozen=True, slots=True)
class Item:
    """One readable record.

    Attributes:
        kind: What it is.
        ids: A song's own id, or the ids of the songs that an example is found in,
            each once.
        music: The music; None of tensors.
        content: The bytes that decide whether two records hold the same music,
            ids left out.
        name: A song's file name, empty if not stored.
        features: The features of tensors.
    """

    kind: Kind
    ids: tuple[str, ...]
    music: Columns | None
    content: bytes
    name: str = ""
    features: dict[str, tf_example.Value] | None = None


class UnknownRecord(ValueError):
    """The bytes are neither a NoteSequence nor a tf.train.Example."""


def read_item(record: bytes) -> Item:
    """Finds out what a record is, and reads it.

    An example is a NoteSequence that holds only what Magenta's converters write
    (one tempo of 120 at time 0, no meter, nothing about a file), or whose id is
    a list with commas.

    Args:
        record: A TFRecord's payload.

    Raises:
        UnknownRecord: It is none of the three kinds.
    """
    if tf_example.is_one_message(record):
        features = _features(record)
        if features is not None:
            return _tensors(features)
    try:
        proto = NoteSequence.FromString(record)
    except DecodeError as error:
        raise UnknownRecord(f"no NoteSequence: {error}") from None
    music = from_proto(proto)
    if _is_example(proto):
        ids = tuple(dict.fromkeys(split(proto.id)))  # Magenta's job repeats some
        return Item(Kind.EXAMPLE, ids, music, _without_id(record))
    return Item(Kind.SONG, (proto.id,), music, _content(music), proto.filename)


def _is_example(proto: Any) -> bool:
    fields = {descriptor.name for descriptor, _ in proto.ListFields()}
    if fields <= _EXAMPLE_FIELDS and proto.notes:
        return [(tempo.time, tempo.qpm) for tempo in proto.tempos] == [(0.0, DEFAULT_QPM)]
    return "," in proto.id and not fields & _SONG_FIELDS


def _features(record: bytes) -> dict[str, tf_example.Value] | None:
    try:
        return tf_example.parse(record) or None
    except ValueError:
        return None


def _tensors(features: dict[str, tf_example.Value]) -> Item:
    ids = tuple(
        value.decode("utf-8", "replace")
        for value in features.get(tf_example.IDS, [])
        if isinstance(value, bytes)
    )
    content = repr([(k, v) for k, v in sorted(features.items()) if k != tf_example.IDS])
    return Item(Kind.TENSORS, ids, None, content.encode("utf-8"), features=features)


def _without_id(record: bytes) -> bytes:
    """An example's canonical bytes: the id is the first field, if there is one."""
    if not record or record[0] != _ID_TAG:
        return record
    length, start = read_varint(record, 1)
    return record[start + length :]


def _content(music: Columns) -> bytes:
    """A song's notes, tempos and meters; its id, name and texts do not matter."""
    notes = music.notes
    columns = (
        notes.pitch,
        notes.velocity,
        notes.start,
        notes.end,
        notes.instrument,
        notes.program,
        notes.is_drum,
    )
    marks = repr((music.tempos, music.time_signatures, music.total_time))
    return b"".join([*(column.tobytes() for column in columns), marks.encode("utf-8")])
