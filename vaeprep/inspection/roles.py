"""Who plays a note: melody, bass, drums or another instrument."""

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from vaeprep.notesequence import Notes

BASS_PROGRAMS = range(32, 40)
"""The basses of General MIDI, as Magenta's trio converter takes them."""

MELODY_PROGRAMS = range(32)
"""Piano, chromatic percussion, organ and guitar."""


class Role(Enum):
    """A role; the value is its name in JSON and in the page's style."""

    MELODY = "melody"
    BASS = "bass"
    DRUMS = "drums"
    OTHER = "other"


PITCHED = (Role.MELODY, Role.BASS, Role.OTHER)
"""The roles whose pitch is a pitch; a drum's pitch is the kind of drum."""


def mask(notes: Notes, role: Role) -> NDArray[np.bool_]:
    """bool[n]: the notes of a role."""
    if role is Role.DRUMS:
        return notes.is_drum
    low = (notes.program >= MELODY_PROGRAMS.start) & (notes.program < MELODY_PROGRAMS.stop)
    bass = (notes.program >= BASS_PROGRAMS.start) & (notes.program < BASS_PROGRAMS.stop)
    wanted = {Role.MELODY: low, Role.BASS: bass, Role.OTHER: ~(low | bass)}[role]
    return wanted & ~notes.is_drum
