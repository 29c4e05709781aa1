"""Examples are read from their bytes as the protobuf library reads them."""

from typing import Any

import pytest
from hypothesis import given

from tests import strategies
from vaeprep.music.protos import CHORD_SYMBOL, NoteSequence
from vaeprep.tensors import notes_of_example


@given(strategies.note_sequences())
def test_the_walk_finds_what_protobuf_finds(song: Any) -> None:
    found = notes_of_example.read(song.SerializeToString())
    assert [notes_of_example.note(message) for message in found.notes] == [
        (n.pitch, n.velocity, n.start_time, n.end_time, n.instrument, n.program, n.is_drum)
        if n.start_time == n.start_time and n.end_time == n.end_time
        else pytest.approx(notes_of_example.note(message), nan_ok=True)
        for n, message in zip(song.notes, found.notes, strict=True)
    ]
    assert [notes_of_example.chord(message) for message in found.annotations] == [
        (a.time, a.text) if a.annotation_type == CHORD_SYMBOL else None
        for a in song.text_annotations
        if a.time == a.time
    ]
    assert len(found.keys) == len(song.key_signatures)
    assert found.total_time == song.total_time or song.total_time != song.total_time


@pytest.mark.parametrize("cut", range(1, 30))
def test_cut_bytes_are_refused(cut: int) -> None:
    song = NoteSequence(total_time=1.0)
    song.notes.add(pitch=60, velocity=80, start_time=0.25, end_time=0.5)
    data = song.SerializeToString()
    try:
        found = notes_of_example.read(data[:-cut])
    except ValueError:
        return
    # A cut between two fields is no damage that bytes can show.
    assert len(found.notes) + (found.total_time > 0) < 2


def test_steps_are_rounded_as_note_seq_rounds_them() -> None:
    assert notes_of_example.step_of(0.0625, 8.0) == 1
    assert notes_of_example.step_of(0.0624, 8.0) == 0
    assert notes_of_example.step_of(-0.0625, 8.0) == 0
    assert notes_of_example.end_step_of(3, 0.375, 8.0) == 4
