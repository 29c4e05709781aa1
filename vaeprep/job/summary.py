"""What the user is told at the end: counters, drops with reasons, faults, output."""

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vaeprep.configs import Config
from vaeprep.cures.told import departures
from vaeprep.inputs.found import InputFile, Loss
from vaeprep.inputs.splits import MusicSplit, Plan, Split, name_of
from vaeprep.job import merge, provenance, shards
from vaeprep.job.extraction import ExtractedSplits
from vaeprep.job.fanout import KILLED_TWICE
from vaeprep.job.options import output_options
from vaeprep.job.outcomes import OUTCOMES, Cause, joined
from vaeprep.job.report import NAMED, Fault
from vaeprep.job.set_up import Run
from vaeprep.job.shards import Shard
from vaeprep.job.songs import MOST_LISTED, Listed, SongResult
from vaeprep.version import __version__


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
        departs_from_magenta: Each cure that was asked for, as on the command line, and
            how many songs it changed. Empty: the output is Magenta's.
        remark_counts: Songs that were read, yet something is worth saying, by kind.
        remarks: The first of them, named.
        not_read: Files that look like music of a kind that is not read, by ending.
        without_id: Songs without an id, which got one from their content.
        notes: What was done with the inputs that the user should know, a line each.
        outcomes: Songs by what became of them: "gave examples", "gave nothing", "failed".
        causes: Why songs and pieces gave nothing, those of most songs first.
        gave_nothing: The first songs that gave nothing, named.
        songs: The first songs one by one, up to `songs.MOST_LISTED`; of a run without
            examples, which leaves no file, up to `songs.MOST_SHOWN`.
        song_list: The file beside this one that lists all songs, if they are more.
        date: When the run was finished, UTC.
        command: The command line, or the call from Python.
        folder: The folder in which it was given, where paths in it begin.
        versions: Of vaeprep, Python and the packages that decide the examples.
        input_files: The input files with sizes and checksums, see `provenance.input_list`.
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
    departs_from_magenta: dict[str, int] = field(default_factory=dict)
    remark_counts: dict[str, int] = field(default_factory=dict)
    remarks: list[Fault] = field(default_factory=list)
    not_read: dict[str, int] = field(default_factory=dict)
    without_id: int = 0
    notes: list[str] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)
    causes: list[Cause] = field(default_factory=list)
    gave_nothing: list[Fault] = field(default_factory=list)
    songs: list[SongResult] = field(default_factory=list)
    song_list: Shard | None = None
    date: str = ""
    command: str = ""
    folder: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    input_files: dict[str, Any] = field(default_factory=dict)

    @property
    def unique(self) -> int:
        """Distinct examples written."""
        return self.counters.get("unique-examples", 0)

    def _repr_html_(self) -> str:
        """A small table, as a notebook shows it."""
        import html

        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
            f"<td>{html.escape(value)}</td></tr>"
            for name, value in _short_rows(self)
        )
        return f"<table>{rows}</table>"


def _short_rows(summary: Summary) -> Iterator[tuple[str, str]]:
    yield "configuration", summary.config
    yield "engine", summary.engine
    yield "sequences read", f"{summary.records:,}"
    for kind, count in summary.fault_counts.items():
        yield f"bad: {kind}", f"{count:,}"
    for lost in summary.lost_splits:
        yield "lost", lost
    yield "examples extracted", f"{summary.counters.get('extracted-examples', 0):,}"
    yield "unique examples", f"{summary.unique:,}"
    for name, written in summary.shards.items():
        size = sum(shard.bytes for shard in written)
        yield name, f"{len(written)} shards, {size:,} bytes"
    yield "seconds", f"{sum(summary.seconds.values()):.1f}"


def to_json(summary: Summary) -> str:
    """The summary as the text of its JSON file; of the first songs a line each."""
    values = dataclasses.asdict(summary)
    songs = ",\n    ".join(map(json.dumps, values.pop("songs")[:MOST_LISTED]))
    songs = f"\n    {songs}\n  " if songs else ""
    text = json.dumps(values, indent=2).removesuffix("\n}")
    return f'{text},\n  "songs": [{songs}]\n}}\n'


def from_json(text: str) -> Summary:
    """A summary from the text of its JSON file.

    Raises:
        ValueError: The text is no summary.
    """
    try:
        values = json.loads(text)
        for name in ("faults", "remarks", "gave_nothing"):
            values[name] = [Fault(**fault) for fault in values.get(name, ())]
        values["causes"] = [Cause(**cause) for cause in values.get("causes", ())]
        values["songs"] = [SongResult(*song) for song in values.get("songs", ())]
        whole = values.get("song_list")
        values["song_list"] = Shard(**whole) if whole else None
        values["shards"] = {
            name: [Shard(**shard) for shard in shards]
            for name, shards in values["shards"].items()
        }
        return Summary(**values)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"no vaeprep summary: {error}") from error


def summarize(
    this: Run,
    plan: Plan,
    extracted: ExtractedSplits,
    counts: merge.MergeCounts,
    written: dict[str, list[shards.Shard]],
    songs: Listed,
    seconds: dict[str, float],
) -> Summary:
    """What a run did, in numbers and names.

    Args:
        this: The run.
        plan: The input.
        extracted: What the workers report.
        counts: What the reducer counted.
        written: The shards of each output.
        songs: What each song gave.
        seconds: Wall time when each stage was done.
    """
    counters: Counter[str] = Counter()
    cured: Counter[str] = Counter()
    remark_counts: Counter[str] = Counter()
    remarks: list[Fault] = []
    outcomes: Counter[str] = Counter()
    gave_nothing: list[Fault] = []
    fault_counts: Counter[str] = Counter()
    faults: list[Fault] = []
    for loss in plan.losses:
        faults.append(damaged(loss))
        fault_counts["damaged"] += 1
    for fault in extracted.changed:
        faults.append(fault)
        fault_counts[fault.kind] += 1
    for report in extracted.reports:
        counters.update(report.counters)
        cured.update(report.cured)
        remark_counts.update(report.remark_counts)
        outcomes.update(report.outcomes)
        gave_nothing += report.gave_nothing[: max(NAMED - len(gave_nothing), 0)]
        remarks += report.remarks[: NAMED - len(remarks)] if len(remarks) < NAMED else []
        fault_counts.update(report.fault_counts)
        faults += report.faults[: NAMED - len(faults)] if len(faults) < NAMED else []
    counters["unique-examples"] = counts.unique
    return Summary(
        version=__version__,
        config=this.options.config,
        engine=this.choice.spec.name,
        engine_reason=this.choice.reason,
        options=output_options(this.options),
        batch_size=this.choice.batch_size,
        inputs=len(plan.files),
        records=sum(report.records for report in extracted.reports),
        counters=dict(counters),
        fault_counts=dict(fault_counts),
        faults=faults[:NAMED],
        lost_splits=[f"{name_of(split)}: {KILLED_TWICE}" for split in extracted.lost],
        from_many=counts.from_many,
        most_sources=counts.most_sources,
        shards=written,
        seconds={stage: round(value, 3) for stage, value in seconds.items()},
        resumed_splits=extracted.resumed,
        shortened=counts.shortened,
        evaluation=counts.evaluation,
        in_both=counts.in_both,
        tensors=_described(this.tensors) if this.tensors else None,
        departs_from_magenta=departures(this.options.cures, cured, remark_counts["mended"]),
        remark_counts=dict(remark_counts),
        remarks=remarks,
        not_read=dict(this.found.not_read),
        without_id=sum(report.without_id for report in extracted.reports),
        notes=list(this.found.notes),
        outcomes={name: outcomes[name] for name in OUTCOMES},
        causes=joined([report.causes for report in extracted.reports]),
        gave_nothing=gave_nothing,
        songs=songs.first,
        song_list=songs.whole,
        date=provenance.now(),
        command=this.command,
        folder=str(Path.cwd()),
        versions=provenance.versions(this.choice.spec.name),
        input_files=provenance.input_list(plan.files),
    )


def _described(config: Config) -> dict[str, Any]:
    from vaeprep.tensors.description import describe

    return describe(config)


def faults_of_the_run(plan: Plan, extracted: ExtractedSplits) -> list[Fault]:
    """The faults that no worker reports: unreadable parts, changed files, lost parts."""
    lost = [
        Fault(
            "lost", _path_of(split), _offset_of(split), "", f"{name_of(split)}: {KILLED_TWICE}"
        )
        for split in extracted.lost
    ]
    return [*map(damaged, plan.losses), *extracted.changed, *lost]


def _path_of(split: Split) -> str:
    return split.files[0].text if isinstance(split, MusicSplit) else str(split.ranges[0].path)


def _offset_of(split: Split) -> int:
    return 0 if isinstance(split, MusicSplit) else split.ranges[0].start


def damaged(loss: Loss) -> Fault:
    """A part of an input that could not be read."""
    return Fault("damaged", str(loss.path), loss.offset, "", loss.reason)


def changed_file(file: InputFile) -> Fault:
    """An input that is not what it was when the run began."""
    reason = "the file changed while it was read; what was planned before is what was read"
    return Fault("changed", file.text, 0, "", reason)
