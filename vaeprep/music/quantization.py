"""A piece put on a grid of steps relative to its tempo.

Follows `quantize_note_sequence` of note_seq's `sequences_lib`. The floating-point
operations and their order are the same, so that a note beside the boundary of two
steps falls on the same side.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vaeprep.music.control_changes import lie_before
from vaeprep.music.grid import step_rate
from vaeprep.music.sequence import (
    DEFAULT_QPM,
    Columns,
    Floats,
    Ints,
    Notes,
    Tempo,
    TimeSignature,
    by_time,
)


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

    piece: Columns
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


def quantize(piece: Columns, steps_per_quarter: int) -> Quantized:
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


def _quantize(piece: Columns, steps_per_quarter: int, grid: "Grid") -> Quantized:
    steps_per_second, total_steps = grid.steps_per_second, grid.total_steps
    if can_only_succeed(piece, grid):
        start, end = steps_of(piece.notes, steps_per_second)
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


def grid_of(piece: Columns, steps_per_quarter: int) -> Grid:
    """What `quantize` finds out before it looks at notes; it raises the same errors."""
    numerator, denominator = _only_meter(piece.time_signatures)
    qpm = _only_tempo(piece.tempos)
    steps_per_second = step_rate(steps_per_quarter, qpm)
    return Grid(
        numerator,
        denominator,
        qpm,
        steps_per_second,
        steps_per_quarter * (4.0 / denominator * numerator),
        _int64(_step(piece.total_time, steps_per_second)),
    )


def can_only_succeed(piece: Columns, grid: Grid) -> bool:
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
        and lie_before(piece.control_changes, _TOO_LATE / per_second)
        and all(0.0 <= text.time * per_second < _TOO_LATE for text in piece.text_annotations)
    )


_TOO_LATE = 2.0**62
"""A step well inside the 64 bits of the proto's fields."""


def quantize_in_meter(
    piece: Columns, steps_per_quarter: int, steps_per_bar: int
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
        in_order = sorted(stored, key=by_time) if len(stored) > 1 else stored
        first = in_order[0]
        if first.time != 0 and not (first.numerator == 4 and first.denominator == 4):
            raise MultipleTimeSignatureError(
                "NoteSequence has an implicit change from initial 4/4 time signature to "
                f"{first.numerator}/{first.denominator} at {first.time:.2f} seconds."
            )
        _, numerator, denominator = stored[0]
        for other in in_order[1:]:
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
    in_order = sorted(stored, key=by_time) if len(stored) > 1 else stored
    first = in_order[0]
    if first.time != 0 and first.qpm != DEFAULT_QPM:
        raise MultipleTempoError(
            f"NoteSequence has an implicit tempo change from initial {DEFAULT_QPM:.1f} qpm "
            f"to {first.qpm:.1f} qpm at {first.time:.2f} seconds."
        )
    qpm = stored[0].qpm
    for other in in_order[1:]:
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
            return steps_of(notes, steps_per_second)
    return _quantize_one_by_one(notes, steps_per_second)


def steps_of(notes: Notes, steps_per_second: float | Floats) -> tuple[Ints, Ints]:
    """First step and end step of every note, where nothing can go wrong.

    Args:
        notes: n notes of pieces that `can_only_succeed`.
        steps_per_second: Of the piece; or float64[n], of each note's piece.
    """
    start = nearest_steps(notes.start, steps_per_second)
    end = nearest_steps(notes.end, steps_per_second)
    end += end == start
    return start, end


def nearest_steps(seconds: Floats, steps_per_second: float | Floats) -> Ints:
    """int64[n]: the step nearest to each time, from 0 on and where nothing can go wrong."""
    # `astype` cuts off towards zero, as int() does.
    return (seconds * steps_per_second + 0.5).astype(np.int64)


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
