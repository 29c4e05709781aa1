"""The piano rolls as they stand on the page: a card for each song or example."""

from collections.abc import Mapping, Sequence
from shlex import quote

from vaeprep.inspection.items import Kind
from vaeprep.inspection.page import music_charts
from vaeprep.inspection.page.charts import legend
from vaeprep.inspection.page.markup import Markup, breakable, tag
from vaeprep.inspection.page.pianoroll import (
    BARS_A_LINE,
    Frame,
    frame_of,
    has_chords,
    piano_roll,
    present_roles,
)
from vaeprep.inspection.picks import Pick
from vaeprep.inspection.roles import Role
from vaeprep.inspection.section import Section
from vaeprep.inspection.words import plural, printable

_NAMED_SOURCES = 2
_LISTEN = "Play lets you hear one; Save MIDI keeps it as a file, for other music programs."
_HOW = "Time runs to the right, pitch goes up; the small numbers above count the bars."
_HOW_DRUMS = "Each kind of drum has a line of its own, and a diamond is a stroke."
_HOW_CHORDS = "The letters are chords."


def rolls_part(
    section: Section,
    picks: list[Pick],
    name: str,
    intro: str,
    pattern: str,
    file_names: Mapping[str, str],
) -> list[Markup]:
    """An introduction, a legend and the cards.

    Args:
        section: Where the picks are from.
        picks: What is drawn; at least one.
        name: Unique on the page.
        intro: What these are.
        pattern: The files, for the command that makes MIDI of a pick; empty
            where there is none.
        file_names: The file names of songs by their ids, as far as they are known.
    """
    labels = music_charts.role_labels(section)
    frames = _frames(section, picks)
    pairs = list(zip(picks, frames, strict=True))
    roles = {role for pick, frame in pairs for role in present_roles(pick.music, frame)}
    is_long = max(frame.bars for frame in frames) > BARS_A_LINE
    how = [intro, _LISTEN, _HOW]
    how += [_HOW_DRUMS] if Role.DRUMS in roles else []
    how += [_HOW_CHORDS] if any(has_chords(pick.music) for pick in picks) else []
    parts = [tag("p", " ".join(how))]
    if pattern and picks[0].index is not None:
        parts.append(_listen(pattern, picks[0].index))
    parts.append(legend([(labels[role], role.value) for role in Role if role in roles]))
    drawn = cards(section, picks, name, file_names)
    parts.append(tag("div", *drawn, class_="rolls long" if is_long else "rolls"))
    return parts


def cards(
    section: Section, picks: Sequence[Pick], name: str, file_names: Mapping[str, str]
) -> list[Markup]:
    """A card for each pick, with its piano roll and the songs that it is from.

    Args:
        section: Where the picks are from.
        picks: What is drawn.
        name: Unique on the page.
        file_names: The file names of songs by their ids, as far as they are known.
    """
    labels = music_charts.role_labels(section)
    drawn = []
    for place, (pick, frame) in enumerate(zip(picks, _frames(section, picks), strict=True)):
        heading = _heading(section, pick)
        roll = piano_roll(pick.music, frame, f"{name}-{place}", heading, labels)
        drawn.append(_card(section, pick, roll, file_names))
    return drawn


def _listen(pattern: str, index: int) -> Markup:
    command = f"vaeprep export {quote(pattern)} --index {index} --midi listen"
    return tag("p", "In a terminal you save one by its number: ", tag("code", command))


def _frames(section: Section, picks: Sequence[Pick]) -> list[Frame]:
    frames = [frame_of(pick.music) for pick in picks]
    if section.kind is Kind.SONG:
        return frames
    # All examples are equally long, even if some end in silence.
    bars = max(frame.bars for frame in frames)
    return [frame_of(pick.music, bars) for pick in picks]


def _card(section: Section, pick: Pick, roll: Markup, file_names: Mapping[str, str]) -> Markup:
    if section.kind is Kind.SONG:
        note = f"number {pick.index}"
        sources = Markup()
    else:
        note = f"found in {plural(pick.times, 'song')}" if pick.times else ""
        sources = _sources(pick, file_names)
    header = tag("header", tag("h3", breakable(_heading(section, pick))), tag("span", note))
    return tag("article", header, roll, sources, class_="card")


def _heading(section: Section, pick: Pick) -> str:
    if section.kind is Kind.SONG:
        own_id = pick.ids[0] if pick.ids else ""
        return printable(pick.name or own_id or "Song", 80)
    return "Example" if pick.index is None else f"Example {pick.index}"


def _sources(pick: Pick, file_names: Mapping[str, str]) -> Markup:
    """The songs that an example was found in; their ids may be long and without a space."""
    named = [_song(pick, source, file_names) for source in pick.ids[:_NAMED_SOURCES]]
    if not named:
        return Markup()
    more = max(pick.times, len(pick.ids)) - len(named)
    codes = [part for name in named for part in (name, ", ")][:-1]
    return tag("p", "From ", *codes, f" and {more:,} more" if more > 0 else "")


def _song(pick: Pick, source_id: str, file_names: Mapping[str, str]) -> Markup:
    """A song by its file name where that is known, with its id beside it."""
    name = pick.name or file_names.get(source_id, "")
    if not name:
        return tag("code", printable(source_id, 80))
    return tag(
        "span", breakable(printable(name, 80)), title=printable(source_id, 120), class_="song"
    )
