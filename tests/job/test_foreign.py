"""A record that is no NoteSequence is told by what it is; a NoteSequence never is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaeprep.job.foreign import what_it_is
from vaeprep.music.protos import NoteSequence
from vaeprep.tensors.tf_example import features, with_ids

EXAMPLE = with_ids(features({"length": [1], "inputs": b"abc"}), ["a"])


def delimited(field: int, content: bytes) -> bytes:
    return bytes((field << 3 | 2, len(content))) + content


FEATURES = delimited(1, delimited(1, b"k") + delimited(2, b""))


@pytest.mark.parametrize(
    ("record", "what"),
    [
        (EXAMPLE, "a tf.train.Example"),
        (delimited(1, FEATURES) + delimited(2, FEATURES), "a tf.train.SequenceExample"),
        (delimited(2, FEATURES), "a tf.train.SequenceExample"),
        (b'{"notes": [60, 62]}', "JSON text"),
        (b"Alle meine Entchen schwimmen", "text"),
        (b"MThd\0\0\0\6\0\1\0\1\0\x60MTrk", "a MIDI file"),
        (b"\x80\x04\x95\x10", "a Python pickle"),
    ],
)
def test_what_is_no_note_sequence_is_told(record: bytes, what: str) -> None:
    assert (what_it_is(record) or "").startswith(what)


@settings(max_examples=200)
@given(
    st.text(max_size=70).filter(lambda text: not text.startswith("\n")),
    st.text(max_size=70).filter(lambda text: not text.startswith("\n")),
    st.text(max_size=70),
    st.integers(0, 3),
)
def test_a_note_sequence_is_never_taken_for_anything_else(
    name: str, filename: str, collection: str, notes: int
) -> None:
    song = NoteSequence(id=name, filename=filename, collection_name=collection)
    for number in range(notes):
        song.notes.add(pitch=60 + number, end_time=1)
    assert what_it_is(song.SerializeToString()) is None
