"""The bytes of a repeated field of a protocol buffer, from columns: one row a message.

protobuf leaves out what is zero and writes small numbers in fewer bytes. So each row
has room for all, in pieces that are there or not, and a mask takes those that are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vaeprep.music.sequence import Bools, Floats, Ints

_VARINT, _DOUBLE, _BYTES = 0, 1, 2  # wire types
_HEAD = 2  # bytes before the fields: the tag of the message, and its length


@dataclass(frozen=True, slots=True)
class _Piece:
    """A field of all messages, or one more byte of it.

    Attributes:
        tag: What stands before it; None before one more byte.
        values: What is stored, float64[n] or uint8[n].
        is_there: In which messages it is, bool[n].
    """

    tag: int | None
    values: NDArray[Any]
    is_there: Bools

    @property
    def size(self) -> int:
        """Bytes."""
        return self.values.itemsize + (self.tag is not None)


def repeated(number: int, *fields: tuple[int, Ints | Floats | Bools]) -> bytes:
    """Serializes n messages of one repeated field, as protobuf does.

    Args:
        number: Of the repeated field, 1 to 15.
        *fields: Number (1 to 15) and values of each field of the messages, in order:
            float64[n] for doubles, int64[n] or bool[n] for varints. A message must not
            take more than 127 bytes.
    """
    pieces = [piece for field in fields for piece in _pieces(*field) if piece.is_there.any()]
    width = _HEAD + sum(piece.size for piece in pieces)
    count = len(fields[0][1])
    rows = np.empty((count, width), np.uint8)
    is_there = np.ones((count, width), np.bool_)
    sizes = np.full(count, width - _HEAD)
    begin = _HEAD
    for piece in pieces:
        end = begin + piece.size
        if piece.tag is not None:
            rows[:, begin] = piece.tag
        place = end - piece.values.itemsize
        # One value a row, whatever its bytes: a view of the rows with this value alone.
        np.ndarray((count,), piece.values.dtype, rows, place, (width,))[:] = piece.values
        if not piece.is_there.all():
            is_there[:, begin:end] = piece.is_there[:, None]
            sizes -= piece.size * ~piece.is_there
        begin = end
    rows[:, 0] = number << 3 | _BYTES
    rows[:, 1] = sizes
    return rows[is_there].tobytes()


def _pieces(number: int, values: Ints | Floats | Bools) -> Iterator[_Piece]:
    if values.dtype == np.float64:
        yield _Piece(number << 3 | _DOUBLE, values, values.view(np.int64) != 0)
        return
    # A varint has seven bits a byte, and tells in the eighth whether more follow.
    tag: int | None = number << 3 | _VARINT
    left = values.astype(np.uint64)
    while (more := left > 0x7F).any():
        yield _Piece(tag, np.where(more, left | 0x80, left).astype(np.uint8), left != 0)
        tag = None
        left >>= 7
    yield _Piece(tag, left.astype(np.uint8), left != 0)
