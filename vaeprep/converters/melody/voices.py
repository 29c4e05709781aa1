"""The top voice of each instrument, cut into melodies at its gaps.

At every step where an instrument's notes start, the highest of them is the
melody's note; it sounds until it ends or the next one starts. A melody begins
at the bar line before its first note and ends before the first gap, some bars
without a note; silence then fills its last bar, and the next melody of the
instrument may begin.

Follows Magenta's `melody_pipelines.extract_melodies` and note_seq's
`Melody.from_quantized_sequence`.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from vaeprep.music.sequence import Bools, Ints, Notes, every

LOWEST_PIANO_PITCH = 21
HIGHEST_PIANO_PITCH = 108


class BadNoteError(Exception):
    """A note of a melody ends before it starts."""


@dataclass(frozen=True, slots=True)
class Voices:
    """The top voices of some instruments, one instrument after the other.

    Attributes:
        on: int64[n], first step of each note; within an instrument ascending,
            each once.
        end: int64[n], the step the note ends at, at the latest where the
            instrument's next one starts.
        pitch: int64[n].
        parts: Each instrument's notes: the first, and one after the last.
        instruments: int64[parts], which instrument each part is of.
        wrong: Notes that end before they start (an error), ascending.
        doubled: Notes that start together with another one, ascending, if asked for.
        starts: For each instrument, the first steps of all its notes, ascending,
            with drums and silent notes: they too can be where a melody's first
            bar is found. None if no instrument has such notes among others.
    """

    on: Ints
    end: Ints
    pitch: Ints
    parts: list[tuple[int, int]]
    instruments: Ints
    wrong: list[int]
    doubled: list[int]
    starts: list[Ints] | None


def voices_of(notes: Notes, start: Ints, end: Ints, find_doubled: bool = False) -> Voices:
    """The top voice of each instrument.

    Follows the order in which `Melody.from_quantized_sequence` takes notes: by
    start, then from the highest pitch down, and of equal ones the first stored.

    Args:
        notes: n notes of pitches from 0 on. Drums and notes of velocity 0 are
            not heard.
        start: int64[n], first steps.
        end: int64[n], steps.
        find_doubled: Whether to look for notes that start together.
    """
    pitch, heard = notes.pitch, (notes.velocity != 0) > notes.is_drum
    order, bounds = _by_instrument(notes.instrument, start)
    instruments = notes.instrument[bounds[:-1] if order is None else order[bounds[:-1]]]
    if order is not None:
        start, end = start.take(order), end.take(order)
        pitch, heard = pitch.take(order), heard.take(order)
    starts = None
    if not every(heard):
        of_part = heard.nonzero()[0].searchsorted(bounds)
        some, most = np.diff(of_part) > 0, np.diff(of_part) < np.diff(bounds)
        if (some & most).any():
            starts = [start[first:last] for first, last in pairwise(bounds)]
        bounds = of_part.tolist()
        start, end, pitch = start[heard], end[heard], pitch[heard]
    doubled: list[int] = []
    count = len(start)
    first_at = np.ones(count, np.bool_)
    np.not_equal(start[1:], start[:-1], out=first_at[1:])
    first_at[[bound for bound in bounds if bound < count]] = True
    if not every(first_at):
        tops = first_at.nonzero()[0]
        # The highest pitch, and of several the first, is the largest of these.
        rank = (pitch << _PLACE_BITS) + np.arange(count - 1, -1, -1)
        best = np.maximum.reduceat(rank, tops)
        if find_doubled:
            doubled = (np.diff(tops, append=count) > 1).nonzero()[0].tolist()
        start, pitch = start.take(tops), best >> _PLACE_BITS
        end = end.take(count - 1 - (best & ((1 << _PLACE_BITS) - 1)))
        bounds = tops.searchsorted(bounds).tolist()
    wrong = [] if every(start < end) else (end <= start).nonzero()[0].tolist()
    cut_off = end.copy()
    np.minimum(end[:-1], start[1:], out=cut_off[:-1])
    ends = [bound - 1 for bound in bounds[1:-1] if bound]
    cut_off[ends] = end[ends]
    parts = list(pairwise(bounds))
    return Voices(start, cut_off, pitch, parts, instruments, wrong, doubled, starts)


_PLACE_BITS = 31
"""Enough to number the notes of any piece; above them there is room for a pitch."""


def _by_instrument(instrument: Ints, start: Ints) -> tuple[Ints | None, list[int]]:
    """The order of notes by instrument and then start, and where each instrument begins.

    Returns:
        The order (None: as they are), and a bound before each instrument and
        after the last.
    """
    count = len(start)
    if every(instrument[1:] == instrument[:-1]) and every(start[1:] >= start[:-1]):
        return None, [0, count] if count else [0]
    # NumPy sorts small integers in linear time.
    small = every(instrument >> 16 == 0)
    key = instrument.astype(np.uint16) if small else instrument
    order = key.argsort(kind="stable")
    start, in_order = start.take(order), instrument.take(order)
    changed = in_order[1:] != in_order[:-1]
    if not every((start[1:] >= start[:-1]) | changed):
        order = np.lexsort((start, instrument))
    return order, [0, *(changed.nonzero()[0] + 1).tolist(), count]


@dataclass(frozen=True, slots=True)
class Melodies:
    """Melodies: where their notes are among those of the voices, and their places in the piece.

    Attributes:
        first, last: int64[m], their notes; `last` is one after the last.
        start: int64[m], the bar line where each begins.
        length: int64[m], steps, whole bars.
        part: int64[m], the number of the instrument among the voices' parts.
    """

    first: Ints
    last: Ints
    start: Ints
    length: Ints
    part: Ints

    def __len__(self) -> int:
        return len(self.first)

    def take(self, chosen: Bools) -> "Melodies":
        """The chosen ones (bool[m])."""
        if every(chosen):
            return self
        return Melodies(
            self.first[chosen],
            self.last[chosen],
            self.start[chosen],
            self.length[chosen],
            self.part[chosen],
        )


def melodies(
    voices: Voices, steps_per_bar: int, gap_steps: float, skip_polyphony: bool = False
) -> Melodies:
    """Cuts voices into melodies, as `extract_melodies` does with `pad_end`.

    Args:
        voices: The voices.
        steps_per_bar: Melodies begin and end at bar lines.
        gap_steps: So many steps without a note end a melody; may be infinite.
        skip_polyphony: Leave out an instrument's first melody in which notes
            start together, and all after it.

    Returns:
        The melodies, instrument by instrument.

    Raises:
        BadNoteError: A note ends before it starts.
    """
    is_bar = gap_steps >= steps_per_bar
    if is_bar and voices.starts is None and not voices.wrong and not skip_polyphony:
        return _between_gaps(voices, steps_per_bar, gap_steps)
    found = np.array(
        list(_one_by_one(voices, steps_per_bar, gap_steps, skip_polyphony)), np.int64
    )
    return Melodies(*found.reshape(-1, 5).T)


def cut_off(found: Melodies, voices: Voices, most: int) -> Melodies:
    """The melodies with the first `most` steps only (whole bars)."""
    last = found.last.copy()
    for number in (found.length > most).nonzero()[0].tolist():
        first = int(found.first[number])
        on = voices.on[first : int(last[number])]
        last[number] = first + int(on.searchsorted(found.start[number] + most))
    return replace(found, last=last, length=np.minimum(found.length, most))


def _between_gaps(voices: Voices, steps_per_bar: int, gap_steps: float) -> Melodies:
    """As `melodies`, where every gap is a bar or longer and all notes are heard.

    Then the bar that a melody ends with is over before the note after the gap.
    """
    on, end = voices.on, voices.end
    firsts = np.array([first for first, _ in voices.parts], np.int64)
    opens = np.zeros(len(on), np.bool_)
    opens[1:] = on[1:] - end[:-1] >= gap_steps
    opens[[first for first, last in voices.parts if last > first]] = True
    first = opens.nonzero()[0]
    last = np.append(first[1:], len(on))[: len(first)]
    start = on[first]
    start -= start % steps_per_bar
    length = end[last - 1] - start
    length += -length % steps_per_bar
    return Melodies(first, last, start, length, firsts.searchsorted(first, side="right") - 1)


def _one_by_one(
    voices: Voices, steps_per_bar: int, gap_steps: float, skip_polyphony: bool
) -> Iterator[tuple[int, int, int, int, int]]:
    """As `melodies`; yields first, last, start, length and part of each."""
    on, end = voices.on, voices.end
    gaps = ((on[1:] - end[:-1] >= gap_steps).nonzero()[0] + 1).tolist()
    doubled = voices.doubled if skip_polyphony else []
    for number, (first, part_end) in enumerate(voices.parts):
        search_from = 0
        while first < part_end:
            last = min(_next(gaps, first + 1), part_end)
            start = int(on[first])
            if voices.starts is not None:
                # An unheard note may be the first: then silent bars come first.
                starts = voices.starts[number]
                start = int(starts[np.searchsorted(starts, search_from)])
            start -= start % steps_per_bar
            wrong, chord = _next(voices.wrong, first), _next(doubled, first)
            if wrong < last and wrong <= chord:
                raise BadNoteError(
                    "Start step does not precede end step: "
                    f"start={on[wrong] - start}, end={end[wrong] - start}"
                )
            if chord < last:
                break
            length = int(end[last - 1]) - start
            length += -length % steps_per_bar
            yield first, last, start, length, number
            # Where a gap is shorter than a bar, notes after it may be in the bar
            # that the melody ends with. No melody has them.
            search_from = start + length
            first = last
            while first < part_end and on[first] < search_from:
                first += 1


def _next(places: list[int], first: int) -> int:
    """The first of some ascending places that is not before `first`; or a huge one."""
    at = bisect_left(places, first)
    return places[at] if at < len(places) else _NOWHERE


_NOWHERE = 1 << 62
