"""Tunebooks in ABC notation to NoteSequences, as note_seq's `abc_parser` reads a text.

Magenta's script gives the parser bytes, which fails for every file on Python 3. Here
it is given the text, and one tune at a time: a fault costs only its own tune, and so
does a reference number that stands twice.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vaeprep.scores.note_seq_readers import NotInstalledError, abc_parser


@dataclass(frozen=True, slots=True)
class Tune:
    """One tune of a tunebook.

    Attributes:
        offset: Where it begins in the text, in characters.
        number: Its reference number (`X:`), 0 without one.
        sequence: The NoteSequence, without id and names; None if there is a fault.
        copy: 1; or 2, 3 ... when earlier tunes have the same number.
        fault: Why it cannot be converted.
    """

    offset: int
    number: int
    sequence: Any
    copy: int = 1
    fault: str = ""


def tunes(data: bytes) -> Iterator[Tune]:
    """The tunes of a tunebook, in order.

    Args:
        data: The file: UTF-8, or else Latin-1, as the ABC standard has it.
    """
    try:
        parser = abc_parser()
    except NotInstalledError as error:
        yield Tune(0, 0, None, fault=str(error))
        return
    times: Counter[int] = Counter()
    for offset, lines in _tunes(_text(data)):
        try:
            read, faults = parser.parse_abc_tunebook("\n".join(lines))
            if faults:
                raise faults[0]
        except Exception as error:  # the parser raises whatever a bad tune leads it to
            fault = f"{type(error).__name__}: {error}"
            yield Tune(offset, _number(lines), None, fault=fault)
            continue
        for number, sequence in read.items():
            times[number] += 1
            yield Tune(offset, number, sequence, times[number])


def _number(lines: list[str]) -> int:
    """The reference number of a tune that cannot be read."""
    found = (re.match(r"X:\s*(\d{1,18})", line) for line in lines)
    return next((int(match[1]) for match in found if match), 0)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _tunes(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines of each tune, those of the book's header before them.

    As `parse_abc_tunebook` cuts a book: at empty lines; the first of several parts is
    the header if it has no reference number.
    """
    parts: list[tuple[int, list[str]]] = []
    at, is_open = 0, False
    for whole in text.splitlines(keepends=True):
        line = whole.strip()
        if line and not is_open:
            parts.append((at, []))
        if line:
            parts[-1][1].append(line)
        is_open = bool(line)
        at += len(whole)
    header: list[str] = []
    if len(parts) > 1 and not any(line.startswith("X:") for line in parts[0][1]):
        header = parts.pop(0)[1]
    for offset, lines in parts:
        yield offset, header + lines
