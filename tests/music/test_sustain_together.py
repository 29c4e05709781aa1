"""The pedal applied to many pieces holds the notes that it holds in each."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.facts import facts
from tests.strategies import note_sequences
from tests.together import cut_all
from vaeprep.converters.presplit import cut_again_with_pedals
from vaeprep.music.pieces import are_usual
from vaeprep.music.protos import NoteSequence
from vaeprep.music.sequence import from_proto
from vaeprep.music.sustain import apply_sustain
from vaeprep.music.sustain_together import sustain_together

PEDALS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 2.25, 3.0, 3.75, 4.0, 7.0]),
        st.sampled_from([0, 63, 64, 127]),
        st.sampled_from([0, 0, 1, 9, 40]),
        st.sampled_from([64, 64, 64, 66, 7]),
    ),
    max_size=12,
)


def with_pedals(ns: Any, pedals: list[tuple[float, int, int, int]]) -> Any:
    for time, value, instrument, number in pedals:
        ns.control_changes.add(
            time=time, control_number=number, control_value=value, instrument=instrument
        )
    return ns


SONGS = st.lists(st.builds(with_pedals, note_sequences(), PEDALS), min_size=1, max_size=4)


def assert_held_as_alone(songs: list[Any]) -> int:
    """Returns how many pieces were changed."""
    pieces = cut_all(map(from_proto, songs))
    if pieces is None or not pieces.clean.any():
        return 0
    pieces = pieces.take(pieces.clean)
    pieces = pieces.take(are_usual(pieces))
    held = sustain_together(pieces)
    changed = 0
    for number in range(len(pieces)):
        notes = held.notes.take(slice(*held.bounds[number : number + 2].tolist()))
        if not pieces.size(number):
            assert not len(notes)
            continue
        (piece,) = cut_again_with_pedals(pieces.alone(number))
        alone = apply_sustain(piece)
        assert facts(notes) == facts(alone.notes)
        assert held.total_time[number] == alone.total_time
        changed += alone is not piece
    return changed


@given(SONGS)
@settings(max_examples=300)
def test_the_pedal_holds_in_many_pieces_what_it_holds_in_each(songs: list[Any]) -> None:
    assert_held_as_alone(songs)


def test_pieces_with_pedals_are_held() -> None:
    ns = NoteSequence(total_time=8.0)
    ns.tempos.add(time=4.0, qpm=60.0)
    for start in np.arange(0.0, 8.0, 0.5).tolist():
        ns.notes.add(pitch=60, velocity=80, start_time=start, end_time=start + 0.25)
    with_pedals(ns, [(1.0, 127, 0, 64), (2.1, 0, 0, 64), (3.0, 127, 0, 64)])
    assert assert_held_as_alone([ns, ns]) == 4
