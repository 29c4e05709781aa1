"""Text for a terminal: tables and paragraphs in which no word is broken."""

import os
import textwrap
from collections.abc import Iterable
from typing import TextIO

_NARROWEST_NOTE = 28
"""A note with less room beside its number goes below it."""


def width_of(stream: TextIO) -> int | None:
    """The columns of the terminal behind a stream; None where there is none."""
    if not stream.isatty():
        return None
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except OSError:
        columns = 80
    return max(columns, 40) if columns else 80


def wrapped(text: str, width: int | None, indent: str = "", later: str = "") -> list[str]:
    """A paragraph in lines that are no wider, if its words are not.

    Args:
        text: One line.
        width: None leaves it one line.
        indent: Before the first line.
        later: Before the other lines.
    """
    if width is None:
        return [indent + text]
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [indent]


def table(
    rows: Iterable[tuple[str, str, str]], width: int | None, indent: str = ""
) -> list[str]:
    """Rows of a label, a number and a note; what does not fit is wrapped in its column."""
    listed = list(rows)
    label_width = max((len(label) for label, _, _ in listed), default=0)
    number_width = max((len(number) for _, number, _ in listed), default=0)
    lines = []
    for label, number, note in listed:
        head = f"{indent}{label:<{label_width}}  {number:>{number_width}}"
        left = None if width is None else width - len(head) - 2
        if left is not None and len(note) > left and left < _NARROWEST_NOTE:
            lines.append(head.rstrip())
            space = indent + " " * (len(label) - len(label.lstrip()) + 4)
            lines += wrapped(note, width, space, space)
            continue
        first, *more = wrapped(note, left)
        lines.append(f"{head}  {first}".rstrip())
        lines += [" " * (len(head) + 2) + line for line in more]
    return lines
