"""A NoteSequence as columns.

A song is a handful of NumPy arrays (one value a note) and a few short tuples
(tempos, time signatures, chords, pedals). Times are seconds (float64), exactly
as stored in the protocol buffer. `time_changes` cuts songs, `quantization` puts
pieces on a grid.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from vaeprep.music.control_changes import ControlChange, LazyControlChanges, columns_of
from vaeprep.music.decode import notes_and_rest
from vaeprep.music.protos import NoteSequence

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]


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


def joined(parts: Sequence[Notes]) -> Notes:
    """The notes of one or more sequences, one after the other."""
    return Notes(
        np.concatenate([part.pitch for part in parts]),
        np.concatenate([part.velocity for part in parts]),
        np.concatenate([part.start for part in parts]),
        np.concatenate([part.end for part in parts]),
        np.concatenate([part.instrument for part in parts]),
        np.concatenate([part.program for part in parts]),
        np.concatenate([part.is_drum for part in parts]),
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


by_time: Callable[[Any], float] = attrgetter("time")
"""The key that sorts events by their time."""


@dataclass(frozen=True, slots=True)
class Columns:
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

    def with_only(self, index: Ints | Bools) -> "Columns":
        """The sequence with only those notes that are at `index` (ascending)."""
        kept = Columns(
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
        return calmed(kept) if self.calm else kept


def calmed(sequence: Columns) -> Columns:
    """The sequence, known to be calm (see `Columns`)."""
    object.__setattr__(sequence, "calm", True)
    return sequence


class QuantizationStatusError(Exception):
    """The stored sequence is quantized already."""


class NotANoteSequence(ValueError):
    """The bytes do not parse as a NoteSequence."""


DEFAULT_QPM = 120.0
"""The tempo of music that stores none (note_seq's DEFAULT_QUARTERS_PER_MINUTE)."""


def decode(record: bytes) -> Columns:
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
            may_have_nan = ns.control_changes and _NAN_AT_A_TIME.search(rest)
            return beside_notes(ns, Notes(*columns), bool(may_have_nan))
    try:
        ns = NoteSequence.FromString(record)
    except DecodeError as error:
        raise NotANoteSequence(str(error)) from None
    return from_proto(ns)


def from_proto(ns: Any) -> Columns:
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
        any(change.time != change.time for change in ns.control_changes),
    )


_NAN_AT_A_TIME = re.compile(rb"\t.{6}[\xf0-\xff][\x7f\xff]", re.DOTALL)
"""Bytes that any message with a NaN in its field 1 has: its tag, a double, little-endian."""


def beside_notes(ns: Any, notes: Notes, may_have_nan: bool) -> Columns:
    """As `from_proto`, with `notes` for those of `ns`.

    Args:
        ns: The parsed NoteSequence.
        notes: Its notes.
        may_have_nan: Whether a control change may lie at NaN.
    """
    control_changes: Iterable[ControlChange] = ()
    if may_have_nan:
        read = columns_of(ns.control_changes)
        has_nan = bool(np.isnan(read.time).any())
        control_changes = tuple(read) if has_nan else LazyControlChanges(lambda: read)
    elif ns.control_changes:
        control_changes = LazyControlChanges(partial(columns_of, ns.control_changes))
    return Columns(
        id=ns.id,
        total_time=ns.total_time,
        notes=notes,
        tempos=tuple([Tempo(t.time, t.qpm) for t in ns.tempos]),
        time_signatures=tuple(
            [TimeSignature(t.time, t.numerator, t.denominator) for t in ns.time_signatures]
        ),
        key_signatures=tuple([KeySignature(k.time, k.key, k.mode) for k in ns.key_signatures]),
        text_annotations=tuple(
            [TextAnnotation(a.time, a.text, a.annotation_type) for a in ns.text_annotations]
        ),
        control_changes=control_changes,
        steps_per_quarter=ns.quantization_info.steps_per_quarter,
        steps_per_second=ns.quantization_info.steps_per_second,
    )
