"""What is told of two sides, as rows of two values; text, page and JSON show the same."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vaeprep.inspection.comparison.compare import Comparison, Read
from vaeprep.inspection.items import Kind
from vaeprep.inspection.section import Section
from vaeprep.inspection.spread import Spread
from vaeprep.inspection.words import note_name
from vaeprep.job.cause_words import words
from vaeprep.job.outcomes import OUTCOMES, CauseOfKind, by_kind
from vaeprep.job.summary import Summary

Value = float | str | None
"""None where a side has no such thing."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what is told, and its value on each side."""

    label: str
    a: Value
    b: Value


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a title; the title is unique in a comparison."""

    title: str
    rows: tuple[Row, ...]


def tables(found: Comparison) -> list[Table]:
    """All tables that have a row."""
    a, b = found.a.summary, found.b.summary
    made = []
    if a is not None or b is not None:
        made.append(Table("options that differ", tuple(_options(a, b))))
        made.append(Table("from songs to examples", tuple(_funnel(found.a, found.b))))
        made += _causes(a, b)
    for kind in found.kinds:
        of_a, of_b = found.a.section(kind), found.b.section(kind)
        if of_a is not None and of_b is not None:
            title = "the music of the songs" if kind is Kind.SONG else "the examples"
            made.append(Table(title, tuple(_music(of_a, of_b))))
    return [table for table in made if table.rows]


def configs(found: Comparison) -> tuple[str, str]:
    """The configurations of both sides, empty where they are not known."""
    return _config(found.a), _config(found.b)


def _config(read: Read) -> str:
    return read.summary.config if read.summary else ""


def _options(a: Summary | None, b: Summary | None) -> Iterator[Row]:
    one, two = _flat(a), _flat(b)
    for name in {**one, **two}:
        if one.get(name) != two.get(name) and a is not None and b is not None:
            yield Row(name, one.get(name), two.get(name))


def _flat(summary: Summary | None) -> dict[str, Value]:
    """The options of a run by name, those in groups under their own names."""
    if summary is None:
        return {}
    found: dict[str, Value] = {
        "vaeprep": summary.version,
        "configuration": summary.config,
        "engine": summary.engine,
        "input files": summary.inputs,
    }
    for name, value in summary.options.items():
        if isinstance(value, Mapping):
            found |= {_flag(inner): _text(held) for inner, held in value.items()}
        else:
            found[name] = _text(value)
    return found


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-').replace(' ', '-')}"


def _text(value: Any) -> Value:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


_UNIQUE = "different examples"
_SHARED = "  found in several songs"


def _funnel(a: Read, b: Read) -> Iterator[Row]:
    for label, value in _STAGES:
        row = Row(label, _stage(a, label, value), _stage(b, label, value))
        if row.a or row.b or label == _UNIQUE:
            yield row


def _stage(read: Read, label: str, value: Any) -> Value:
    """The count of a step; without a summary what the examples themselves tell."""
    if read.summary is not None:
        count: Value = value(read.summary)
        return count
    examples = read.examples
    if examples is None or not examples.contents.exact:
        return None
    if label == _SHARED:
        return sum(n for songs, n in examples.sources.values.items() if songs > 1)
    return examples.contents.different if label == _UNIQUE else None


def _outcome(name: str) -> Any:
    return lambda summary: summary.outcomes.get(name, 0)


def _counter(name: str) -> Any:
    return lambda summary: summary.counters.get(name, 0)


def _fault(name: str) -> Any:
    return lambda summary: summary.fault_counts.get(name, 0)


_STAGES: tuple[tuple[str, Any], ...] = (
    ("songs read", lambda summary: summary.records),
    *((f"  {name}", _outcome(name)) for name in OUTCOMES),
    ("could not be read", _fault("damaged")),
    ("not music", _fault("undecodable")),
    ("pieces", _counter("sequence-time-splits")),
    ("examples in them", _counter("extracted-examples")),
    (_UNIQUE, lambda summary: summary.unique),
    (_SHARED, lambda summary: summary.from_many),
    ("  for evaluation", lambda summary: summary.evaluation),
)


def _causes(a: Summary | None, b: Summary | None) -> Iterator[Table]:
    one, two = _by_kind(a), _by_kind(b)
    both = [*(a.causes if a else ()), *(b.causes if b else ())]
    config = (a or b).config if a is None or b is None or a.config == b.config else "it"  # type: ignore[union-attr]
    for title, count in (
        ("why songs gave nothing", lambda cause: cause.songs),
        ("why pieces gave nothing", lambda cause: cause.pieces),
    ):
        rows = [
            Row(
                words(kind, config),
                _count(one, kind, count) if a else None,
                _count(two, kind, count) if b else None,
            )
            for kind in by_kind(both)
        ]
        yield Table(title, tuple(row for row in rows if row.a or row.b))


def _by_kind(summary: Summary | None) -> dict[Any, CauseOfKind]:
    return {cause.kind: cause for cause in by_kind(summary.causes)} if summary else {}


def _count(causes: dict[Any, CauseOfKind], kind: CauseOfKind, count: Any) -> int:
    return int(count(causes[kind.kind])) if kind.kind in causes else 0


def _music(a: Section, b: Section) -> Iterator[Row]:
    for label, value in _MUSIC:
        row = Row(label, value(a), value(b))
        if row.a is not None or row.b is not None:
            yield row


def _median(spread: Spread) -> float | None:
    return spread.median if spread.count else None


def _pitches(section: Section) -> str | None:
    found = section.music.pitch_range
    return f"{note_name(found[0])} to {note_name(found[1])}" if found else None


def _velocities(section: Section) -> str | None:
    found = section.music.velocity_range
    if not found:
        return None
    low, high = found
    return f"{low} to {high}" if low != high else str(low)


def _drums(section: Section) -> str | None:
    music = section.music
    return f"{100 * music.drum_notes / music.notes:.0f} %" if music.drum_notes else None


_MUSIC: tuple[tuple[str, Any], ...] = (
    ("how many", lambda section: section.count),
    ("all different", lambda section: section.contents.different),
    ("examples of a song (median)", lambda section: _of_a_song(section, "median")),
    ("examples of a song (most)", lambda section: _of_a_song(section, "most")),
    ("notes", lambda section: section.music.notes or None),
    ("notes of each (median)", lambda section: _median(section.music.notes_each)),
    ("notes a second (median)", lambda section: _median(section.music.density)),
    ("seconds (median)", lambda section: _median(section.music.seconds)),
    ("instruments (median)", lambda section: _median(section.music.parts)),
    ("drums among the notes", _drums),
    ("pitches", _pitches),
    ("velocities", _velocities),
)


def _of_a_song(section: Section, which: str) -> float | None:
    times = section.ids.times()
    if section.kind is Kind.SONG or not times.count:
        return None
    value: float = getattr(times, which)
    return value
