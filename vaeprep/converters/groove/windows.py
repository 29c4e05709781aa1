"""Windows of some bars on beats, one beginning every so many steps.

Follows `to_tensors` of Magenta's `GrooveConverter`.
"""

from dataclasses import dataclass

import numpy as np

from vaeprep.converters.groove.beats import Beats
from vaeprep.music.note_block import stretches
from vaeprep.music.sequence import Ints


@dataclass(frozen=True, slots=True)
class Slicing:
    """How windows lie in a piece.

    Attributes:
        steps_per_bar: Pieces are whole bars long.
        window: Steps of a window; 0 takes each piece as a whole.
        hop: Steps from the beginning of one window to that of the next.
        decoded: One part in so many of a window is heard again, its beginning.
    """

    steps_per_bar: int
    window: int
    hop: int
    decoded: int = 1

    def whole_bars(self, last_step: Ints) -> Ints:
        """int64[n]: the steps from 0 to the end of the bar that `last_step` is in."""
        return (last_step // self.steps_per_bar + 1) * self.steps_per_bar

    def count(self, steps: Ints) -> Ints:
        """int64[n]: how many windows there are in so many steps."""
        if not self.window:
            return np.ones(len(steps), np.int64)
        return np.maximum((steps - self.window) // self.hop + 1, 0)


@dataclass(frozen=True, slots=True)
class Windows:
    """n windows in which there are beats.

    Attributes:
        piece: int64[n], the piece that each is of, ascending.
        begin: int64[n], the step at which it begins.
        first, last: int64[n], its beats are those from `first` to `last` (exclusive).
    """

    piece: Ints
    begin: Ints
    first: Ints
    last: Ints

    def __len__(self) -> int:
        return len(self.piece)


def windows_of(beats: Beats, begins: Ints, steps: Ints, slicing: Slicing) -> Windows:
    """The windows in which there are beats, of pieces that lie on one line of steps.

    Args:
        beats: Of all pieces.
        begins: int64[pieces], the step at which each piece begins.
        steps: int64[pieces], how many steps each has: whole bars, or 0 for no windows.
        slicing: How windows lie in a piece.
    """
    count = np.where(steps > 0, slicing.count(steps), 0)
    number, piece = stretches(np.zeros(len(count), np.int64), count)
    begin = begins[piece] + number * slicing.hop
    length = (slicing.window or steps[piece]) // slicing.decoded
    first = np.searchsorted(beats.step, begin)
    last = np.searchsorted(beats.step, begin + length)
    sounds = last > first
    return Windows(piece[sounds], begin[sounds], first[sounds], last[sounds])
