"""A song cut into pieces of one tempo and one meter.

Follows `split_note_sequence_on_time_changes` of note_seq's `sequences_lib`, its
floating-point operations and their order too.
"""

from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np

from vaeprep.music.control_changes import (
    PEDALS,
    ControlChange,
    LazyControlChanges,
    cut_later,
)
from vaeprep.music.protos import BEAT, CHORD_SYMBOL
from vaeprep.music.sequence import (
    DEFAULT_QPM,
    Columns,
    Floats,
    KeySignature,
    Notes,
    QuantizationStatusError,
    Tempo,
    TextAnnotation,
    TimeSignature,
    by_time,
    calmed,
    every,
)


def split_on_time_changes(sequence: Columns) -> list[Columns]:
    """Cuts a song into pieces of one tempo and one time signature each.

    Follows note_seq's `split_note_sequence_on_time_changes`. A piece starts at
    time 0, and its `total_time` is the end of the note that ends last, not the
    length of the stretch it was cut from. Music without length has no pieces.

    Raises:
        QuantizationStatusError: If the sequence is quantized already.
    """
    splits = time_change_splits(sequence)
    return cut(sequence, splits) if len(splits) > 1 else []


class TimeChanges(NamedTuple):
    """Where a song is cut, and what holds from there on.

    Attributes:
        splits: Seconds, rising: 0, each change of tempo or meter, and the end; a
            single 0.0 where the sequence has no length.
        held: For each piece its quarter notes a minute, numerator and denominator.
    """

    splits: list[float]
    held: list[tuple[float, int, int]]


def time_changes(sequence: Columns) -> TimeChanges:
    """Finds the changes of tempo and meter at which a song is cut.

    Follows note_seq's `split_note_sequence_on_time_changes`. A song starts in
    4/4 at 120 quarter notes a minute, whatever its first events say, and a
    change at or before the last cut moves no cut.
    """
    numerator, denominator, qpm = 4, 4, DEFAULT_QPM
    splits, held = [0.0], [(qpm, numerator, denominator)]
    changes: list[TimeSignature | Tempo] = [*sequence.time_signatures, *sequence.tempos]
    for change in sorted(changes, key=by_time):
        if not change.time < sequence.total_time:
            continue
        if isinstance(change, Tempo):
            changed = change.qpm != qpm
            qpm = change.qpm
        else:
            changed = change.numerator != numerator or change.denominator != denominator
            numerator, denominator = change.numerator, change.denominator
        if not changed:
            continue
        if change.time > splits[-1]:
            splits.append(change.time)
            held.append((qpm, numerator, denominator))
        else:
            held[-1] = (qpm, numerator, denominator)
    if not sequence.total_time > splits[-1]:
        return TimeChanges(splits, [])
    return TimeChanges([*splits, sequence.total_time], held)


def time_change_splits(sequence: Columns) -> list[float]:
    """The `splits` of `time_changes`."""
    return time_changes(sequence).splits


def refuse_quantized(sequence: Columns) -> None:
    """Refuses to cut what is quantized already.

    Raises:
        QuantizationStatusError: The sequence is.
    """
    if sequence.steps_per_quarter > 0 or sequence.steps_per_second > 0:
        raise QuantizationStatusError(
            "Can only extract subsequences from unquantized NoteSequence."
        )


def cut(sequence: Columns, split_times: list[float]) -> list[Columns]:
    """Cuts a sequence at the given times.

    Follows note_seq's `_extract_subsequences`. Notes belong to the piece they
    start in and end with it at the latest. Tempos, meters, keys and chords that
    hold when a piece starts are repeated at its time 0, and so are the pedals.
    Beats stay where they are; other texts and control changes are dropped.

    Args:
        sequence: What is cut.
        split_times: Two or more times in seconds, rising; all but the last
            lie before the sequence's `total_time`.

    Returns:
        A sequence for each stretch between two split times, starting at time 0.

    Raises:
        QuantizationStatusError: If the sequence is quantized already.
        ValueError: If the split times are not as they should be.
    """
    refuse_quantized(sequence)
    if len(split_times) < 2:
        raise ValueError("Must provide at least a start and end time.")
    if any(t1 > t2 for t1, t2 in pairwise(split_times)):
        raise ValueError("Split times must be sorted.")
    if any(time >= sequence.total_time for time in split_times[:-1]):
        raise ValueError("Cannot extract subsequence past end of sequence.")

    chords = [a for a in sequence.text_annotations if a.annotation_type == CHORD_SYMBOL]
    beats = [a for a in sequence.text_annotations if a.annotation_type == BEAT]
    time_signatures = _cut_states(sequence.time_signatures, split_times)
    key_signatures = _cut_states(sequence.key_signatures, split_times)
    tempos = _cut_states(sequence.tempos, split_times)
    chords_of = _cut_states(chords, split_times)
    beats_of = _cut_beats(beats, split_times)
    pedals_of = cut_pedals(sequence.control_changes, split_times)
    pieces = []
    for i, part in enumerate(_cut_notes(sequence.notes, split_times)):
        piece = Columns(
            sequence.id,
            part.last_end,
            part.notes,
            tuple(tempos[i]),
            tuple(time_signatures[i]),
            tuple(key_signatures[i]),
            (*chords_of[i], *beats_of[i]),
            pedals_of[i],
            sequence.steps_per_quarter,
            sequence.steps_per_second,
        )
        pieces.append(calmed(piece) if part.calm else piece)
    return pieces


class _PieceNotes(NamedTuple):
    """The notes of a piece.

    Attributes:
        notes: In order of their start, moved.
        last_end: Seconds, the latest end, at least 0.0. A note that ends at NaN
            does not count.
        calm: See `Columns`.
    """

    notes: Notes
    last_end: float
    calm: bool


def _part(notes: Notes, calm: bool) -> _PieceNotes:
    last = float(np.fmax.reduce(notes.end)) if len(notes) else 0.0
    return _PieceNotes(notes, last if last > 0.0 else 0.0, calm)  # never -0.0, never NaN


def _cut_notes(notes: Notes, splits: list[float]) -> list[_PieceNotes]:
    """The notes of each piece; of a song that needs no cut, its own."""
    # A NaN spoils every comparison, but a single note has none to be compared in.
    if len(notes) == 1 or not every(notes.start[1:] >= notes.start[:-1]):
        if np.isnan(notes.start).any():
            return [_part(piece, False) for piece in _cut_notes_with_nan(notes, splits)]
        notes = notes.take(notes.start.argsort(kind="stable"))
    if len(splits) == 2 and len(notes):
        whole = _part(notes, every(notes.start < notes.end))
        if _lies_within(whole, *splits):
            return [whole]
    return _cut_ordered_notes(notes, splits)


def _lies_within(part: _PieceNotes, begin: float, stop: float) -> bool:
    """Whether cutting at `begin` and `stop` leaves calm notes as they are."""
    start = part.notes.start
    return part.calm and begin == 0.0 <= start[0] and start[-1] < stop >= part.last_end


def _cut_ordered_notes(notes: Notes, splits: list[float]) -> list[_PieceNotes]:
    bounds: list[int] = notes.start.searchsorted(splits).tolist()
    begins: float | Floats = splits[0]
    stops: float | Floats = splits[-1]
    offset, behind = bounds[0], bounds[-1]
    if len(splits) > 2:
        sizes = [last - first for first, last in pairwise(bounds)]
        begins = np.array(splits[:-1]).repeat(sizes)
        stops = np.array(splits[1:]).repeat(sizes)
    start, end = notes.start[offset:behind], notes.end[offset:behind]
    start, end = moved(start, end, begins, stops)
    positive = start < end
    all_calm = every(positive)
    parts = []
    for first, last in pairwise(bounds):
        here, there = slice(first, last), slice(first - offset, last - offset)
        of_piece = Notes(
            notes.pitch[here],
            notes.velocity[here],
            start[there],
            end[there],
            notes.instrument[here],
            notes.program[here],
            notes.is_drum[here],
        )
        parts.append(_part(of_piece, all_calm or every(positive[there])))
    return parts


def moved(
    start: Floats, end: Floats, begins: float | Floats, stops: float | Floats
) -> tuple[Floats, Floats]:
    """The notes ended at their `stops` at the latest, and moved so that `begins` is time 0."""
    # `where`, not `minimum`: Python's min(note, stop) keeps the note's -0.0 and NaN.
    return start - begins, np.where(stops < end, stops, end) - begins


def _cut_notes_with_nan(notes: Notes, splits: list[float]) -> list[Notes]:
    """As `_cut_notes`, note by note: a start that is NaN spoils order and search.

    Such a note goes to the piece of the note before it, and where there is none
    to the last piece (note_seq's index -1), ended at the first split time.
    """
    starts = notes.start.tolist()
    chosen: list[list[int]] = [[] for _ in splits[1:]]
    begins, stops = np.zeros(len(notes)), np.zeros(len(notes))
    current = -1
    for number in sorted(range(len(starts)), key=starts.__getitem__):
        start = starts[number]
        if start < splits[0]:
            continue
        while current < len(splits) - 1 and start >= splits[current + 1]:
            current += 1
        if current == len(splits) - 1:
            break
        chosen[current].append(number)
        begins[number], stops[number] = splits[current], splits[current + 1]
    pieces = []
    for indices in chosen:
        index = np.array(indices, np.int64)
        taken = notes.take(index)
        places = moved(taken.start, taken.end, begins[index], stops[index])
        pieces.append(replace(taken, start=places[0], end=places[1]))
    return pieces


_Event = TypeVar("_Event", Tempo, TimeSignature, KeySignature, TextAnnotation, ControlChange)


def _at(time: float, event: _Event) -> _Event:
    """The event at another time: `_replace`, three times as fast."""
    placed: _Event = tuple.__new__(type(event), (time, *event[1:]))
    return placed


def _one_state(_event: object) -> None:
    """All events are of one state: each ends what the one before it began."""


def _cut_states(
    events: Collection[_Event],
    splits: list[float],
    state: Callable[[_Event], Hashable] = _one_state,
) -> list[list[_Event]]:
    """Events that hold until the next one of their state: the last before a piece opens it."""
    pieces: list[list[_Event]] = [[] for _ in splits[1:]]
    if not events:
        return pieces
    if len(events) == 1:
        (only,) = events
        if only.time <= splits[0]:
            return [[_at(0.0, only)]] * len(pieces)
    previous: dict[Hashable, _Event] = {}
    current = -1
    for event in sorted(events, key=by_time):
        if event.time <= splits[0]:
            previous[state(event)] = event
            continue
        while current < len(splits) - 1 and event.time > splits[current + 1]:
            current += 1
            if current == len(splits) - 1:
                break
            pieces[current] += [_at(0.0, one) for one in previous.values()]
        if current == len(splits) - 1:
            break
        # An event on the boundary opens the next piece, and is not in this one.
        if event.time < splits[current + 1]:
            pieces[current].append(_at(event.time - splits[current], event))
        previous[state(event)] = event
    for piece in pieces[current + 1 :]:
        piece += [_at(0.0, one) for one in previous.values()]
    return pieces


def _cut_beats(
    beats: Iterable[TextAnnotation], splits: list[float]
) -> list[list[TextAnnotation]]:
    """Events that mean nothing outside the piece they lie in."""
    pieces: list[list[TextAnnotation]] = [[] for _ in splits[1:]]
    current = -1
    for beat in sorted(beats, key=by_time):
        if beat.time < splits[0]:
            continue
        while current < len(splits) - 1 and beat.time >= splits[current + 1]:
            current += 1
        if current == len(splits) - 1:
            break
        pieces[current].append(_at(beat.time - splits[current], beat))
    return pieces


def cut_pedals(
    control_changes: Iterable[ControlChange], splits: list[float]
) -> list[Iterable[ControlChange]]:
    """The pedals of each piece: a state for each instrument and pedal.

    Pedals around one at NaN are in no order, so that note_seq puts some before the
    start of their piece. The others can wait.
    """
    if control_changes == ():
        return [()] * (len(splits) - 1)
    if isinstance(control_changes, LazyControlChanges):
        return cut_later(control_changes, splits)
    pedals = [c for c in control_changes if c.control_number in PEDALS]
    return [*_cut_states(pedals, splits, lambda p: (p.instrument, p.control_number))]
