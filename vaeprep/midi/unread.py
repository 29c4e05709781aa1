"""What of a MIDI file counts for nothing, as in Magenta, though its author meant it."""

from collections.abc import Sequence
from typing import Any

from vaeprep.midi.reader import MidiFile

_MICROSECONDS = 500_000  # of a quarter note at 120 a minute, which holds before any tempo


def unread(file: MidiFile) -> tuple[str, ...]:
    """What was passed over, in words; empty for nearly every file.

    Tempos, meters and keys are read in the first track only. Those in other tracks
    are told where they say something else than what holds there.
    """
    found = []
    for name, first, others, default in (
        ("tempo", file.tempos, file.other_tempos, (_MICROSECONDS,)),
        ("time signature", file.time_signatures, file.other_time_signatures, (4, 4)),
        ("key signature", file.key_signatures, file.other_key_signatures, None),
    ):
        count = _saying_something_else(first, others, default)
        if count:
            found.append(f"{_plural(count, name)} outside the first track")
    if file.lost_times:
        found.append(f"the time of {_plural(file.lost_times, 'meta message')} of unknown type")
    if file.more_tracks:
        found.append("a track beyond the number in the header")
    return tuple(found)


def _saying_something_else(first: Sequence[Any], others: Sequence[Any], default: Any) -> int:
    count = 0
    position, holding = 0, default
    for tick, *said in sorted(others):
        if default is not None and not said[0]:
            continue  # no tempo and no meter at all
        while position < len(first) and first[position][0] <= tick:
            holding = tuple(first[position][1:])
            position += 1
        count += tuple(said) != holding
    return count


def _plural(count: int, name: str) -> str:
    return f"{count:,} {name}" + ("s" if count > 1 else "")
