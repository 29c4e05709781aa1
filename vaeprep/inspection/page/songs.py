"""The table of songs on the page: what each gave, and why it gave nothing."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from vaeprep.inspection.page.lists import scrolling
from vaeprep.inspection.page.markup import Markup, breakable, tag
from vaeprep.inspection.page.packed import packed
from vaeprep.inspection.words import number, printable
from vaeprep.job.songs import SongResult

ROWS = 300
"""Songs that stand in the table; the script finds the others, and saves all."""

MOST_CHARACTERS = 24_000_000
"""Of the ids and names of all songs; packed they are about a third."""

_NAME = "Song by song"
_HEADINGS = (("song", None), ("pieces", "n"), ("examples", "n"), ("why none", None))


class SongTable(NamedTuple):
    """What the table tells of.

    Attributes:
        listed: The songs that are known one by one.
        total: How many songs there are.
        whole: Name of the file that lists all of them, empty if there is none.
    """

    listed: Sequence[SongResult]
    total: int
    whole: str = ""


def songs_part(songs: SongTable, name: str, rolls: str) -> list[Markup]:
    """An introduction, the table, and all songs of the list for the script.

    Args:
        songs: What it tells of.
        name: Id of this part of the page.
        rolls: Id of the part of the page that can show the examples of a song.
    """
    listed = _as_many_as_fit(songs.listed)
    intro = (
        "What each song gave: its pieces (stretches of one tempo and meter), how many "
        "different examples, and if none, why."
    )
    if songs.total > len(listed):
        intro += f" These are the first {len(listed):,} of {songs.total:,} songs."
        if songs.whole:
            intro += f" The file {printable(songs.whole)} beside the examples lists all."
    if len(listed) > ROWS:
        intro += f" The table holds {ROWS} of them; the buttons find and save the others."
    head = tag("tr", *(tag("th", text, scope="col", class_=style) for text, style in _HEADINGS))
    rows = [_row(song) for song in listed[:ROWS]]
    table = tag("table", tag("thead", head), tag("tbody", *rows), aria_label=_NAME)
    data = {"rolls": rolls, "columns": _columns(listed)}
    return [
        tag("p", intro),
        scrolling(table, _NAME, "list songs"),
        packed(data, "songs", name),
    ]


def _as_many_as_fit(songs: Sequence[SongResult]) -> Sequence[SongResult]:
    """The first songs whose texts the page has room for."""
    room = MOST_CHARACTERS
    for place, song in enumerate(songs):
        room -= len(song.source_id) + len(song.name)
        if room < 0:
            return songs[:place]
    return songs


def _columns(songs: Sequence[SongResult]) -> dict[str, list[Any]]:
    """The songs a column at a time: what is alike stands together, and packs well."""
    shown = [printable(song.source_id) for song in songs]
    return {
        "id": [song.source_id for song in songs],
        # Empty where the id is shown as it is.
        "shown": [
            "" if text == song.source_id else text
            for text, song in zip(shown, songs, strict=True)
        ],
        "name": [printable(song.name) for song in songs],
        "pieces": [song.pieces for song in songs],
        "examples": [song.examples for song in songs],
        "failed": [int(song.failure is not None) for song in songs],
        "why": [_why(song) for song in songs],
    }


def _why(song: SongResult) -> str:
    return printable(song.why or song.failure or "")


def _row(song: SongResult) -> Markup:
    own_id = tag("small", printable(song.source_id)) if song.name else ""
    return tag(
        "tr",
        tag("th", breakable(printable(song.name or song.source_id)), own_id, scope="row"),
        tag("td", number(song.pieces), class_="n"),
        tag("td", number(song.examples) if song.failure is None else "failed", class_="n"),
        tag("td", _why(song)),
    )
