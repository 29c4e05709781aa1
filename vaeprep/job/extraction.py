"""Every split of a run extracted, except those that an earlier, stopped run has done."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

from vaeprep.engines.choice import Choice
from vaeprep.inputs.splits import Plan, Split
from vaeprep.job import pool, spill
from vaeprep.job.fanout import Lost, fan_out
from vaeprep.job.options import RunOptions
from vaeprep.job.report import Fault, Report, read_report, spill_paths
from vaeprep.job.worker import Task, extract_split
from vaeprep.job.workfolder import WorkFolder
from vaeprep.progress import Progress

_QUEUED_PER_WORKER = 3
_FAST_WORKER_MODULES = ("vaeprep.job.worker", "vaeprep.configs")


@dataclass(slots=True)
class Extraction:
    """The reports of all splits, and the splits that were given up."""

    reports: list[Report] = field(default_factory=list)
    lost: list[Split] = field(default_factory=list)
    changed: list[Fault] = field(default_factory=list)
    resumed: int = 0


def extract_splits(
    options: RunOptions,
    choice: Choice,
    plan: Plan,
    folder: WorkFolder,
    executor: Executor | None,
    progress: Progress,
    tell: Callable[[str], None],
) -> Extraction:
    """Extracts every split that no finished spill stands for yet."""
    extraction = Extraction()
    tasks: list[Task] = []
    for split in plan.splits:
        report = _finished_report(folder.spill(split.index))
        if report is None:
            tasks.append(_task(options, choice, split, folder))
        else:
            extraction.reports.append(report)
    extraction.resumed = len(extraction.reports)
    if extraction.resumed:
        tell(
            f"going on where an earlier run was stopped: {extraction.resumed:,} of "
            f"{len(plan.splits):,} parts of the input are done"
        )
    total = plan.records if all(split.records for split in plan.splits) else None
    label = "extracting"
    if extraction.resumed:
        label += f" ({extraction.resumed} of {len(plan.splits)} splits were done before)"
    with progress(label, total, "records") as advance:
        advance(sum(report.records for report in extraction.reports))
        preload = _FAST_WORKER_MODULES if choice.spec.name == "fast" else ()
        workers = min(options.workers, len(tasks))
        in_flight = options.workers * _QUEUED_PER_WORKER
        with pool.executors(workers, preload, executor) as new_executor:
            for outcome in fan_out(extract_split, tasks, new_executor, in_flight):
                if isinstance(outcome, Lost):
                    extraction.lost.append(outcome.task.split)
                    continue
                report = outcome.result
                extraction.reports.append(report)
                advance(plan.splits[report.split].records or report.records)
    extraction.reports.sort(key=lambda report: report.split)
    return extraction


def _task(options: RunOptions, choice: Choice, split: Split, folder: WorkFolder) -> Task:
    return Task(
        split=split,
        engine=choice.spec,
        spill_path=folder.spill(split.index),
        max_examples=options.max_examples_per_sequence,
        strict=options.strict,
        tensors=choice.config if options.format != "notesequences" else None,
    )


def _finished_report(path: Path) -> Report | None:
    """The report of a split that is done; a damaged spill is thrown away."""
    if not path.exists():
        return None
    try:
        return read_report(path)
    except (spill.SpillError, ValueError):
        path.unlink()
        return None


def drop_spill(path: Path, folder: WorkFolder, extraction: Extraction) -> None:
    """Deletes what tells that the split of a spill is done."""
    for report in extraction.reports:
        own = folder.spill(report.split)
        if path in spill_paths(own, report):
            own.unlink(missing_ok=True)
