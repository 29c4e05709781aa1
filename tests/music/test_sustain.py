"""Sustain pedals are applied as note_seq's `apply_sustain_control_changes`."""

import note_seq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaeprep.music import sustain
from vaeprep.music.control_changes import columns_of
from vaeprep.music.protos import NoteSequence
from vaeprep.music.sequence import QuantizationStatusError, from_proto


def columns(sequence):
    notes = sequence.notes
    return sequence.total_time, [
        getattr(notes, name).tolist() for name in notes.__dataclass_fields__
    ]


def assert_same(ns):
    expected = columns(from_proto(note_seq.apply_sustain_control_changes(ns)))
    assert columns(sustain.apply_sustain(from_proto(ns))) == expected
    return expected


@st.composite
def pedalled(draw, any_length):
    """Few times, pitches and instruments, so that all meets all."""
    times = st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0])
    if draw(st.booleans()):
        times = st.floats(0.0, 4.0)
    instruments = st.sampled_from([0, 0, 1, -1])
    ns = NoteSequence()
    for _ in range(draw(st.integers(0, 10))):
        start, end = draw(times), draw(times)
        if not any_length:
            start, end = min(start, end), max(start, end)
            end += start == end
        ns.notes.add(
            pitch=draw(st.sampled_from([60, 61])),
            velocity=draw(st.sampled_from([80, 90])),
            start_time=start,
            end_time=end,
            instrument=draw(instruments),
            is_drum=draw(st.integers(0, 9)) == 9,
        )
    for _ in range(draw(st.integers(0, 6))):
        ns.control_changes.add(
            time=draw(st.one_of(times, st.sampled_from([5.0, 6.0]))),
            control_number=draw(st.sampled_from([64, 64, 64, 66])),
            control_value=draw(st.sampled_from([0, 127, 63, 64, 200, -1])),
            instrument=draw(st.one_of(instruments, st.just(5))),
        )
    ends = [note.end_time for note in ns.notes]
    ns.total_time = draw(st.sampled_from([0.0, max([0.0, *ends]), 10.0]))
    return ns


@settings(max_examples=500)
@given(pedalled(any_length=False))
def test_notes_of_positive_length_sound_on_as_in_note_seq(ns):
    assert_same(ns)


@settings(max_examples=500)
@given(pedalled(any_length=True))
def test_notes_of_any_length_sound_on_as_in_note_seq(ns):
    assert_same(ns)


@settings(max_examples=200)
@given(pedalled(any_length=False))
def test_note_by_note_is_the_walk_through_all_events(ns):
    sequence = from_proto(ns)
    pedals = columns_of(sequence.control_changes)
    pedals = pedals.take(pedals.number == 64)
    assert columns(sustain._walk(sequence, pedals)) == columns(sustain.apply_sustain(sequence))


def song(*notes, pedals=()):
    ns = NoteSequence(total_time=max(note[2] for note in notes))
    for pitch, start, end in notes:
        ns.notes.add(pitch=pitch, start_time=start, end_time=end, velocity=80)
    for time, value in pedals:
        ns.control_changes.add(time=time, control_number=64, control_value=value)
    return ns


def test_a_note_lasts_until_the_release():
    total_time, fields = assert_same(song((60, 0, 1), pedals=[(0.5, 127), (3, 0)]))
    assert total_time == 3.0
    assert fields[3] == [3.0]


def test_a_struck_again_note_ends_the_one_before():
    _, fields = assert_same(song((60, 0, 1), (60, 2, 2.5), pedals=[(0.5, 127), (3, 0)]))
    assert fields[3] == [2.0, 3.0]


def test_of_two_notes_struck_at_once_one_is_left():
    _, fields = assert_same(song((60, 1, 2), (60, 1, 3), pedals=[(0.5, 127), (4, 0)]))
    assert fields[2:4] == [[1.0], [4.0]]


def test_a_pedal_never_released_holds_until_the_last_event():
    total_time, fields = assert_same(song((60, 0, 1), (62, 4, 5), pedals=[(0.5, 127)]))
    assert total_time == 5.0
    assert fields[3] == [5.0, 5.0]


def test_a_note_of_negative_length_lasts_until_the_last_event():
    _, fields = assert_same(song((60, 2, 1), (62, 4, 5)))
    assert fields[3] == [5.0, 5.0]


def test_without_pedals_nothing_is_copied():
    sequence = from_proto(song((60, 0, 1), (62, 4, 5)))
    assert sustain.apply_sustain(sequence) is sequence


@pytest.mark.parametrize("time", [float("nan"), float("inf"), -1.0])
def test_strange_times_are_walked_through_as_in_note_seq(time):
    ns = song((60, 0, 1), (60, 2, 3), pedals=[(0.5, 127), (time, 0)])
    expected = columns(from_proto(note_seq.apply_sustain_control_changes(ns)))
    assert repr(columns(sustain.apply_sustain(from_proto(ns)))) == repr(expected)


def test_a_quantized_sequence_is_refused():
    ns = song((60, 0, 1))
    ns.quantization_info.steps_per_quarter = 4
    with pytest.raises(QuantizationStatusError, match="unquantized NoteSequence"):
        sustain.apply_sustain(from_proto(ns))


def test_real_piano_pedals_are_note_seqs(shared_data):
    import tensorflow as tf

    records = tf.data.TFRecordDataset(str(shared_data / "tfrecords" / "pop909.tfrecord"))
    for record in records.take(10):
        assert_same(NoteSequence.FromString(record.numpy()))
