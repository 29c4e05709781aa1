"""The numbers of a run as the user reads them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from vaeprep.files.names import shard_name, shards_pattern
from vaeprep.inputs.found import not_read_lines
from vaeprep.job.cause_words import closing_line, words
from vaeprep.job.columns import table, wrapped
from vaeprep.job.outcomes import GAVE, NOTHING, Cause, by_kind
from vaeprep.job.report import NAMED
from vaeprep.job.shards import Shard
from vaeprep.job.summary import Summary

DROP_REASONS = {
    "filtered-too-many-sequence-time-splits": "songs with over 100 tempo or meter changes",
    "filtered-too-long": "longer than --max-total-time",
    "filtered-too-many-notes": "more notes than --max-num-notes",
    "quantize-failed": "a bad time signature or a negative time",
    "filtered-min-velocities": "fewer velocities than --min-velocities (or no notes)",
    "filtered-min-metric-positions": "fewer positions than --min-metric-positions",
    "filtered-drums-only": "other instruments than drums (--drums-only)",
    "empty-extractions": "pieces without an example; why stands below",
    "empty-reextraction": "examples that do not give themselves again",
    "different-reextraction-count": "examples that give another number of segments again",
}
"""Magenta's counter names of everything that is dropped, and what each means."""


_SONG_DROPS = ("filtered-too-many-sequence-time-splits",)


_EXAMPLE_DROPS = ("empty-reextraction", "different-reextraction-count")


_PIECE_DROPS = tuple(
    name for name in DROP_REASONS if name not in _SONG_DROPS and name not in _EXAMPLE_DROPS
)


_FAULT_MEANINGS = {
    "failed": "the conversion raised an error",
    "damaged": "records, or ends of files, that cannot be read",
    "undecodable": "records that hold no NoteSequence",
    "changed": "input files that changed while they were read",
}


REMARK_MEANINGS = {
    "mended": "MIDI files read in spite of their faults (--lenient-midi)",
    "unread": "MIDI files with parts that Magenta passes over (see --lenient-midi)",
    "not-merged": "songs left as they are: their tempos tell no beats",
}
"""What is worth saying about songs that were read, by kind."""


_NAMED = 5


_CAUSES = 8
"""Causes that are told; all stand in the JSON summary."""


def to_text(
    summary: Summary,
    prefix: Path,
    verbose: bool = False,
    width: int | None = None,
    faults: Path | None = None,
) -> str:
    """The table shown at the end of a run.

    Args:
        summary: The run.
        prefix: Of its output.
        verbose: Whether to name every fault that is kept, and songs that gave nothing.
        width: The columns of the terminal; None wraps no line.
        faults: The file that lists all faults, if one was asked for.
    """
    head = f"{summary.config}, {summary.engine} engine{_reason(summary)}"
    lines = [*wrapped(head, width), "", *table(_rows(summary), width)]
    limit = NAMED if verbose else _NAMED
    named = _named_faults(summary, limit, faults)
    named += [f"{remark.kind}: {remark}" for remark in summary.remarks[:limit]]
    named += [str(song) for song in summary.gave_nothing] if verbose else []
    for text in named:
        lines += wrapped(text, width, "    ", "      ")
    if summary.causes:
        lines += ["", *cause_lines(summary.causes, summary.config, width)]
    lines.append("")
    lines += [_written(prefix.parent, name, found) for name, found in summary.shards.items()]
    return "\n".join(lines)


def last_words(summary: Summary, width: int | None = None) -> str:
    """What must not be overlooked, and so comes last: the main cause, and warnings.

    Where there is no example at all, the error that follows tells the cause.
    """
    main = main_cause(summary) if summary.unique else ""
    paragraphs = [main[0].upper() + main[1:] + "."] if main else []
    paragraphs += _warnings(summary)
    return "\n".join("\n".join(wrapped(text, width)) for text in paragraphs)


def main_cause(summary: Summary) -> str:
    """What matters most about the songs that gave nothing; empty if all gave something."""
    return closing_line(
        summary.outcomes, summary.causes, summary.config, summary.departs_from_magenta
    )


def cause_lines(
    causes: list[Cause], config: str, width: int | None = None, indent: str = ""
) -> list[str]:
    """Why songs and pieces gave nothing, by songs and pieces, the largest first."""
    kinds = by_kind(causes)
    rows = [(f"{kind.songs:,}", f"{kind.pieces:,}", words(kind, config)) for kind in kinds]
    rows = [("songs", "pieces", "gave nothing, because"), *rows[:_CAUSES]]
    size = max(len(songs) for songs, _, _ in rows)
    aligned = [(songs.rjust(size), pieces, why) for songs, pieces, why in rows]
    lines = table(aligned, width, indent)
    if len(kinds) > _CAUSES:
        more = len(kinds) - _CAUSES
        noun = "cause" if more == 1 else "causes"
        lines.append(f"{indent}... and {more} rarer {noun} (see the JSON)")
    return lines


def likely_reasons(summary: Summary) -> str:
    """Why a run found no example at all, most likely first."""
    main = main_cause(summary)
    reasons = [main] if main else []
    reasons += [
        f"{words(kind, summary.config)} ({_songs(kind.songs)})"
        for kind in by_kind(summary.causes)[1:_CAUSES]
        if kind.songs
    ]
    reasons += [
        f"{count:,} x {kind}: {_FAULT_MEANINGS[kind]}{_first_of(summary, kind)}"
        for kind, count in summary.fault_counts.items()
        if kind != "failed" or not main
    ]
    reasons += [f"lost: {lost}" for lost in summary.lost_splits]
    if not summary.records and not summary.lost_splits:
        reasons.append("0 songs were read: the input holds no NoteSequences")
    if not reasons:
        reasons.append(f"none of the {summary.records:,} songs gave any, and none says why")
    return "no examples were found. Likely reasons: " + "; ".join(reasons)


def _first_of(summary: Summary, kind: str) -> str:
    """What is wrong with the first record of a kind of fault, if it is named."""
    first = next((fault for fault in summary.faults if fault.kind == kind), None)
    return f" ({first.reason})" if first else ""


def _rows(summary: Summary) -> Iterator[tuple[str, str, str]]:
    counters = summary.counters
    yield "sequences read", f"{summary.records:,}", ""
    for name in (GAVE, NOTHING):
        if summary.outcomes.get(name):
            yield f"  {name}", f"{summary.outcomes[name]:,}", ""
    for kind, count in summary.fault_counts.items():
        yield f"  {kind}", f"{count:,}", _FAULT_MEANINGS.get(kind, "")
    yield from _drops(counters, _SONG_DROPS)
    pieces = counters.get("sequence-time-splits", 0)
    yield "pieces of one tempo and meter", f"{pieces:,}", ""
    yield from _drops(counters, _PIECE_DROPS)
    yield "examples extracted", f"{counters.get('extracted-examples', 0):,}", ""
    yield from _drops(counters, _EXAMPLE_DROPS)
    differing = counters.get("different-reextraction", 0)
    if differing:
        yield "  different-reextraction", f"{differing:,}", "segments that differ (kept)"
    many = f"{summary.from_many:,} of them found in several songs" if summary.from_many else ""
    yield "unique examples", f"{summary.unique:,}", many
    if any(name.startswith("eval-") for name in summary.shards):
        yield "  for training", f"{summary.unique - summary.evaluation:,}", ""
        yield "  for evaluation", f"{summary.evaluation:,}", ""
        yield "  in both", f"{summary.in_both:,}", "kept for training only"
    yield from departure_rows(summary.departs_from_magenta)
    for kind, count in summary.remark_counts.items():
        yield kind, f"{count:,}", REMARK_MEANINGS[kind]
    if summary.resumed_splits:
        yield "splits done before", f"{summary.resumed_splits:,}", "by the run that was stopped"
    seconds = ", ".join(f"{name} {value:.1f}" for name, value in summary.seconds.items())
    yield "seconds", f"{sum(summary.seconds.values()):.1f}", seconds


def departure_rows(departures: Mapping[str, int]) -> Iterator[tuple[str, str, str]]:
    """How many songs each option changed that Magenta does not have."""
    if departures:
        yield "departs from Magenta:", "", ""
    for option, songs in departures.items():
        yield f"  {option}", f"{songs:,}", "songs changed by it"


def _drops(counters: dict[str, int], names: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    for name in names:
        if counters.get(name):
            yield f"  {name}", f"{counters[name]:,}", DROP_REASONS[name]


def _named_faults(summary: Summary, limit: int, faults: Path | None) -> list[str]:
    named = [str(fault) for fault in summary.faults[:limit]]
    more = sum(summary.fault_counts.values()) - len(named)
    if more > 0 and named:
        where = f"{faults} lists all" if faults else "--faults FILE.jsonl would list all"
        named.append(f"... and {more:,} more ({where})")
    return named


def _warnings(summary: Summary) -> list[str]:
    lines = [f"LOST: {lost}" for lost in summary.lost_splits]
    lines += not_read_lines(summary.not_read) + summary.notes
    if summary.without_id:
        lines.append(
            f"{summary.without_id:,} songs have no id; each got one from its content: "
            "/id/sequence/<SHA-1>"
        )
    if summary.shortened:
        lines.append(
            f"{summary.shortened:,} examples have more source ids than a record can hold; "
            "the first are kept"
        )
    training = summary.unique - summary.evaluation
    if 0 < training < summary.batch_size:
        lines.append(
            f"WARNING: {training:,} examples are fewer than the batch size "
            f"{summary.batch_size} of {summary.config}. Magenta's training would wait for ever "
            f"without a word. Add music, or train with --hparams=batch_size={training}."
        )
    return lines


def _songs(count: int) -> str:
    return "1 song" if count == 1 else f"{count:,} songs"


def _reason(summary: Summary) -> str:
    return f" ({summary.engine_reason})" if summary.engine_reason else ""


def _written(folder: Path, name: str, shards: list[Shard]) -> str:
    count = f"{len(shards)} shard{'' if len(shards) == 1 else 's'}"
    return f"{_pattern(folder, shards)}  {name}, {count}, {_size(sum(s.bytes for s in shards))}"


def _pattern(folder: Path, shards: list[Shard]) -> Path:
    first = folder / shards[0].name
    named = shard_name(first)
    return shards_pattern(named.prefix, named.total) if named and len(shards) > 1 else first


def _size(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.2f} GB"
