"""The comparison as tables for the terminal."""

from collections.abc import Sequence

from vaeprep.inspection.comparison.compare import Comparison, Read
from vaeprep.inspection.comparison.tables import Table, Value, tables
from vaeprep.inspection.comparison.verdict import verdict
from vaeprep.inspection.words import about, number, plural, printable, size
from vaeprep.job.columns import wrapped

_NAMED = 20
_LONGEST_NAME = 44
_NARROWEST_LABEL = 20


def to_text(found: Comparison, width: int | None = None) -> str:
    """The tables that `vaeprep compare` prints.

    Args:
        found: The comparison.
        width: The columns of the terminal; None wraps no line.
    """
    lines = [
        line
        for letter, read in (("A", found.a), ("B", found.b))
        for line in wrapped(_side(letter, read), width, later="   ")
    ]
    if found.overlaps:
        rows = [
            (
                one.what,
                about(one.both, one.exact),
                about(one.only_a, one.exact),
                about(one.only_b, one.exact),
            )
            for one in found.overlaps
        ]
        lines += ["", *_columns("what they hold", ("in both", "only A", "only B"), rows, width)]
    for table in tables(found):
        lines += ["", *_table(table, width)]
    lines += _changed(found, width)
    for sentence in verdict(found):
        lines += ["", *wrapped(sentence, width)]
    return "\n".join(lines)


def shown(value: Value) -> str:
    """A value as people read it; a dash where a side has none."""
    if value is None:
        return "-"
    return printable(value, 40) if isinstance(value, str) else number(value)


def side_name(read: Read) -> str:
    """What was given; of a long path the end, which tells most."""
    name = printable(read.side.name, 4096)
    return name if len(name) <= _LONGEST_NAME else f"...{name[3 - _LONGEST_NAME :]}"


def _side(letter: str, read: Read) -> str:
    what = []
    if read.summary is not None:
        what.append(read.summary.config)
    if read.inspection is not None:
        files = plural(len(read.inspection.paths), "file")
        what.append(f"{files}, {size(read.inspection.bytes)}")
    else:
        what.append("the summary only")
    bad = read.inspection.fault_counts.total() if read.inspection else 0
    if bad:
        what.append(plural(bad, "bad record"))
    return f"{letter}  {side_name(read)}: {', '.join(what)}"


def _table(table: Table, width: int | None) -> list[str]:
    rows = [(row.label, shown(row.a), shown(row.b)) for row in table.rows]
    return _columns(table.title, ("A", "B"), rows, width)


def _columns(
    title: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int | None,
) -> list[str]:
    """A title, and rows of a label and some values; a long label goes on below."""
    texts = [title, *(f"  {row[0]}" for row in rows)]
    left = max(map(len, texts))
    rights = [
        max(len(head), *(len(row[place + 1]) for row in rows)) + 2
        for place, head in enumerate(heads)
    ]
    if width is not None:
        left = min(left, max(width - sum(rights), _NARROWEST_LABEL))
    lines = []
    for label, values in zip(texts, [heads, *(row[1:] for row in rows)], strict=True):
        indent = " " * (len(label) - len(label.lstrip()))
        first, *more = wrapped(label.strip(), left, indent, indent + "  ")
        cells = "".join(f"{value:>{room}}" for value, room in zip(values, rights, strict=True))
        lines += [f"{first:<{left}}{cells}", *more]
    return lines


def _changed(found: Comparison, width: int | None) -> list[str]:
    if not found.changed:
        return []
    lines = ["", "     A      B  songs that gave another number of examples"]
    for song in found.changed[:_NAMED]:
        name = printable(song.a.name or song.a.source_id, 60)
        why = song.a.why or song.b.why
        where = "A: " if song.a.why else "B: "
        text = f"{name}  {where}{printable(why)}" if why else name
        start = f"{song.a.examples:>6,} {song.b.examples:>6,}  "
        lines += wrapped(text, width, start, " " * (len(start) + 2))
    more = len(found.changed) - _NAMED
    if more > 0:
        lines.append(f"  ... and {more:,} more")
    return lines
