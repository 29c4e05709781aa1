"""One example as a serialized tf.train.Example, in plain bytes, without TensorFlow.

A tf.train.Example is one message (field 1, `Features`) that holds a map from a
name to a value: entries of field 1, each with the name (field 1) and a
`Feature` (field 2), which is a `BytesList` (1), a `FloatList` (2) or an
`Int64List` (3). So features can be made one by one and put behind each other:

    example = 0x0A, length of all entries, entry, entry, ...

The source ids come last. They are known only when all songs have been read, so
they are appended to features that were made long before.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence

from vaeprep.tensors.notes_of_example import varint

IDS = "ids"
LENGTH = "length"

Value = list[bytes] | list[int] | list[float]

_LENGTH_DELIMITED_1 = b"\x0a"
_LENGTH_DELIMITED_2 = b"\x12"
_LENGTH_DELIMITED_3 = b"\x1a"


def features(values: Mapping[str, bytes | Sequence[int]]) -> bytes:
    """The map entries of an example, without its ids.

    Args:
        values: For each name a bytes value, or integers of 0 or more. They are
            written in the order of the mapping.

    Returns:
        The entries behind each other: what `with_ids` completes.
    """
    return b"".join(
        bytes_entry(name, (value,)) if isinstance(value, bytes) else _ints_entry(name, value)
        for name, value in values.items()
    )


def with_ids(entries: bytes, ids: Iterable[str | bytes]) -> bytes:
    """A complete tf.train.Example from its features and its source ids.

    Args:
        entries: As `features` returns them.
        ids: The ids of the songs that the example was found in.

    Returns:
        The serialized tf.train.Example; the ids are its feature "ids".
    """
    values = [i.encode("utf-8", "surrogateescape") if isinstance(i, str) else i for i in ids]
    last = bytes_entry(IDS, values)
    size = _varint(len(entries) + len(last))
    return b"".join((_LENGTH_DELIMITED_1, size, entries, last))


def bytes_entry(name: str, values: Sequence[bytes]) -> bytes:
    """The map entry of a feature of bytes values."""
    items = b"".join(_LENGTH_DELIMITED_1 + _varint(len(v)) + v for v in values)
    return _entry(name, _delimited(_LENGTH_DELIMITED_1, items))


def parse(example: bytes) -> dict[str, Value]:
    """The features of any tf.train.Example.

    Args:
        example: A serialized tf.train.Example.

    Returns:
        Name to values: bytes, integers or floats.

    Raises:
        ValueError: The bytes are no tf.train.Example.
    """
    found: dict[str, Value] = {}
    try:
        for field, all_features in _fields(example):
            if field != 1 or not isinstance(all_features, bytes):
                raise ValueError("the record is no tf.train.Example")
            for _, entry in _fields(all_features):
                parts = dict(_fields(_bytes(entry)))
                found[_bytes(parts[1]).decode("utf-8")] = _values(_bytes(parts.get(2, b"")))
    except (IndexError, KeyError, struct.error, UnicodeDecodeError):
        raise ValueError("the record is no tf.train.Example") from None
    return found


def _values(feature: bytes) -> Value:
    for kind, value in _fields(feature):
        items = list(_fields(_bytes(value)))
        if kind == 1:
            return [_bytes(item) for _, item in items]
        if kind == 2:
            packed = b"".join(_bytes(item) for _, item in items)
            return list(struct.unpack(f"<{len(packed) // 4}f", packed))
        return [number for _, item in items for number in _numbers(item)]
    return []


def _numbers(item: bytes | int) -> list[int]:
    """The integers of an Int64List's field: packed into bytes, or one alone."""
    if isinstance(item, int):
        return [_signed(item)]
    numbers = []
    position = 0
    while position < len(item):
        number, position = varint(item, position)
        numbers.append(_signed(number))
    return numbers


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number


def _fields(data: bytes) -> list[tuple[int, bytes | int]]:
    """The fields of a message: number, and bytes or an integer.

    Raises:
        ValueError: The bytes are no message.
    """
    found: list[tuple[int, bytes | int]] = []
    position = 0
    while position < len(data):
        tag, position = varint(data, position)
        if tag & 7 == 0:
            number, position = varint(data, position)
            found.append((tag >> 3, number))
            continue
        if tag & 7 == 2:
            size, position = varint(data, position)
        elif tag & 7 == 5:
            size = 4
        else:
            raise ValueError("the record is no tf.train.Example")
        if position + size > len(data):
            raise ValueError("the record is no tf.train.Example")
        found.append((tag >> 3, data[position : position + size]))
        position += size
    return found


def _bytes(value: bytes | int) -> bytes:
    if isinstance(value, int):
        raise ValueError("the record is no tf.train.Example")
    return value


def _ints_entry(name: str, values: Sequence[int]) -> bytes:
    packed = b"".join(map(_varint, values))
    return _entry(
        name, _delimited(_LENGTH_DELIMITED_3, _delimited(_LENGTH_DELIMITED_1, packed))
    )


def _entry(name: str, feature: bytes) -> bytes:
    key = _delimited(_LENGTH_DELIMITED_1, name.encode("utf-8"))
    return _delimited(_LENGTH_DELIMITED_1, key + _delimited(_LENGTH_DELIMITED_2, feature))


def _delimited(tag: bytes, data: bytes) -> bytes:
    return tag + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    if value < 0x80:
        return _SMALL[value]
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


_SMALL = [bytes((value,)) for value in range(0x80)]
