"""The bytes of a repeated field of a protocol buffer, from columns: one row a message.

protobuf leaves out what is zero and writes small numbers in fewer bytes. So each row
has room for all, in blocks of bytes that are there or not, and a mask takes those that
are.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vaeprep.music.sequence import Bools, Floats, Ints

_VARINT, _DOUBLE, _BYTES = 0, 1, 2  # wire types

_Block = tuple[NDArray[np.uint8], Bools]


def repeated(number: int, *fields: tuple[int, Ints | Floats | Bools]) -> bytes:
    """Serializes n messages of one repeated field, as protobuf does.

    Args:
        number: Of the repeated field, 1 to 15.
        *fields: Number (1 to 15) and values of each field of the messages, in order:
            float64[n] for doubles, int64[n] or bool[n] for varints. A message must not
            take more than 127 bytes.
    """
    blocks = [block for field in fields for block in _blocks(*field) if block[1].any()]
    head = np.full((len(fields[0][1]), 2), number << 3 | _BYTES, np.uint8)
    head[:, 1] = sum(cells.shape[1] * there for cells, there in blocks)
    rows = np.concatenate([head, *(cells for cells, _ in blocks)], axis=1)
    mask = np.ones(rows.shape, np.bool_)
    begin = head.shape[1]
    for cells, there in blocks:
        end = begin + cells.shape[1]
        if not there.all():
            mask[:, begin:end] = there[:, None]
        begin = end
    return rows[mask].tobytes()


def _blocks(number: int, values: Ints | Floats | Bools) -> Iterator[_Block]:
    """Bytes of a field, uint8[n, bytes], and in which messages they are, bool[n]."""
    if values.dtype == np.float64:
        stored = np.ascontiguousarray(values).view(np.uint8).reshape(-1, 8)
        yield _tagged(number, _DOUBLE, stored), values.view(np.int64) != 0
        return
    left = values.astype(np.uint64)
    yield _tagged(number, _VARINT, _digits(left)), left != 0
    while (left > 0x7F).any():
        left = left >> np.uint64(7)
        yield _digits(left), left != 0


def _tagged(number: int, wire_type: int, stored: NDArray[np.uint8]) -> NDArray[np.uint8]:
    tag = np.full((len(stored), 1), number << 3 | wire_type, np.uint8)
    return np.concatenate([tag, stored], axis=1)


def _digits(left: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """The next byte of varints, of which `left` is left: 7 bits, and whether more follow."""
    low = (left & np.uint64(0x7F)).astype(np.uint8)
    return (low | (left > 0x7F).astype(np.uint8) << 7)[:, None]
