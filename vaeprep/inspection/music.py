"""What is counted of the music in many songs or many examples, one after the other."""

import math
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vaeprep.inspection.roles import PITCHED, ROLES, Role, numbers
from vaeprep.inspection.spread import Spread
from vaeprep.music.programs import MELODY_PROGRAMS
from vaeprep.music.protos import CHORD_SYMBOL
from vaeprep.music.sequence import DEFAULT_QPM, Columns, Notes
from vaeprep.music.time_changes import time_change_splits

_MIDI_VALUES = 128
_MOST_METERS = 200
"""Different meters that are told apart; damaged data may hold any number of them."""

OTHER_METERS = "other"


def _zeros() -> NDArray[np.int64]:
    return np.zeros(_MIDI_VALUES, np.int64)


@dataclass(slots=True)
class Music:
    """Counts over all music that was added.

    Attributes:
        count: Songs or examples.
        empty: Those without notes.
        notes: All notes.
        drum_notes: Those that are drums.
        seconds: Length of each, seconds (see `length`).
        notes_each: Notes in each.
        density: Notes a second in each that has any length.
        parts: Instruments in each (different instrument, program and is_drum).
        pieces: Stretches of one tempo and one meter in each.
        tempos: Every tempo that is stored; 120 for music that stores none.
        meters: "4/4" -> how many have it; music that stores none is in 4/4.
        pitch_table: int64[roles, 128], notes of each role and pitch.
        velocities: int64[128], notes of each velocity.
        programs: Program number -> how many have notes of it (drums left out).
        outside: Notes whose pitch or velocity is not 0 to 127.
        with_chords: Those with chord symbols.
        most_melodies: Most instruments of the melody role in one of them.
    """

    count: int = 0
    empty: int = 0
    notes: int = 0
    drum_notes: int = 0
    seconds: Spread = field(default_factory=Spread)
    notes_each: Spread = field(default_factory=Spread)
    density: Spread = field(default_factory=Spread)
    parts: Spread = field(default_factory=Spread)
    pieces: Spread = field(default_factory=Spread)
    tempos: Spread = field(default_factory=Spread)
    meters: Counter[str] = field(default_factory=Counter)
    pitch_table: NDArray[np.int64] = field(
        default_factory=lambda: np.zeros((len(ROLES), _MIDI_VALUES), np.int64)
    )
    velocities: NDArray[np.int64] = field(default_factory=_zeros)
    programs: Counter[int] = field(default_factory=Counter)
    outside: int = 0
    with_chords: int = 0
    most_melodies: int = 0

    def add(self, music: Columns) -> None:
        """Counts one song or example."""
        self.count += 1
        seconds = length(music)
        self.seconds.add(seconds)
        self.notes_each.add(len(music.notes))
        self.pieces.add(max(len(time_change_splits(music)) - 1, 0))
        self._add_marks(music)
        if len(music.notes):
            self._add_notes(music.notes, seconds)
        else:
            self.empty += 1
            self.parts.add(0)

    def _add_marks(self, music: Columns) -> None:
        for qpm in {tempo.qpm for tempo in music.tempos} or {DEFAULT_QPM}:
            self.tempos.add(qpm)
        meters = {f"{m.numerator}/{m.denominator}" for m in music.time_signatures} or {"4/4"}
        for meter in meters:
            known = meter in self.meters or len(self.meters) < _MOST_METERS
            self.meters[meter if known else OTHER_METERS] += 1
        self.with_chords += any(
            text.annotation_type == CHORD_SYMBOL for text in music.text_annotations
        )

    def _add_notes(self, notes: Notes, seconds: float) -> None:
        self.notes += len(notes)
        self.drum_notes += int(notes.is_drum.sum())
        if 0 < seconds < math.inf:
            self.density.add(len(notes) / seconds)
        parts = set(
            zip(
                notes.instrument.tolist(),
                notes.program.tolist(),
                notes.is_drum.tolist(),
                strict=True,
            )
        )
        self.parts.add(len(parts))
        self.programs.update({program for _, program, is_drum in parts if not is_drum})
        in_range = (notes.pitch >= 0) & (notes.pitch < _MIDI_VALUES)
        in_range &= (notes.velocity >= 0) & (notes.velocity < _MIDI_VALUES)
        heard = notes
        if not in_range.all():
            heard = notes.take(in_range)
            self.outside += len(notes) - len(heard)
        self.velocities += np.bincount(heard.velocity, minlength=_MIDI_VALUES)
        cells = numbers(heard) * _MIDI_VALUES + heard.pitch
        counts = np.bincount(cells, minlength=self.pitch_table.size)
        self.pitch_table += counts.reshape(self.pitch_table.shape)
        melodies = {i for i, program, drum in parts if not drum and program in MELODY_PROGRAMS}
        self.most_melodies = max(self.most_melodies, len(melodies))

    @property
    def pitch_range(self) -> tuple[int, int] | None:
        """Lowest and highest pitch of all notes that are no drums."""
        return _range(sum((self.pitches(role) for role in PITCHED), _zeros()))

    def pitches(self, role: Role) -> NDArray[np.int64]:
        """int64[128]: the notes of each pitch that a role plays."""
        row: NDArray[np.int64] = self.pitch_table[ROLES.index(role)]
        return row

    @property
    def velocity_range(self) -> tuple[int, int] | None:
        """Softest and loudest velocity."""
        return _range(self.velocities)


def length(music: Columns) -> float:
    """Seconds until the last note is over (GrooVAE's examples store no `total_time`)."""
    if not len(music.notes):
        return music.total_time
    return max(music.total_time, float(music.notes.end.max()))


def _range(counts: NDArray[np.int64]) -> tuple[int, int] | None:
    present = np.flatnonzero(counts)
    return (int(present[0]), int(present[-1])) if len(present) else None
