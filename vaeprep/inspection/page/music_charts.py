"""Which charts the page shows of songs and of examples, and their words."""

from collections import Counter
from collections.abc import Iterator

from vaeprep.inspection.items import Kind
from vaeprep.inspection.music import Music
from vaeprep.inspection.page import charts
from vaeprep.inspection.page.charts import Layer, Text
from vaeprep.inspection.page.markup import Markup
from vaeprep.inspection.roles import PITCHED, Role
from vaeprep.inspection.section import Section
from vaeprep.inspection.spread import Spread, doubling_bins, even_bins
from vaeprep.inspection.words import clock, number
from vaeprep.music.general_midi import drum_name, program_name

Chart = tuple[str, Markup]
"""A chart and its title."""

_MOST_ROWS = 10
_EXAMPLE_LABELS = {
    Role.MELODY: "melody",
    Role.BASS: "bass",
    Role.DRUMS: "drums",
    Role.OTHER: "other instruments",
}
_BAND_LABELS = {**_EXAMPLE_LABELS, Role.MELODY: "keys and guitars"}


def role_labels(section: Section) -> dict[Role, str]:
    """What the roles are called: a song's pianos and guitars are not all melody."""
    is_band = section.kind is Kind.SONG or section.music.most_melodies > 1
    return _BAND_LABELS if is_band else _EXAMPLE_LABELS


def music_charts(section: Section, name: str, per_song: Spread | None) -> Iterator[Chart]:
    """The charts of a section: first those of bars, then the rankings.

    Args:
        section: What is shown.
        name: Unique on the page, without spaces.
        per_song: How many examples the songs give; None of songs.
    """
    music = section.music
    is_song = section.kind is Kind.SONG
    yield from _pitches(section, name)
    if is_song:
        yield _density_of_songs(music, name)
        yield from _song_histograms(music, name)
    elif music.notes_each.count:
        yield _notes_of_examples(music, name)
    if per_song is not None and per_song.count:
        yield _examples_of_songs(per_song, name)
    if section.sources.count and section.sources.most > 1:
        yield _sources(section.sources, name)
    yield from _velocities(music, name)
    yield from _drums(music, name)
    if is_song:
        yield _meters(music, name)
    yield from _programs(section, name)


def _examples_of_songs(spread: Spread, name: str) -> Chart:
    text = Text(
        f"{name}-per-song",
        "Examples of a song",
        "How many examples were found in one song. Songs at the far right weigh most in "
        "training.",
        "songs",
    )
    return text.title, charts.histogram(text, even_bins(spread), number, "examples of a song")


def _pitches(section: Section, name: str) -> Iterator[Chart]:
    labels = role_labels(section)
    layers = [
        Layer(labels[role], role.value, section.music.pitches(role).tolist())
        for role in PITCHED
        if section.music.pitches(role).any()
    ]
    if not layers:
        return
    text = Text(
        f"{name}-pitch",
        "How high the notes are",
        "Each bar is a key of the piano, low notes left, high notes right; C4 is in the "
        "middle. Drums are left out.",
        "notes",
    )
    yield text.title, charts.pitch_histogram(text, layers)


def _density_of_songs(music: Music, name: str) -> Chart:
    text = Text(
        f"{name}-density",
        "Notes a second",
        "How dense the music is. A slow melody has about 2 notes a second, a full band 10 "
        "to 20.",
        "songs",
    )
    return text.title, charts.histogram(
        text, even_bins(music.density), number, "notes a second"
    )


def _notes_of_examples(music: Music, name: str) -> Chart:
    text = Text(
        f"{name}-notes",
        "Notes in an example",
        "All examples are equally long, so this shows how dense they are.",
        "examples",
    )
    return text.title, charts.histogram(
        text, even_bins(music.notes_each), number, "notes in an example"
    )


def _sources(sources: Spread, name: str) -> Chart:
    text = Text(
        f"{name}-sources",
        "Songs of an example",
        "In how many songs the same example was found. Most music is found in one song only; "
        "what is found in many is often very simple, or copied.",
        "examples",
    )
    return text.title, charts.histogram(
        text, doubling_bins(sources), number, "songs", name_ranges=True
    )


def _drums(music: Music, name: str) -> Iterator[Chart]:
    counts = music.pitches(Role.DRUMS)
    total = int(counts.sum())
    if not total:
        return
    ranked = sorted(enumerate(counts.tolist()), key=lambda one: -one[1])[:_MOST_ROWS]
    rows = [(drum_name(pitch), count) for pitch, count in ranked if count]
    text = Text(f"{name}-drums", "Drums", "Which drums are hit, and how often.", "strokes")
    yield text.title, charts.ranking(text, rows, total, "drum")


def _velocities(music: Music, name: str) -> Iterator[Chart]:
    counts = music.velocities
    if int((counts > 0).sum()) < 2:
        return
    spread = Spread()
    for velocity, times in enumerate(counts.tolist()):
        if times:
            spread.add(velocity, times)
    text = Text(
        f"{name}-velocity",
        "How loud the notes are",
        "MIDI counts loudness (velocity) from 1, hardly heard, to 127, as loud as it goes.",
        "notes",
    )
    yield text.title, charts.histogram(text, even_bins(spread), number, "velocity")


def _song_histograms(music: Music, name: str) -> Iterator[Chart]:
    text = Text(
        f"{name}-length", "Length", "How long the songs are, in minutes and seconds.", "songs"
    )
    yield text.title, charts.histogram(text, even_bins(music.seconds), clock, "length")
    text = Text(
        f"{name}-tempo",
        "Tempo",
        "Quarter notes a minute. A song counts once for each of its tempos; 120 also stands "
        "for files that store none.",
        "songs",
    )
    yield text.title, charts.histogram(text, even_bins(music.tempos), number, "tempo")
    text = Text(
        f"{name}-parts",
        "Instruments of a song",
        "How many instruments play in one song.",
        "songs",
    )
    yield text.title, charts.histogram(text, even_bins(music.parts), number, "instruments")


def _meters(music: Music, name: str) -> Chart:
    text = Text(
        f"{name}-meter",
        "Meter",
        "Beats of a bar. Most configurations only use bars of four beats, such as 4/4.",
        "songs",
    )
    return text.title, charts.ranking(text, _ranked(music.meters), music.count, "meter")


def _programs(section: Section, name: str) -> Iterator[Chart]:
    music = section.music
    if len(music.programs) < 2:
        return
    counts: Counter[str] = Counter()
    for program, times in music.programs.items():
        counts[program_name(program)] += times
    if all(times == music.count for times in counts.values()):
        return  # every example has all of them, a trio for one: that tells nothing
    unit = "songs" if section.kind is Kind.SONG else "examples"
    text = Text(
        f"{name}-programs",
        "Which instruments",
        f"In how many {unit} each instrument plays. Drums are left out.",
        unit,
    )
    yield text.title, charts.ranking(text, _ranked(counts), music.count, "instrument")


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:_MOST_ROWS]
