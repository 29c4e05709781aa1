"""The hops of many pieces, cut at once as `hops` cuts the hops of a plain piece.

Clean pieces are plain, so that every hop has the tempo and the meter of its piece, and
none of them fails. The pedals of all pieces are applied before.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from vaeprep.converters.performance.hops import HopGrid, Hops, splits_of
from vaeprep.converters.reasons import NO_NOTES, Kind, Reason
from vaeprep.music.note_block import stretches
from vaeprep.music.pieces import Pieces
from vaeprep.music.quantization import steps_of
from vaeprep.music.sequence import Ints
from vaeprep.music.sustain_together import sustain_together


@dataclass(frozen=True, slots=True)
class HopsOfPieces:
    """The hops of n pieces.

    Attributes:
        hops: All of them, one after the other.
        bounds: The first hop of each piece, and one after the last.
        reasons: Of each piece, why it has no hops; None if it has some.
    """

    hops: Hops
    bounds: list[int]
    reasons: list[Reason | None]


def hops_together(pieces: Pieces, grid: HopGrid) -> HopsOfPieces:
    """Cuts clean, usual pieces (see `pieces.are_usual`) into hops.

    Args:
        pieces: Pieces whose bars are those of the grid.
        grid: What the converter needs. Without chords.
    """
    held = sustain_together(pieces)
    limits = held.bounds.tolist()
    reasons: list[Reason | None] = []
    bounds = [0]
    splits_of_pieces: list[list[float]] = []
    firsts: list[Ints] = []  # the first note of each hop, and one after the last of each
    lasts: list[Ints] = []
    for total_time, qpm, (first, last) in zip(
        held.total_time.tolist(), pieces.qpm.tolist(), pairwise(limits), strict=True
    ):
        splits = splits_of(total_time, grid.hop_seconds(qpm))
        reasons.append(_why_no_hops(splits, last - first, grid))
        if reasons[-1] is not None:
            splits = [0.0]
        else:
            places = held.notes.start[first:last].searchsorted(splits) + first
            firsts.append(places[:-1])
            lasts.append(places[1:])
        splits_of_pieces.append(splits)
        bounds.append(bounds[-1] + len(splits) - 1)
    count = bounds[-1]
    begins = np.array([begin for splits in splits_of_pieces for begin in splits[:-1]])
    stops = np.array([stop for splits in splits_of_pieces for stop in splits[1:]])
    rates = pieces.steps_per_second(grid.steps_per_quarter).repeat(np.diff(bounds))
    none = np.zeros(0, np.int64)
    index, hop = stretches(np.concatenate([none, *firsts]), np.concatenate([none, *lasts]))
    notes = held.notes if len(index) == len(held.notes) else held.notes.take(index)
    start, end = notes.start - begins[hop], np.minimum(notes.end, stops[hop]) - begins[hop]
    notes = replace(notes, start=start, end=end)
    first_step, last_step = steps_of(notes, rates[hop])
    return HopsOfPieces(Hops(count, notes, hop, first_step, last_step, []), bounds, reasons)


def _why_no_hops(splits: list[float], notes: int, grid: HopGrid) -> Reason | None:
    if not notes or len(splits) < 2:
        return NO_NOTES
    if grid.only_first and len(splits) > 2:
        return Reason(Kind.SEVERAL_HOPS)
    return None
