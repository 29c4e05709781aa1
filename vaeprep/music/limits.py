"""The limits of what is converted, so that no song takes unbounded time or memory.

Music never comes near them; broken and hostile files do. Magenta has no such
limits: it would fill the memory, or run for days. Both engines keep them, and a
song beyond one fails with the reason, like any song whose conversion raises.
"""

import math

MAX_QUARTERS = 250_000
"""Length of a piece in quarter notes: 35 hours at 120 a minute.

Melodies, chords and hops are laid out step by step, so a note at 10^9 seconds
would ask for gigabytes.
"""

MAX_ID_BYTES = 1 << 16
"""Length of a song's id. It stands in every one of the song's examples again."""

MAX_IDS_BYTES = 1 << 27
"""Length of an example's id field. TFRecord readers and protobuf give up on huge records."""

MAX_INSTRUMENTS = 10_000
"""Instruments of a piece. Each is looked at among all notes."""

MAX_WALKED_NOTES = 20_000
"""Notes of a piece with pedals and with notes of no length, which are taken one by one."""

MAX_COMBINATIONS = 200_000
"""Windows of one piece, each with every choice of instruments (trios).

A hundred melodies, basses and drums each would make a million trios of every window.
"""


class TooMuchError(Exception):
    """A song is beyond a limit."""


def check_id(source_id: str) -> None:
    """Refuses a song whose id is longer than a page of text.

    Raises:
        TooMuchError: It is.
    """
    size = len(source_id) if source_id.isascii() else len(source_id.encode("utf-8"))
    if size > MAX_ID_BYTES:
        raise TooMuchError(f"its id has {size:,} bytes; at most {MAX_ID_BYTES:,} are allowed")


def check_length(seconds: float, qpm: float) -> None:
    """Refuses a piece that is too long.

    Args:
        seconds: The latest time in it. Infinity and NaN pass: converters refuse them.
        qpm: Its tempo.

    Raises:
        TooMuchError: It is.
    """
    quarters = seconds * qpm / 60.0
    if MAX_QUARTERS < quarters < math.inf:
        raise TooMuchError(
            f"{quarters:.3g} quarter notes long; more than {MAX_QUARTERS:,} are not converted"
        )


def check_instruments(count: int) -> None:
    """Refuses a piece with too many instruments.

    Raises:
        TooMuchError: It has.
    """
    if count > MAX_INSTRUMENTS:
        raise TooMuchError(
            f"{count:,} instruments; more than {MAX_INSTRUMENTS:,} are not converted"
        )


def check_walk(notes: int) -> None:
    """Refuses a piece with pedals, notes of no length and too many notes.

    Raises:
        TooMuchError: It has.
    """
    if notes > MAX_WALKED_NOTES:
        raise TooMuchError(
            f"{notes:,} notes, some of no length, to be walked through with their pedals; "
            f"more than {MAX_WALKED_NOTES:,} are not converted"
        )


def check_combinations(count: int) -> None:
    """Refuses a piece with too many windows and choices of instruments.

    Raises:
        TooMuchError: It has.
    """
    if count > MAX_COMBINATIONS:
        raise TooMuchError(
            f"{count:,} windows and choices of instruments; "
            f"more than {MAX_COMBINATIONS:,} are not converted"
        )
