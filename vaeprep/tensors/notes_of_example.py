"""Reads an example's NoteSequence straight from its canonical bytes.

An example is small, regular and read once for the tensor format, so its bytes
are walked field by field. The same notes return in thousands of examples, and
with them the same few bytes; what a note means is therefore looked up by its
bytes (each encoder remembers that with `functools.lru_cache`).
"""

import struct
from functools import lru_cache
from typing import NamedTuple

from vaeprep.music.protos import CHORD_SYMBOL, NoteSequence
from vaeprep.music.varint import read_varint

# Field numbers of NoteSequence; all three are length-delimited messages or a double.
_NOTES = 8
_TOTAL_TIME = 9
_TEXT_ANNOTATIONS = 14
_KEY_SIGNATURES = 6

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_NOTE_TAG = _NOTES << 3 | _BYTES
_DOUBLE = struct.Struct("<d")


class Canonical(NamedTuple):
    """The parts of an example, still as bytes.

    Attributes:
        notes: The messages of the notes, in stored order.
        annotations: The messages of the text annotations.
        keys: The messages of the key signatures.
        total_time: Seconds.
    """

    notes: list[bytes]
    annotations: list[bytes]
    keys: list[bytes]
    total_time: float


class Note(NamedTuple):
    """A note; times in seconds."""

    pitch: int
    velocity: int
    start: float
    end: float
    instrument: int
    program: int
    is_drum: bool


def read(example: bytes) -> Canonical:
    """Walks an example's bytes.

    Args:
        example: A serialized NoteSequence.

    Raises:
        ValueError: The bytes are no protocol buffer.
    """
    notes: list[bytes] = []
    annotations: list[bytes] = []
    keys: list[bytes] = []
    messages = {_NOTES: notes, _TEXT_ANNOTATIONS: annotations, _KEY_SIGNATURES: keys}
    total_time = 0.0
    position, end = 0, len(example)
    try:
        while position < end:
            # Nearly all bytes are notes in a row, each shorter than 128 bytes.
            while example[position] == _NOTE_TAG and example[position + 1] < 0x80:
                first = position + 2
                position = first + example[position + 1]
                notes.append(example[first:position])
                if position >= end:
                    break
            if position >= end:
                break
            tag = example[position]
            if tag > 0x7F:
                tag, position = read_varint(example, position)
            else:
                position += 1
            wire_type = tag & 7
            if wire_type == _BYTES:
                size = example[position]
                if size > 0x7F:
                    size, position = read_varint(example, position)
                else:
                    position += 1
                kept = messages.get(tag >> 3)
                if kept is not None:
                    kept.append(example[position : position + size])
                position += size
            elif wire_type == _VARINT:
                _, position = read_varint(example, position)
            elif wire_type == _FIXED64:
                if tag >> 3 == _TOTAL_TIME:
                    (total_time,) = _DOUBLE.unpack_from(example, position)
                position += 8
            elif wire_type == _FIXED32:
                position += 4
            else:
                raise ValueError(f"unknown wire type {wire_type} at byte {position}")
    except (IndexError, struct.error):
        raise ValueError("the example's bytes end too early") from None
    if position != end:
        raise ValueError("the example's bytes end too early")
    return Canonical(notes, annotations, keys, total_time)


def note(message: bytes) -> Note:
    """Parses a note's message."""
    parsed = NoteSequence.Note.FromString(message)
    return Note(
        parsed.pitch,
        parsed.velocity,
        parsed.start_time,
        parsed.end_time,
        parsed.instrument,
        parsed.program,
        parsed.is_drum,
    )


@lru_cache(maxsize=1 << 14)
def chord(message: bytes) -> tuple[float, str] | None:
    """Time in seconds and figure of a text annotation, None if it is no chord."""
    parsed = NoteSequence.TextAnnotation.FromString(message)
    if parsed.annotation_type != CHORD_SYMBOL:
        return None
    return parsed.time, parsed.text


@lru_cache(maxsize=1 << 10)
def key(message: bytes) -> tuple[float, int]:
    """Time in seconds and key (0 = C .. 11 = B) of a key signature."""
    parsed = NoteSequence.KeySignature.FromString(message)
    return parsed.time, parsed.key


def step_of(seconds: float, steps_per_second: float) -> int:
    """The nearest step, as note_seq's `quantize_to_step`."""
    return int(seconds * steps_per_second + 0.5)


def end_step_of(start_step: int, end: float, steps_per_second: float) -> int:
    """The step at which a note ends; at least one after its start (`_quantize_notes`)."""
    step = step_of(end, steps_per_second)
    return step + 1 if step == start_step else step
