"""The notes of several pieces as if they were of one.

Here an instrument of each piece counts as an instrument of its own, so that the voices,
melodies and windows of all pieces are found at once, and still are each piece's own.
"""

from dataclasses import dataclass, replace

import numpy as np

from vaeprep.converters.melody.voices import Melodies, Voices
from vaeprep.converters.melody.windows import Line, Windows
from vaeprep.music.pieces import Pieces
from vaeprep.music.sequence import Ints, Notes


@dataclass(frozen=True, slots=True)
class Numbering:
    """The numbers of all instruments of all pieces.

    Attributes:
        width: How many numbers each piece has; small, so that they are quickly sorted.
    """

    width: int

    def piece(self, instrument: Ints) -> Ints:
        """int64[n]: the piece of each instrument."""
        return instrument // self.width


def together(pieces: Pieces) -> tuple[Notes, Numbering]:
    """The notes of usual pieces, the instruments numbered through."""
    notes = pieces.notes
    numbering = Numbering(int(notes.instrument.max(initial=0)) + 1)
    instrument = notes.instrument + pieces.of_note * numbering.width
    return replace(notes, instrument=instrument), numbering


def pieces_of_melodies(numbering: Numbering, voices: Voices, found: Melodies) -> Ints:
    """int64[melodies]: the number of each melody's piece, ascending."""
    return numbering.piece(voices.instruments[found.part])


def pieces_of_windows(line: Line, windows: Windows, of_melody: Ints) -> Ints:
    """int64[windows]: the number of each window's piece.

    Args:
        line: The line.
        windows: On it.
        of_melody: int64[melodies], the piece of each melody on the line.
    """
    return of_melody[np.searchsorted(line.begins, windows.begin, side="right") - 1]
