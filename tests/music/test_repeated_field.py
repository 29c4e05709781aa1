"""The rows of a repeated field must be the messages that protobuf writes."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vaeprep.music.encode import note_message
from vaeprep.music.protos import NoteSequence
from vaeprep.music.repeated_field import repeated_field

NUMBERS = st.sampled_from([0, 0, 1, 64, 127])
TIMES = st.sampled_from([0.0, 0.125, 5e-324, 12.625, float("nan")])
# More than are made one by one, and fewer.
NOTES = st.lists(
    st.tuples(NUMBERS, NUMBERS, TIMES, TIMES, NUMBERS, NUMBERS, st.booleans()), max_size=30
)
BENDS = st.lists(
    st.tuples(
        st.sampled_from([0.0, -0.0, 3.5]),
        st.sampled_from([0, 0, 1, 127, 128, -1, -8192, 8191, 2**31 - 1]),
        st.sampled_from([0, 3, 128, 300]),
    ),
    max_size=30,
)


def _columns(rows: list[Any], *types: type) -> list[Any]:
    return [np.array([row[at] for row in rows], one) for at, one in enumerate(types)]


@given(NOTES)
def test_rows_are_the_messages_one_after_the_other(
    notes: list[tuple[int, int, float, float, int, int, bool]],
) -> None:
    columns = _columns(notes, int, np.uint8, float, float, int, int, bool)
    data, at = repeated_field(8, *zip((1, 2, 3, 4, 7, 8, 9), columns, strict=True))
    assert [data[at[i] : at[i + 1]] for i in range(len(notes))] == [
        note_message(*note) for note in notes
    ]
    assert at[0] == 0
    assert at[-1] == len(data)


@given(BENDS)
def test_large_and_negative_numbers_are_as_protobuf_writes_them(
    bends: list[tuple[float, int, int]],
) -> None:
    expected = NoteSequence()
    for time, bend, instrument in bends:
        expected.pitch_bends.add(time=time, bend=bend, instrument=instrument)
    columns = _columns(bends, float, int, int)
    data, _ = repeated_field(10, *zip((1, 2, 3), columns, strict=True))
    assert data == expected.SerializeToString()
