"""The numbers of a run as the user reads them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from vaeprep.files.names import shard_name, shards_pattern
from vaeprep.inputs.found import not_read_lines
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
    "empty-extractions": "nothing in it that this configuration can use",
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


def to_text(summary: Summary, prefix: Path, verbose: bool = False) -> str:
    """The table shown at the end of a run; `verbose` names every fault that is kept."""
    rows = list(_rows(summary))
    width = max(len(label) for label, _, _ in rows)
    count_width = max(len(count) for _, count, _ in rows)
    lines = [f"{summary.config}, {summary.engine} engine{_reason(summary)}", ""]
    for label, count, note in rows:
        lines.append(f"{label:<{width}}  {count:>{count_width}}  {note}".rstrip())
    limit = NAMED if verbose else _NAMED
    lines += [f"    {fault}" for fault in _named_faults(summary, limit)]
    lines += [f"    {remark.kind}: {remark}" for remark in summary.remarks[:limit]]
    lines += [""] + [
        f"{_pattern(prefix.parent, shards)}  {name}, {len(shards)} shards, "
        f"{_size(sum(shard.bytes for shard in shards))}"
        for name, shards in summary.shards.items()
    ]
    lines += _warnings(summary)
    return "\n".join(lines)


def likely_reasons(summary: Summary) -> str:
    """Why a run found no example at all, most likely first."""
    counters = summary.counters
    drops = {name: counters.get(name, 0) for name in DROP_REASONS if counters.get(name)}
    reasons = [
        f"{count:,} x {name}: {DROP_REASONS[name]}"
        for name, count in sorted(drops.items(), key=lambda item: -item[1])
    ]
    reasons += [
        f"{count:,} x {kind}: {_FAULT_MEANINGS[kind]}"
        for kind, count in summary.fault_counts.items()
    ]
    reasons += [f"lost: {lost}" for lost in summary.lost_splits]
    if not summary.records and not summary.lost_splits:
        reasons.append("the input holds no NoteSequences")
    return "no examples were found. Likely reasons: " + "; ".join(reasons)


def _rows(summary: Summary) -> Iterator[tuple[str, str, str]]:
    counters = summary.counters
    yield "sequences read", f"{summary.records:,}", ""
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


def _named_faults(summary: Summary, limit: int) -> list[str]:
    named = [str(fault) for fault in summary.faults[:limit]]
    more = sum(summary.fault_counts.values()) - len(named)
    if more > 0 and named:
        named.append(f"... and {more:,} more; the JSON summary names {len(summary.faults)}")
    return named


def _warnings(summary: Summary) -> list[str]:
    lines = [f"LOST: {lost}" for lost in summary.lost_splits]
    lines += not_read_lines(summary.not_read) + summary.notes
    if summary.shortened:
        lines.append(
            f"{summary.shortened:,} examples have more source ids than a record can hold; "
            "the first are kept"
        )
    training = summary.unique - summary.evaluation
    if 0 < training < summary.batch_size:
        lines.append(
            f"\nWARNING: {training:,} examples are fewer than the batch size "
            f"{summary.batch_size} of {summary.config}. Magenta's training would wait for ever "
            f"without a word. Add music, or train with --hparams=batch_size={training}."
        )
    return lines


def _reason(summary: Summary) -> str:
    return f" ({summary.engine_reason})" if summary.engine_reason else ""


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
