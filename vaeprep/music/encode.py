"""The bytes of example NoteSequences, put together from memoized messages.

An example is made of a few dozen notes, and the same notes come back in many
examples. So the bytes of each message (its tag and length included) are built
once and remembered, and an example is a join of them. Fields stand in the order
of their numbers and zero values are left out, exactly as protobuf's
`SerializeToString` writes a proto3 message; -0.0 is not zero there.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from math import copysign
from struct import pack

from vaeprep import source_ids
from vaeprep.music.protos import CHORD_SYMBOL
from vaeprep.music.varint import varint

# Wire types of the protocol buffer encoding.
_VARINT = 0
_DOUBLE = 1
_BYTES = 2


@cache
def _tag(field: int, wire_type: int) -> bytes:
    return varint(field << 3 | wire_type)


def int_field(field: int, value: int) -> bytes:
    """The bytes of an integer, an enum or a truth value; none if it is 0."""
    return _tag(field, _VARINT) + varint(value) if value else b""


def double_field(field: int, value: float) -> bytes:
    """The bytes of a double; none if it is 0.0."""
    stored = pack("<d", value)
    return b"" if stored == bytes(8) else _tag(field, _DOUBLE) + stored


def message_field(field: int, content: bytes) -> bytes:
    """The bytes of a message within a message, its tag and length included."""
    return _tag(field, _BYTES) + varint(len(content)) + content


def _text(field: int, value: str) -> bytes:
    return message_field(field, value.encode()) if value else b""


def note_message(
    pitch: int,
    velocity: int,
    start: float,
    end: float,
    instrument: int = 0,
    program: int = 0,
    is_drum: bool = False,
) -> bytes:
    """The bytes of one `notes` entry, tag and length included.

    Args:
        pitch: MIDI pitch, int32.
        velocity: int32.
        start: Seconds.
        end: Seconds.
        instrument: int32.
        program: int32.
        is_drum: Whether the note is a drum hit.
    """
    if start and end:
        return _note(pitch, velocity, start, end, instrument, program, is_drum)
    # 0.0 and -0.0 are one key to a cache, but not the same bytes.
    signs = (copysign(1.0, start), copysign(1.0, end))
    return _note(pitch, velocity, start, end, instrument, program, is_drum, signs)


@lru_cache(maxsize=1 << 16)
def _note(
    pitch: int,
    velocity: int,
    start: float,
    end: float,
    instrument: int,
    program: int,
    is_drum: bool,
    signs: tuple[float, float] = (1.0, 1.0),
) -> bytes:
    """As `note_message`; `signs` only keeps -0.0 apart from 0.0 in the cache."""
    return message_field(
        8,
        int_field(1, pitch)
        + int_field(2, velocity)
        + double_field(3, start)
        + double_field(4, end)
        + int_field(7, instrument)
        + int_field(8, program)
        + int_field(9, is_drum),
    )


def tempo_message(qpm: float) -> bytes:
    """The bytes of one `tempos` entry at time 0, tag and length included."""
    return message_field(7, double_field(2, qpm))


def chord_message(time: float, text: str) -> bytes:
    """The bytes of one chord symbol of `text_annotations`, tag and length included.

    Args:
        time: Seconds.
        text: The chord's figure, e.g. "Am7".
    """
    return _chord(time, text, copysign(1.0, time))


@lru_cache(maxsize=1 << 14)
def _chord(time: float, text: str, sign: float) -> bytes:
    """As `chord_message`; `sign` only keeps -0.0 apart from 0.0 in the cache."""
    return message_field(
        14, double_field(1, time) + _text(2, text) + int_field(3, CHORD_SYMBOL)
    )


def key_message(time: float, key: int) -> bytes:
    """The bytes of one `key_signatures` entry, tag and length included.

    Args:
        time: Seconds.
        key: 0 (C) to 11 (B).
    """
    return message_field(6, double_field(1, time) + int_field(2, key))


@cache
def _ticks(ticks_per_quarter: int) -> bytes:
    return int_field(4, ticks_per_quarter)


def sequence_message(
    *,
    ticks_per_quarter: int = 0,
    key_signatures: bytes = b"",
    tempos: bytes = b"",
    notes: bytes = b"",
    total_time: float = 0.0,
    text_annotations: bytes = b"",
) -> bytes:
    """The bytes of a NoteSequence without an id.

    Args:
        ticks_per_quarter: int32.
        key_signatures: `key_message`s, joined.
        tempos: `tempo_message`s, joined.
        notes: `note_message`s, joined.
        total_time: Seconds.
        text_annotations: `chord_message`s, joined.
    """
    return b"".join(
        (
            _ticks(ticks_per_quarter),
            key_signatures,
            tempos,
            notes,
            double_field(9, total_time),
            text_annotations,
        )
    )


def note_sequence_payload(example: bytes, _features: bytes, ids: Sequence[str]) -> bytes:
    """A NoteSequence with its comma-separated source ids.

    `id` is field 1 and the canonical bytes have none, so it is put in front, as
    protobuf would serialize it.
    """
    joined = source_ids.join(ids).encode("utf-8")
    if not joined:
        return example
    return b"\x0a" + varint(len(joined)) + joined + example
