"""The hits: which drums start at each step, and why there are none."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vaeprep.converters.drums.kit import Kit
from vaeprep.converters.reasons import NO_DRUMS, NO_NOTES, Kind, Reason, midi_number
from vaeprep.music.pieces import Pieces
from vaeprep.music.sequence import Bools, Ints, Notes, every


@dataclass(frozen=True, slots=True)
class Hits:
    """The steps on which drums sound.

    Attributes:
        step: int64[n], ascending, each once.
        drums: [n], the classes that start on the step: bit c is class c.
    """

    step: Ints
    drums: NDArray[Any]

    def __len__(self) -> int:
        return len(self.step)


def heard(notes: Notes, kit: Kit) -> tuple[Ints, Ints]:
    """The notes that a kit hears.

    Args:
        notes: The notes. Those that are no drums, have velocity 0 or a pitch of
            no class are passed over.
        kit: The classes.

    Returns:
        int64[n], their positions, and int64[n], their classes.
    """
    played = _played(notes)
    drum = kit.class_of(notes.pitch[played])
    if (drum < 0).any():
        played = played[drum >= 0]
        drum = drum[drum >= 0]
    return played, drum


def _played(notes: Notes) -> Ints:
    """int64[n]: the positions of drums that sound, known or not."""
    drums = np.flatnonzero(notes.is_drum)
    sounding = notes.velocity[drums] != 0
    return drums if every(sounding) else drums[sounding]


def why_unheard(notes: Notes, kit: Kit) -> Reason | None:
    """Why none of the notes of a piece is heard; None if one is."""
    if len(heard(notes, kit)[0]):
        return None
    if not (notes.velocity != 0).any():
        return NO_NOTES
    played = _played(notes)
    if not len(played):
        return NO_DRUMS
    return midi_number(Kind.NO_KNOWN_DRUM, int(notes.pitch[played[0]]))


def why_pieces_are_unheard(
    pieces: Pieces, unheard: Bools, kit: Kit
) -> Iterator[tuple[int, Reason]]:
    """Why no note of some pieces is heard.

    Args:
        pieces: The pieces.
        unheard: bool[pieces]: of which of them none is.
        kit: The classes.

    Yields:
        The number of a piece and the reason, of each that is unheard.
    """
    drums = np.diff(np.flatnonzero(pieces.notes.is_drum).searchsorted(pieces.bounds))
    sizes = pieces.sizes
    for number in np.flatnonzero(unheard & (drums == 0)).tolist():
        yield number, NO_DRUMS if sizes[number] else NO_NOTES
    for number in np.flatnonzero(unheard & (drums > 0)).tolist():
        yield number, why_unheard(pieces.notes_of(number), kit) or NO_DRUMS


def hits(step: Ints, drum: Ints, kit: Kit) -> Hits:
    """The hits of some notes in any order.

    Args:
        step: int64[n], the step that each note starts on; n is not 0.
        drum: int64[n], its class.
        kit: The classes.
    """
    if (step[1:] < step[:-1]).any():
        order = np.argsort(step, kind="stable")
        step, drum = step[order], drum[order]
    first = np.concatenate(([0], np.flatnonzero(step[1:] != step[:-1]) + 1))
    return Hits(step[first], np.bitwise_or.reduceat(kit.bits(drum), first))
