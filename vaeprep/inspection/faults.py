"""What went wrong with a song, for readers who do not know Python's errors."""

import re

from vaeprep.inspection.words import printable

_UNKNOWN_DRUM = re.compile(r"KeyError: (\d+)$")


def in_plain_words(reason: str) -> str:
    """The reason of a fault, with what it means where that is known."""
    text = printable(reason, 300)
    drum = _UNKNOWN_DRUM.match(text)
    if drum:
        return f"{text} (this configuration knows no drum number {drum[1]})"
    return text
