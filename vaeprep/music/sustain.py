"""Applies the sustain pedal: notes sound on while it is down.

A note that ends while its instrument's pedal is down lasts until the pedal is
released or until the same pitch is struck again, whichever comes first.
Follows note_seq's `apply_sustain_control_changes`, its oddities included: a note
of negative length (its end comes before its start) never ends in note_seq's
walk through the events, so it lasts until the last event of all.
"""

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np

from vaeprep.music.control_changes import ControlColumns, columns_of
from vaeprep.music.limits import check_walk
from vaeprep.music.sequence import (
    Bools,
    Columns,
    Floats,
    Ints,
    Notes,
    QuantizationStatusError,
    every,
)

SUSTAIN = 64
"""The number of the control."""

HALF_DOWN = 64
"""From this value on the pedal counts as down."""

# The order of events at the same time.
_DOWN, _UP, _NOTE_ON, _NOTE_OFF = range(4)


def apply_sustain(sequence: Columns) -> Columns:
    """Lengthens the notes that the sustain pedal holds.

    Drums stay as they are. A note that another one of the same pitch follows at
    the same time, with the pedal down, is dropped.

    Args:
        sequence: A piece that is not quantized.

    Returns:
        The sequence with other note ends and `total_time`, fewer notes maybe,
        and all else as it was (the pedals too).

    Raises:
        QuantizationStatusError: If the sequence is quantized already.
    """
    if sequence.steps_per_quarter > 0 or sequence.steps_per_second > 0:
        raise QuantizationStatusError("Can only apply sustain to unquantized NoteSequence.")
    notes = sequence.notes
    pedals = columns_of(sequence.control_changes)
    pedals = pedals.take(pedals.number == SUSTAIN)
    if sequence.calm and not len(pedals):
        return sequence
    sounding = ~notes.is_drum
    # Not "<": a NaN, too, must be walked through in note_seq's order of events.
    if not sequence.calm and not (notes.start <= notes.end)[sounding].all():
        return _walk(sequence, pedals)
    if not len(pedals):
        return sequence
    pedalled = sounding & _are_among(notes.instrument, pedals.instrument)
    if not pedalled.any():
        return sequence
    simple = (notes.start < notes.end) & (notes.end < np.inf)
    if simple[pedalled].all() and not np.isnan(pedals.time).any():
        return _hold(sequence, pedals, pedalled)
    return _walk(sequence, pedals)


def _are_among(instrument: Ints, pedalled: Ints) -> Bools:
    """bool[n]: whether an instrument has a pedal."""
    first = int(pedalled[0])
    if every(pedalled == first):  # nearly always, and quicker
        return np.equal(instrument, first)
    return np.isin(instrument, pedalled)


# --- All notes of positive length: every note on its own ------------------------


@dataclass(frozen=True, slots=True)
class _Pedal:
    """What the pedal of one instrument does.

    Attributes:
        times: float64[events], ascending; events at one time: down before up.
        down: bool[events + 1], whether the pedal is down after that many events.
        releases: float64[releases], ascending times of all "up" events.
    """

    times: Floats
    down: Bools
    releases: Floats

    def is_down(self, time: Floats) -> Bools:
        """Whether the pedal is down at these times, all their pedal events done."""
        return self.down[np.searchsorted(self.times, time, side="right")]

    def next_release(self, time: Floats) -> Floats:
        """The first release after each time, infinity where there is none."""
        index = np.searchsorted(self.releases, time, side="right")
        return np.append(self.releases, np.inf)[index]


def _pedal(pedals: ControlColumns) -> _Pedal:
    """The pedal of one instrument from its events."""
    is_up = pedals.value < HALF_DOWN
    order = np.lexsort((is_up, pedals.time))
    times, is_up = pedals.time.take(order), is_up.take(order)
    return _Pedal(
        times=times, down=np.concatenate(([False], ~is_up)), releases=times.compress(is_up)
    )


def _hold(sequence: Columns, pedals: ControlColumns, pedalled: Bools) -> Columns:
    """As `_walk`, if every note of a pedalled instrument has a positive length.

    Then what happens to a note depends on its own instrument and pitch alone:
    it stops when it ends, or if the pedal is down then, at the next release; or
    before that, when its pitch is struck again with the pedal down. (With
    zero-length notes, note_seq can take one note for another, equal one.)
    """
    notes = sequence.notes
    end = notes.end.copy()
    stop = notes.end.copy()  # where each note stops if it is not struck again
    struck = np.zeros(len(notes), np.bool_)  # struck with the pedal down
    for instrument in set(notes.instrument[pedalled].tolist()):
        mine = (pedalled & (notes.instrument == instrument)).nonzero()[0]
        pedal = _pedal(pedals.take(pedals.instrument == instrument))
        at_end_down = mine[pedal.is_down(end[mine])]
        stop[at_end_down] = pedal.next_release(end[at_end_down])
        struck[mine] = pedal.is_down(notes.start[mine])

    index = np.flatnonzero(pedalled)
    cut_at = np.full(len(notes), np.inf)
    cut_at[index] = _struck_again(notes.take(index), struck[index])
    # A strike comes before the end of a note at the same time, after a release.
    held = stop > end
    cut = np.where(held, cut_at < stop, cut_at <= stop)
    end = np.where(cut, cut_at, stop)

    total_time = sequence.total_time
    never = ~cut & (stop == np.inf)
    released = end[held & ~cut & ~never]
    if len(released):
        total_time = max(total_time, float(released.max()))
    if never.any():
        total_time = end[never] = _last_event(sequence, pedals)
    held_notes = replace(notes, end=end)
    gone = cut & (end == notes.start)
    if gone.any():
        held_notes = held_notes.take(~gone)
    return replace(sequence, notes=held_notes, total_time=total_time)


def _struck_again(notes: Notes, struck: Bools) -> Floats:
    """float64[n]: when each note's pitch is struck next with the pedal down."""
    order = np.lexsort((notes.start, notes.pitch, notes.instrument))  # stable
    places = np.arange(len(order))
    next_struck = np.minimum.accumulate(np.where(struck[order], places, len(order))[::-1])[::-1]
    following = np.append(next_struck[1:], len(order))  # strictly later than itself
    other = np.append(order, -1)[following]
    same = (
        (following < len(order))
        & (notes.pitch[other] == notes.pitch[order])
        & (notes.instrument[other] == notes.instrument[order])
    )
    again = np.empty(len(order))
    again[order] = np.where(same, notes.start[other], np.inf)
    return again


def _last_event(sequence: Columns, pedals: ControlColumns) -> float:
    notes = sequence.notes
    sounding = ~notes.is_drum
    return float(
        np.concatenate((pedals.time, notes.start[sounding], notes.end[sounding])).max()
    )


# --- Any notes: note_seq's walk through all events ------------------------------


def _walk(sequence: Columns, pedals: ControlColumns) -> Columns:
    """Event by event, as note_seq.

    Raises:
        TooMuchError: There are so many notes that this would take very long.
    """
    notes = sequence.notes
    check_walk(len(notes))
    walk = _Walk(notes, sequence.total_time)
    start, end = notes.start.tolist(), notes.end.tolist()
    sounding = np.flatnonzero(~notes.is_drum).tolist()
    events = [(start[i], _NOTE_ON, i) for i in sounding]
    events += [(end[i], _NOTE_OFF, i) for i in sounding]
    events += [
        (time, _DOWN if value >= HALF_DOWN else _UP, instrument)
        for time, _, value, instrument in pedals
    ]
    events.sort(key=lambda event: event[:2])
    happens = {
        _DOWN: walk.press,
        _UP: walk.release,
        _NOTE_ON: walk.strike,
        _NOTE_OFF: walk.stop,
    }
    time = 0.0
    for time, kind, what in events:
        happens[kind](time, what)
    walk.finish(time)
    return replace(sequence, notes=walk.held_notes(), total_time=walk.total_time)


class _Walk:
    """The notes of a piece while its events pass, one method an event.

    note_seq looks notes up by value, so of equal ones it takes the first.
    """

    def __init__(self, notes: Notes, total_time: float) -> None:
        self.total_time = total_time
        self._notes = notes
        self._pitch = notes.pitch.tolist()
        self._instrument = notes.instrument.tolist()
        self._start = notes.start.tolist()
        self._end = notes.end.tolist()
        columns = (self._pitch, self._instrument, self._start)
        others = (notes.velocity.tolist(), notes.program.tolist())
        self._fields = list(zip(*columns, *others, strict=True))
        self._kept = list(range(len(notes)))
        self._non_drums_kept = np.flatnonzero(~notes.is_drum).tolist()
        # Of each instrument, the notes that sound.
        self._active: dict[int, list[int]] = defaultdict(list)
        self._down: dict[int, bool] = defaultdict(bool)

    def press(self, _time: float, instrument: int) -> None:
        """The pedal goes down."""
        self._down[instrument] = True

    def release(self, time: float, instrument: int) -> None:
        """The pedal goes up: what it held ends."""
        self._down[instrument] = False
        active = self._active[instrument]
        held = [i for i in active if self._end[i] < time]
        self._active[instrument] = [i for i in active if not self._end[i] < time]
        for i in held:
            self._end[i] = time
        if held and time > self.total_time:
            self.total_time = time

    def strike(self, time: float, note: int) -> None:
        """A note starts; with the pedal down, those of its pitch end."""
        instrument = self._instrument[note]
        if self._down[instrument]:
            pitch, active = self._pitch[note], self._active[instrument]
            for i in active:
                if self._pitch[i] == pitch:
                    self._end[i] = time
                    if self._start[i] == time:
                        self._drop(i)
            self._active[instrument] = [i for i in active if self._pitch[i] != pitch]
        self._active[instrument].append(note)

    def stop(self, _time: float, note: int) -> None:
        """A note's own end; with the pedal down it sounds on."""
        instrument = self._instrument[note]
        if not self._down[instrument]:
            place = self._first_equal(note, self._active[instrument])
            if place is not None:
                del self._active[instrument][place]

    def finish(self, time: float) -> None:
        """After the last event, what still sounds ends with it."""
        for left in self._active.values():
            for i in left:
                self._end[i] = self.total_time = time

    def held_notes(self) -> Notes:
        """The notes with their new ends, without those that were dropped."""
        held = replace(self._notes, end=np.array(self._end, np.float64))
        if len(self._kept) < len(self._notes):
            return held.take(np.array(self._kept, np.int64))
        return held

    def _drop(self, note: int) -> None:
        place = self._first_equal(note, self._non_drums_kept)
        assert place is not None  # as many as ever asked for
        self._kept.remove(self._non_drums_kept.pop(place))

    def _first_equal(self, note: int, among: list[int]) -> int | None:
        """The place in `among` of the first note that equals `note`."""
        fields, end = self._fields, self._end
        for place, other in enumerate(among):
            if other == note or (fields[other] == fields[note] and end[other] == end[note]):
                return place
        return None
