"""Who plays a note: melody, bass, drums or another instrument."""

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from vaeprep.music.programs import BASS_PROGRAMS, MELODY_PROGRAMS
from vaeprep.music.sequence import Notes


class Role(Enum):
    """A role; the value is its name in JSON and in the page's style."""

    MELODY = "melody"
    BASS = "bass"
    DRUMS = "drums"
    OTHER = "other"


ROLES = tuple(Role)
PITCHED = (Role.MELODY, Role.BASS, Role.OTHER)
"""The roles whose pitch is a pitch; a drum's pitch is the kind of drum."""


def numbers(notes: Notes) -> NDArray[np.int64]:
    """int64[n]: the role of each note, as its place in `ROLES`."""
    program = notes.program
    found = np.full(len(notes), ROLES.index(Role.OTHER))
    melody = (program >= MELODY_PROGRAMS.start) & (program < MELODY_PROGRAMS.stop)
    found[melody] = ROLES.index(Role.MELODY)
    bass = (program >= BASS_PROGRAMS.start) & (program < BASS_PROGRAMS.stop)
    found[bass] = ROLES.index(Role.BASS)
    found[notes.is_drum] = ROLES.index(Role.DRUMS)
    return found


def mask(notes: Notes, role: Role) -> NDArray[np.bool_]:
    """bool[n]: the notes of a role."""
    same: NDArray[np.bool_] = numbers(notes) == ROLES.index(role)
    return same
