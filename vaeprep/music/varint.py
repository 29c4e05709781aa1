"""Varints: the base-128 numbers of the protocol buffer encoding."""

_BITS = 64
_SMALL = [bytes((value,)) for value in range(0x80)]


def varint(value: int) -> bytes:
    """An integer of up to 64 bits as a varint; a negative one takes ten bytes."""
    if 0 <= value < 0x80:
        return _SMALL[value]
    if value < 0:
        value += 1 << _BITS
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data: bytes, place: int) -> tuple[int, int]:
    """The number at a place (0 or more; a negative one as if unsigned), and where it ends.

    Raises:
        IndexError: The bytes end inside the number.
        ValueError: It has more than ten bytes.
    """
    value = data[place]
    place += 1
    if value < 0x80:
        return value, place
    value &= 0x7F
    for shift in range(7, _BITS, 7):
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ValueError("a number of more than ten bytes")
