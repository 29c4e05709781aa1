"""The bytes of notes of many instruments at once: one row of a byte matrix a note.

Any field may be zero in some notes and not in others, and protobuf leaves out
zeros. So each row has room for all fields, and a mask takes the bytes that are
there. `note_block` is for the notes of one instrument, where the mask would cost
more than the few notes that differ.
"""

import numpy as np
from numpy.typing import NDArray

from vaeprep.music.sequence import Bools, Floats, Ints

_SIZE = 30
_TEMPLATE = np.zeros(_SIZE, np.uint8)
# The tags of a note and of its fields, in the order of their numbers.
_TEMPLATE[[0, 2, 4, 6, 15, 24, 26, 28]] = (0x42, 0x08, 0x10, 0x19, 0x21, 0x38, 0x40, 0x48)
_LENGTH = 1  # where the message's own length stands
_BEFORE_FIELDS = 2


def note_messages(
    pitch: Ints,
    velocity: Ints,
    start: Floats,
    end: Floats,
    instrument: Ints,
    program: Ints,
    is_drum: Bools,
) -> tuple[bytes, Ints]:
    """Serializes n notes, as `encode.note_message` does one.

    Args:
        pitch: int64[n], 0 to 127.
        velocity: int64[n], 0 to 127.
        start: float64[n], seconds, none of them -0.0.
        end: float64[n], seconds, none of them -0.0.
        instrument: int64[n], 0 to 127.
        program: int64[n], 0 to 127.
        is_drum: bool[n].

    Returns:
        The messages of all notes, joined, and int64[n + 1], where each begins and
        the last one ends.
    """
    rows = np.empty((len(pitch), _SIZE), np.uint8)
    rows[:] = _TEMPLATE
    there = np.ones(rows.shape, np.bool_)
    sizes = np.full(len(rows), _SIZE)
    tag = _BEFORE_FIELDS
    for values in (pitch, velocity, start, end, instrument, program, is_drum):
        stored = _stored(values)
        after = tag + 1 + stored.shape[1]
        rows[:, tag + 1 : after] = stored
        zero = values == 0
        there[zero, tag:after] = False
        sizes -= (after - tag) * zero
        tag = after
    rows[:, _LENGTH] = sizes - _BEFORE_FIELDS
    at = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(sizes, out=at[1:])
    return rows[there].tobytes(), at


def _stored(values: Ints | Floats | Bools) -> NDArray[np.uint8]:
    """uint8[n, bytes]: the values as protobuf stores them, each in one byte or as a double."""
    if values.dtype == np.float64:
        return np.ascontiguousarray(values).view(np.uint8).reshape(-1, 8)
    return values.astype(np.uint8)[:, None]
