"""Numbers the tracks of many hops at once, in the order in which Magenta sorts them.

A track is what one instrument plays in one hop. In an example the tracks stand
by program, drums last; of equal ones the order is that of a Python set.
Follows `_quantized_subsequence_to_tensors` of Magenta's
`MultiInstrumentPerformanceConverter`.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vaeprep.converters.performance.hops import Hops
from vaeprep.music.sequence import Bools, Ints

DRUMS = 128
"""The program that stands for drums here, after MIDI's 128."""


@dataclass(frozen=True, slots=True)
class Tracks:
    """The tracks of some hops, sorted by hop, then as Magenta sorts them.

    Attributes:
        of_note: int64[notes of all hops], the track of each note (of notes in
            other hops: any).
        hop: int64[tracks].
        position: int64[tracks], the number of the track in its hop.
        program: int64[tracks], 128 for drums.
    """

    of_note: Ints
    hop: Ints
    position: Ints
    program: Ints

    def __len__(self) -> int:
        return len(self.hop)


def instrument_codes(instrument: Ints) -> Ints:
    """int64[n]: instruments numbered from 0 on, in ascending order."""
    if len(instrument) and instrument.min() >= 0 and instrument.max() < 256:
        return (np.cumsum(np.bincount(instrument) > 0) - 1)[instrument]
    return np.unique(instrument, return_inverse=True)[1]


def tracks_of_hops(hops: Hops, chosen: Bools, codes: Ints) -> Tracks:
    """The tracks of some hops, in each of which an instrument has one program.

    Args:
        hops: All hops of a part.
        chosen: bool[hops], those whose tracks are wanted.
        codes: `instrument_codes` of the notes.
    """
    num_codes = int(codes.max(initial=0)) + 1
    cell = hops.hop * num_codes + codes
    notes = hops.notes
    program_of = np.full(hops.count * num_codes, -1)
    program_of[cell] = np.where(notes.is_drum, DRUMS, notes.program)
    there = np.zeros((hops.count, num_codes), np.bool_)
    there.reshape(-1)[cell] = True
    there[~chosen] = False
    cells = np.flatnonzero(there)
    hop, program = cells // num_codes, program_of[cells]
    order = np.lexsort(
        (_set_order(hops, cells, codes, num_codes), program, program == DRUMS, hop)
    )
    cells, hop, program = cells[order], hop[order], program[order]
    track_of = np.zeros(there.size, np.int64)
    track_of[cells] = np.arange(len(cells))
    position = np.arange(len(cells)) - np.searchsorted(hop, hop)
    return Tracks(track_of[cell], hop, position, program)


def _set_order(hops: Hops, cells: Ints, codes: Ints, num_codes: int) -> Ints:
    """What comes first where two tracks of a hop have the same program.

    Magenta walks through a set of instrument numbers. Python keeps numbers
    below 8 in a set in ascending order; other orders depend on the numbers and
    on which came first, so such sets are made.
    """
    instrument = hops.notes.instrument
    if instrument.min() >= 0 and instrument.max() < 8:
        return cells
    bounds = np.searchsorted(hops.hop, np.arange(hops.count + 1)).tolist()
    place = np.zeros(hops.count * num_codes, np.int64)
    for hop, (lo, hi) in enumerate(pairwise(bounds)):
        code_of = dict(zip(instrument[lo:hi].tolist(), codes[lo:hi].tolist(), strict=True))
        # One by one: a set made of a whole dict may have another order.
        for number, key in enumerate(set(iter(code_of))):
            place[hop * num_codes + code_of[key]] = number
    return place[cells]
