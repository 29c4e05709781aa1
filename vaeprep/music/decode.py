"""The notes of a serialized NoteSequence, read as columns from its bytes.

Protobuf gives notes one by one, and asking each for its seven fields takes
longer than all the rest. But nearly all note messages of a file look alike: the
same fields in the same places, so that a run of them is a table of rows of equal
size. Rows are compared with the first one's layout, and their fields become the
columns. All other fields are left to protobuf, and so is a file with a note that
looks different from what is known here.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vaeprep.music.varint import read_varint

_NOTES_TAG = 0x42  # field 8, length-delimited
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_ROWS_AT_ONCE = 512  # there may be another run soon
_MANY_RUNS, _SHORT_RUN = 32, 8

# The Note message's fields: two doubles, and integers (those that are not
# columns too: a part, a voice ...).
_START, _END = 3, 4
_INTEGERS = frozenset((1, 2, *range(5, 15)))

Columns = tuple[NDArray[Any], ...]
"""Pitch, velocity, start, end, instrument, program, is_drum: as in `notesequence.Notes`."""

_COLUMNS = (
    (1, "pitch", np.int64),
    (2, "velocity", np.int64),
    (_START, "start", np.float64),
    (_END, "end", np.float64),
    (7, "instrument", np.int64),
    (8, "program", np.int64),
    (9, "is_drum", np.bool_),
)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the fields of a note message lie.

    Attributes:
        size: Bytes, with tag and length.
        row: A note's bytes as a NumPy record with the fields that are stored.
        stored: Their names; those of `_COLUMNS` that are not among them are 0.
        mask, value: uint8[_ROWS_AT_ONCE * size]: which bits are the same in all
            its notes, and what they are, for some notes in a row.
    """

    size: int
    row: np.dtype[Any]
    stored: frozenset[str]
    mask: NDArray[np.uint8]
    value: NDArray[np.uint8]


def notes_and_rest(record: bytes) -> tuple[Columns, bytes] | None:
    """Splits a serialized NoteSequence into its notes and all the other fields.

    Args:
        record: The bytes; they need not be valid.

    Returns:
        The notes, and the bytes of the other fields as protobuf can parse them
        (they may contain more notes if these do not all lie together). None if
        the bytes are unusual and all of them should be left to protobuf.
    """
    try:
        begin = _first_note(record)
        if begin is None:
            return None
        runs = []
        end, found = begin, 0
        while end < len(record) and record[end] == _NOTES_TAG:
            layout = _layout_at(record, end)
            length = _run_length(record, end, layout)
            runs.append((end, length, layout))
            end += length * layout.size
            found += length
            # Instruments that take turns make short runs, which protobuf reads sooner.
            if len(runs) >= _MANY_RUNS and found < len(runs) * _SHORT_RUN:
                return None
    except (_UnusualError, IndexError, ValueError):
        return None
    return _columns(record, runs), record[:begin] + record[end:]


class _UnusualError(Exception):
    """The bytes are not as they nearly always are; protobuf shall see to them."""


def _first_note(record: bytes) -> int | None:
    """Where the first note's tag is; None if there are no notes."""
    place = 0
    while place < len(record):
        tag = record[place]
        if tag == _NOTES_TAG:
            return place
        if tag & 0x87 == _BYTES and record[place + 1] < 0x80:  # nearly every field
            place += 2 + record[place + 1]
            continue
        tag, place = read_varint(record, place)
        wire_type = tag & 7
        if wire_type == _VARINT:
            _, place = read_varint(record, place)
        elif wire_type == _FIXED64:
            place += 8
        elif wire_type == _FIXED32:
            place += 4
        elif wire_type == _BYTES:
            size, place = read_varint(record, place)
            place += size
        else:
            raise _UnusualError
    return None


def _tags(record: bytes, place: int) -> bytes:
    """The tags of the note at `place`, if they are in order and its integers small."""
    size = record[place + 1]
    stop = place + 2 + size
    if size >= 0x80 or stop > len(record):
        raise _UnusualError
    place += 2
    tags = bytearray()
    last = 0
    while place < stop:
        tag = record[place]
        field = tag >> 3
        if field <= last:
            raise _UnusualError
        if tag & 7 == _VARINT and field in _INTEGERS and record[place + 1] < 0x80:
            place += 2
        elif tag & 7 == _FIXED64 and field in (_START, _END):
            place += 9
        else:
            raise _UnusualError
        tags.append(tag)
        last = field
    if place != stop:
        raise _UnusualError
    return bytes(tags)


@lru_cache(maxsize=64)
def _layout(tags: bytes) -> _Layout:
    """The layout of notes with these tags."""
    value, mask = bytearray((_NOTES_TAG, 0)), bytearray(b"\xff\xff")
    places = {}
    for tag in tags:
        places[tag >> 3] = len(value) + 1
        width = 8 if tag & 7 == _FIXED64 else 1
        value += bytes((tag, *[0] * width))
        # Of an integer only the top bit is alike: no second byte follows.
        mask += bytes((0xFF, *([0] * 8 if width == 8 else [0x80])))
    size = len(value)
    value[1] = size - 2
    fields = [(field, name) for field, name, _ in _COLUMNS if field in places]
    names = [name for _, name in fields]
    row = {
        "names": names,
        "formats": ["<f8" if field in (_START, _END) else "u1" for field, _ in fields],
        "offsets": [places[field] for field, _ in fields],
        "itemsize": size,
    }
    return _Layout(
        size,
        np.dtype(row),  # type: ignore[call-overload]
        frozenset(names),
        np.frombuffer(bytes(mask) * _ROWS_AT_ONCE, np.uint8),
        np.frombuffer(bytes(value) * _ROWS_AT_ONCE, np.uint8),
    )


_known: dict[int, list[tuple[int, int, _Layout]]] = {}
"""By the size of a note: the layouts met so far, with mask and value of one note as numbers."""

_MOST_KNOWN = 8


def _layout_at(record: bytes, place: int) -> _Layout:
    """The layout of the note at `place`."""
    size = record[place + 1] + 2
    stored = int.from_bytes(record[place : place + size], "little")
    known = _known.setdefault(size, [])
    for mask, value, layout in known if place + size <= len(record) else ():
        if stored & mask == value:
            return layout
    layout = _layout(_tags(record, place))
    if len(known) < _MOST_KNOWN:
        bits, alike = layout.mask[:size].tobytes(), layout.value[:size].tobytes()
        known.append((int.from_bytes(bits, "little"), int.from_bytes(alike, "little"), layout))
    return layout


def _run_length(record: bytes, place: int, layout: _Layout) -> int:
    """How many notes of this layout follow each other from `place` (where one is) on."""
    size = layout.size
    found = 0
    while True:
        length = min((len(record) - place) // size, _ROWS_AT_ONCE) * size
        if not length:
            return found
        stored = np.frombuffer(record, np.uint8, length, place)
        alike = (stored & layout.mask[:length]) == layout.value[:length]
        different = int(alike.argmin())
        if not alike[different]:
            return found + different // size
        found += length // size
        place += length


def _columns(record: bytes, runs: list[tuple[int, int, _Layout]]) -> Columns:
    rows = [np.ndarray(length, layout.row, record, begin) for begin, length, layout in runs]
    total = sum([length for _, length, _ in runs])
    columns = []
    for _, name, dtype in _COLUMNS:
        column: NDArray[Any] = np.empty(total, dtype)
        first = 0
        for of_run, (_, length, layout) in zip(rows, runs, strict=True):
            column[first : first + length] = of_run[name] if name in layout.stored else 0
            first += length
        columns.append(column)
    return tuple(columns)
