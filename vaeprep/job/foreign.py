"""Records that are no NoteSequences, and what they look like.

Any bytes may pass as a protocol buffer of another kind: a tf.train.Example is also a
NoteSequence with an odd id and no notes. So who finds nothing in a record asks here.
"""

from google.protobuf.message import DecodeError

from vaeprep.files.tfrecord import is_text
from vaeprep.music.protos import NoteSequence
from vaeprep.music.varint import read_varint

_MAP_1, _MAP_2 = 0x0A, 0x12
_MAGIC = {
    b"MThd": "a MIDI file; put the files in a folder and give that",
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "a zip archive",
    b"RIFF": "a RIFF file, perhaps audio",
    b"\x89PNG": "a PNG picture",
    b"\x80": "a Python pickle",
}


def what_it_is(record: bytes) -> str | None:
    """What a record is that is certainly no NoteSequence; None if it may be one.

    Args:
        record: A TFRecord's payload, in which no music was found.

    Returns:
        A noun, e.g. "a tf.train.Example".
    """
    if not record:
        return None
    if record[0] in (_MAP_1, _MAP_2):
        return _example(record)
    if _has_fields(record):
        return None
    for magic, what in _MAGIC.items():
        if record.startswith(magic):
            return what
    if is_text(record[:64]):
        return "JSON text" if record[:1] in b"{[" else "text"
    return "another protocol buffer, or something else"


def no_note_sequence(record: bytes) -> str | None:
    """Why a record is certainly no NoteSequence, as `what_it_is` finds it."""
    what = what_it_is(record)
    return f"no NoteSequence; it looks like {what}" if what else None


def _example(record: bytes) -> str | None:
    """The names of TensorFlow's records; what they hold begins as no id or path does."""
    try:
        length, start = read_varint(record, 1)
        if not length or record[start] != _MAP_1:
            return None
        if start + length < len(record) or record[0] == _MAP_2:
            return "a tf.train.SequenceExample"
        from vaeprep.tensors import tf_example

        return "a tf.train.Example" if tf_example.parse(record) else None
    except (ValueError, IndexError):
        return None


def _has_fields(record: bytes) -> bool:
    """Whether the record has any field of a NoteSequence."""
    try:
        return bool(NoteSequence.FromString(record).ListFields())
    except DecodeError:
        return False
