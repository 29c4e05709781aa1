"""A NoteSequence as columns: decode, cut on time changes, quantize.

A song is a handful of NumPy arrays (one value a note) and a few short tuples
(tempos, time signatures, chords, pedals). Times are seconds (float64), exactly
as stored in the protocol buffer; the floating-point operations and their order
follow note_seq's `sequences_lib`, so that a note beside a quantization boundary
falls on the same side.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
        return len(self.pitch)

    def take(self, index: Ints | Bools | slice) -> "Notes":
        """The notes at `index` (positions, a mask or a slice), in its order."""
        return Notes(
            self.pitch[index],
            self.velocity[index],
            self.start[index],
            self.end[index],
            self.instrument[index],
            self.program[index],
            self.is_drum[index],
        )


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
    """

    id: str
    total_time: float
    notes: Notes
    tempos: tuple[Tempo, ...] = ()
    time_signatures: tuple[TimeSignature, ...] = ()
    key_signatures: tuple[KeySignature, ...] = ()
    text_annotations: tuple[TextAnnotation, ...] = ()
    control_changes: tuple[ControlChange, ...] = ()
    steps_per_quarter: int = 0
    steps_per_second: int = 0


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
