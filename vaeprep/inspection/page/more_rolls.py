"""The piano rolls that the reader can turn to: packed, for `browse.js`."""

from collections.abc import Iterator, Mapping

from vaeprep.inspection.items import Kind
from vaeprep.inspection.page.markup import Markup
from vaeprep.inspection.page.packed import packed
from vaeprep.inspection.page.rolls import cards
from vaeprep.inspection.picks import Pick, Picks
from vaeprep.inspection.section import Section

MOST_CHARACTERS = 10_000_000
"""Of all cards of a section; packed they are about an eighth."""


def more_rolls(section: Section, name: str, file_names: Mapping[str, str]) -> Markup:
    """All cards of a section, which of them each choice has, and which each song.

    Args:
        section: Whose records.
        name: Id of the part of the page that shows them.
        file_names: The file names of songs by their ids, as far as they are known.
    """
    chosen = _in_turn(section)
    drawn = cards(section, list(chosen.values()), f"{name}-more", file_names)
    places: dict[bytes, int] = {}
    room = MOST_CHARACTERS
    for key, card in zip(chosen, drawn, strict=True):
        room -= len(card)
        if room < 0:
            break
        places[key] = len(places)
    data = {
        "unit": section.kind.value if section.kind is Kind.SONG else "examples",
        "cards": drawn[: len(places)],
        "choices": [
            [label, _present(picks, places)]
            for label, picks in _choices(section)
            if picks.found
        ],
        "songs": {
            source_id: present
            for source_id, picks in section.browsed.of_song.items()
            if (present := _present(picks, places))
        },
    }
    return packed(data, "rolls", name)


def _choices(section: Section) -> Iterator[tuple[str, Picks]]:
    browsed = section.browsed
    yield "drawn by lot", browsed.drawn
    if section.kind is not Kind.SONG:
        yield "found in the most songs", browsed.frequent
    yield "of the longest music", browsed.longest
    yield "with the most notes a second", browsed.densest


def _in_turn(section: Section) -> dict[bytes, Pick]:
    """Each pick once: first those of the choices, then one of each song, then another."""
    found: dict[bytes, Pick] = {}
    for _, picks in _choices(section):
        found.update(zip(picks.keys_in_order(), picks.in_order(), strict=True))
    songs = [
        list(zip(picks.keys_in_order(), picks.in_order(), strict=True))
        for picks in section.browsed.of_song.values()
    ]
    for turn in range(max(map(len, songs), default=0)):
        for picks_of_song in songs:
            if turn < len(picks_of_song):
                key, pick = picks_of_song[turn]
                found.setdefault(key, pick)
    return found


def _present(picks: Picks, places: Mapping[bytes, int]) -> list[int]:
    return [places[key] for key in picks.keys_in_order() if key in places]
