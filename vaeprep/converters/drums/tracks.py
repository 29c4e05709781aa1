"""Drum tracks: hits without a gap, from a bar line to a bar line.

Follows Magenta's `drum_pipelines.extract_drum_tracks`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from vaeprep.music.sequence import Ints


@dataclass(frozen=True, slots=True)
class Tracks:
    """n drum tracks, in order.

    Attributes:
        piece: int64[n], the piece that each is of.
        first, last: int64[n], its hits are those from `first` to `last` (exclusive).
        start: int64[n], the step at which it begins; at a bar line.
        length: int64[n], steps; whole bars, unless it is padded.
    """

    piece: Ints
    first: Ints
    last: Ints
    start: Ints
    length: Ints


def tracks(step: Ints, piece: Ints, steps_per_bar: int, gap_steps: float) -> Tracks:
    """Cuts hits at the gaps, as `extract_drum_tracks` does with `pad_end`.

    Args:
        step: int64[n], the steps of one or more hits, ascending. A piece begins at a
            bar line, after the last bar of the piece before.
        piece: int64[n], the piece that each hit is of.
        steps_per_bar: Tracks begin and end at bar lines.
        gap_steps: So many silent steps end a track; may be infinite.
    """
    is_end = np.ones(len(step), np.bool_)
    is_end[:-1] = (step[1:] - step[:-1] - 1 >= gap_steps) | (piece[1:] != piece[:-1])
    last = np.flatnonzero(is_end) + 1
    first = np.concatenate(([0], last[:-1]))
    if gap_steps < steps_per_bar:
        first, last = _without_hits_after_a_gap(first, last, step // steps_per_bar)
    start = step[first]
    start = start - start % steps_per_bar
    length = step[last - 1] + 1 - start
    return Tracks(piece[first], first, last, start, length + -length % steps_per_bar)


def _without_hits_after_a_gap(first: Ints, last: Ints, bar: Ints) -> tuple[Ints, Ints]:
    """The tracks without hits that lie in the last bar of the track before.

    Where a gap is shorter than a bar, a track's last bar may hold hits that are
    after the gap. No track has them.
    """
    bars = bar.tolist()
    kept = []
    taken = -1  # the last bar that a track has
    for begin, end in zip(first.tolist(), last.tolist(), strict=True):
        while begin < end and bars[begin] <= taken:
            begin += 1
        if begin < end:
            kept.append((begin, end))
            taken = bars[end - 1]
    return np.array([begin for begin, _ in kept]), np.array([end for _, end in kept])


def cut_off(found: Tracks, step: Ints, most: int) -> Tracks:
    """The tracks, none longer than `most` steps (whole bars).

    Args:
        found: The tracks.
        step: int64[hits], ascending.
        most: Steps.
    """
    length = np.minimum(found.length, max(most, 0))
    last = np.minimum(found.last, np.searchsorted(step, found.start + length))
    return replace(found, last=last, length=length)


def padded(found: Tracks, total_steps: int) -> Iterator[Tracks]:
    """Each track of one piece with silence around it, from step 0 to the end of the piece.

    They come one by one, for they may be many and long.
    """
    for number in range(len(found.first)):
        one = slice(number, number + 1)
        yield Tracks(
            found.piece[one],
            found.first[one],
            found.last[one],
            np.zeros(1, np.int64),
            np.array([total_steps]),
        )
