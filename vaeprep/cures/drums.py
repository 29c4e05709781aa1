"""What the drum cures do to notes: a pitch becomes another one, or the note is left out."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from vaeprep.cures.drum_map import DrumMap
from vaeprep.music.sequence import Bools, Ints

_PITCHES = 128


@dataclass(frozen=True, slots=True)
class DrumRules:
    """The rules for notes.

    Attributes:
        pitches: Which pitch a drum's pitch becomes.
        drums_only: Notes of other instruments are left out. A GrooVAE configuration
            would take them for drums, or fail at their pitches.
        known: Drums of other pitches than these are left out, if it is given.
    """

    pitches: DrumMap = ()
    drums_only: bool = False
    known: frozenset[int] | None = None

    def new_pitches(self, pitch: Ints, is_drum: Bools) -> Ints:
        """The pitches of notes, int64[n], by their old ones and whether they are drums."""
        if not self.pitches:
            return pitch
        table = np.arange(_PITCHES)
        for source, target in self.pitches:
            table[source] = target
        mapped = is_drum & (pitch >= 0) & (pitch < _PITCHES)
        return np.where(mapped, table[np.where(mapped, pitch, 0)], pitch)

    def kept(self, pitch: Ints, is_drum: Bools) -> Bools:
        """Which notes are kept, bool[n], by their new pitches and whether they are drums."""
        kept: Bools = is_drum if self.drums_only else np.ones(len(pitch), np.bool_)
        if self.known is not None:
            kept = kept & (~is_drum | np.isin(pitch, _sorted(self.known)))
        return kept


def _sorted(pitches: Collection[int]) -> Ints:
    return np.array(sorted(pitches), np.int64)
