"""The inspection as a table for the terminal."""

from collections import Counter
from collections.abc import Iterator

from vaeprep.inspection.items import Kind
from vaeprep.inspection.music import Music
from vaeprep.inspection.section import Section
from vaeprep.inspection.spread import Spread
from vaeprep.inspection.statistics import Inspection
from vaeprep.inspection.trial import Trial
from vaeprep.inspection.words import (
    about,
    clock,
    long_time,
    note_name,
    number,
    percent,
    plural,
    printable,
    size,
)
from vaeprep.job.cause_words import closing_line
from vaeprep.job.columns import table, wrapped
from vaeprep.job.summary_text import (
    DROP_REASONS,
    REMARK_MEANINGS,
    cause_lines,
    departure_rows,
)
from vaeprep.music.general_midi import program_name

_Row = tuple[str, str, str]
_NAMED = 5
_MOST_KINDS = 6
_LISTED = 20

_TITLES = {
    Kind.SONG: "songs (NoteSequences)",
    Kind.EXAMPLE: "training examples (NoteSequences)",
    Kind.TENSORS: "training examples (tensors)",
}


def to_text(inspection: Inspection, width: int | None = None) -> str:
    """The table that `vaeprep inspect` prints.

    Args:
        inspection: What was found.
        width: The columns of the terminal; None wraps no line.
    """
    lines = [f"{plural(len(inspection.paths), 'file')}, {size(inspection.bytes)}"]
    if not inspection.count:
        lines += ["", "no records"]
    for section in inspection.sections.values():
        lines += ["", f"{number(section.count)} {_TITLES[section.kind]}"]
        lines += table(_section_rows(section), width, "  ")
    if inspection.fault_counts:
        bad = sum(inspection.fault_counts.values())
        lines += ["", f"{plural(bad, 'bad record')} left out"]
        for fault in inspection.faults[:_NAMED]:
            lines += wrapped(str(fault), width, "  ", "    ")
        if bad > _NAMED:
            lines.append(f"  ... and {bad - _NAMED:,} more (--faults FILE.jsonl lists all)")
    for kind, count in inspection.remark_counts.items():
        lines += ["", *wrapped(f"{kind} {count:,}: {REMARK_MEANINGS[kind]}", width)]
        named = [remark for remark in inspection.remarks if remark.kind == kind]
        for remark in named[:_NAMED]:
            lines += wrapped(str(remark), width, "  ", "    ")
    if inspection.trial is not None:
        lines += ["", *_trial_lines(inspection.trial, width)]
    return "\n".join(lines)


def _section_rows(section: Section) -> Iterator[_Row]:
    contents, records = section.contents, section.records
    different = about(contents.different, contents.exact)
    yield "different music", different, ""
    if contents.repeats:
        repeats = about(contents.repeats, contents.exact)
        equal = about(records.repeats, records.exact)
        yield "repeats", repeats, f"the same music again; {equal} of them equal in every byte"
    if section.kind is Kind.SONG and section.ids.repeats:
        yield "repeated ids", number(section.ids.repeats), "songs whose id came before"
    if section.kind is not Kind.SONG:
        yield from _source_rows(section)
    if section.features:
        names = ", ".join(printable(name, 30) for name in sorted(section.features))
        yield "features", str(len(section.features)), names
    if section.music.count:
        yield from _music_rows(section.music, section.kind is Kind.SONG)


def _source_rows(section: Section) -> Iterator[_Row]:
    songs, sources = section.ids, section.sources
    many = sum(times for value, times in sources.values.items() if value > 1)
    yield "from songs", about(songs.different, songs.exact), "different source ids"
    if songs.total:
        yield _spread_row("examples of a song", songs.times())
    yield (
        "found in several",
        number(many),
        f"examples that occur in more than one song; at most in {number(sources.most)}"
        if many
        else "no example occurs in more than one song",
    )


def _music_rows(music: Music, is_song: bool) -> Iterator[_Row]:
    seconds = music.seconds
    if seconds.count:
        yield (
            "length",
            clock(seconds.median),
            f"median; {clock(seconds.least)} to {clock(seconds.most)}, "
            f"{long_time(seconds.total)} in all",
        )
    if music.empty:
        yield "without notes", number(music.empty), ""
    yield _spread_row("notes", music.notes_each, f", {number(music.notes)} in all")
    yield _spread_row("notes a second", music.density)
    yield _spread_row("instruments", music.parts)
    drums = music.drum_notes
    if drums:
        yield "drums", percent(drums, music.notes), "of the notes"
    pitches = music.pitch_range
    if pitches:
        low, high = pitches
        names = f"{note_name(low)} to {note_name(high)}, drums left out"
        yield "pitches", f"{low} to {high}", names
    velocities = music.velocity_range
    if velocities:
        different = int((music.velocities > 0).sum())
        low, high = velocities
        values = f"{low} to {high}" if low != high else str(low)
        yield "velocities", values, f"{plural(different, 'different velocity', 'different')}"
    if music.outside:
        yield (
            "out of range",
            number(music.outside),
            "notes whose pitch or velocity is not 0-127",
        )
    if is_song:
        yield _spread_row("tempos", music.tempos, ", in quarter notes a minute")
        yield "meters", _first(music.meters), _ranked(music.meters, music.count)
        yield _spread_row("pieces", music.pieces, ", cut where tempo or meter changes")
    if music.with_chords:
        yield "with chords", number(music.with_chords), percent(music.with_chords, music.count)
    if music.programs:
        named = Counter({program_name(p): n for p, n in music.programs.items()})
        yield "programs", str(len(named)), _ranked(named, music.count)


def _spread_row(label: str, spread: Spread, note: str = "") -> _Row:
    if not spread.count:
        return label, "-", "none"
    if spread.least == spread.most:
        return label, number(spread.least), f"always{note}"
    edges = f"{number(_short(spread.least))} to {number(_short(spread.most))}"
    return label, number(spread.median), f"median; {edges}{note}"


def _short(value: float) -> float:
    return value if value == int(value) else float(f"{value:.3g}")


def _first(counts: Counter[str]) -> str:
    return counts.most_common(1)[0][0] if counts else "-"


def _ranked(counts: Counter[str], whole: int) -> str:
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    texts = [f"{name} {percent(count, whole)}" for name, count in ranked[:_MOST_KINDS]]
    more = len(ranked) - _MOST_KINDS
    return ", ".join(texts) + (f" and {more} more" if more > 0 else "")


def _trial_lines(trial: Trial, width: int | None) -> list[str]:
    title = f"{trial.config} would make of the songs"
    lines = [title, *table(_trial_rows(trial), width, "  ")]
    for fault in trial.faults[:_NAMED]:
        lines += wrapped(str(fault), width, "  ", "    ")
    if len(trial.faults) > _NAMED:
        more = trial.fault_counts["failed"] - _NAMED
        lines.append(f"  ... and {more:,} more that failed (--faults FILE.jsonl lists all)")
    if trial.causes:
        lines += ["", *cause_lines(trial.causes, trial.config, width, "  ")]
    if trial.listed:
        lines += ["", "  examples  song"]
    for song in trial.listed[:_LISTED]:
        why = f"  {'failed: ' if song.failure else ''}{printable(song.why)}" if song.why else ""
        text = f"{printable(song.name or song.source_id, 60)}{why}"
        lines += wrapped(text, width, f"  {song.examples:>8,}  ", " " * 12)
    if trial.songs > _LISTED:
        lines.append(f"  ... and {trial.songs - _LISTED:,} more songs")
    main = closing_line(trial.outcomes, trial.causes, trial.config, trial.departures)
    return lines + (["", *wrapped(f"{main}.", width)] if main else [])


def _trial_rows(trial: Trial) -> Iterator[_Row]:
    counters = trial.counters
    yield "songs", number(trial.songs), ""
    if trial.fault_counts:
        yield "  failed", number(trial.fault_counts["failed"]), "the conversion raised an error"
    yield "pieces", number(counters["sequence-time-splits"]), "of one tempo and meter"
    for name, meaning in DROP_REASONS.items():
        if counters[name]:
            yield f"  {name}", number(counters[name]), meaning
    yield "examples", number(counters["extracted-examples"]), "extracted"
    unique = about(counters["unique-examples"], trial.found.contents.exact)
    yield "unique examples", unique, f"{number(trial.from_many)} of them in several songs"
    yield _spread_row("examples of a song", trial.each)
    without = trial.each.values[0]
    if without:
        yield "songs with none", number(without), ""
    yield from departure_rows(trial.departures)
    if trial.not_merged:
        yield "not-merged", number(trial.not_merged), REMARK_MEANINGS["not-merged"]
