"""The funnel from songs to unique examples: what became of everything, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vaeprep.converters.reasons import Kind
from vaeprep.inspection.trial import Trial
from vaeprep.job.cause_words import words
from vaeprep.job.outcomes import CauseOfKind, by_kind
from vaeprep.job.summary import Summary
from vaeprep.job.summary_text import DROP_REASONS

_PLAIN = {
    "filtered-too-many-sequence-time-splits": (
        "over 100 changes of tempo or meter",
        "Such files are often recordings of a performance without a steady beat.",
    ),
    "filtered-too-long": ("longer than the limit", "The limit is {max_total_time} seconds."),
    "filtered-too-many-notes": (
        "more notes than the limit",
        "The limit is {max_num_notes} notes.",
    ),
    "quantize-failed": (
        "a time or meter that makes no sense",
        "For instance a meter such as 4/3, or a note before time 0.",
    ),
    "filtered-min-velocities": (
        "empty, or too evenly loud",
        "Wanted: {min_velocities} or more different loudness values.",
    ),
    "filtered-min-metric-positions": (
        "too little rhythm",
        "Wanted: notes at {min_metric_positions} or more different places between the beats.",
    ),
    "filtered-drums-only": (
        "other instruments than drums",
        "Only drums were asked for.",
    ),
    "empty-extractions": (
        "nothing that this configuration can use",
        "For instance no melody, long silence, or not four beats in a bar.",
    ),
    "empty-reextraction": (
        "lost on a round trip",
        "Written as notes and read again, nothing usable is left of them.",
    ),
    "different-reextraction-count": (
        "changed on a round trip",
        "Written as notes and read again, they have another number of parts.",
    ),
}
"""Counter name -> what was dropped, in plain words, and why."""

_SONG_DROP = "filtered-too-many-sequence-time-splits"
_EXAMPLE_DROPS = ("empty-reextraction", "different-reextraction-count")
_PIECE_DROPS = tuple(
    name for name in DROP_REASONS if name != _SONG_DROP and name not in _EXAMPLE_DROPS
)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a stage.

    Attributes:
        count: How many.
        label: What they are, in plain words.
        about: Why, in a sentence; may be empty.
        counter: The counter's name in the summary, empty where there is none.
        style: Class in the style: "kept", "again", "dropped" or "failed".
    """

    count: int
    label: str
    about: str
    counter: str
    style: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: all that came in, and what became of it.

    Attributes:
        count: How many came in; the sum of the parts.
        unit: "song", "piece" or "example".
        about: What they are.
        parts: What became of them, only what is above 0.
    """

    count: int
    unit: str
    about: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Funnel:
    """The stages of a run, or of a trial.

    Attributes:
        config: The configuration.
        stages: Songs, pieces, examples.
        unique: Different examples at the end.
        exact: Whether `unique` is counted, not estimated.
        from_many: Those that were found in more than one song.
        evaluation: Those that were set aside for evaluation.
        in_both: Those that are kept for training although songs for evaluation
            have them too.
        batch_size: The configuration's batch size, 0 if not known.
        written: Whether the examples were written (a run, no trial).
        lost: Parts of the input that were given up, in words.
    """

    config: str
    stages: tuple[Stage, ...]
    unique: int
    exact: bool
    from_many: int
    batch_size: int
    written: bool
    evaluation: int = 0
    in_both: int = 0
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Causes:
    """Why songs and pieces gave nothing with a configuration, by kind."""

    config: str
    kinds: list[CauseOfKind]


def of_run(summary: Summary) -> Funnel:
    """The funnel of a finished run."""
    faults = summary.fault_counts
    return Funnel(
        config=summary.config,
        stages=_stages(
            summary.records + faults.get("damaged", 0),
            summary.counters,
            faults,
            summary.unique,
            summary.options.get("filters") or {},
            summary.options.get("max examples per sequence"),
            _Causes(summary.config, by_kind(summary.causes)),
        ),
        unique=summary.unique,
        exact=True,
        from_many=summary.from_many,
        batch_size=summary.batch_size,
        written=True,
        evaluation=summary.evaluation,
        in_both=summary.in_both,
        lost=tuple(summary.lost_splits),
    )


def of_trial(trial: Trial) -> Funnel:
    """The funnel of a finished trial."""
    unique = trial.counters["unique-examples"]
    faults = trial.fault_counts
    return Funnel(
        config=trial.config,
        stages=_stages(
            trial.songs,
            trial.counters,
            faults,
            unique,
            trial.filters,
            None,
            _Causes(trial.config, by_kind(trial.causes)),
        ),
        unique=unique,
        exact=trial.found.contents.exact,
        from_many=trial.from_many,
        batch_size=trial.batch_size,
        written=False,
    )


def _stages(
    songs: int,
    counters: Mapping[str, int],
    faults: Mapping[str, int],
    unique: int,
    filters: Mapping[str, Any],
    most_of_a_song: int | None,
    causes: _Causes,
) -> tuple[Stage, ...]:
    return (
        _songs(songs, counters, faults, filters, causes),
        _pieces(counters, filters, causes),
        _examples(counters, unique, filters, most_of_a_song),
    )


def _songs(
    songs: int,
    counters: Mapping[str, int],
    faults: Mapping[str, int],
    filters: Mapping[str, Any],
    causes: _Causes,
) -> Stage:
    drops = [
        Part(
            faults.get("failed", 0),
            "failed with an error",
            "The conversion stops with an error; see the list at the end of the page.",
            "failed",
            "failed",
        ),
        Part(
            faults.get("damaged", 0),
            "could not be read",
            "The file is damaged there; see the list at the end of the page.",
            "damaged",
            "failed",
        ),
        Part(faults.get("undecodable", 0), "not music", "", "undecodable", "failed"),
        _dropped(_SONG_DROP, counters, filters),
        *_songs_with_nothing(causes, filters),
    ]
    used = songs - sum(part.count for part in drops)
    parts = [Part(used, "with examples in them", "", "", "kept"), *drops]
    about = "One song is one entry of the input, usually one MIDI file."
    return Stage(songs, "song", about, _above_zero(parts))


_OF_FILTERS = {
    Kind.TOO_LONG: "filtered-too-long",
    Kind.TOO_MANY_NOTES: "filtered-too-many-notes",
    Kind.FEW_VELOCITIES: "filtered-min-velocities",
    Kind.FEW_POSITIONS: "filtered-min-metric-positions",
    Kind.NOT_ONLY_DRUMS: "filtered-drums-only",
}


def _in_words(
    cause: CauseOfKind, causes: _Causes, filters: Mapping[str, Any]
) -> tuple[str, str]:
    """What a cause is called on the page, and the limit behind it."""
    if cause.kind in _OF_FILTERS:
        label, why = _PLAIN[_OF_FILTERS[cause.kind]]
        return label, _filled(why, filters)
    return words(cause, causes.config), ""


_COUNTED_OTHERWISE = {Kind.ERROR, Kind.UNKNOWN_DRUM, Kind.NOT_A_DRUM, Kind.TOO_MANY_CHANGES}


def _songs_with_nothing(causes: _Causes, filters: Mapping[str, Any]) -> list[Part]:
    """The songs that gave nothing, by cause; those that failed are counted as such."""
    return [
        Part(kind.songs, *_in_words(kind, causes, filters), str(kind.kind), "dropped")
        for kind in causes.kinds
        if kind.kind not in _COUNTED_OTHERWISE
    ]


def _pieces(counters: Mapping[str, int], filters: Mapping[str, Any], causes: _Causes) -> Stage:
    total = counters.get("sequence-time-splits", 0)
    drops = [
        Part(kind.pieces, *_in_words(kind, causes, filters), str(kind.kind), "dropped")
        for kind in causes.kinds
    ] or [_dropped(name, counters, filters) for name in _PIECE_DROPS]  # an older summary
    used = total - sum(part.count for part in drops)
    parts = [Part(used, "with examples in them", "", "", "kept"), *drops]
    about = (
        "Each song is cut where its tempo or its meter changes. What lies between is a piece."
    )
    return Stage(total, "piece", about, _above_zero(parts))


def _examples(
    counters: Mapping[str, int],
    unique: int,
    filters: Mapping[str, Any],
    most_of_a_song: int | None,
) -> Stage:
    total = counters.get("extracted-examples", 0)
    drops = [_dropped(name, counters, filters) for name in _EXAMPLE_DROPS]
    again = max(total - unique - sum(part.count for part in drops), 0)
    why = "The same notes came before. Each different example is kept once, with all its songs."
    label = "repeats"
    if most_of_a_song is not None:
        label = "repeats, or over the limit"
        why += f" At most {most_of_a_song} examples of a song were asked for."
    parts = [
        Part(unique, "different, kept", "", "unique-examples", "kept"),
        Part(again, label, why, "", "again"),
        *drops,
    ]
    about = "A window is moved over each piece. What it shows is an example, if it is usable."
    return Stage(total, "example", about, _above_zero(parts))


def _dropped(name: str, counters: Mapping[str, int], filters: Mapping[str, Any]) -> Part:
    label, why = _PLAIN[name]
    if name == "filtered-min-velocities" and filters.get("min_velocities") == 1:
        label, why = "without a note", "Nothing is played there, or it cannot be heard."
    return Part(counters.get(name, 0), label, _filled(why, filters), name, "dropped")


def _filled(text: str, filters: Mapping[str, Any]) -> str:
    """The text with the filter's limit in it, or nothing if the limit is not known."""
    try:
        return text.format_map({name: _limit(value) for name, value in filters.items()})
    except KeyError:
        return ""


def _limit(value: Any) -> str:
    return f"{value:,g}" if isinstance(value, int | float) else str(value)


def _above_zero(parts: list[Part]) -> tuple[Part, ...]:
    return tuple(part for part in parts if part.count > 0)
