"""The notes of several pieces as if they were of one.

Most of what is done to a piece costs the same for ten notes as for a thousand. Here an
instrument of each piece counts as an instrument of its own, so that the voices, melodies
and windows of all pieces of a song are found at once, and still are each piece's own.
"""

from collections.abc import Sequence as Items

import numpy as np

from vaeprep.converters.melody.voices import Melody, Voices
from vaeprep.converters.melody.windows import Line, Windows
from vaeprep.music.sequence import Ints, Notes, every

_INSTRUMENT_BITS = 15
"""Enough for the instruments of MIDI songs; above them stands the number of the piece."""


def together(pieces: Items[Notes]) -> Notes | None:
    """The notes of some pieces, one after the other, each instrument with its piece's number.

    Returns:
        None if an instrument, a pitch or a program is none of MIDI's.
    """
    instrument = np.concatenate([notes.instrument for notes in pieces])
    pitch = np.concatenate([notes.pitch for notes in pieces])
    program = np.concatenate([notes.program for notes in pieces])
    if not every(((pitch | program) >> 7 | instrument >> _INSTRUMENT_BITS) == 0):
        return None
    number = np.arange(len(pieces)).repeat([len(notes) for notes in pieces])
    return Notes(
        pitch,
        np.concatenate([notes.velocity for notes in pieces]),
        np.concatenate([notes.start for notes in pieces]),
        np.concatenate([notes.end for notes in pieces]),
        instrument + (number << _INSTRUMENT_BITS),
        program,
        np.concatenate([notes.is_drum for notes in pieces]),
    )


def pieces_of(notes: Notes) -> Ints:
    """int64[n]: the number of each note's piece."""
    return notes.instrument >> _INSTRUMENT_BITS


def pieces_of_melodies(voices: Voices, found: list[Melody]) -> Ints:
    """int64[melodies]: the number of each melody's piece, ascending."""
    return voices.instruments[[melody.part for melody in found]] >> _INSTRUMENT_BITS


def pieces_of_windows(line: Line, windows: Windows, of_melody: Ints) -> Ints:
    """int64[windows]: the number of each window's piece.

    Args:
        line: The line.
        windows: On it.
        of_melody: int64[melodies], the piece of each melody on the line.
    """
    return of_melody[np.searchsorted(line.begins, windows.begin, side="right") - 1]


def each_step(line: Line, of_melody: Ints) -> bytes:
    """Two bytes a step of the line: the number of the piece, as `distinct` takes it."""
    return of_melody.astype(np.uint16).repeat(np.diff(line.begins)).tobytes()
