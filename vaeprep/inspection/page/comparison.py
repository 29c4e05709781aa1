"""The page about two sides: what is in both, the steps and charts beside each other."""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from vaeprep.inspection.comparison.compare import Comparison, Overlap, Read
from vaeprep.inspection.comparison.only import only_in
from vaeprep.inspection.comparison.tables import Table, tables
from vaeprep.inspection.comparison.text import shown, side_name
from vaeprep.inspection.comparison.verdict import verdict
from vaeprep.inspection.items import Kind
from vaeprep.inspection.page.document import Part, document, figures, write_document
from vaeprep.inspection.page.lists import scrolled, words_part
from vaeprep.inspection.page.markup import Markup, tag
from vaeprep.inspection.page.music_charts import Chart, music_charts
from vaeprep.inspection.page.rolls import rolls_part
from vaeprep.inspection.section import Section
from vaeprep.inspection.words import about, number, plural, printable
from vaeprep.version import __version__

_NAMED = 300
_EM_SPACE = "\N{EM SPACE}"
_CHANGED = "Songs that gave another number of examples"
_HEADINGS = {
    "options that differ": "Options that differ",
    "from songs to examples": "From songs to examples",
    "why songs gave nothing": "Why songs gave nothing",
    "why pieces gave nothing": "Why pieces gave nothing",
    "the music of the songs": "The songs in numbers",
    "the examples": "The examples in numbers",
}


def write_comparison(path: Path, found: Comparison, seed: int = 0) -> None:
    """Writes the page about a comparison.

    Args:
        path: The HTML file.
        found: The comparison.
        seed: Decides which examples are shown.

    Raises:
        UsageError: Something stands at `path` that is no HTML page.
        OSError: A file cannot be read again, or the page cannot be written.
    """
    write_document(path, to_html(found, seed))


def to_html(found: Comparison, seed: int = 0) -> str:
    """The whole page; the same comparison gives the same page."""
    a, b = (side_name(read) for read in (found.a, found.b))
    header = [
        tag("p", " ".join(verdict(found)), class_="lede"),
        tag("p", "A is ", tag("code", a), ". B is ", tag("code", b), "."),
        figures(chain.from_iterable(map(_figures, found.overlaps[:1]))),
    ]
    footer = tag(
        "footer", tag("p", f"Made by vaeprep {__version__}. This page needs no network.")
    )
    return document("A and B compared", header, list(_parts(found, seed)), footer)


def _figures(one: Overlap) -> Iterator[tuple[str, str]]:
    for label, count in (
        (f"{one.what} in both", one.both),
        ("only in A", one.only_a),
        ("only in B", one.only_b),
    ):
        yield label, about(count, one.exact)


def _parts(found: Comparison, seed: int) -> Iterator[Part]:
    if found.overlaps:
        yield "overlap", "What is in both", _overlaps(found.overlaps)
    for place, table in enumerate(tables(found)):
        yield f"table-{place}", _HEADINGS[table.title], [_table(table)]
    if found.changed:
        yield "changed", _CHANGED, _changed(found)
    for kind in found.kinds:
        yield from _of_kind(found, kind, seed)
    yield "words", "The words on this page", words_part()


def _of_kind(found: Comparison, kind: Kind, seed: int) -> Iterator[Part]:
    of_a, of_b = found.a.section(kind), found.b.section(kind)
    if of_a is None or of_b is None:
        return
    name = kind.value
    drawings = _pairs(_charts(of_a, f"a-{name}"), _charts(of_b, f"b-{name}"))
    if drawings:
        yield f"{name}-charts", f"The {name} beside each other", drawings
    for letter, this, other in (("A", found.a, found.b), ("B", found.b, found.a)):
        yield from _only(letter, this, other, kind, seed)


def _only(letter: str, this: Read, other: Read, kind: Kind, seed: int) -> Iterator[Part]:
    section, picks = this.section(kind), only_in(this, other, kind, seed)
    if section is None or not picks:
        return
    unit = "song" if kind is Kind.SONG else "example"
    name = f"only-{letter.lower()}-{kind.value}"
    intro = f"{plural(len(picks), unit)} of {letter}, drawn by lot."
    names = {song.source_id: song.name for song in this.songs}
    yield name, f"Only in {letter}", rolls_part(section, picks, name, intro, "", names)


def _charts(section: Section, name: str) -> list[Chart]:
    per_song = None if section.kind is Kind.SONG else section.ids.times()
    return list(music_charts(section, name, per_song))


def _pairs(of_a: Sequence[Chart], of_b: Sequence[Chart]) -> list[Markup]:
    """The charts of A left and those of B right, as far as both have them."""
    others = dict(of_b)
    pairs = [
        tag("div", _named("A", chart), _named("B", others[title]), class_="pair")
        for title, chart in of_a
        if title in others
    ]
    intro = "A is left, B is right; on a narrow screen A is above B. The scales may differ."
    return [tag("p", intro), *pairs] if pairs else []


def _named(letter: str, chart: Markup) -> Markup:
    return tag("div", tag("p", letter, class_="side"), chart)


def _overlaps(overlaps: Sequence[Overlap]) -> list[Markup]:
    rows = [
        (one.what, *(about(count, one.exact) for count in (one.both, one.only_a, one.only_b)))
        for one in overlaps
    ]
    intro = (
        "Examples are the same if their notes are the same; songs by their music and by their "
        "ids."
    )
    if not all(one.exact for one in overlaps):
        intro += " There are so many that an even sample was compared."
    return [
        tag("p", intro),
        _grid("What is in both", ("", "in both", "only in A", "only in B"), rows),
    ]


def _table(table: Table) -> Markup:
    rows = [(_indented(row.label), shown(row.a), shown(row.b)) for row in table.rows]
    return _grid(_HEADINGS[table.title], ("", "A", "B"), rows)


def _indented(label: str) -> str:
    """A label whose first spaces a browser keeps: it is a part of the one above."""
    return label.replace("  ", _EM_SPACE) if label.startswith("  ") else label


def _changed(found: Comparison) -> list[Markup]:
    rows = [
        (
            printable(song.a.name or song.a.source_id),
            number(song.a.examples),
            number(song.b.examples),
            printable(song.a.why or song.b.why or ""),
        )
        for song in found.changed[:_NAMED]
    ]
    intro = f"{len(found.changed):,} of {plural(found.listed, 'song')}."
    if len(found.changed) > _NAMED:
        intro += f" The {_NAMED} with the largest change are named here."
    heads = ("song", "A", "B", "why none")
    columns = len(heads) if any(why for *_, why in rows) else len(heads) - 1
    rows_shown = [row[:columns] for row in rows]
    return [tag("p", intro), _grid(_CHANGED, heads[:columns], rows_shown)]


def _grid(name: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """A table of a label, numbers and perhaps a reason."""
    styles = [
        None if place == 0 or head == "why none" else "n" for place, head in enumerate(heads)
    ]
    return scrolled(styles, heads, rows, name, "list sides")
