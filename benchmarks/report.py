"""Writes a result as JSON for programs and as a Markdown table for readers."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.measure import median_and_spread


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table, its columns padded so that it reads well as plain text too."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = [_line(row, widths) for row in cells]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]]) + "\n"


def spread(values: Sequence[float], unit: str = "s") -> str:
    """The median with the least and the greatest, e.g. `1.20 s (1.18 to 1.31)`."""
    middle, least, most = median_and_spread(values)
    text = f"{short(middle)} {unit}".strip()
    return text if len(values) == 1 else f"{text} ({short(least)} to {short(most)})"


def short(value: float) -> str:
    """A number with three digits that mean something."""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) >= 100:
        return f"{value:.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    if abs(value) >= 1:
        return f"{value:.2f}"
    return f"{value:.3f}"


def save(folder: Path, name: str, values: dict[str, Any], text: str) -> None:
    """Writes `NAME.json` and `NAME.md` and prints the text.

    Args:
        folder: Where; it is made.
        name: The question's name.
        values: The raw numbers of every repetition; the machine is added.
        text: The tables in Markdown; the machine's description is added.
    """
    folder.mkdir(parents=True, exist_ok=True)
    where = machine.describe()
    text = f"{text}\n{machine.in_words(where)}"
    # A line for each key: to be read by programs, but to be compared by people too.
    lines = [
        f"{json.dumps(key)}: {json.dumps(v)}" for key, v in {"machine": where, **values}.items()
    ]
    (folder / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    (folder / f"{name}.md").write_text(text, "utf-8")
    print(text, flush=True)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return "| " + " | ".join(padded) + " |"
