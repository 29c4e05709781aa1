"""The bytes of many notes at once: one row of a byte matrix a note.

The messages of an instrument's notes differ in four places only: pitch, velocity,
start and end. So a template is repeated and these places are filled in columns.
A note that starts at 0 seconds has a shorter message, because protobuf leaves out
zeros; such odd notes are few and come from `encoding.note_message`.
"""

from bisect import bisect_left

import numpy as np

from vaeprep.music.encode import note_message
from vaeprep.music.sequence import Floats, Ints

# Where a note's fields are in its message: tag, length, then tag and value of
# pitch, velocity (a byte each), start and end (8 bytes each).
_PITCH = 3
_VELOCITY = 5
_START = slice(7, 15)
_END = slice(16, 24)
_LARGEST_BYTE = 127


class NoteBlock:
    """The serialized notes of one instrument, of which any stretch can be had."""

    def __init__(
        self,
        pitch: Ints,
        velocity: Ints,
        start: Floats,
        end: Floats,
        instrument: int,
        program: int = 0,
        is_drum: bool = False,
    ) -> None:
        """Serializes n notes.

        Args:
            pitch: int64[n].
            velocity: int64[n], 0 to 127.
            start: float64[n], seconds, none of them -0.0.
            end: float64[n], seconds, not 0.
            instrument: Of all the notes.
            program: Of all the notes.
            is_drum: Of all the notes.
        """
        template = note_message(1, 1, 1.0, 1.0, instrument, program, is_drum)
        self._size = len(template)
        rows = np.empty((len(pitch), self._size), np.uint8)
        rows[:] = np.frombuffer(template, np.uint8)
        rows[:, _PITCH] = pitch & 0xFF
        rows[:, _VELOCITY] = velocity
        rows[:, _START] = start.view(np.uint8).reshape(-1, 8)
        rows[:, _END] = end.view(np.uint8).reshape(-1, 8)
        self._bytes = rows.tobytes()
        odd = (start == 0.0) | (velocity == 0) | (pitch < 1) | (pitch > _LARGEST_BYTE)
        self._odd: list[int] = np.flatnonzero(odd).tolist()
        self._odd_messages = [
            note_message(*note, instrument, program, is_drum)
            for note in zip(
                pitch[self._odd].tolist(),
                velocity[self._odd].tolist(),
                start[self._odd].tolist(),
                end[self._odd].tolist(),
                strict=True,
            )
        ]

    def between(self, first: int, last: int) -> bytes:
        """The messages of the notes from `first` to `last` (exclusive), joined."""
        size = self._size
        number = bisect_left(self._odd, first)
        parts = []
        while number < len(self._odd) and self._odd[number] < last:
            parts.append(self._bytes[first * size : self._odd[number] * size])
            parts.append(self._odd_messages[number])
            first = self._odd[number] + 1
            number += 1
        parts.append(self._bytes[first * size : last * size])
        return b"".join(parts)


def stretches(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """All numbers from each `first` to its `last` (exclusive), stretch by stretch.

    Returns:
        The numbers, and the number of the stretch that each belongs to.
    """
    sizes = last - first
    owner = np.repeat(np.arange(len(first)), sizes)
    before = np.cumsum(sizes) - sizes
    return np.arange(len(owner)) - (before - first)[owner], owner
