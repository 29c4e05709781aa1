"""The classes of drums: which pitches count as one drum, and which pitch plays it."""

from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vaeprep.music.sequence import Ints

PitchClasses = tuple[tuple[int, ...], ...]

REDUCED_DRUM_PITCH_CLASSES: PitchClasses = (
    (36, 35),  # bass drum
    (38, 27, 28, 31, 32, 33, 34, 37, 39, 40, 56, 65, 66, 75, 85),  # snare
    (42, 44, 54, 68, 69, 70, 71, 73, 78, 80, 22),  # closed hi-hat
    (46, 67, 72, 74, 79, 81, 26),  # open hi-hat
    (45, 29, 41, 43, 61, 64, 84),  # low tom
    (48, 47, 60, 63, 77, 86, 87),  # mid tom
    (50, 30, 62, 76, 83),  # high tom
    (49, 52, 55, 57, 58),  # crash cymbal
    (51, 53, 59, 82),  # ride cymbal
)
FULL_DRUM_PITCH_CLASSES: PitchClasses = tuple(
    (pitch,)
    for pitch in (
        *(36, 35, 38, 27, 28, 31, 32, 33, 34, 37, 39, 40, 56, 65, 66, 75, 85, 42, 44),
        *(54, 68, 69, 70, 71, 73, 78, 80, 46, 67, 72, 74, 79, 81, 45, 29, 41, 61, 64),
        *(84, 48, 47, 60, 63, 77, 86, 87, 50, 30, 43, 62, 76, 83, 49, 55, 57, 58, 51),
        *(52, 53, 59, 82),
    )
)
ROLAND_DRUM_PITCH_CLASSES: PitchClasses = (
    (36,),  # bass drum
    (38, 37, 40),  # snare
    (42, 22, 44),  # closed hi-hat
    (46, 26),  # open hi-hat
    (43, 58),  # low tom
    (47, 45),  # mid tom
    (50, 48),  # high tom
    (49, 52, 55, 57),  # crash cymbal
    (51, 53, 59),  # ride cymbal
)

# Each class is one bit of a hit; more bits than these need Python's integers.
_MOST_BITS = 62


class Kit:
    """The drum classes of a converter: a class for each pitch, and a pitch for each class.

    Attributes:
        classes: The pitches of each class.
        class_of_pitch: What Magenta calls the pitch class map. A pitch in
            several classes belongs to the last of them.
    """

    def __init__(self, classes: PitchClasses) -> None:
        self.classes = classes
        self.class_of_pitch = {p: c for c, pitches in enumerate(classes) for p in pitches}
        known = self.class_of_pitch or {0: -1}
        # Index 0 and the last index stand for all pitches below and above.
        self._lowest = min(known) - 1
        self._table = np.full(max(known) - self._lowest + 2, -1, np.int64)
        for pitch, drum in known.items():
            self._table[pitch - self._lowest] = drum
        bits = [1 << drum for drum in range(len(classes))] or [0]
        self._bits: NDArray[Any] = np.array(
            bits, np.int64 if len(classes) <= _MOST_BITS else object
        )

    def class_of(self, pitch: Ints) -> Ints:
        """int64[n]: the class of each pitch, -1 for pitches of no class."""
        return self._table.take(pitch - self._lowest, mode="clip")

    def bits(self, drum: Ints) -> NDArray[Any]:
        """[n]: for each class, the number with its bit set (objects if there are many)."""
        return self._bits[drum]

    def pitches(self, hit: int) -> tuple[int, ...]:
        """The pitches that play a hit, in the order of their notes in an example.

        Magenta takes this order from a frozenset of the pitches that was made
        from a frozenset of the classes, so the same sets are built here.
        """
        drums = frozenset(c for c in range(len(self.classes)) if hit >> c & 1)
        return tuple(frozenset(self.classes[c][0] for c in drums))


@cache
def kit_of(classes: PitchClasses) -> Kit:
    """The kit of these pitch classes, made once."""
    return Kit(classes)


@lru_cache(maxsize=4096)
def pitches_of(kit: Kit, hit: int) -> tuple[int, ...]:
    """`Kit.pitches`, remembered."""
    return kit.pitches(hit)
