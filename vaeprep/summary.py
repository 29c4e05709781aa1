"""What the user is told at the end: counters, drops with reasons, faults, output."""

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vaeprep.extract import NAMED, Fault
from vaeprep.shards import Shard

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
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Summary:
    """The result of a finished run; the JSON file next to the shards holds the same.

    Attributes:
        version: vaeprep's version.
        config: The configuration.
        engine: "fast" or "magenta".
        engine_reason: Why this engine, when it is not the one expected.
        options: The options that decide the output.
        batch_size: The configuration's batch size.
        inputs: Number of input files.
        records: Intact records read.
        counters: Magenta's counters, `unique-examples` included.
        fault_counts: Bad records by kind.
        faults: The first of them, named.
        lost_splits: Ranges of input lost because their worker was killed twice.
        from_many: Unique examples with more than one source id.
        most_sources: The most source ids of one example.
        shards: The files written, by format.
        seconds: Wall time by stage.
        shortened: Examples with more source ids than a record can hold.
        resumed_splits: Splits that an earlier, interrupted run had done.
        evaluation: Unique examples of the evaluation set.
        in_both: Training examples that songs held out for evaluation have too.
        tensors: Description of the tensor shards, None without them.
    """

    version: str
    config: str
    engine: str
    engine_reason: str
    options: dict[str, Any]
    batch_size: int
    inputs: int
    records: int
    counters: dict[str, int]
    fault_counts: dict[str, int]
    faults: list[Fault]
    lost_splits: list[str]
    from_many: int
    most_sources: int
    shards: dict[str, list[Shard]]
    seconds: dict[str, float]
    resumed_splits: int = 0
    shortened: int = 0
    evaluation: int = 0
    in_both: int = 0
    tensors: dict[str, Any] | None = field(default=None)

    @property
    def unique(self) -> int:
        """Distinct examples written."""
        return self.counters.get("unique-examples", 0)


def summary_path(prefix: Path) -> Path:
    """`vaeprep-NAME.json` next to the shards; `PREFIX*` does not match it."""
    return prefix.with_name(f"vaeprep-{prefix.name}.json")


def to_json(summary: Summary) -> str:
    """The summary as the text of its JSON file."""
    return json.dumps(dataclasses.asdict(summary), indent=2) + "\n"


def from_json(text: str) -> Summary:
    """A summary from the text of its JSON file.

    Raises:
        ValueError: The text is no summary.
    """
    try:
        values = json.loads(text)
        values["faults"] = [Fault(**fault) for fault in values["faults"]]
        values["shards"] = {
            name: [Shard(**shard) for shard in shards]
            for name, shards in values["shards"].items()
        }
        return Summary(**values)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"no vaeprep summary: {error}") from error


def to_text(summary: Summary, prefix: Path, verbose: bool = False) -> str:
    """The table shown at the end of a run; `verbose` names every fault that is kept."""
    rows = list(_rows(summary))
    width = max(len(label) for label, _, _ in rows)
    count_width = max(len(count) for _, count, _ in rows)
    lines = [f"{summary.config}, {summary.engine} engine{_reason(summary)}", ""]
    for label, count, note in rows:
        lines.append(f"{label:<{width}}  {count:>{count_width}}  {note}".rstrip())
    lines += [f"    {fault}" for fault in _named_faults(summary, NAMED if verbose else _NAMED)]
    lines += [""] + [
        f"{prefix.parent / _pattern(shards)}  {name}, {len(shards)} shards, "
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
    if summary.resumed_splits:
        yield "splits done before", f"{summary.resumed_splits:,}", "by the run that was stopped"
    seconds = ", ".join(f"{name} {value:.1f}" for name, value in summary.seconds.items())
    yield "seconds", f"{sum(summary.seconds.values()):.1f}", seconds


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


def _pattern(shards: list[Shard]) -> str:
    first = shards[0].name
    return first.replace("-00000-of-", "-?????-of-") if len(shards) > 1 else first


def _size(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.2f} GB"
