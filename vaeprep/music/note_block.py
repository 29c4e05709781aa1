"""The bytes of many notes at once: one row of a byte matrix a note.

The messages of an instrument's notes differ in four places only: pitch, velocity,
start and end. So a template is repeated and these places are filled in columns.
A note that starts at 0 seconds has a shorter message, because protobuf leaves out
zeros; such odd notes are few and come from `encoding.note_message`.
"""

from bisect import bisect_left

import numpy as np

from vaeprep.music.encode import note_message
from vaeprep.music.sequence import Bytes, Floats, Ints

# Where a note's fields are in its message: tag, length, then tag and value of
# pitch, velocity (a byte each), start and end (8 bytes each).
_PITCH = 3
_VELOCITY = 5
_START = 7
_END = 16
_LARGEST_BYTE = 127


class NoteBlock:
    """The serialized notes of one instrument, of which any stretch can be had."""

    def __init__(
        self,
        pitch: Ints | Bytes,
        velocity: Ints | Bytes,
        start: Floats,
        end: Floats,
        instrument: int,
        program: int = 0,
        is_drum: bool = False,
    ) -> None:
        """Serializes n notes.

        Args:
            pitch: int64[n] or uint8[n].
            velocity: int64[n] or uint8[n], 0 to 127.
            start: float64[n], seconds, none of them -0.0.
            end: float64[n], seconds, not 0.
            instrument: Of all the notes.
            program: Of all the notes.
            is_drum: Of all the notes.
        """
        template = note_message(1, 1, 1.0, 1.0, instrument, program, is_drum)
        self._size = len(template)
        count = len(pitch)
        rows = np.frombuffer(template, np.uint8)[None].repeat(count, axis=0)
        rows[:, _PITCH] = pitch
        rows[:, _VELOCITY] = velocity
        # One double a row: views of the rows with nothing else in them.
        np.ndarray((count,), np.float64, rows, _START, rows.strides[:1])[:] = start
        np.ndarray((count,), np.float64, rows, _END, rows.strides[:1])[:] = end
        self._bytes = rows.tobytes()
        is_odd = (start == 0.0) | (velocity == 0) | (pitch < 1) | (pitch > _LARGEST_BYTE)
        odd = is_odd.nonzero()[0]
        self._odd: list[int] = odd.tolist()
        odd_notes = list(
            zip(
                pitch[odd].tolist(),
                velocity[odd].tolist(),
                start[odd].tolist(),
                end[odd].tolist(),
                strict=True,
            )
        )
        messages = {
            note: note_message(*note, instrument, program, is_drum) for note in set(odd_notes)
        }
        self._odd_messages = [messages[note] for note in odd_notes]

    def between(self, first: int, last: int) -> bytes:
        """The messages of the notes from `first` to `last` (exclusive), joined."""
        size, odd = self._size, self._odd
        number = bisect_left(odd, first)
        if number == len(odd) or odd[number] >= last:
            return self._bytes[first * size : last * size]
        parts = []
        while number < len(odd) and odd[number] < last:
            if first < odd[number]:
                parts.append(self._bytes[first * size : odd[number] * size])
            parts.append(self._odd_messages[number])
            first = odd[number] + 1
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
