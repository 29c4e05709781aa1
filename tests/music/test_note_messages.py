"""The rows of notes of many instruments must be the notes' messages."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vaeprep.music.encode import note_message
from vaeprep.music.note_messages import note_messages

NUMBERS = st.sampled_from([0, 0, 1, 64, 127])
TIMES = st.sampled_from([0.0, 0.125, 5e-324, 12.625, float("nan")])
NOTES = st.lists(
    st.tuples(NUMBERS, NUMBERS, TIMES, TIMES, NUMBERS, NUMBERS, st.booleans()), max_size=20
)


@given(NOTES)
def test_rows_are_the_messages_one_after_the_other(
    notes: list[tuple[int, int, float, float, int, int, bool]],
) -> None:
    pitch, velocity, start, end, instrument, program, is_drum = (
        np.array([note[field] for note in notes], dtype)
        for field, dtype in enumerate((int, int, float, float, int, int, bool))
    )
    data, at = note_messages(pitch, velocity, start, end, instrument, program, is_drum)
    assert [data[at[i] : at[i + 1]] for i in range(len(notes))] == [
        note_message(*note) for note in notes
    ]
    assert at[0] == 0
    assert at[-1] == len(data)
