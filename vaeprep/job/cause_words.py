"""Why songs gave nothing, in words, and the option that would help where there is one."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from vaeprep.converters.reasons import Kind, Reason
from vaeprep.job.outcomes import FAILED, GAVE, NOTHING, Cause, CauseOfKind, by_kind
from vaeprep.music.general_midi import drum_name, program_name

_WORDS = {
    Kind.NO_NOTES: "no note sounds in it",
    Kind.ONLY_DRUMS: "it has drums only, and no melody",
    Kind.NO_DRUMS: "it has no drum track (MIDI channel 10)",
    Kind.MISSING_PART: "a part of the trio is missing: {details}",
    Kind.MIXED_PARTS: "an instrument changes between melody, bass and others",
    Kind.OTHER_PROGRAM: "no instrument is one that {config} takes: {programs}",
    Kind.PITCH_OUTSIDE: "no pitch is in the range of {config}: {details}",
    Kind.UNKNOWN_DRUM: "{drums} not among the drums of {config}",
    Kind.NO_KNOWN_DRUM: "{drums} not among the drums of {config}, and it has no other drums",
    Kind.NOT_A_DRUM: "{config} takes every note for a drum, and there are others: {pitches}",
    Kind.POLYPHONY: "notes start together where one voice is wanted",
    Kind.OTHER_METER: "its meter is {details}, and {config} takes bars of another length",
    Kind.NOT_QUANTIZED: "it cannot be put on a grid: {details}",
    Kind.TOO_SHORT: "it is shorter than {details}",
    Kind.CUT_SHORT: "{changes} cut it into pieces too short for an example",
    Kind.RESTS: "its melodies or drums rest before they have lasted {details}",
    Kind.NEVER_TOGETHER: "melody, bass and drums never play together for {details}",
    Kind.CHORDS: "its chords cannot be used: {details}",
    Kind.FEW_INSTRUMENTS: "too few instruments play together: {details}",
    Kind.MANY_INSTRUMENTS: "too many instruments play together",
    Kind.FEW_EVENTS: "too little happens in any of its bars",
    Kind.MANY_EVENTS: "too much happens in each of its bars",
    Kind.OTHER_INSTRUMENT: "an instrument has a program that is not MIDI's",
    Kind.SEVERAL_HOPS: "it is longer than one example, and {config} takes no longer ones",
    Kind.ROUND_TRIP: "its examples do not give themselves again, as Magenta checks",
    Kind.CONFIGURATION: "{config} gives no examples of any music",
    Kind.OWN_CONVERTER: "the converter of {config} found nothing, and does not say why",
    Kind.TOO_LONG: "it is longer than --max-total-time",
    Kind.TOO_MANY_NOTES: "it has more notes than --max-num-notes",
    Kind.FEW_VELOCITIES: "it has fewer velocities than --min-velocities",
    Kind.FEW_POSITIONS: "it has fewer positions than --min-metric-positions",
    Kind.NOT_ONLY_DRUMS: "it has other instruments than drums (--drums-only)",
    Kind.TOO_MANY_CHANGES: "it has over 100 {details} changes",
    Kind.ERROR: "the conversion raised {details}",
}
"""Of one song or piece, "it"."""

_NAMED = 3


def words(cause: CauseOfKind, config: str) -> str:
    """Why, in words: "its meter is 2/4 or 1/4".

    Args:
        cause: What is told.
        config: The configuration's name.
    """
    return _WORDS[cause.kind].format(
        config=config,
        details=_listed(cause.details, "or"),
        drums=_drums(cause.details),
        pitches=f"pitch{'es'[: 2 * (len(cause.details) > 1)]} {_listed(cause.details, 'and')}",
        programs=_listed([_program(detail) for detail in cause.details], "or"),
        changes=_changes(cause.details) if cause.kind is Kind.CUT_SHORT else "",
    )


@lru_cache(maxsize=1024)
def words_of(reason: Reason, config: str) -> str:
    """The words of one reason; remembered, for most songs have one of a few."""
    details = (reason.detail,) if reason.detail else ()
    return words(CauseOfKind(reason.kind, 1, 1, details), config)


def _listed(details: Sequence[str], last: str) -> str:
    """Some details: "2/4, 1/4 or 3 others"."""
    shown = list(details[:_NAMED])
    if len(details) > _NAMED:
        more = len(details) - _NAMED
        return f"{', '.join(shown)} and {more} other{'s'[: more > 1]}"
    return f" {last} ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def _drums(pitches: Sequence[str]) -> str:
    """The drums with their verb: "drum pitch 56 (cowbell) is"."""
    names = [_drum(pitch) for pitch in pitches]
    plural = len(names) > 1
    return f"drum pitch{'es'[: 2 * plural]} {_listed(names, 'and')} {'are' if plural else 'is'}"


def _drum(pitch: str) -> str:
    name = drum_name(int(pitch)) if pitch.isdecimal() else ""
    return pitch if not name or name == f"drum {pitch}" else f"{pitch} ({name.lower()})"


def _program(program: str) -> str:
    return program_name(int(program)).lower() if program.isdecimal() else program


def _changes(details: Iterable[str]) -> str:
    """The changes that cut songs: "12 to 33 tempo changes"."""
    counts, kinds = [], set()
    for detail in details:
        count, kind = re.split(" ", detail, maxsplit=1)
        counts.append(int(count))
        kinds.add(kind.removesuffix("s").removesuffix(" change"))
    if not counts:
        return "changes"
    kind = kinds.pop() if len(kinds) == 1 else "tempo or meter"
    low, high = min(counts), max(counts)
    number = f"{low}" if low == high else f"{low} to {high}"
    return f"{number} {kind} change{'s'[: high > 1]}"


def cure(cause: CauseOfKind, config: str, in_use: Iterable[str] = ()) -> str:
    """The options that would help, "--meter"; empty where none would.

    Args:
        cause: Why songs gave nothing.
        config: The configuration's name.
        in_use: The options that were given already, as on the command line.
    """
    options: list[str] = []
    if cause.kind is Kind.OTHER_METER:
        options = ["--meter"]
    elif cause.kind in (Kind.CUT_SHORT, Kind.TOO_MANY_CHANGES):
        changing = " ".join(cause.details)
        options = ["--merge-tempo-changes"] if "tempo" in changing else []
        options += ["--meter"] if "meter" in changing else []
    elif cause.kind is Kind.UNKNOWN_DRUM:
        options = ["--drum-map", "--unknown-drums"]
    elif cause.kind is Kind.NOT_A_DRUM:
        options = ["--drum-map"]
    used = {option.split()[0] for option in in_use}
    return " or ".join(option for option in options if option not in used)


def closing_line(
    outcomes: dict[str, int], causes: list[Cause], config: str, in_use: Iterable[str] = ()
) -> str:
    """What matters most about the songs that gave nothing; empty if all gave something.

    For example "57 of 60 songs gave nothing, mostly because the meter is 2/4 or
    1/4: see --meter".

    Args:
        outcomes: Songs by outcome.
        causes: Why.
        config: The configuration's name.
        in_use: The options for cures that were given, as on the command line.
    """
    line, help_ = main_cause(outcomes, causes, config, in_use)
    return f"{line}: see {help_}" if help_ else line


def main_cause(
    outcomes: dict[str, int], causes: list[Cause], config: str, in_use: Iterable[str] = ()
) -> tuple[str, str]:
    """Why most of the songs that gave nothing gave nothing, and which options may help.

    Args:
        outcomes: Songs by outcome.
        causes: Why.
        config: The configuration's name.
        in_use: The options for cures that were given, as on the command line.
    """
    none = outcomes.get(NOTHING, 0) + outcomes.get(FAILED, 0)
    songs = none + outcomes.get(GAVE, 0)
    kinds = by_kind(cause for cause in causes if cause.songs)
    if not none or not kinds:
        return "", ""
    main = kinds[0]
    often = "most often " if 2 * main.songs <= none else "mostly " if main.songs < none else ""
    help_ = cure(main, config, in_use)
    reason = _of_several(words(main, config)) if none > 1 else words(main, config)
    noun = "song" if songs == 1 else "songs"
    return f"{none:,} of {songs:,} {noun} gave nothing, {often}because {reason}", help_


_PLURALS = (
    (r"^it has\b", "they have"),
    (r"^it is\b", "they are"),
    (r"^it cannot\b", "they cannot"),
    (r"^its meter\b", "their meter"),
    (r"\bits\b", "their"),
    (r"\bin it\b", "in them"),
    (r"\bcut it\b", "cut them"),
    (r"\band it has\b", "and they have"),
)


def _of_several(text: str) -> str:
    """The words of one song as those of several: "it has" becomes "they have"."""
    for one, several in _PLURALS:
        text = re.sub(one, several, text)
    return text
