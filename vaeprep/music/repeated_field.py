"""The bytes of a repeated field of a protocol buffer, from columns: one row a message.

protobuf leaves out what is zero and writes small numbers in fewer bytes. So each row
has room for all, in pieces that are there or not, and a mask takes those that are.
`note_block` is for the notes of one instrument, where the mask would cost more than
the few notes that differ.
"""

from collections.abc import Iterator
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vaeprep.music.encode import double_field, int_field, message_field
from vaeprep.music.sequence import Bools, Bytes, Floats, Ints

_VARINT, _DOUBLE, _BYTES = 0, 1, 2  # wire types
_HEAD = 2  # bytes before the fields: the tag of the message, and its length
_LARGEST_BYTE = 0x7F  # of a varint's last byte
_FEW = 10  # messages that are faster made one by one


Column = Ints | Floats | Bools | Bytes


class _Piece(NamedTuple):
    """A field of all messages, or one more byte of it.

    Attributes:
        tag: What stands before it; None before one more byte.
        values: What is stored, float64[n] or uint8[n].
        is_there: In which messages it is, bool[n]; None if it is in all.
        size: Bytes, those of the tag included.
    """

    tag: int | None
    values: NDArray[Any]
    is_there: Bools | None
    size: int


def repeated_field(number: int, *fields: tuple[int, Column]) -> tuple[bytes, Ints]:
    """Serializes n messages of one repeated field, as protobuf does.

    Args:
        number: Of the repeated field, 1 to 15.
        *fields: Number (1 to 15) and values of each field of the messages, in order:
            float64[n] for doubles, int64[n], uint8[n] or bool[n] for varints. A
            message must not take more than 127 bytes.

    Returns:
        The messages, joined, and int64[n + 1], where each begins and the last one ends.
    """
    count = len(fields[0][1])
    if count <= _FEW:
        return _one_by_one(number, *fields)
    pieces = [piece for field in fields for piece in _pieces(*field)]
    width = _HEAD + sum(piece.size for piece in pieces)
    rows = np.empty((count, width), np.uint8)
    is_there = np.ones((count, width), np.bool_)
    sizes = np.full(count, width)
    begin = _HEAD
    for tag, values, is_in, size in pieces:
        end = begin + size
        if tag is not None:
            rows[:, begin] = tag
        # One value a row, whatever its bytes: a view of the rows with this value alone.
        place = end - values.itemsize
        np.ndarray((count,), values.dtype, rows, place, (width,))[:] = values
        if is_in is not None:
            is_there[:, begin:end] = is_in[:, None]
            sizes -= size * ~is_in
        begin = end
    rows[:, 0] = number << 3 | _BYTES
    rows[:, 1] = sizes - _HEAD
    at = np.zeros(count + 1, np.int64)
    sizes.cumsum(out=at[1:])
    return rows[is_there].tobytes(), at


def _one_by_one(number: int, *fields: tuple[int, Column]) -> tuple[bytes, Ints]:
    """As `repeated_field`."""
    columns = [
        [
            double_field(field, value)
            if values.dtype == np.float64
            else int_field(field, value)
            for value in values.tolist()
        ]
        for field, values in fields
    ]
    messages = [message_field(number, b"".join(row)) for row in zip(*columns, strict=True)]
    return b"".join(messages), np.array([0, *accumulate(map(len, messages))])


def _pieces(number: int, values: Column) -> Iterator[_Piece]:
    """The pieces of a field that are in any message."""
    if values.dtype == np.float64:
        # -0.0 is not zero there.
        yield from _piece(number << 3 | _DOUBLE, values, values.view(np.int64))
        return
    # A varint has seven bits a byte, and tells in the eighth whether more follow.
    tag: int | None = number << 3 | _VARINT
    left: NDArray[Any] = values if values.itemsize == 1 else values.astype(np.uint64)
    while len(left) and left.max() > _LARGEST_BYTE:
        stored = np.where(left > _LARGEST_BYTE, left | _LARGEST_BYTE + 1, left)
        yield from _piece(tag, stored.astype(np.uint8), left)
        tag = None
        left = left >> np.uint64(7)
    yield from _piece(tag, left.astype(np.uint8), left)


def _piece(tag: int | None, values: NDArray[Any], left: NDArray[Any]) -> Iterator[_Piece]:
    """What is there where something is left to write; nothing where it never is."""
    size = values.itemsize + (tag is not None)
    count = np.count_nonzero(left)
    if count:
        yield _Piece(tag, values, None if count == len(left) else left != 0, size)
