"""Numbers, names and texts as people read them."""

import math
import re
import unicodedata

from vaeprep.music.pitch_names import SHARPS

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode categories that are not printed: controls, invisible and reordering marks."""
_UNKNOWN_DRUM = re.compile(r"KeyError: (\d+)$")


def number(value: float) -> str:
    """1,234; 12.3; 0.45: three digits are enough for what is no whole number."""
    if not math.isfinite(value):
        return str(value)
    if value == int(value):
        return f"{int(value):,}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def about(value: int, exact: bool) -> str:
    """A count, marked if it is an estimate."""
    return number(value) if exact else f"about {number(value)}"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 song`, `2 songs`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def percent(part: float, whole: float) -> str:
    """A share; never 0 % or 100 % unless it is exactly that."""
    if not whole:
        return "0 %"
    share = 100 * part / whole
    if 0 < share < 1:
        return "<1 %"
    if 99 < share < 100:
        return ">99 %"
    return f"{share:.0f} %"


def clock(seconds: float) -> str:
    """`3:05` of 185 seconds, `1:02:03` above an hour, `0:04.5` of a short time."""
    if not math.isfinite(seconds):
        return str(seconds)
    sign = "-" if seconds < 0 else ""
    seconds = abs(seconds)
    if seconds < 10 and seconds != int(seconds):
        return f"{sign}0:{seconds:04.1f}"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}:{minutes:02}:{rest:02}" if hours else f"{sign}{minutes}:{rest:02}"


def long_time(seconds: float) -> str:
    """`3.2 hours`, `14 minutes`, `35 seconds`."""
    if not math.isfinite(seconds):
        return str(seconds)
    if seconds >= 3600:
        return f"{number(round(seconds / 3600, 1))} hours"
    if seconds >= 120:
        return f"{round(seconds / 60)} minutes"
    return f"{number(round(seconds, 1))} seconds"


def size(count: float) -> str:
    """`1.2 MB`."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.2f} GB"


def note_name(pitch: int) -> str:
    """`C4` of 60, the middle C."""
    return f"{SHARPS[pitch % 12]}{pitch // 12 - 1}"


def printable(text: str, limit: int = 120) -> str:
    """A text from data as one line: no controls, no invisible marks, of bounded length.

    A file name may hold anything, terminal commands and marks that turn the
    reading direction around included; each such character is shown as a box.
    """
    line = "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in _HIDDEN else c
        for c in " ".join(text.split())
    )
    return line if len(line) <= limit else f"{line[: limit - 3]}..."


def in_plain_words(reason: str) -> str:
    """The reason of a fault, with what it means where that is known."""
    text = printable(reason, 300)
    drum = _UNKNOWN_DRUM.match(text)
    if drum:
        return f"{text} (this configuration knows no drum number {drum[1]})"
    return text
