"""Inferred chords are note_seq's: the model to the bit, the path with its ties."""

import struct

import note_seq
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from note_seq import chord_inference as theirs
from note_seq import sequences_lib

from tests.strategies import note_sequences
from vaeprep.converters.chords import harmony
from vaeprep.music import chord_inference as ours
from vaeprep.music.protos import CHORD_SYMBOL, NoteSequence
from vaeprep.music.quantization import quantize
from vaeprep.music.sequence import from_proto


def bits(array):
    return np.ascontiguousarray(array, np.float64).view(np.int64)


@pytest.fixture(scope="module", autouse=True)
def their_model():
    """The logarithms of note_seq's model, which here it does not build for every piece."""
    in_key = theirs._key_chord_distribution(0.01)
    transitions = theirs._key_chord_transition_distribution(in_key, 0.001, 0.5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            theirs, "_key_chord_transition_distribution", lambda *_, **__: transitions
        )
        yield np.log(in_key), np.log(transitions)


def test_the_model_is_note_seqs_to_the_bit(their_model):
    in_key, transitions = their_model
    model = ours._model()
    assert (bits(model.chord_in_key) == bits(in_key)).all()
    assert (bits(model.chord_vectors) == bits(theirs._chord_pitch_vectors())).all()
    columns = np.stack([ours._transitions_into(j) for j in range(len(transitions))], axis=1)
    assert (bits(columns) == bits(transitions)).all()


def test_the_extra_candidates_of_the_forward_pass_never_win():
    model = ours._model()
    classes = range(len(model.class_starts))
    assert all((model.move[:, c, c] < model.stay).all() for c in classes)
    assert (model.move.min(axis=1) > model.modulate).all()


@st.composite
def pitch_vectors(draw):
    """Few different frames make many ties: equal, symmetric and silent ones."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    num_frames = draw(st.integers(1, 30))
    kind = draw(st.sampled_from(["dense", "binary", "sparse", "silent", "repeated"]))
    vectors = random.random((num_frames, 12))
    if kind == "binary":
        vectors = np.round(vectors)
    elif kind == "sparse":
        vectors *= random.random((num_frames, 12)) < 0.15
    elif kind == "silent":
        vectors *= random.random((num_frames, 1)) < 0.3
    elif kind == "repeated":
        vectors = vectors[random.integers(0, min(2, num_frames), num_frames)]
    norm = np.linalg.norm(vectors, axis=1)
    vectors[norm > 0] /= norm[norm > 0, np.newaxis]
    return vectors


@settings(max_examples=80)
@given(vectors=pitch_vectors())
def test_the_path_is_note_seqs_ties_included(their_model, vectors):
    likelihood = theirs._chord_frame_log_likelihood(vectors, 100.0)
    assert (bits(likelihood) == bits(ours._chord_log_likelihood(vectors))).all()
    expected = theirs._key_chord_viterbi(likelihood, *their_model)
    path = [divmod(state, 97) for state in ours._best_path(likelihood)]
    assert [(key, theirs._CHORDS[chord]) for key, chord in path] == expected


times = st.one_of(st.integers(-2, 40).map(lambda n: n / 4), st.floats(-0.1, 10.0))


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(times, times, st.integers(-3, 130), st.sampled_from([0, 96, 120, 104, 111])),
        max_size=40,
    ),
    st.sampled_from([0.5, 1.0, 2.0 / 3.0, 0.7]),
    st.sampled_from([10.0, 0.3, 7.25]),
)
def test_pitch_vectors_are_note_seqs_to_the_bit(notes, seconds, total_time):
    ns = NoteSequence(total_time=total_time)
    for i, (start, end, pitch, program) in enumerate(notes):
        ns.notes.add(
            start_time=start, end_time=end, pitch=pitch, program=program, is_drum=i % 7 == 6
        )
    expected = theirs.sequence_note_pitch_vectors(ns, seconds)
    got = ours._pitch_vectors(from_proto(ns).notes, seconds * np.arange(1.0, len(expected)))
    assert (bits(got) == bits(expected)).all()


def test_many_long_notes_are_summed_in_blocks(monkeypatch):
    random = np.random.default_rng(1)
    ns = NoteSequence(total_time=50.0)
    for _ in range(50):
        start = random.random() * 40
        ns.notes.add(start_time=start, end_time=start + random.random() * 10, pitch=60)
    monkeypatch.setattr(ours, "_NOTES_AT_ONCE", 7)
    expected = theirs.sequence_note_pitch_vectors(ns, 0.5)
    got = ours._pitch_vectors(from_proto(ns).notes, 0.5 * np.arange(1.0, len(expected)))
    assert (bits(got) == bits(expected)).all()


def their_harmony(quantized, with_keys):
    """As `to_tensors` of Magenta's LegacyEventListOneHotConverter."""
    has_chords = any(a.annotation_type == CHORD_SYMBOL for a in quantized.text_annotations)
    if not has_chords or (with_keys and not quantized.key_signatures):
        theirs.infer_chords_for_sequence(quantized, add_key_signatures=with_keys)
    chords = [
        (a.quantized_step, struct.pack("<d", a.time), a.text)
        for a in quantized.text_annotations
        if a.annotation_type == CHORD_SYMBOL
    ]
    return chords, [(struct.pack("<d", k.time), k.key) for k in quantized.key_signatures]


def our_harmony(quantized, with_keys):
    found = harmony(quantized, with_keys)
    return (
        [(c.step, struct.pack("<d", c.time), c.figure) for c in found.chords],
        [(struct.pack("<d", k.time), k.key) for k in found.keys],
    )


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return (type(error).__name__, str(error))


def assert_same_harmony(ns, steps_per_quarter, with_keys):
    def their_outcome():
        quantized = note_seq.quantize_note_sequence(ns, steps_per_quarter)
        return their_harmony(quantized, with_keys)

    def our_outcome():
        return our_harmony(quantize(from_proto(ns), steps_per_quarter), with_keys)

    expected = outcome(their_outcome)
    assert outcome(our_outcome) == expected
    return expected


@settings(max_examples=120)
@given(note_sequences(max_bars=8), st.sampled_from([4, 4, 24, 1, 3]), st.booleans())
def test_chords_and_keys_of_a_piece_are_note_seqs(ns, steps_per_quarter, with_keys):
    for piece in sequences_lib.split_note_sequence_on_time_changes(ns):
        assert_same_harmony(piece, steps_per_quarter, with_keys)


def piece(**fields):
    ns = NoteSequence(**fields)
    ns.notes.add(pitch=60, start_time=0.0, end_time=1.0, velocity=80)
    ns.notes.add(pitch=64, start_time=1.0, end_time=2.0, velocity=80)
    return ns


def test_an_uncommon_meter_has_no_chords():
    ns = piece(total_time=2.0)
    ns.time_signatures.add(numerator=5, denominator=4)
    assert assert_same_harmony(ns, 4, False)[0] == "UncommonTimeSignatureError"


def test_a_chord_lasts_whole_steps():
    ns = piece(total_time=2.0)
    ns.time_signatures.add(numerator=6, denominator=8)
    assert assert_same_harmony(ns, 1, False)[0] == "NonIntegerStepsPerChordError"


def test_a_piece_without_length_has_no_chords():
    assert assert_same_harmony(piece(total_time=0.0), 4, False)[0] == "EmptySequenceError"


def test_a_piece_has_at_most_a_thousand_chords():
    too_long = piece(total_time=501 * 2.0)
    assert assert_same_harmony(too_long, 4, False)[0] == "SequenceTooLongError"
    longest = piece(total_time=500 * 2.0)
    assert our_harmony(quantize(from_proto(longest), 4), False)[0]


def test_chords_without_a_needed_key_are_refused():
    ns = piece(total_time=2.0)
    ns.text_annotations.add(text="C", annotation_type=CHORD_SYMBOL)
    assert assert_same_harmony(ns, 4, True)[0] == "SequenceAlreadyHasChordsError"


def test_inferred_keys_take_the_place_of_stored_ones():
    ns = piece(total_time=2.0)
    ns.key_signatures.add(key=6, time=1.0)
    _, keys = assert_same_harmony(ns, 4, True)
    assert keys != [(struct.pack("<d", 1.0), 6)]


def test_a_tempo_of_zero_fails_as_in_note_seq():
    ns = piece(total_time=2.0)
    ns.tempos.add(qpm=0.0)
    assert assert_same_harmony(ns, 4, False)[0] == "ZeroDivisionError"


def test_folk_tunes_have_note_seqs_chords(shared_data):
    import tensorflow as tf

    records = tf.data.TFRecordDataset(str(shared_data / "tfrecords" / "nottingham.tfrecord"))
    for record in records.take(4):
        assert_same_harmony(NoteSequence.FromString(record.numpy()), 4, True)
