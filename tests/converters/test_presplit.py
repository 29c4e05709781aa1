"""Cutting a piece again must give what the full second cut gives."""

import math
from dataclasses import replace
from typing import Any

from hypothesis import given, settings

from tests.strategies import note_sequences
from vaeprep.converters.presplit import cut_again
from vaeprep.music.protos import CHORD_SYMBOL, NoteSequence
from vaeprep.music.sequence import Columns, QuantizationStatusError, from_proto
from vaeprep.music.time_changes import split_on_time_changes


def fields(piece: Columns) -> Any:
    """All of a piece that can be compared with ==, without pedals."""
    notes = piece.notes
    columns = [getattr(notes, name).tolist() for name in notes.__slots__]
    return repr((replace(piece, notes=None, control_changes=()), columns))  # type: ignore[arg-type]


@given(ns=note_sequences())
@settings(max_examples=300)
def test_a_second_cut_is_the_same_but_for_pedals(ns: Any) -> None:
    try:
        pieces = split_on_time_changes(from_proto(ns))
    except QuantizationStatusError:
        return
    for piece in pieces:
        expected = split_on_time_changes(piece)
        assert [fields(p) for p in cut_again(piece)] == [fields(p) for p in expected]


def test_a_chord_at_nan_leaves_no_second_chord_at_the_start() -> None:
    ns = NoteSequence(total_time=8.0)
    ns.notes.add(pitch=60, velocity=80, start_time=1.0, end_time=8.0)
    ns.tempos.add(qpm=120)
    ns.tempos.add(time=6.0, qpm=20)
    for number in range(4):
        ns.notes.add(pitch=60, velocity=80, start_time=4.0 + number, end_time=5.0 + number)
    for time in (0.0, 6.5, math.nan, 6.0):
        ns.text_annotations.add(time=time, text="C", annotation_type=CHORD_SYMBOL)
    pieces = split_on_time_changes(from_proto(ns))
    assert [len(piece.text_annotations) for piece in pieces] == [1, 3]
    (again,) = cut_again(pieces[1])
    assert [text.time for text in again.text_annotations] == [0.0, 0.5]


def test_a_piece_without_length_is_gone_after_the_second_cut() -> None:
    ns = NoteSequence(total_time=4.0)
    ns.notes.add(pitch=60, velocity=80, start_time=1.0, end_time=0.0)
    (piece,) = split_on_time_changes(from_proto(ns))
    assert cut_again(piece) == []
