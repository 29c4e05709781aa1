"""`--meter`: every time signature is read as one and the same.

Nothing is moved. A song is no longer cut where its meter changes, because it does
not change any more, and a piece counts its bars from its own beginning: from the
start of the song, and from each change of tempo.
"""

import re
from collections.abc import Iterable
from typing import Any

from vaeprep.checks import Wrong
from vaeprep.music.sequence import TimeSignature

Meter = tuple[int, int]
"""Numerator and denominator."""

_MOST = 64


def parse_meter(text: Any) -> Meter:
    """The meter that a text such as "4/4" names.

    Raises:
        Wrong: It names none.
    """
    found = re.fullmatch(r"\s*(\d{1,3})\s*/\s*(\d{1,3})\s*", str(text), re.ASCII)
    numerator, denominator = (int(found[1]), int(found[2])) if found else (0, 0)
    power_of_two = denominator > 0 and denominator & (denominator - 1) == 0
    if not (1 <= numerator <= _MOST and denominator <= _MOST and power_of_two):
        raise Wrong(
            f"must be a time signature such as 4/4 (a number from 1 to {_MOST}, a slash, and "
            f"1, 2, 4, 8, 16, 32 or {_MOST})"
        )
    return numerator, denominator


def read_as(
    signatures: tuple[TimeSignature, ...], meter: Meter
) -> tuple[TimeSignature, ...] | None:
    """The time signatures of a song, each read as `meter`; None if they all are it already."""
    if not differ(signatures, meter):
        return None
    return tuple(TimeSignature(signature.time, *meter) for signature in signatures)


def differ(signatures: Iterable[Any], meter: Meter) -> bool:
    """Whether there is a time signature other than `meter`."""
    return any((one.numerator, one.denominator) != meter for one in signatures)
