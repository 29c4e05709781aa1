"""What each instrument of a piece plays for a trio: a melody, a bass line or drums.

The programs of its notes tell which: MIDI's pianos to guitars are melodies, its
basses are basses. An instrument that changes its kind is none of them.

Follows `_to_tensors_fn` of Magenta's `TrioConverter`, and the melody and the drums
converter inside it.
"""

from dataclasses import dataclass

import numpy as np

from vaeprep.converters.drums.hits import heard, hits
from vaeprep.converters.drums.kit import REDUCED_DRUM_PITCH_CLASSES, kit_of, pitches_of
from vaeprep.converters.melody.voices import (
    HIGHEST_PIANO_PITCH,
    LOWEST_PIANO_PITCH,
    melodies,
    voices_of,
)
from vaeprep.converters.reasons import NO_NOTES, Kind, Reason
from vaeprep.music.note_block import stretches
from vaeprep.music.pieces import Pieces, count_in
from vaeprep.music.programs import BASS_PROGRAMS, MELODY_PROGRAMS
from vaeprep.music.quantization import Quantized
from vaeprep.music.sequence import Bools, Ints, Notes

MELODY, BASS, DRUMS, OTHER = range(4)
"""The kinds of notes. In a trio the instruments stand in this order."""

NUM_INSTRUMENTS = 128

_KIND_OF_PROGRAM = np.full(BASS_PROGRAMS.stop + 1, OTHER)
_KIND_OF_PROGRAM[MELODY_PROGRAMS] = MELODY
_KIND_OF_PROGRAM[BASS_PROGRAMS] = BASS


def kinds_of(notes: Notes) -> dict[int, int]:
    """The instruments that are a melody, a bass or drums, each with its kind.

    As in Magenta's arrays, instrument -1 is the same as 127, and so on; numbers
    above 127 are no instruments.

    Raises:
        IndexError: An instrument number is below -128.
    """
    number = notes.instrument
    below = np.flatnonzero(number < -NUM_INSTRUMENTS)
    if len(below):
        raise IndexError(
            f"index {number[below[0]]} is out of bounds for axis 0 with size {NUM_INSTRUMENTS}"
        )
    program = np.where(
        (notes.program >= 0) & (notes.program < len(_KIND_OF_PROGRAM)), notes.program, -1
    )
    kind = np.where(notes.is_drum, DRUMS, _KIND_OF_PROGRAM[program])
    known = number < NUM_INSTRUMENTS
    cell = (number[known] % NUM_INSTRUMENTS) * 4 + kind[known]
    has = np.bincount(cell, minlength=4 * NUM_INSTRUMENTS).reshape(-1, 4) > 0
    steady = np.flatnonzero((has.sum(axis=1) == 1) & ~has[:, OTHER])
    return dict(zip(steady.tolist(), has[steady].argmax(axis=1).tolist(), strict=True))


def missing_parts(notes: Notes) -> Reason | None:
    """Which parts of a trio no note of a piece belongs to; None if there are all three."""
    if not len(notes):
        return NO_NOTES
    program = notes.program
    if notes.is_drum.any():
        program = program[~notes.is_drum]
        kinds = {DRUMS}
    elif 0 <= np.bitwise_or.reduce(program) < 32:
        return _ONLY_MELODY  # a piano, quick to see
    else:
        kinds = set()
    known = program[(program >= 0) & (program < len(_KIND_OF_PROGRAM))]
    return missing_players(kinds | set(_KIND_OF_PROGRAM[known].tolist()))


def missing_parts_of(pieces: Pieces) -> list[Reason | None]:
    """`missing_parts` of the notes of each piece."""
    notes = pieces.notes
    is_known = (notes.program >= 0) & (notes.program < len(_KIND_OF_PROGRAM))
    kind = np.where(
        notes.is_drum, DRUMS, _KIND_OF_PROGRAM[np.where(is_known, notes.program, -1)]
    )
    missing = sum((count_in(pieces, kind == part) == 0) << part for part in _NAMES)
    reasons = [
        missing_players({part for part in _NAMES if not parts >> part & 1})
        for parts in range(1 << len(_NAMES))
    ]
    return [
        reasons[parts] if size else NO_NOTES
        for parts, size in zip(missing.tolist(), pieces.sizes.tolist(), strict=True)
    ]


def missing_players(kinds: set[int]) -> Reason | None:
    """Which parts of a trio are not among these kinds; None if all three are."""
    missing = [name for kind, name in _NAMES.items() if kind not in kinds]
    return Reason(Kind.MISSING_PART, " and ".join(missing)) if missing else None


_NAMES = {MELODY: "melody", BASS: "bass", DRUMS: "drums"}
_ONLY_MELODY = missing_players({MELODY})


@dataclass(frozen=True, slots=True)
class Line:
    """The notes of an instrument that a trio hears.

    Attributes:
        on: int64[n], first steps, ascending; only drums have several notes at one.
        end: int64[n], the step at which each note ends, at the latest the next `on`.
        pitch: int64[n].
    """

    on: Ints
    end: Ints
    pitch: Ints


def melody_line(quantized: Quantized, instrument: int) -> Line | None:
    """The melody of an instrument that is a melody or bass, however long its gaps are.

    There is never a second melody: no gap ends the first, and no note starts
    after its end.

    Returns:
        The line; None if no note has a velocity and a pitch from 21 to 108.

    Raises:
        BadNoteError: A note of the line ends before it starts.
    """
    mine = np.flatnonzero(notes_of_melody(quantized, instrument))
    notes = quantized.piece.notes
    voices = voices_of(notes.take(mine), quantized.start[mine], quantized.end[mine])
    found = melodies(voices, int(quantized.steps_per_bar), float("inf"))
    if not len(found):
        return None
    chosen = slice(int(found.first[0]), int(found.last[0]))
    return Line(voices.on[chosen], voices.end[chosen], voices.pitch[chosen])


def notes_of_melody(quantized: Quantized, instrument: int) -> Bools:
    """bool[n]: the notes of an instrument that can be in a melody."""
    notes = quantized.piece.notes
    chosen: Bools = notes.instrument == instrument
    chosen &= (notes.pitch >= LOWEST_PIANO_PITCH) & (notes.pitch <= HIGHEST_PIANO_PITCH)
    return chosen


def drum_line(quantized: Quantized, instrument: int) -> Line | None:
    """What an instrument's drums play, with one pitch for each drum class."""
    mine = np.flatnonzero(quantized.piece.notes.instrument == instrument)
    kit = kit_of(REDUCED_DRUM_PITCH_CLASSES)
    position, drum = heard(quantized.piece.notes.take(mine), kit)
    if not len(position):
        return None
    found = hits(quantized.start[mine[position]], drum, kit)
    values, index = np.unique(found.drums, return_inverse=True)
    chords = [pitches_of(kit, hit) for hit in values.tolist()]
    sizes = np.array([len(chord) for chord in chords])
    ends = np.cumsum(sizes)
    which, owner = stretches((ends - sizes)[index], ends[index])
    on = found.step[owner]
    return Line(on, on + 1, np.array([p for chord in chords for p in chord])[which])
