"""Columns must say what note_seq's own functions say of the same protocol buffer."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.facts import facts
from tests.magenta_oracle import failure, note_seq, songs
from tests.strategies import note_sequences
from vaeprep.notesequence import NotANoteSequence, decode, from_proto
from vaeprep.protos import NoteSequence
from vaeprep.quantization import quantize
from vaeprep.time_changes import cut, split_on_time_changes

SETS = ["nottingham", "openmsx", "pop909"]


def outcome(function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except Exception as error:
        return failure(error)


def theirs(split: Any, *arguments: Any) -> Any:
    return [facts(from_proto(piece)) for piece in split(*arguments)]


def ours(split: Any, *arguments: Any) -> Any:
    return [facts(piece) for piece in split(*arguments)]


def quantized_facts(quantized: Any) -> Any:
    """What Quantized keeps, of a quantized NoteSequence."""
    meter, tempo = quantized.time_signatures[0], quantized.tempos[0]
    return (
        [(n.quantized_start_step, n.quantized_end_step) for n in quantized.notes],
        quantized.total_quantized_steps,
        [a.quantized_step for a in quantized.text_annotations],
        (meter.numerator, meter.denominator, repr(tempo.qpm)),
        note_seq.steps_per_bar_in_quantized_sequence(quantized),
    )


def assert_quantizes_the_same(ns: Any, steps_per_quarter: int) -> None:
    expected = outcome(
        lambda: quantized_facts(note_seq.quantize_note_sequence(ns, steps_per_quarter))
    )

    def fast() -> Any:
        q = quantize(from_proto(ns), steps_per_quarter)
        return (
            list(zip(q.start.tolist(), q.end.tolist(), strict=True)),
            q.total_steps,
            list(q.annotation_steps),
            (q.numerator, q.denominator, repr(q.qpm)),
            q.steps_per_bar,
        )

    assert outcome(fast) == expected


@given(ns=note_sequences())
@settings(max_examples=300)
def test_cuts_a_song_where_note_seq_does(ns: Any) -> None:
    split = note_seq.sequences_lib.split_note_sequence_on_time_changes
    expected = outcome(theirs, split, ns)
    assert outcome(ours, split_on_time_changes, from_proto(ns)) == expected
    if expected[:1] != ("failed",):  # cut once more, as converters do
        for piece in split(ns):
            again = outcome(theirs, split, piece)
            assert outcome(ours, split_on_time_changes, from_proto(piece)) == again


@given(ns=note_sequences(), times=st.lists(st.floats(0, 20), max_size=6))
@settings(max_examples=200)
def test_cuts_at_any_times_as_note_seq_does(ns: Any, times: list[float]) -> None:
    split = note_seq.sequences_lib._extract_subsequences
    expected = outcome(theirs, split, ns, sorted(times))
    assert outcome(ours, cut, from_proto(ns), sorted(times)) == expected


@given(ns=note_sequences(), steps_per_quarter=st.sampled_from([4, 16, 24, 3, 1]))
@settings(max_examples=300)
def test_quantizes_whole_songs_and_pieces_as_note_seq_does(
    ns: Any, steps_per_quarter: int
) -> None:
    assert_quantizes_the_same(ns, steps_per_quarter)
    if ns.quantization_info.steps_per_quarter <= 0:
        ns.ClearField("quantization_info")
        split = note_seq.sequences_lib.split_note_sequence_on_time_changes
        for piece in split(ns):
            assert_quantizes_the_same(piece, steps_per_quarter)


@pytest.mark.parametrize("name", SETS)
def test_real_music_is_cut_and_quantized_as_note_seq_does(shared_data: Any, name: str) -> None:
    split = note_seq.sequences_lib.split_note_sequence_on_time_changes
    for ns in songs(shared_data / "tfrecords" / f"{name}.tfrecord"):
        assert facts(decode(ns.SerializeToString())) == facts(from_proto(ns))
        pieces = split(ns)
        assert ours(split_on_time_changes, from_proto(ns)) == [
            facts(from_proto(piece)) for piece in pieces
        ]
        for piece in pieces[:3]:
            assert_quantizes_the_same(piece, 4)


@given(ns=note_sequences())
@settings(max_examples=300)
def test_decoding_the_bytes_gives_what_the_parsed_message_gives(ns: Any) -> None:
    record = ns.SerializeToString()
    assert facts(decode(record)) == facts(from_proto(ns))


def test_bytes_that_are_no_note_sequence_are_refused() -> None:
    with pytest.raises(NotANoteSequence):
        decode(b"\xff\xff\xff")


def test_a_note_that_starts_at_nan_goes_where_note_seq_puts_it() -> None:
    ns = NoteSequence(total_time=4.0)
    ns.tempos.add(time=2.0, qpm=60)
    nan = float("nan")
    for start, end in [(nan, 1.0), (0.5, 1.5), (nan, 3.0), (2.0, 9.0), (nan, nan), (1.0, 3.0)]:
        ns.notes.add(pitch=60, velocity=80, start_time=start, end_time=end)
    split = note_seq.sequences_lib.split_note_sequence_on_time_changes
    assert ours(split_on_time_changes, from_proto(ns)) == theirs(split, ns)


def test_a_single_note_that_starts_at_nan_is_cut_as_note_seq_cuts_it() -> None:
    ns = NoteSequence(total_time=4.0)
    ns.notes.add(pitch=60, velocity=80, start_time=float("nan"), end_time=1.0)
    split = note_seq.sequences_lib.split_note_sequence_on_time_changes
    assert ours(split_on_time_changes, from_proto(ns)) == theirs(split, ns)
