"""One run: plan, extract on the pool, merge, publish; resumed where it stopped."""

import contextlib
import json
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from vaeprep.engines.choice import Choice
from vaeprep.errors import UsageError
from vaeprep.files.folder import make_folder
from vaeprep.files.names import shard_path, song_list_path
from vaeprep.files.remote import is_remote
from vaeprep.inputs import splits
from vaeprep.inputs.found import InputFile, changed_files, fingerprint
from vaeprep.inputs.splits import Plan
from vaeprep.job import cluster, fault_lines, songs, spill
from vaeprep.job.empty_sets import leave_nothing, refuse_empty_set
from vaeprep.job.extraction import (
    ExtractedSplits,
    drop_spill,
    extract_splits,
    forget_extracted,
    load_extracted,
)
from vaeprep.job.fault_lines import line_of, log_faults
from vaeprep.job.first_look import check_input
from vaeprep.job.given_executor import Given
from vaeprep.job.lines import collect, read_batches
from vaeprep.job.merging import Merged, forget_merges, merge_spills
from vaeprep.job.options import RunOptions, output_options
from vaeprep.job.publish import (
    FAULTS,
    MERGED,
    SONGS,
    check_output,
    finished,
    publish,
    publish_faults,
    summary_paths,
)
from vaeprep.job.report import StrictError
from vaeprep.job.segment import SegmentError
from vaeprep.job.set_up import Run, set_up
from vaeprep.job.summary import (
    Summary,
    changed_file,
    damaged,
    faults_of_the_run,
    from_json,
    summarize,
    to_json,
)
from vaeprep.job.upload import lock_remote, remove_empty_folders, remove_uploaded
from vaeprep.job.workfolder import (
    INPUTS,
    WorkFolder,
    has_work,
    load_plan,
    lock_output,
    open_work_folder,
    save_plan,
    work_path,
)
from vaeprep.progress import Progress, no_progress
from vaeprep.version import __version__

LOG = logging.getLogger("vaeprep")

_MIN_SPLIT_BYTES = 1 << 16
_MAX_SPLIT_BYTES = 1 << 22
_SPLITS_PER_WORKER = 8
_MERGE_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would read and write (`--dry-run`)."""

    plan: Plan
    notes: list[str]
    choice: Choice
    shard_paths: list[Path]
    summary_paths: list[Path]
    work_path: Path


def preview(options: RunOptions) -> Preview:
    """Plans a run without writing anything.

    Raises:
        UsageError: The run could not start.
    """
    this = set_up(options)
    options = this.options
    check_output(this)
    count = options.output_shards
    return Preview(
        plan=_plan(this),
        notes=this.found.lines(),
        choice=this.choice,
        shard_paths=[
            shard_path(output.place, number, count)
            for output in this.outputs
            for number in range(count)
        ],
        summary_paths=summary_paths(this),
        work_path=work_path(options.output_tfrecord, options.work_dir),
    )


def run(
    options: RunOptions,
    executor: Given | None = None,
    progress: Progress = no_progress,
    tell: Callable[[str], None] = lambda _line: None,
    command: str = "",
) -> Summary:
    """Does the whole job.

    Args:
        options: What to read, how to convert, where to write.
        executor: Runs the tasks; anything that offers what
            `concurrent.futures.Executor` offers, or a function that makes one.
            None starts a process pool of `options.workers`.
        progress: Opens a progress bar for each stage.
        tell: Called with a line about what an earlier, stopped run had done.
        command: The command line, or the call from Python, for the summary.

    Returns:
        The summary, which also stands next to the shards. A run that finds no
        example writes no shards and no summary.

    Raises:
        UsageError: The command cannot be carried out; nothing was written.
        StrictError: With `strict`, at the first bad record.
        EmptySetError: With `eval_fraction`, one of the two sets has no examples.
        OSError: A disk is full or a folder cannot be written. Finished work is
            kept, and the same command goes on from there.
    """
    this = set_up(options, executor, progress, tell, command)
    options = this.options
    folder_path = work_path(options.output_tfrecord, options.work_dir)
    if executor is not None:  # its processes may work in another folder
        folder_path = folder_path.absolute()
    if options.restart or not has_work(folder_path):
        check_output(this)
        check_input(this)
    for output in this.outputs:
        make_folder(output.prefix.parent)
    make_folder(folder_path.parent)
    with contextlib.ExitStack() as locks:
        locks.callback(remove_empty_folders, this.outputs)
        for output in this.outputs:
            locks.enter_context(lock_output(output.prefix))
            if output.remote is not None:
                locks.enter_context(lock_remote(output.remote, output.prefix))
        folder = open_work_folder(folder_path, _job(this), options.restart, this.files, command)
        summary = finished(this, folder)
        if summary is None:
            try:
                check_output(this)
                if cluster.is_dask(executor):
                    this = _as_seen(this, executor, folder)
            except UsageError:
                if load_plan(folder) is None:  # nothing was done: leave nothing behind
                    folder.remove()
                raise
            summary = _make(this, folder)
            log_faults(folder.path / FAULTS)
            if not summary.unique:
                return _nothing(this, summary, folder)
            refuse_empty_set(this, summary, folder)
            folder.save(MERGED, json.loads(to_json(summary)))
            summary = from_json(to_json(summary))
        else:
            left = "upload" if any(output.remote for output in this.outputs) else "renaming"
            tell(f"an earlier run had everything done but the {left} of the shards")
        publish_faults(this, folder)
        publish(this, summary, folder)
        folder.remove()
        remove_uploaded(this.outputs)
    return summary


def _as_seen(this: Run, executor: Executor, folder: WorkFolder) -> Run:
    """The run as a cluster can do it: what it needs to see, it sees.

    Raises:
        UsageError: A worker does not see the input, or the work on it.
    """
    places = _places(this, folder)
    if all(is_remote(file.folder.path) for file in this.files):
        if cluster.all_see(executor, places):
            return this
        this.tell("the workers do not see the work folder: they send what they find here")
        return replace(this, sends_spills=True)
    cluster.check_sees(executor, places)
    return this


def _places(this: Run, folder: WorkFolder) -> list[Path]:
    """Where the tasks read and write."""
    first = [file.folder.path for file in this.files[:1]]
    inputs = [Path(path).absolute() for path in first if not is_remote(path)]
    return [folder.path, *inputs, *(output.prefix.parent for output in this.outputs)]


def _nothing(this: Run, summary: Summary, folder: WorkFolder) -> Summary:
    """Ends a run without examples; only the list of faults is left, if one was asked for.

    No list of songs is left beside a summary, so the summary tells more of them.
    """
    publish_faults(this, folder)
    listed = songs.read_songs(folder.path / SONGS, songs.MOST_SHOWN)
    leave_nothing(this, folder)
    told = from_json(to_json(summary))
    return replace(told, shards={}, songs=listed, song_list=None)


def _make(this: Run, folder: WorkFolder) -> Summary:
    """Plans, extracts and merges; the shards are complete under hidden names."""
    clock = _Clock()
    plan = load_plan(folder)
    if plan is None:
        plan = _plan(this)
        save_plan(folder, plan)
    LOG.info(
        "%d files in %d splits, %d records", len(plan.files), len(plan.splits), plan.records
    )
    if this.options.strict and plan.losses:
        raise StrictError.at(damaged(plan.losses[0]))
    clock.lap("plan")
    extracted = load_extracted(plan, folder) or extract_splits(this, plan, folder)
    clock.lap("extract")
    changed = [changed_file(file) for file in changed_files(plan.files)]
    if this.options.strict and changed:
        raise StrictError.at(changed[0])
    extracted.changed = changed
    counts, written = _merge(this, plan, extracted, folder)
    clock.lap("merge")
    name = song_list_path(this.outputs[0].place).name
    listed = songs.look_through(folder.path / SONGS, name)
    return summarize(this, plan, extracted, counts, written, listed, clock.laps)


def _merge(this: Run, plan: Plan, extracted: ExtractedSplits, folder: WorkFolder) -> Merged:
    """Merges, and makes anew what turns out to be damaged in the work folder."""
    for _ in range(_MERGE_ATTEMPTS - 1):
        try:
            _collect_lines(plan, extracted, folder)
            return merge_spills(this, extracted, folder)
        except SegmentError as error:
            this.tell(f"{error}; it is made once more")
            error.path.unlink(missing_ok=True)
            forget_extracted(folder)
        except spill.SpillError as error:
            this.tell(f"{error}; its part of the input is extracted once more")
            drop_spill(error.path, folder, extracted)
            forget_merges(folder)
            forget_extracted(folder)
        again = extract_splits(replace(this, tell=lambda _line: None), plan, folder)
        extracted.reports, extracted.lost = again.reports, again.lost
    _collect_lines(plan, extracted, folder)
    return merge_spills(this, extracted, folder)


def _collect_lines(plan: Plan, extracted: ExtractedSplits, folder: WorkFolder) -> None:
    """Puts what the workers wrote of all faults and songs together, in input order."""
    first = map(line_of, faults_of_the_run(plan, extracted))
    reports = [(folder.spill(report.split), report) for report in extracted.reports]
    faults = (
        batch
        for path, report in reports
        for batch in read_batches(path, fault_lines.KIND, report.fault_lines)
    )
    collect(folder.path / FAULTS, chain(first, faults))
    all_songs = (
        batch
        for path, report in reports
        for batch in read_batches(path, songs.KIND, report.song_lines)
    )
    collect(folder.path / SONGS, all_songs)


def _plan(this: Run) -> Plan:
    options = this.options
    split_bytes = options.split_bytes or _split_bytes(this.files, options.workers)
    return splits.plan(this.files, split_bytes, this.found.losses)


def _split_bytes(files: Sequence[InputFile], workers: int) -> int:
    """Small enough to balance the workers, large enough to be worth a task."""
    total = sum(file.size for file in files)
    even = total // (workers * _SPLITS_PER_WORKER)
    return min(max(even, _MIN_SPLIT_BYTES), _MAX_SPLIT_BYTES)


def _job(this: Run) -> dict[str, Any]:
    """What makes two runs the same job: everything that decides the bytes of the output."""
    return {
        "version": __version__,
        "config": this.options.config,
        "engine": this.choice.spec.name,
        "converter": repr(this.choice.config.converter) if this.choice.config else None,
        INPUTS: fingerprint(this.files),
        **output_options(this.options),
    }


class _Clock:
    """Wall time of the stages, in seconds."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._start = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage] = now - self._start
        LOG.info("stage %s: %.1f s", stage, self.laps[stage])
        self._start = now
