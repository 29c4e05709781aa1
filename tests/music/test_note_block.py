"""A block of notes must be the notes' messages one after the other."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vaeprep.music.encode import note_message
from vaeprep.music.note_block import NoteBlock, stretches

NOTES = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 36, 127, 128, 300, 2**31 - 1, -1]),
        st.integers(0, 127),
        st.sampled_from([0.0, 0.0, 0.125, 1e-300, -0.0625, 1e9]),
        st.sampled_from([0.125, 5e-324, -1.0, 12.625]),
    ),
    min_size=1,
    max_size=20,
)


@given(
    notes=NOTES,
    instrument=st.sampled_from([0, 1, 9, 127, 128]),
    program=st.sampled_from([0, 33]),
    is_drum=st.booleans(),
    data=st.data(),
)
def test_any_stretch_of_a_block_is_its_notes_messages(
    notes: list[tuple[int, int, float, float]],
    instrument: int,
    program: int,
    is_drum: bool,
    data: st.DataObject,
) -> None:
    pitch, velocity, start, end = (np.array(column) for column in zip(*notes, strict=True))
    block = NoteBlock(pitch, velocity, start, end, instrument, program, is_drum)
    first = data.draw(st.integers(0, len(notes)))
    last = data.draw(st.integers(first, len(notes)))
    assert block.between(first, last) == b"".join(
        note_message(*note, instrument, program, is_drum) for note in notes[first:last]
    )


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), max_size=8))
def test_stretches_are_the_ranges_joined(ranges: list[tuple[int, int]]) -> None:
    first = np.array([begin for begin, _ in ranges], np.int64)
    size = np.array([size for _, size in ranges], np.int64)
    numbers, owner = stretches(first, first + size)
    assert numbers.tolist() == [begin + i for begin, size in ranges for i in range(size)]
    assert owner.tolist() == [at for at, (_, size) in enumerate(ranges) for _ in range(size)]
