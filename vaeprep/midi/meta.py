"""What meta messages say, and which of them mido and pretty_midi refuse."""

import math

from vaeprep.midi.standard import (
    KEY_SIGNATURE,
    META_BYTES_NEEDED,
    SMPTE_OFFSET,
    TEMPO,
    TIME_SIGNATURE,
    MidiError,
)


def check_meta(kind: int, content: bytes) -> None:
    """Checks a meta message of a known type, as it must be in the first track.

    Raises:
        MidiError: It is malformed.
    """
    check_size(kind, content)
    if kind == TEMPO and not any(content[:3]):
        raise MidiError("a quarter note of 0 microseconds is no tempo")
    if kind == TIME_SIGNATURE:
        check_meter(*meter(content))
    elif kind == KEY_SIGNATURE:
        key(content)
    elif kind == SMPTE_OFFSET:
        check_smpte_offset(content)


def check_size(kind: int, content: bytes) -> None:
    """Refuses a message that is too short for its type."""
    if len(content) < META_BYTES_NEEDED[kind] or (kind == 0 and len(content) == 1):
        raise MidiError(f"a meta message of type {kind} is too short")


def tempo(content: bytes) -> int:
    """The microseconds of a quarter note."""
    return int.from_bytes(content[:3], "big")


def meter(content: bytes) -> tuple[int, int]:
    """Numerator and denominator, refused where mido refuses them."""
    denominator: int = 2 ** content[1]
    # As mido tests for a power of two. 2**29 fails, for the logarithm is inexact.
    if math.log(denominator, 2) != int(math.log(denominator, 2)):
        raise MidiError("the denominator of a time signature must be a power of 2")
    return content[0], denominator


def check_meter(numerator: int, denominator: int) -> None:
    """Refuses what pretty_midi and the proto refuse; the first track only is asked."""
    if not numerator:
        raise MidiError("0 is not a valid numerator of a time signature")
    if denominator > 2**31 - 1:
        raise MidiError(f"Invalid time signature denominator {denominator}")


def key(content: bytes) -> int:
    """0 to 11 are C major to B major, 12 to 23 C minor to B minor."""
    accidentals, mode = content[0], content[1]
    sharps = accidentals - 256 if accidentals > 127 else accidentals
    if not -7 <= sharps <= 7 or mode > 1:
        kind = "flats" if sharps < 7 else "sharps"
        raise MidiError(f"Could not decode key with {abs(sharps)} {kind} and mode {mode}")
    # Each sharp is a fifth up from C major, or from A minor.
    return 7 * sharps % 12 if mode == 0 else (7 * sharps + 9) % 12 + 12


def check_smpte_offset(content: bytes) -> None:
    """Refuses what mido cannot decode."""
    if content[0] >> 5 > 3 or content[1] > 59 or content[2] > 59 or content[4] > 99:
        raise MidiError("an SMPTE offset is out of range")
