"""The table of songs on the page: what each gave, and why it gave nothing."""

from collections.abc import Sequence

from vaeprep.inspection.page.markup import Markup, tag
from vaeprep.inspection.page.packed import packed
from vaeprep.inspection.words import number, printable
from vaeprep.job.songs import SongResult

ROWS = 300
"""Songs that stand in the table; the script finds the others, and saves all."""

_HEADINGS = (("song", None), ("pieces", "n"), ("examples", "n"), ("why none", None))


def songs_part(listed: Sequence[SongResult], total: int, name: str, rolls: str) -> list[Markup]:
    """An introduction, the table, and all songs of the list for the script.

    Args:
        listed: The songs.
        total: How many songs there are, those that are not listed included.
        name: Id of this part of the page.
        rolls: Id of the part of the page that can show the examples of a song.
    """
    intro = (
        "What each song gave: its pieces (stretches of one tempo and meter), how many "
        "different examples, and if none, why."
    )
    if total > len(listed):
        intro += f" These are the first {len(listed):,} of {total:,} songs."
    if len(listed) > ROWS:
        intro += f" The table holds {ROWS} of them; the buttons find and save the others."
    head = tag("tr", *(tag("th", text, scope="col", class_=style) for text, style in _HEADINGS))
    rows = [_row(song) for song in listed[:ROWS]]
    table = tag("table", tag("thead", head), tag("tbody", *rows))
    data = {
        "rolls": rolls,
        "rows": [
            [
                song.source_id,
                printable(song.name or song.source_id),
                printable(song.source_id) if song.name else "",
                song.pieces,
                song.examples,
                song.failure is not None,
                printable(song.why or song.failure or ""),
            ]
            for song in listed
        ],
    }
    return [
        tag("p", intro),
        tag("div", table, class_="list songs", tabindex=0),
        packed(data, "songs", name),
    ]


def _row(song: SongResult) -> Markup:
    own_id = tag("small", printable(song.source_id)) if song.name else ""
    return tag(
        "tr",
        tag("th", printable(song.name or song.source_id), own_id, scope="row"),
        tag("td", number(song.pieces), class_="n"),
        tag("td", number(song.examples) if song.failure is None else "failed", class_="n"),
        tag("td", printable(song.why or song.failure or "")),
    )
