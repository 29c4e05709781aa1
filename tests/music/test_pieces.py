"""Songs cut together are the pieces that each song is cut into alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.facts import facts
from tests.magenta_oracle import songs
from tests.strategies import note_sequences
from tests.together import cut_all
from vaeprep.converters.presplit import cut_again
from vaeprep.music.grid import step_seconds
from vaeprep.music.pieces import Pieces, count_in, total_quantized_steps
from vaeprep.music.protos import NoteSequence
from vaeprep.music.quantization import can_only_succeed, grid_of, quantize, steps_of
from vaeprep.music.sequence import from_proto
from vaeprep.music.time_changes import split_on_time_changes

GROUPS = st.lists(note_sequences(), min_size=1, max_size=5)


def assert_true(pieces: Pieces, songs_alone: list[list[Any]]) -> None:
    """Asserts that all is true that is said of clean pieces."""
    alone = [piece for of_song in songs_alone for piece in of_song]
    assert len(pieces) == len(alone)
    rates = pieces.steps_per_second(4)
    for number, piece in enumerate(alone):
        assert facts(pieces.alone(number)) == facts(piece)
        if not pieces.clean[number]:
            continue
        notes = pieces.notes_of(number)
        assert facts(notes) == facts(piece.notes)
        assert pieces.size(number) == len(notes) == pieces.sizes[number]
        assert facts(float(pieces.total_time[number])) == facts(piece.total_time)
        assert piece.calm
        grid = grid_of(piece, 4)
        assert can_only_succeed(piece, grid)
        assert pieces.qpm[number] == grid.qpm
        assert (pieces.numerator[number], pieces.denominator[number]) == grid[:2]
        assert rates[number] == grid.steps_per_second
        assert pieces.step_seconds(4)[number] == step_seconds(4, grid.qpm)
        assert pieces.steps_per_bar(4)[number] == grid.steps_per_bar
        assert pieces.total_steps(4)[number] == grid.total_steps
        if len(notes):
            (again,) = cut_again(piece)
            assert facts(again.notes) == facts(notes)
            quantized = quantize(piece, 4)
            start, end = steps_of(notes, float(rates[number]))
            assert np.array_equal(start, quantized.start)
            assert np.array_equal(end, quantized.end)
            assert total_quantized_steps(pieces, 4)[number] == quantized.total_steps


@given(GROUPS)
@settings(max_examples=300)
def test_pieces_cut_together_are_those_of_each_song(group: list[Any]) -> None:
    cut = [song for ns in group if (song := from_proto(ns)).steps_per_quarter <= 0]
    cut = [song for song in cut if song.steps_per_second <= 0]
    pieces = cut_all(cut)
    alone = [split_on_time_changes(song) for song in cut]
    if pieces is None:
        assert not any(alone)
    else:
        assert_true(pieces, alone)


@given(GROUPS, st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_some_of_the_pieces_are_as_they_were_among_all(group: list[Any], random: Any) -> None:
    pieces = cut_all(map(from_proto, group))
    if pieces is None:
        return
    chosen = np.array([random.random() < 0.5 for _ in range(len(pieces))])
    some = pieces.take(chosen)
    assert len(some) == chosen.sum()
    for number, before in enumerate(chosen.nonzero()[0].tolist()):
        assert facts(some.notes_of(number)) == facts(pieces.notes_of(before))
        assert some.alone(number) is pieces.alone(before)
        assert some.total_time[number] == pieces.total_time[before]


@pytest.mark.parametrize("name", ["nottingham", "openmsx", "pop909-rich"])
def test_real_songs_are_cut_together_and_nearly_all_pieces_are_clean(
    shared_data: Any, name: str
) -> None:
    group = [from_proto(ns) for ns in songs(shared_data / "tfrecords" / f"{name}.tfrecord")]
    pieces = cut_all(group)
    assert pieces is not None
    assert_true(pieces, [split_on_time_changes(song) for song in group])
    assert pieces.clean.mean() > 0.9


def test_a_tempo_that_is_stored_again_changes_nothing() -> None:
    ns = NoteSequence(total_time=4.0)
    ns.notes.add(pitch=60, velocity=80, start_time=0.0, end_time=1.0)
    ns.notes.add(pitch=60, velocity=80, start_time=2.5, end_time=4.0)
    for time, qpm in [(0.5, 120.0), (2.0, 60.0), (3.0, 60.0)]:
        ns.tempos.add(time=time, qpm=qpm)
        ns.time_signatures.add(time=time, numerator=4, denominator=4)
    pieces = cut_all([from_proto(ns)])
    assert pieces is not None
    assert pieces.clean.tolist() == [True, True]
    assert_true(pieces, [split_on_time_changes(from_proto(ns))])


def test_a_short_note_at_the_very_end_makes_a_piece_a_step_longer() -> None:
    lengths = []
    for start in (3.9, 3.95):  # nearest to the steps 31 and 32 of 0.125 seconds
        ns = NoteSequence(total_time=4.0)
        ns.notes.add(pitch=60, velocity=80, start_time=start, end_time=4.0)
        pieces = cut_all([from_proto(ns)])
        assert pieces is not None
        assert_true(pieces, [split_on_time_changes(from_proto(ns))])
        lengths += total_quantized_steps(pieces, 4).tolist()
    assert lengths == [32, 33]


def test_counts_notes_of_each_piece_those_without_notes_too() -> None:
    ns = NoteSequence(total_time=6.0)
    for time, qpm in [(2.0, 60.0), (4.0, 90.0)]:
        ns.tempos.add(time=time, qpm=qpm)
    for start in (0.5, 1.0, 4.5):
        ns.notes.add(pitch=60, velocity=80, start_time=start, end_time=start + 0.25)
    pieces = cut_all([from_proto(ns)])
    assert pieces is not None
    assert pieces.sizes.tolist() == [2, 0, 1]
    assert count_in(pieces, np.array([True, False, True])).tolist() == [1, 0, 1]
    assert pieces.of_note.tolist() == [0, 0, 2]


def test_a_song_of_very_many_notes_is_left_to_itself() -> None:
    few = NoteSequence(total_time=1.0)
    few.notes.add(pitch=60, velocity=80, start_time=0.0, end_time=1.0)
    one = from_proto(few)
    many = replace(one, notes=one.notes.take(np.zeros(50_001, np.int64)))
    pieces = cut_all([one, many, one])
    assert pieces is not None
    assert pieces.clean.tolist() == [True, False, True]
    assert len(pieces.notes) == 2
    assert len(pieces.alone(1).notes) == 50_001
