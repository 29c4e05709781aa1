"""The band of a piece, and its trios: every melody with every bass and all drums.

Follows the end of `_to_tensors_fn` of Magenta's `TrioConverter`.
"""

from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

from vaeprep.converters.signs import Signs
from vaeprep.converters.trio.lines import BASS, DRUMS, MELODY, Line
from vaeprep.converters.trio.presence import together
from vaeprep.music.limits import check_combinations
from vaeprep.music.sequence import Bools, Ints


@dataclass(frozen=True, slots=True)
class Player:
    """An instrument of the piece: its line, and the bars where it is present.

    Attributes:
        kind: `MELODY`, `BASS` or `DRUMS`.
        line: Its notes.
        present: bool[bars].
    """

    kind: int
    line: Line
    present: Bools


@dataclass(frozen=True, slots=True)
class Trio:
    """A melody, a bass and drums, and the windows in which they play together.

    Attributes:
        players: Their positions in `Band.players`.
        windows: int64[n], the bars at which the windows begin.
    """

    players: tuple[int, ...]
    windows: Ints


@dataclass(frozen=True, slots=True)
class Band:
    """All that a piece has for trios.

    Attributes:
        players: The instruments that can be part of a trio.
        bars: How many bars the piece has.
        signs: Chords and keys, None without conditioning.
        chords_fit: Whether no instrument was left out for its chords.
    """

    players: list[Player]
    bars: int
    signs: Signs | None
    chords_fit: bool = True


def trios_of(band: Band, slice_bars: int, gap_bars: int) -> list[Trio]:
    """The trios that play together in any window, in Magenta's order.

    Args:
        band: The band.
        slice_bars: Bars of a window.
        gap_bars: So many bars at each end need only one of the three.

    Raises:
        TooMuchError: There are too many choices of players and windows.
    """
    count = band.bars - slice_bars + 1
    if count < 1:
        return []
    of_kind = [
        [at for at, player in enumerate(band.players) if player.kind == kind]
        for kind in (MELODY, BASS, DRUMS)
    ]
    check_combinations(prod(map(len, of_kind)))
    trios = []
    found = 0
    for trio in product(*of_kind):
        present = together([band.players[at].present for at in trio], gap_bars)
        before = np.concatenate(([0], np.cumsum(present)))
        windows = np.flatnonzero(before[slice_bars:] - before[:count] == slice_bars)
        if len(windows):
            trios.append(Trio(trio, windows))
            found += len(windows)
            check_combinations(found)
    return trios
