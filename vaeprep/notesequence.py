"""A NoteSequence as columns: decode, cut on time changes, quantize.

A song is a handful of NumPy arrays (one value a note) and a few short tuples
(tempos, time signatures, chords, pedals). Times are seconds (float64), exactly
as stored in the protocol buffer; the floating-point operations and their order
follow note_seq's `sequences_lib`, so that a note beside a quantization boundary
falls on the same side.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import pairwise
from math import inf
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from vaeprep.protos import BEAT, CHORD_SYMBOL, NoteSequence
from vaeprep.wire import notes_and_rest

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes of a sequence, one array a field, all of the same length n.

    Attributes:
        pitch: int64[n], MIDI pitch as stored (not clipped to 0..127).
        velocity: int64[n].
        start: float64[n], seconds.
        end: float64[n], seconds.
        instrument: int64[n].
        program: int64[n].
        is_drum: bool[n].
    """

    pitch: Ints
    velocity: Ints
    start: Floats
    end: Floats
    instrument: Ints
    program: Ints
    is_drum: Bools

    def __len__(self) -> int:
        return len(self.start)

    def take(self, index: Ints | Bools | slice) -> "Notes":
        """The notes at `index` (positions, a mask or a slice), in its order."""
        if isinstance(index, slice):
            return Notes(
                self.pitch[index],
                self.velocity[index],
                self.start[index],
                self.end[index],
                self.instrument[index],
                self.program[index],
                self.is_drum[index],
            )
        if index.dtype == np.bool_:
            index = index.nonzero()[0]
        return Notes(
            self.pitch.take(index),
            self.velocity.take(index),
            self.start.take(index),
            self.end.take(index),
            self.instrument.take(index),
            self.program.take(index),
            self.is_drum.take(index),
        )


def every(mask: Bools) -> bool:
    """As `mask.all()`, which takes six times as long for a few hundred values."""
    return not len(mask) or bool(mask[mask.argmin()])


class Tempo(NamedTuple):
    """A tempo from `time` (seconds) on, in quarter notes per minute."""

    time: float
    qpm: float


class TimeSignature(NamedTuple):
    """A meter from `time` (seconds) on."""

    time: float
    numerator: int
    denominator: int


class KeySignature(NamedTuple):
    """A key (0 = C .. 11 = B) and mode (proto enum) from `time` (seconds) on."""

    time: float
    key: int
    mode: int


class TextAnnotation(NamedTuple):
    """A text at `time` (seconds), of the proto's enum `annotation_type`."""

    time: float
    text: str
    annotation_type: int


class ControlChange(NamedTuple):
    """A MIDI control change of one instrument at `time` (seconds)."""

    time: float
    control_number: int
    control_value: int
    instrument: int


@dataclass(frozen=True, slots=True, eq=False)
class LazyControlChanges:
    """Control changes that are not looked at before somebody asks for them.

    A piano piece has hundreds, and most converters need none.

    Attributes:
        read: Gives them.
        before: Seconds; all lie from 0 on and before this time. Infinity says
            nothing.
    """

    read: Callable[[], Iterable[ControlChange]]
    before: float = inf

    def __iter__(self) -> Iterator[ControlChange]:
        return iter(self.read())


@dataclass(frozen=True, slots=True)
class Sequence:
    """A NoteSequence, or one piece of it, as columns.

    Attributes:
        id: The sequence's id.
        total_time: Seconds.
        notes: The notes, in stored order.
        tempos, time_signatures, key_signatures, text_annotations,
        control_changes: In stored order.
        steps_per_quarter, steps_per_second: `quantization_info` as stored;
            above zero means that the stored sequence is quantized already,
            which note_seq refuses to cut or quantize again.
        calm: Whether it is known that every note starts at 0 or later and
            before it ends, and ends by `total_time`, in order of start. No note
            can then fail in quantization. Only `cut` knows; a sequence with
            other notes (by `dataclasses.replace`, for one) does not.
    """

    id: str
    total_time: float
    notes: Notes
    tempos: tuple[Tempo, ...] = ()
    time_signatures: tuple[TimeSignature, ...] = ()
    key_signatures: tuple[KeySignature, ...] = ()
    text_annotations: tuple[TextAnnotation, ...] = ()
    control_changes: Iterable[ControlChange] = ()
    steps_per_quarter: int = 0
    steps_per_second: int = 0
    calm: bool = field(default=False, init=False, compare=False)

    def with_only(self, index: Ints | Bools) -> "Sequence":
        """The sequence with only those notes that are at `index` (ascending)."""
        kept = Sequence(
            self.id,
            self.total_time,
            self.notes.take(index),
            self.tempos,
            self.time_signatures,
            self.key_signatures,
            self.text_annotations,
            self.control_changes,
            self.steps_per_quarter,
            self.steps_per_second,
        )
        return _calmed(kept) if self.calm else kept


def _calmed(sequence: Sequence) -> Sequence:
    """The sequence, known to be calm."""
    object.__setattr__(sequence, "calm", True)
    return sequence


@dataclass(frozen=True, slots=True)
class Quantized:
    """A piece on a grid relative to its tempo (note_seq's `quantize_note_sequence`).

    Attributes:
        piece: The sequence that was quantized.
        steps_per_quarter: Grid.
        steps_per_second: `steps_per_quarter * qpm / 60.0`.
        qpm: The one tempo (120.0 where none is stored).
        numerator, denominator: The one time signature (4/4 where none is stored).
        steps_per_bar: Float, as note_seq computes it; not always whole.
        start, end: int64[n], the notes' first step and the step they end at.
        total_steps: `total_quantized_steps`, after the notes have extended it.
        annotation_steps: One step for each of `piece.text_annotations`.
    """

    piece: Sequence
    steps_per_quarter: int
    steps_per_second: float
    qpm: float
    numerator: int
    denominator: int
    steps_per_bar: float
    start: Ints
    end: Ints
    total_steps: int
    annotation_steps: tuple[int, ...]


class QuantizationError(Exception):
    """Base of the four errors that note_seq's `quantize_note_sequence` raises."""


class BadTimeSignatureError(QuantizationError):
    """The denominator is not a power of two, or the numerator is zero."""


class MultipleTimeSignatureError(QuantizationError):
    """More than one time signature in one piece."""


class MultipleTempoError(QuantizationError):
    """More than one tempo in one piece."""


class NegativeTimeError(QuantizationError):
    """A note, control change or text annotation falls before step 0."""


class QuantizationStatusError(Exception):
    """The stored sequence is quantized already."""


class NotANoteSequence(ValueError):
    """The bytes do not parse as a NoteSequence."""


PEDALS = (64, 66, 67)
"""Sustain, sostenuto, una corda: the control changes that a cut keeps."""

DEFAULT_QPM = 120.0
"""The tempo of music that stores none (note_seq's DEFAULT_QUARTERS_PER_MINUTE)."""


def decode(record: bytes) -> Sequence:
    """A stored NoteSequence as columns.

    Args:
        record: A serialized NoteSequence.

    Raises:
        NotANoteSequence: If protobuf cannot parse the bytes.
    """
    found = notes_and_rest(record)
    if found is not None:
        columns, rest = found
        try:
            ns = NoteSequence.FromString(rest)
        except DecodeError:
            ns = None
        # More notes in the rest would have to stand between the ones found.
        if ns is not None and not ns.notes:
            return beside_notes(ns, Notes(*columns))
    try:
        ns = NoteSequence.FromString(record)
    except DecodeError as error:
        raise NotANoteSequence(str(error)) from None
    return from_proto(ns)


def from_proto(ns: Any) -> Sequence:
    """A parsed NoteSequence (any of protobuf's implementations) as columns."""
    notes = ns.notes
    return beside_notes(
        ns,
        Notes(
            np.array([n.pitch for n in notes], np.int64),
            np.array([n.velocity for n in notes], np.int64),
            np.array([n.start_time for n in notes], np.float64),
            np.array([n.end_time for n in notes], np.float64),
            np.array([n.instrument for n in notes], np.int64),
            np.array([n.program for n in notes], np.int64),
            np.array([n.is_drum for n in notes], np.bool_),
        ),
    )


def beside_notes(ns: Any, notes: Notes) -> Sequence:
    """As `from_proto`, with `notes` for those of `ns`."""
    return Sequence(
        id=ns.id,
        total_time=ns.total_time,
        notes=notes,
        tempos=tuple(Tempo(t.time, t.qpm) for t in ns.tempos),
        time_signatures=tuple(
            TimeSignature(t.time, t.numerator, t.denominator) for t in ns.time_signatures
        ),
        key_signatures=tuple(KeySignature(k.time, k.key, k.mode) for k in ns.key_signatures),
        text_annotations=tuple(
            TextAnnotation(a.time, a.text, a.annotation_type) for a in ns.text_annotations
        ),
        control_changes=LazyControlChanges(partial(_control_changes, ns)),
        steps_per_quarter=ns.quantization_info.steps_per_quarter,
        steps_per_second=ns.quantization_info.steps_per_second,
    )


def _control_changes(ns: Any) -> list[ControlChange]:
    return [
        ControlChange(c.time, c.control_number, c.control_value, c.instrument)
        for c in ns.control_changes
    ]


def split_on_time_changes(sequence: Sequence) -> list[Sequence]:
    """Cuts a song into pieces of one tempo and one time signature each.

    Follows note_seq's `split_note_sequence_on_time_changes`. A piece starts at
    time 0, and its `total_time` is the end of the note that ends last, not the
    length of the stretch it was cut from. Music without length has no pieces.

    Raises:
        QuantizationStatusError: If the sequence is quantized already.
    """
    splits = time_change_splits(sequence)
    return cut(sequence, splits) if len(splits) > 1 else []


def time_change_splits(sequence: Sequence) -> list[float]:
    """Where a song is cut: 0, each change of tempo or meter, and the end.

    Follows note_seq's `split_note_sequence_on_time_changes`. A song starts in
    4/4 at 120 quarter notes a minute, whatever its first events say, and a
    change at or before the last cut moves no cut.

    Returns:
        Seconds, rising; a single 0.0 where the sequence has no length.
    """
    numerator, denominator, qpm = 4, 4, DEFAULT_QPM
    splits = [0.0]
    changes: list[TimeSignature | Tempo] = [*sequence.time_signatures, *sequence.tempos]
    for change in sorted(changes, key=_time):
        if not change.time < sequence.total_time:
            continue
        if isinstance(change, Tempo):
            if change.qpm == qpm:
                continue
            qpm = change.qpm
        else:
            if change.numerator == numerator and change.denominator == denominator:
                continue
            numerator, denominator = change.numerator, change.denominator
        if change.time > splits[-1]:
            splits.append(change.time)
    if sequence.total_time > splits[-1]:
        splits.append(sequence.total_time)
    return splits


def cut(sequence: Sequence, split_times: list[float]) -> list[Sequence]:
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
    if sequence.steps_per_quarter > 0 or sequence.steps_per_second > 0:
        raise QuantizationStatusError(
            "Can only extract subsequences from unquantized NoteSequence."
        )
    if len(split_times) < 2:
        raise ValueError("Must provide at least a start and end time.")
    if any(t1 > t2 for t1, t2 in pairwise(split_times)):
        raise ValueError("Split times must be sorted.")
    if any(time >= sequence.total_time for time in split_times[:-1]):
        raise ValueError("Cannot extract subsequence past end of sequence.")

    texts = sequence.text_annotations
    chords = [a for a in texts if a.annotation_type == CHORD_SYMBOL]
    beats = [a for a in texts if a.annotation_type == BEAT]
    time_signatures = _cut_states(sequence.time_signatures, split_times)
    key_signatures = _cut_states(sequence.key_signatures, split_times)
    tempos = _cut_states(sequence.tempos, split_times)
    chords_of = _cut_states(chords, split_times)
    beats_of = _cut_beats(beats, split_times)
    pedals = cache(partial(_cut_pedals, sequence.control_changes, tuple(split_times)))
    pieces = []
    for i, (notes, calm) in enumerate(_cut_notes(sequence.notes, split_times)):
        piece = Sequence(
            sequence.id,
            _last_end(notes),
            notes,
            tuple(tempos[i]),
            tuple(time_signatures[i]),
            tuple(key_signatures[i]),
            (*chords_of[i], *beats_of[i]),
            LazyControlChanges(
                partial(_item, pedals, i), before=split_times[i + 1] - split_times[i]
            ),
            sequence.steps_per_quarter,
            sequence.steps_per_second,
        )
        pieces.append(_calmed(piece) if calm else piece)
    return pieces


_time: Callable[[Any], float] = attrgetter("time")

_Item = TypeVar("_Item")


def _item(items: Callable[[], list[_Item]], index: int) -> _Item:
    return items()[index]


def _last_end(notes: Notes) -> float:
    """The latest end, at least 0.0. A note that ends at NaN does not count."""
    if not len(notes):
        return 0.0
    last = float(np.fmax.reduce(notes.end))
    return last if last > 0.0 else 0.0  # never -0.0, never NaN


def _cut_notes(notes: Notes, splits: list[float]) -> Iterator[tuple[Notes, bool]]:
    """The notes of each piece in order of their start, moved, and whether they are calm."""
    # A NaN spoils every comparison, but a single note has none to be compared in.
    if len(notes) == 1 or not every(notes.start[1:] >= notes.start[:-1]):
        if np.isnan(notes.start).any():
            yield from ((piece, False) for piece in _cut_notes_with_nan(notes, splits))
            return
        notes = notes.take(notes.start.argsort(kind="stable"))
    bounds: list[int] = notes.start.searchsorted(splits).tolist()
    begins: float | Floats = splits[0]
    stops: float | Floats = splits[-1]
    offset, behind = bounds[0], bounds[-1]
    if len(splits) > 2:
        sizes = [last - first for first, last in pairwise(bounds)]
        begins = np.array(splits[:-1]).repeat(sizes)
        stops = np.array(splits[1:]).repeat(sizes)
    start, end = notes.start[offset:behind], notes.end[offset:behind]
    start, end = _moved(start, end, begins, stops)
    positive = start < end
    all_calm = every(positive)
    for first, last in pairwise(bounds):
        here, there = slice(first, last), slice(first - offset, last - offset)
        piece = Notes(
            notes.pitch[here],
            notes.velocity[here],
            start[there],
            end[there],
            notes.instrument[here],
            notes.program[here],
            notes.is_drum[here],
        )
        yield piece, all_calm or every(positive[there])


def _moved(
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
        moved = _moved(taken.start, taken.end, begins[index], stops[index])
        pieces.append(replace(taken, start=moved[0], end=moved[1]))
    return pieces


_Event = TypeVar("_Event", Tempo, TimeSignature, KeySignature, TextAnnotation, ControlChange)


def _at(time: float, event: _Event) -> _Event:
    """The event at another time: `_replace`, three times as fast."""
    moved: _Event = tuple.__new__(type(event), (time, *event[1:]))
    return moved


def _cut_states(events: Collection[_Event], splits: list[float]) -> list[list[_Event]]:
    """Events that hold until the next one: the last before a piece opens it."""
    pieces: list[list[_Event]] = [[] for _ in splits[1:]]
    if not events:
        return pieces
    previous: _Event | None = None
    current = -1
    for event in sorted(events, key=_time):
        if event.time <= splits[0]:
            previous = event
            continue
        while current < len(splits) - 1 and event.time > splits[current + 1]:
            current += 1
            if current == len(splits) - 1:
                break
            if previous is not None:
                pieces[current].append(_at(0.0, previous))
        if current == len(splits) - 1:
            break
        # An event on the boundary opens the next piece, and is not in this one.
        if event.time < splits[current + 1]:
            pieces[current].append(_at(event.time - splits[current], event))
        previous = event
    for piece in pieces[current + 1 :]:
        if previous is not None:
            piece.append(_at(0.0, previous))
    return pieces


def _cut_beats(
    beats: Iterable[TextAnnotation], splits: list[float]
) -> list[list[TextAnnotation]]:
    """Events that mean nothing outside the piece they lie in."""
    pieces: list[list[TextAnnotation]] = [[] for _ in splits[1:]]
    current = -1
    for beat in sorted(beats, key=_time):
        if beat.time < splits[0]:
            continue
        while current < len(splits) - 1 and beat.time >= splits[current + 1]:
            current += 1
        if current == len(splits) - 1:
            break
        pieces[current].append(_at(beat.time - splits[current], beat))
    return pieces


def _cut_pedals(
    control_changes: Iterable[ControlChange], splits: tuple[float, ...]
) -> list[list[ControlChange]]:
    """Pedals: like states, but one for each instrument and pedal."""
    pieces: list[list[ControlChange]] = [[] for _ in splits[1:]]
    previous: dict[tuple[int, int], ControlChange] = {}
    current = -1
    pedals = [c for c in control_changes if c.control_number in PEDALS]
    for event in sorted(pedals, key=_time):
        key = (event.instrument, event.control_number)
        if event.time <= splits[0]:
            previous[key] = event
            continue
        while current < len(splits) - 1 and event.time > splits[current + 1]:
            current += 1
            if current == len(splits) - 1:
                break
            pieces[current] += [_at(0.0, p) for p in previous.values()]
        if current == len(splits) - 1:
            break
        if event.time < splits[current + 1]:
            pieces[current].append(_at(event.time - splits[current], event))
        previous[key] = event
    for piece in pieces[current + 1 :]:
        piece += [_at(0.0, p) for p in previous.values()]
    return pieces


def quantize(piece: Sequence, steps_per_quarter: int) -> Quantized:
    """Puts a piece of one tempo and one meter on a grid.

    Follows note_seq's `quantize_note_sequence`: a time in steps is rounded to
    the nearest step, half a step up, and a note is at least one step long.

    Args:
        piece: The music.
        steps_per_quarter: Steps in a quarter note.

    Raises:
        MultipleTimeSignatureError: The time signature changes.
        MultipleTempoError: The tempo changes.
        BadTimeSignatureError: Numerator 0, or a denominator that is no power of 2.
        NegativeTimeError: Something falls before step 0.
        ValueError: A time is NaN, or beyond the 64-bit range of steps.
        OverflowError: A time is infinite.
    """
    return _quantize(piece, steps_per_quarter, grid_of(piece, steps_per_quarter))


def _quantize(piece: Sequence, steps_per_quarter: int, grid: "Grid") -> Quantized:
    steps_per_second, total_steps = grid.steps_per_second, grid.total_steps
    if can_only_succeed(piece, grid):
        start, end = _steps_of(piece.notes, steps_per_second)
    else:
        start, end = _quantize_notes(piece.notes, steps_per_second)
        for control_change in piece.control_changes:
            _event_step(control_change.time, steps_per_second)
    if len(end):
        total_steps = max(total_steps, int(end.max()))
    return Quantized(
        piece,
        steps_per_quarter,
        steps_per_second,
        grid.qpm,
        grid.numerator,
        grid.denominator,
        grid.steps_per_bar,
        start,
        end,
        total_steps,
        tuple([_event_step(text.time, steps_per_second) for text in piece.text_annotations]),
    )


class Grid(NamedTuple):
    """The grid that a piece is put on.

    Attributes:
        numerator, denominator: The piece's one time signature.
        qpm: Its one tempo.
        steps_per_second: Steps.
        steps_per_bar: Steps, as a float: not always whole.
        total_steps: The step of `total_time`.
    """

    numerator: int
    denominator: int
    qpm: float
    steps_per_second: float
    steps_per_bar: float
    total_steps: int


def grid_of(piece: Sequence, steps_per_quarter: int) -> Grid:
    """What `quantize` finds out before it looks at notes; it raises the same errors."""
    numerator, denominator = _only_meter(piece.time_signatures)
    qpm = _only_tempo(piece.tempos)
    steps_per_second = steps_per_quarter * qpm / 60.0
    return Grid(
        numerator,
        denominator,
        qpm,
        steps_per_second,
        steps_per_quarter * (4.0 / denominator * numerator),
        _int64(_step(piece.total_time, steps_per_second)),
    )


def can_only_succeed(piece: Sequence, grid: Grid) -> bool:
    """Whether it is plain, without looking at notes, that `quantize` raises no error.

    Args:
        piece: The music.
        grid: Its grid.
    """
    per_second = grid.steps_per_second
    return (
        piece.calm  # so all notes lie between 0 and the end
        and per_second > 0.0
        and grid.total_steps < _TOO_LATE
        and _lie_before(piece.control_changes, _TOO_LATE / per_second)
        and all(0.0 <= text.time * per_second < _TOO_LATE for text in piece.text_annotations)
    )


def _lie_before(control_changes: Iterable[ControlChange], time: float) -> bool:
    if isinstance(control_changes, LazyControlChanges):
        return control_changes.before <= time
    return all(0.0 <= change.time < time for change in control_changes)


_TOO_LATE = 2.0**62
"""A step well inside the 64 bits of the proto's fields."""


def quantize_in_meter(
    piece: Sequence, steps_per_quarter: int, steps_per_bar: int
) -> Quantized | None:
    """As `quantize`, for converters that take pieces of one length of bar only.

    Args:
        piece: The music.
        steps_per_quarter: Steps in a quarter note.
        steps_per_bar: Steps in a bar.

    Returns:
        None if a bar has another number of steps.

    Raises:
        Exception: As `quantize`.
    """
    grid = grid_of(piece, steps_per_quarter)
    if grid.steps_per_bar != steps_per_bar and can_only_succeed(piece, grid):
        return None
    quantized = _quantize(piece, steps_per_quarter, grid)
    return quantized if grid.steps_per_bar == steps_per_bar else None


def _only_meter(stored: tuple[TimeSignature, ...]) -> tuple[int, int]:
    """Numerator and denominator of the one time signature of a piece."""
    numerator, denominator = 4, 4
    if stored:
        by_time = sorted(stored, key=_time)
        first = by_time[0]
        if first.time != 0 and not (first.numerator == 4 and first.denominator == 4):
            raise MultipleTimeSignatureError(
                "NoteSequence has an implicit change from initial 4/4 time signature to "
                f"{first.numerator}/{first.denominator} at {first.time:.2f} seconds."
            )
        _, numerator, denominator = stored[0]
        for other in by_time[1:]:
            if other.numerator != numerator or other.denominator != denominator:
                raise MultipleTimeSignatureError(
                    "NoteSequence has at least one time signature change from "
                    f"{first.numerator}/{first.denominator} to "
                    f"{other.numerator}/{other.denominator} at {other.time:.2f} seconds."
                )
    if not denominator or denominator & (denominator - 1):
        raise BadTimeSignatureError(
            f"Denominator is not a power of 2. Time signature: {numerator}/{denominator}"
        )
    if numerator == 0:
        raise BadTimeSignatureError(
            f"Numerator is 0. Time signature: {numerator}/{denominator}"
        )
    return numerator, denominator


def _only_tempo(stored: tuple[Tempo, ...]) -> float:
    """The one tempo of a piece, in quarter notes per minute."""
    if not stored:
        return DEFAULT_QPM
    by_time = sorted(stored, key=_time)
    first = by_time[0]
    if first.time != 0 and first.qpm != DEFAULT_QPM:
        raise MultipleTempoError(
            f"NoteSequence has an implicit tempo change from initial {DEFAULT_QPM:.1f} qpm "
            f"to {first.qpm:.1f} qpm at {first.time:.2f} seconds."
        )
    qpm = stored[0].qpm
    for other in by_time[1:]:
        if other.qpm != qpm:
            raise MultipleTempoError(
                "NoteSequence has at least one tempo change from "
                f"{first.qpm:.1f} qpm to {other.qpm:.1f} qpm at {other.time:.2f} seconds."
            )
    return qpm


def _quantize_notes(notes: Notes, steps_per_second: float) -> tuple[Ints, Ints]:
    """First step and end step of every note."""
    with np.errstate(over="ignore", invalid="ignore"):
        # Written so that a NaN, too, leads to the careful way.
        if _on_grid(notes.start * steps_per_second) and _on_grid(notes.end * steps_per_second):
            return _steps_of(notes, steps_per_second)
    return _quantize_one_by_one(notes, steps_per_second)


def _steps_of(notes: Notes, steps_per_second: float) -> tuple[Ints, Ints]:
    """First step and end step of every note, where nothing can go wrong."""
    # `astype` cuts off towards zero, as int() does.
    start = (notes.start * steps_per_second + 0.5).astype(np.int64)
    end = (notes.end * steps_per_second + 0.5).astype(np.int64)
    end += end == start
    return start, end


def _on_grid(steps: Floats) -> bool:
    """Whether every time becomes a step from 0 on that an int64 field can hold."""
    return bool(((steps > -1.0) & (steps < _TOO_LATE)).all())


def _quantize_one_by_one(notes: Notes, steps_per_second: float) -> tuple[Ints, Ints]:
    """As `_quantize_notes`, raising the error that the first bad note raises."""
    starts, ends = [], []
    for start_time, end_time in zip(notes.start.tolist(), notes.end.tolist(), strict=True):
        start = _int64(_step(start_time, steps_per_second))
        end = _int64(_step(end_time, steps_per_second))
        if end == start:
            end = _int64(end + 1)
        if start < 0 or end < 0:
            raise NegativeTimeError(
                f"Got negative note time: start_step = {start}, end_step = {end}"
            )
        starts.append(start)
        ends.append(end)
    return np.array(starts, np.int64), np.array(ends, np.int64)


def _step(time: float, steps_per_second: float) -> int:
    """The step nearest to a time (note_seq's `quantize_to_step`)."""
    return int(time * steps_per_second + 0.5)


def _event_step(time: float, steps_per_second: float) -> int:
    """The step of a control change or a text."""
    step = _int64(_step(time, steps_per_second))
    if step < 0:
        raise NegativeTimeError(f"Got negative event time: step = {step}")
    return step


def _int64(step: int) -> int:
    """The step, if the proto's int64 fields can hold it."""
    if not -(2**63) <= step < 2**63:
        raise ValueError(f"Value out of range: {step}")  # protobuf's words
    return step
