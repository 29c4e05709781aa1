"""Every split of a run extracted, except those that an earlier, stopped run has done."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from vaeprep.inputs.splits import Plan, Split, absolute
from vaeprep.job import pool, spill
from vaeprep.job.fanout import Lost, fan_out
from vaeprep.job.report import Fault, Report, parse_report, read_report
from vaeprep.job.sent_spills import SentSplit, receive, send_split
from vaeprep.job.set_up import Run
from vaeprep.job.worker import Task, extract_split
from vaeprep.job.workfolder import WorkFolder

_EXTRACTED = "extracted.json"
_QUEUED_PER_WORKER = 3


@dataclass(slots=True)
class ExtractedSplits:
    """The reports of all splits, and the splits that were given up."""

    reports: list[Report] = field(default_factory=list)
    lost: list[Split] = field(default_factory=list)
    changed: list[Fault] = field(default_factory=list)
    resumed: int = 0


def extract_splits(this: Run, plan: Plan, folder: WorkFolder) -> ExtractedSplits:
    """Extracts every split that no finished spill stands for yet."""
    extracted = ExtractedSplits()
    tasks: list[Task] = []
    for split in plan.splits:
        report = _finished_report(folder.spill(split.index))
        if report is None:
            tasks.append(_task(this, split, folder))
        else:
            extracted.reports.append(report)
    extracted.resumed = len(extracted.reports)
    if extracted.resumed:
        this.tell(
            f"going on where an earlier run was stopped: {extracted.resumed:,} of "
            f"{len(plan.splits):,} parts of the input are done"
        )
    total = plan.records if all(split.records for split in plan.splits) else None
    label = "extracting"
    if extracted.resumed:
        label += f" ({extracted.resumed} of {len(plan.splits)} splits were done before)"
    with this.progress(label, total, "records") as advance:
        advance(sum(report.records for report in extracted.reports))
        preload = _worker_modules(this) if this.choice.spec.name == "fast" else ()
        workers = min(this.options.workers, len(tasks))
        in_flight = this.options.workers * _QUEUED_PER_WORKER
        with pool.executors(workers, preload, this.executor) as new_executor:
            work: Callable[[Task], Report | SentSplit] = extract_split
            if this.sends_spills:
                work = send_split
            for outcome in fan_out(work, tasks, new_executor, in_flight):
                if isinstance(outcome, Lost):
                    extracted.lost.append(outcome.task.split)
                    continue
                found = outcome.result
                report = receive(found, outcome.task) if isinstance(found, SentSplit) else found
                extracted.reports.append(report)
                advance(plan.splits[report.split].records or report.records)
    extracted.reports.sort(key=lambda report: report.split)
    return extracted


def _worker_modules(this: Run) -> tuple[str, ...]:
    """What every worker needs; the converters of other configurations are not among it."""
    tensors = ("vaeprep.tensors.format",) if this.tensors else ()
    return ("vaeprep.job.worker", type(this.choice.spec.converter).__module__, *tensors)


def _task(this: Run, split: Split, folder: WorkFolder) -> Task:
    return Task(
        split=split if this.executor is None else absolute(split),
        engine=this.choice.spec,
        spill_path=folder.spill(split.index),
        max_examples=this.options.max_examples_per_sequence,
        strict=this.options.strict,
        tensors=this.tensors,
        lenient_midi=this.options.cures.lenient_midi,
    )


def _finished_report(path: Path) -> Report | None:
    """The report of a split that is done; a damaged or older spill is thrown away."""
    if not path.exists():
        return None
    try:
        return read_report(path)
    except spill.SpillError:
        path.unlink()
        return None


def save_extracted(extracted: ExtractedSplits, folder: WorkFolder) -> None:
    """Keeps what was counted, for when the spills that hold it are deleted."""
    values = {
        "reports": [asdict(report) for report in extracted.reports],
        "lost": [split.index for split in extracted.lost],
    }
    folder.save(_EXTRACTED, values)


def load_extracted(plan: Plan, folder: WorkFolder) -> ExtractedSplits | None:
    """What `save_extracted` kept: all splits are done and need no spill any more."""
    values = folder.load(_EXTRACTED)
    if values is None:
        return None
    reports = [parse_report(report) for report in values["reports"]]
    lost = [plan.splits[index] for index in values["lost"]]
    return ExtractedSplits(reports, lost, resumed=len(reports))


def has_extracted(folder: WorkFolder) -> bool:
    """Whether the spills are deleted, or may be: `save_extracted` was called."""
    return (folder.path / _EXTRACTED).exists()


def forget_extracted(folder: WorkFolder) -> None:
    """Deletes what `save_extracted` kept: the spills are wanted again."""
    (folder.path / _EXTRACTED).unlink(missing_ok=True)


def drop_spill(path: Path, folder: WorkFolder, extracted: ExtractedSplits) -> None:
    """Deletes what tells that the split is done that a spill, or a list of faults, is of."""
    for report in extracted.reports:
        own = folder.spill(report.split)
        if path.name.startswith(own.stem):
            own.unlink(missing_ok=True)
