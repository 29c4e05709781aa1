"""Cuts a piece into hops (stretches of some bars) on the grid, chords included.

A hop begins every so many bars at the piece's tempo; notes that cross into the
next one end there. Follows `MultiInstrumentPerformanceConverter._to_tensors_fn`
up to the tracks of each hop: sustain pedals, chords inferred where the piece has
none, `split_note_sequence`, `quantize_note_sequence`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np

from vaeprep.converters.chords import annotated_chords
from vaeprep.converters.reasons import (
    NO_NOTES,
    Kind,
    Reason,
    bars_wanted,
    of_error,
    other_meter,
)
from vaeprep.music.chord_inference import Chord, ChordInferenceError, infer_harmony
from vaeprep.music.grid import step_rate
from vaeprep.music.protos import CHORD_SYMBOL
from vaeprep.music.quantization import (
    BadTimeSignatureError,
    NegativeTimeError,
    Quantized,
    quantize,
)
from vaeprep.music.sequence import (
    DEFAULT_QPM,
    Columns,
    Floats,
    Ints,
    Notes,
    Tempo,
    TextAnnotation,
    TimeSignature,
)
from vaeprep.music.sequence import joined as joined_notes
from vaeprep.music.sustain import apply_sustain
from vaeprep.music.time_changes import cut

# What a plain piece stays below; beyond it, note_seq's own errors are waiting.
_MAX_SECONDS = 1e9
_MAX_QPM = 1e6
_MIN_QPM = 1e-3
_MAX_HOPS = 100_000

_TOO_MANY_HOPS = 2e6
_UNTHINKABLE = 1e12  # NumPy itself says no


class NoExamplesError(Exception):
    """Magenta has no examples of the whole piece, whatever else is in it.

    Attributes:
        reason: Why.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


_GIVES_UP = (NoExamplesError, BadTimeSignatureError, NegativeTimeError)


@dataclass(frozen=True, slots=True)
class HopGrid:
    """What a converter needs a piece to be.

    Attributes:
        steps_per_quarter: Grid.
        steps_per_bar: A piece with other bars has no examples.
        bars: Length of a hop.
        only_first: Whether pieces of several hops have no examples.
        with_chords: Whether the hops get chords.
    """

    steps_per_quarter: int
    steps_per_bar: int
    bars: int
    only_first: bool
    with_chords: bool

    def hop_seconds(self, qpm: float) -> float:
        """Length of a hop at a tempo, in Magenta's order of operations."""
        return 60.0 * (self.steps_per_bar / self.steps_per_quarter * self.bars) / qpm


@dataclass(frozen=True, slots=True)
class Hops:
    """The hops of a piece, one after the other.

    Attributes:
        count: How many there are.
        notes: The notes of all hops, hop by hop, in order of their start; times
            in seconds from the start of their hop.
        hop: int64[n], the hop of each note.
        start, end: int64[n], steps from the start of the hop.
        chords: The chords of each hop (in steps from its start); empty without.
        failure: What ends the conversion after these hops: Magenta gives up on
            the piece or raises.
    """

    count: int
    notes: Notes
    hop: Ints
    start: Ints
    end: Ints
    chords: Sequence[tuple[Chord, ...]]
    failure: Exception | None = None

    @property
    def gives_up(self) -> bool:
        """Whether Magenta has no examples of the piece."""
        return isinstance(self.failure, _GIVES_UP)


def has_other_bars(piece: Columns, grid: HopGrid) -> bool:
    """Whether a piece has no examples for its meter alone, before it is cut again.

    A plain piece is of one part with the same meter, so cutting it could not
    change that; and nothing that comes after it can raise.
    """
    unquantized = piece.steps_per_quarter <= 0 and piece.steps_per_second <= 0
    return unquantized and _is_plain(piece) and not _has_bars(piece, grid)


def why_other_bars(piece: Columns) -> Reason:
    """The reason where `has_other_bars` is true."""
    _, numerator, denominator = _first_meter(piece)
    if not _can_be(numerator, denominator):
        return of_error(BadTimeSignatureError(), piece)
    return other_meter(piece)


def why_given_up(error: Exception, part: Columns) -> Reason:
    """The reason behind an error for which Magenta gives up on a part."""
    return error.reason if isinstance(error, NoExamplesError) else of_error(error, part)


def hops_of(part: Columns, grid: HopGrid) -> Hops | Reason:
    """Cuts a piece into hops.

    Args:
        part: A piece of one tempo and one meter, as `split_on_time_changes`
            gives it.
        grid: What the converter needs.

    Returns:
        The hops, or why Magenta has no examples of the piece.

    Raises:
        Exception: Where note_seq raises before it comes to the first hop.
    """
    if has_other_bars(part, grid):
        return why_other_bars(part)
    plain = _is_plain(part)
    part = apply_sustain(part)
    if grid.with_chords and not any(
        text.annotation_type == CHORD_SYMBOL for text in part.text_annotations
    ):
        try:
            part = _with_chords(part, grid)
        except (*_GIVES_UP, ChordInferenceError) as error:
            return why_given_up(error, part)
    qpm = part.tempos[0].qpm if part.tempos else DEFAULT_QPM
    splits = splits_of(part.total_time, grid.hop_seconds(qpm))
    if len(splits) < 2:
        return bars_wanted(Kind.TOO_SHORT, grid.bars) if len(part.notes) else NO_NOTES
    if grid.only_first and len(splits) > 2:
        return Reason(Kind.SEVERAL_HOPS)
    if plain and len(splits) < _MAX_HOPS:
        return _plain_hops(part, grid, splits, qpm)
    return _any_hops(part, grid, splits)


def joined(of_parts: Sequence[Hops]) -> Hops:
    """The hops of some parts, none of which has a failure, as those of one."""
    if len(of_parts) == 1:
        return of_parts[0]
    firsts = accumulate([hops.count for hops in of_parts], initial=0)
    return Hops(
        count=sum(hops.count for hops in of_parts),
        notes=joined_notes([hops.notes for hops in of_parts]),
        hop=np.concatenate(
            [hops.hop + first for hops, first in zip(of_parts, firsts, strict=False)]
        ),
        start=np.concatenate([hops.start for hops in of_parts]),
        end=np.concatenate([hops.end for hops in of_parts]),
        chords=[chords for hops in of_parts for chords in hops.chords],
    )


def splits_of(total_time: float, hop_seconds: float) -> list[float]:
    """Where a piece is cut into hops, as note_seq's `split_note_sequence` does it.

    Raises:
        ValueError: NumPy cannot count the hops.
        MemoryError: There are too many. (Magenta copies the piece for every hop.)
    """
    if _TOO_MANY_HOPS * hop_seconds < total_time < _UNTHINKABLE * hop_seconds:
        raise MemoryError(f"{total_time / hop_seconds:.0f} hops of a piece")
    splits = [0.0, *np.arange(hop_seconds, total_time, hop_seconds).tolist()]
    if total_time > splits[-1]:
        splits.append(total_time)
    return splits


def _with_chords(part: Columns, grid: HopGrid) -> Columns:
    """The piece with inferred chords."""
    quantized = quantize(part, grid.steps_per_quarter)
    if quantized.steps_per_bar != grid.steps_per_bar:
        raise NoExamplesError(other_meter(part))
    chords = infer_harmony(quantized).chords
    texts = (TextAnnotation(chord.time, chord.figure, CHORD_SYMBOL) for chord in chords)
    return replace(part, text_annotations=(*part.text_annotations, *texts))


# --- Plain pieces: all hops at once ---------------------------------------------


def _is_plain(part: Columns) -> bool:
    """Whether every hop has the same tempo and meter, and all times are tame.

    Then quantizing a hop can only fail because of the meter or a time below 0.
    """
    return (
        _has_one_tempo(part.tempos)
        and _has_one_meter(part.time_signatures)
        # A beat at NaN stays in a cut piece.
        and all(abs(text.time) < _MAX_SECONDS for text in part.text_annotations)
        and part.total_time < _MAX_SECONDS
        and (part.calm or _are_tame(part.notes))
    )


def _has_one_tempo(tempos: Sequence[Tempo]) -> bool:
    """Whether all hops have one tempo: one that comes later must be the implied one."""
    if not tempos:
        return True
    qpm = tempos[0].qpm
    from_start = qpm == DEFAULT_QPM or not min(tempos).time > 0
    same = all(tempo.qpm == qpm for tempo in tempos)
    return from_start and same and _MIN_QPM <= qpm <= _MAX_QPM


def _has_one_meter(meters: Sequence[TimeSignature]) -> bool:
    """Whether all hops have one meter: one that comes later must be the implied one."""
    if not meters:
        return True
    meter = meters[0][1:]
    from_start = meter == (4, 4) or not min(meters).time > 0
    return from_start and all(other[1:] == meter for other in meters)


def _are_tame(notes: Notes) -> bool:
    """Whether no time is one that note_seq has an error for, but for ends below 0."""
    starts, ends = notes.start, np.abs(notes.end)
    tame = (starts >= 0.0) & (starts < _MAX_SECONDS) & (ends < _MAX_SECONDS)
    return bool(tame.all())


def _has_bars(part: Columns, grid: HopGrid) -> bool:
    """Whether the meter of a plain piece is one that can be, with bars of the right length."""
    _, numerator, denominator = _first_meter(part)
    if not _can_be(numerator, denominator):
        return False
    steps_per_bar = grid.steps_per_quarter * (4.0 / denominator * numerator)
    return steps_per_bar == grid.steps_per_bar


def _first_meter(part: Columns) -> TimeSignature:
    return part.time_signatures[0] if part.time_signatures else TimeSignature(0.0, 4, 4)


def _can_be(numerator: int, denominator: int) -> bool:
    """Whether a meter is none that `quantize` calls a BadTimeSignatureError."""
    return bool(denominator and not denominator & (denominator - 1) and numerator)


def _plain_hops(part: Columns, grid: HopGrid, splits: list[float], qpm: float) -> Hops:
    """As `_any_hops`, with masks. The piece's meter is the right one."""
    notes = part.notes
    if (notes.start[1:] < notes.start[:-1]).any():
        notes = notes.take(np.argsort(notes.start, kind="stable"))
    edges = np.array(splits)
    bounds = np.searchsorted(notes.start, edges, side="left")
    count = len(splits) - 1
    hop = np.repeat(np.arange(count), np.diff(bounds))
    notes = notes.take(slice(bounds[0], bounds[-1]))
    begin = edges[hop]
    notes = replace(
        notes, start=notes.start - begin, end=np.minimum(notes.end, edges[hop + 1]) - begin
    )
    steps_per_second = step_rate(grid.steps_per_quarter, qpm)
    start = _steps(notes.start, steps_per_second)
    end = _steps(notes.end, steps_per_second)
    end += end == start
    chords: list[tuple[Chord, ...]] = []
    if grid.with_chords:
        chords = _cut_chords(part, splits, steps_per_second)
    negative = np.flatnonzero((start < 0) | (end < 0))
    if not len(negative):
        return Hops(count, notes, hop, start, end, chords)
    first = int(hop[negative[0]])
    upto = slice(0, int(np.searchsorted(hop, first)))
    failure = NegativeTimeError()
    return Hops(first, notes.take(upto), hop[upto], start[upto], end[upto], chords, failure)


def _steps(times: Floats, steps_per_second: float) -> Ints:
    return (times * steps_per_second + 0.5).astype(np.int64)


def _cut_chords(
    part: Columns, splits: list[float], steps_per_second: float
) -> list[tuple[Chord, ...]]:
    """The chords of each hop: the one that sounds when it starts, and its own."""
    silent = replace(
        part,
        notes=part.notes.take(slice(0)),
        tempos=(),
        time_signatures=(),
        key_signatures=(),
        control_changes=(),
    )
    return [
        tuple(
            Chord(int(text.time * steps_per_second + 0.5), text.time, text.text)
            for text in hop.text_annotations
            if text.annotation_type == CHORD_SYMBOL
        )
        for hop in cut(silent, splits)
    ]


# --- Any piece: hop by hop, as note_seq -----------------------------------------


def _any_hops(part: Columns, grid: HopGrid, splits: list[float]) -> Hops:
    """Quantizes every hop for itself, up to the first that fails."""
    hops: list[Quantized] = []
    failure: Exception | None = None
    for hop in cut(part, splits):
        try:
            quantized = quantize(hop, grid.steps_per_quarter)
            if quantized.steps_per_bar != grid.steps_per_bar:
                raise NoExamplesError(other_meter(hop))
        except Exception as error:  # raised later: the hops before it come first
            failure = error
            break
        hops.append(quantized)
    chords = [annotated_chords(quantized) for quantized in hops] if grid.with_chords else []
    return Hops(
        count=len(hops),
        notes=joined_notes([part.notes.take(slice(0)), *(q.piece.notes for q in hops)]),
        hop=np.repeat(np.arange(len(hops)), [len(quantized.start) for quantized in hops]),
        start=np.concatenate([np.zeros(0, np.int64), *(q.start for q in hops)]),
        end=np.concatenate([np.zeros(0, np.int64), *(q.end for q in hops)]),
        chords=chords,
        failure=failure,
    )
