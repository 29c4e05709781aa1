"""The sustain pedal applied to many pieces at once, as `sustain.apply_sustain` does each.

In a clean piece every note ends after it starts, so what happens to a note depends on its
own instrument and pitch alone (see `sustain`, whose `_hold` this follows). Here an
instrument of each piece is a *player*; notes and pedal events are sorted by player.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from vaeprep.music.control_changes import ControlColumns, columns_of
from vaeprep.music.pieces import Pieces, bounds_of, count_in
from vaeprep.music.sequence import Bools, Floats, Ints, Notes
from vaeprep.music.sustain import HALF_DOWN, SUSTAIN


class Sustained(NamedTuple):
    """The notes of n pieces with the pedal applied.

    Attributes:
        notes: Piece by piece in order of their start; not calm any more.
        bounds: int64[n + 1], each piece's first note, and one after the last.
        total_time: float64[n], seconds.
    """

    notes: Notes
    bounds: Ints
    total_time: Floats


@dataclass(frozen=True, slots=True)
class _Events:
    """Pedal events, sorted by player and time; at one time down before up.

    Attributes:
        piece: int64[m].
        player: int64[m].
        time: float64[m], seconds.
        is_up: bool[m].
        next_up: int64[m + 1], the first event from each on that is "up", of any player.
    """

    piece: Ints
    player: Ints
    time: Floats
    is_up: Bools
    next_up: Ints


def sustain_together(pieces: Pieces) -> Sustained:
    """Applies the sustain pedal to clean, usual pieces (see `pieces.are_usual`).

    A pedal at or after the end of its piece does nothing, for Magenta's converters cut
    pieces a second time.
    """
    notes = pieces.notes
    width = int(notes.instrument.max(initial=0)) + 1
    events = _events(pieces, width)
    if events is None:
        return Sustained(notes, pieces.bounds, pieces.total_time)
    player = pieces.of_note * width + notes.instrument
    pedalled = np.flatnonzero(~notes.is_drum & np.isin(player, np.unique(events.player)))
    if not len(pedalled):
        return Sustained(notes, pieces.bounds, pieces.total_time)
    pedalled = pedalled[player[pedalled].argsort(kind="stable")]
    return _held(pieces, events, pedalled, player[pedalled])


def _events(pieces: Pieces, width: int) -> _Events | None:
    """The pedal events of all pieces, None if there are none; pedals without notes too."""
    numbers: list[Ints] = []
    columns: list[ControlColumns] = []
    ends = pieces.total_time.tolist()
    for number in range(len(pieces)):
        pedals = pieces.pedals(number)
        if pedals != ():
            read = columns_of(pedals)
            read = read.take((read.number == SUSTAIN) & (read.time < ends[number]))
            numbers.append(np.full(len(read), number))
            columns.append(read)
    if not sum(map(len, columns)):
        return None
    piece = np.concatenate(numbers)
    time = np.concatenate([of_piece.time for of_piece in columns])
    is_up = np.concatenate([of_piece.value for of_piece in columns]) < HALF_DOWN
    instrument = np.concatenate([of_piece.instrument for of_piece in columns])
    # A pedal that no note of any piece has is a player of its own, whatever its number.
    instrument = np.where((instrument >= 0) & (instrument < width), instrument, width)
    player = np.where(instrument < width, piece * width + instrument, -1)
    order = np.lexsort((is_up, time, player))
    is_up = is_up[order]
    count = len(order)
    ups = np.append(np.where(is_up, np.arange(count), count), count)
    next_up = np.minimum.accumulate(ups[::-1])[::-1]
    return _Events(piece[order], player[order], time[order], is_up, next_up)


def _held(pieces: Pieces, events: _Events, pedalled: Ints, player: Ints) -> Sustained:
    """The pieces with the ends of their pedalled notes moved.

    Args:
        pieces: The pieces.
        events: Their pedals.
        pedalled: The notes of instruments with a pedal, by player and start.
        player: int64[pedalled], of each.
    """
    notes = pieces.notes
    start, end = notes.start[pedalled], notes.end[pedalled]
    first = events.player.searchsorted(player)
    last = events.player.searchsorted(player, side="right")
    at_start, at_end = _done(events, player, start), _done(events, player, end)
    release = events.next_up[at_end]
    released = np.append(events.time, np.inf)[
        np.where(release < last, release, len(events.time))
    ]
    stop = np.where(_is_down(events, first, at_end), released, end)
    struck = _is_down(events, first, at_start)
    cut_at = _struck_again(player, notes.pitch[pedalled], start, struck)
    # A strike comes before the end of a note at the same time, after a release.
    is_held = stop > end
    is_cut = np.where(is_held, cut_at < stop, cut_at <= stop)
    new_end = np.where(is_cut, cut_at, stop)

    total_time = pieces.total_time.copy()
    piece = pieces.of_note[pedalled]
    never = ~is_cut & (stop == np.inf)
    later = is_held & ~is_cut & ~never
    np.maximum.at(total_time, piece[later], new_end[later])
    if never.any():
        total_time[piece[never]] = _last_event(pieces, events)[piece[never]]
        new_end[never] = total_time[piece[never]]
    ends = notes.end.copy()
    ends[pedalled] = new_end
    held = replace(notes, end=ends)
    gone = pedalled[is_cut & (new_end == start)]
    if not len(gone):
        return Sustained(held, pieces.bounds, total_time)
    kept = np.ones(len(notes), np.bool_)
    kept[gone] = False
    return Sustained(held.take(kept), bounds_of(count_in(pieces, kept)), total_time)


def _done(events: _Events, player: Ints, time: Floats) -> Ints:
    """int64[n]: how many events lie before or at the time of each note, all players' before."""
    done = np.zeros(len(player), np.int64)
    players = np.unique(player)
    first = player.searchsorted(players).tolist()
    last = player.searchsorted(players, side="right").tolist()
    begin = events.player.searchsorted(players).tolist()
    stop = events.player.searchsorted(players, side="right").tolist()
    for mine, theirs in zip(map(slice, first, last), map(slice, begin, stop), strict=True):
        done[mine] = events.time[theirs].searchsorted(time[mine], side="right") + theirs.start
    return done


def _is_down(events: _Events, first: Ints, done: Ints) -> Bools:
    """bool[n]: whether the pedal is down after `done` events, of which the player's own
    begin with `first`.
    """
    down: Bools = (done > first) & ~events.is_up[done - 1]
    return down


def _struck_again(player: Ints, pitch: Ints, start: Floats, struck: Bools) -> Floats:
    """float64[n]: when each note's pitch is struck next with the pedal down."""
    order = np.lexsort((pitch, player))  # stable: by start within a pitch
    count = len(order)
    places = np.where(struck[order], np.arange(count), count)
    next_struck = np.minimum.accumulate(places[::-1])[::-1]
    following = np.append(next_struck[1:], count)  # strictly later than itself
    other = np.append(order, -1)[following]
    same = (
        (following < count) & (pitch[other] == pitch[order]) & (player[other] == player[order])
    )
    again = np.empty(count)
    again[order] = np.where(same, start[other], np.inf)
    return again


def _last_event(pieces: Pieces, events: _Events) -> Floats:
    """float64[pieces]: when the last note that is no drum, or the last pedal, is over."""
    last = np.zeros(len(pieces))
    sounding = ~pieces.notes.is_drum
    np.maximum.at(last, pieces.of_note[sounding], pieces.notes.end[sounding])
    np.maximum.at(last, events.piece, events.time)
    return last
