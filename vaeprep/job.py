"""One run: plan, extract on the pool, merge, publish; resumed where it stopped."""

import contextlib
import dataclasses
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import vaeprep
from vaeprep import merge, pool, shards, sources, spill
from vaeprep.engine_choice import Choice, choose_engine
from vaeprep.errors import UsageError
from vaeprep.extract import (
    NAMED,
    Fault,
    Report,
    StrictError,
    Task,
    read_report,
    spill_paths,
)
from vaeprep.fanout import extract_all
from vaeprep.options import RunOptions
from vaeprep.outputs import Output, held_out, outputs_of
from vaeprep.progress import Progress, no_progress
from vaeprep.sources import InputFile, Loss, Plan, Split
from vaeprep.summary import Summary, from_json, summary_path, to_json
from vaeprep.tensors import description as tensor_description
from vaeprep.workfolder import (
    WorkFolder,
    has_work,
    load_plan,
    lock_output,
    open_work_folder,
    save_plan,
    work_path,
    write_atomically,
)

_MIN_SPLIT_BYTES = 1 << 16
_MAX_SPLIT_BYTES = 1 << 22
_SPLITS_PER_WORKER = 8
_QUEUED_PER_WORKER = 3
_MERGE_ATTEMPTS = 3
_MERGED = "merged.json"
_FAST_WORKER_MODULES = ("vaeprep.extract", "vaeprep.configs")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would read and write (`--dry-run`)."""

    plan: Plan
    choice: Choice
    shard_paths: list[Path]
    summary_paths: list[Path]
    work_path: Path


def preview(options: RunOptions) -> Preview:
    """Plans a run without writing anything.

    Raises:
        UsageError: The run could not start.
    """
    choice, files = _understand(options)
    _check_output(options, files)
    count = options.output_shards
    outputs = outputs_of(options)
    return Preview(
        plan=_plan(files, options),
        choice=choice,
        shard_paths=[
            shards.shard_path(output.prefix, number, count)
            for output in outputs
            for number in range(count)
        ],
        summary_paths=_summary_paths(outputs),
        work_path=work_path(options.output_tfrecord, options.work_dir),
    )


def run(
    options: RunOptions,
    executor: Executor | None = None,
    progress: Progress = no_progress,
    tell: Callable[[str], None] = lambda _line: None,
) -> Summary:
    """Does the whole job.

    Args:
        options: What to read, how to convert, where to write.
        executor: Runs the tasks; anything that offers what
            `concurrent.futures.Executor` offers. None starts a process pool
            of `options.workers`.
        progress: Opens a progress bar for each stage.
        tell: Called with a line about what an earlier, stopped run had done.

    Returns:
        The summary, which also stands next to the shards.

    Raises:
        UsageError: The command cannot be carried out; nothing was written.
        StrictError: With `strict`, at the first bad record.
        OSError: A disk is full or a folder cannot be written. Finished work is
            kept, and the same command goes on from there.
    """
    choice, files = _understand(options)
    folder_path = work_path(options.output_tfrecord, options.work_dir)
    if options.restart or not has_work(folder_path):
        _check_output(options, files)
        _check_input(files)
    prefixes = [output.prefix for output in outputs_of(options)]
    for prefix in prefixes:
        _make_folder(prefix.parent)
    _make_folder(folder_path.parent)
    with contextlib.ExitStack() as locks:
        for prefix in prefixes:
            locks.enter_context(lock_output(prefix))
        folder = open_work_folder(folder_path, _job(options, choice, files), options.restart)
        summary = _merged(options, folder)
        if summary is None:
            try:
                _check_output(options, files)
            except UsageError:
                if load_plan(folder) is None:  # nothing was done: leave nothing behind
                    folder.remove()
                raise
            summary = _make(options, choice, files, folder, executor, progress, tell)
            folder.save(_MERGED, json.loads(to_json(summary)))
            summary = from_json(to_json(summary))
        else:
            tell("an earlier run had everything done but the renaming of the shards")
        _publish(options, summary)
        folder.remove()
    return summary


def _merged(options: RunOptions, folder: WorkFolder) -> Summary | None:
    """The summary of a run that was stopped while it renamed its shards."""
    finished = folder.load(_MERGED)
    if finished is None:
        return None
    try:
        summary = from_json(json.dumps(finished))
    except ValueError:
        return None
    for output in outputs_of(options):
        for number, shard in enumerate(summary.shards.get(output.name, ())):
            if not shards.is_complete(output.prefix, shard, number, options.output_shards):
                return None  # somebody has tidied up: merge once more
    return summary


def _understand(options: RunOptions) -> tuple[Choice, list[InputFile]]:
    """The engine and the input files, after all checks that need no look at the output."""
    options.check()
    choice = choose_engine(options)
    if options.format != "notesequences":
        if choice.config is None:
            raise UsageError(
                f"the tensor format does not hold examples of {options.config} "
                f"({choice.reason}); use --format notesequences"
            )
        tensor_description(choice.config)
    return choice, sources.find_files(options.input_tfrecord, options.input)


def _make(
    options: RunOptions,
    choice: Choice,
    files: list[InputFile],
    folder: WorkFolder,
    executor: Executor | None,
    progress: Progress,
    tell: Callable[[str], None],
) -> Summary:
    """Plans, extracts and merges; the shards are complete under hidden names."""
    clock = _Clock()
    plan = load_plan(folder)
    if plan is None:
        plan = _plan(files, options)
        save_plan(folder, plan)
    if options.strict and plan.losses:
        raise StrictError(f"{_damaged(plan.losses[0])}; without --strict the run would go on")
    clock.lap("plan")
    extraction = _extract(options, choice, plan, folder, executor, progress, tell)
    clock.lap("extract")
    changed = [_changed(file) for file in sources.changed_files(plan.files)]
    if options.strict and changed:
        raise StrictError(f"{changed[0]}; without --strict the run would go on")
    extraction.changed = changed
    for attempt in range(_MERGE_ATTEMPTS):
        try:
            counts, written = _merge(options, extraction, folder, progress)
            break
        except spill.SpillError as error:
            if attempt + 1 == _MERGE_ATTEMPTS:
                raise
            tell(f"{error}; its part of the input is extracted once more")
            _drop_spill(error.path, folder, extraction)
            again = _extract(options, choice, plan, folder, executor, progress, lambda _: None)
            extraction.reports, extraction.lost = again.reports, again.lost
    clock.lap("merge")
    return _summary(options, choice, plan, extraction, counts, written, clock.laps)


def _drop_spill(path: Path, folder: WorkFolder, extraction: "_Extraction") -> None:
    """Deletes what tells that the split of a spill is done."""
    for report in extraction.reports:
        own = folder.spill(report.split)
        if path in spill_paths(own, report):
            own.unlink(missing_ok=True)


def _merge(
    options: RunOptions, extraction: "_Extraction", folder: WorkFolder, progress: Progress
) -> tuple[merge.MergeCounts, dict[str, list[shards.Shard]]]:
    outputs = outputs_of(options)
    entries = sum(report.entries for report in extraction.reports)
    try:
        sets = {
            output.name: shards.ShardSet(output.prefix, options.output_shards, output.payload)
            for output in outputs
        }
        with progress("merging", entries, "examples") as advance:
            counts = merge.merge(
                [
                    path
                    for report in extraction.reports
                    for path in spill_paths(folder.spill(report.split), report)
                ],
                [sets[output.name] for output in outputs if not output.is_eval],
                advance,
                evaluation=[sets[output.name] for output in outputs if output.is_eval],
                held_out=held_out(options.eval_fraction) if options.eval_fraction else None,
                max_source_ids=options.max_source_ids,
            )
        return counts, {name: one.close() for name, one in sets.items()}
    except OSError:
        for output in outputs:  # a full disk has no use for half a merge
            shards.remove_parts(output.prefix)
        raise


@dataclass(slots=True)
class _Extraction:
    """The reports of all splits, and the splits that were given up."""

    reports: list[Report] = field(default_factory=list)
    lost: list[Split] = field(default_factory=list)
    changed: list[Fault] = field(default_factory=list)
    resumed: int = 0


def _extract(
    options: RunOptions,
    choice: Choice,
    plan: Plan,
    folder: WorkFolder,
    executor: Executor | None,
    progress: Progress,
    tell: Callable[[str], None],
) -> _Extraction:
    """Extracts every split that no finished spill stands for yet."""
    extraction = _Extraction()
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

        def on_report(report: Report) -> None:
            extraction.reports.append(report)
            advance(plan.splits[report.split].records or report.records)

        if tasks:
            with _executors(options, choice, len(tasks), executor) as new_executor:
                in_flight = options.workers * _QUEUED_PER_WORKER
                lost = extract_all(tasks, new_executor, in_flight, on_report)
                extraction.lost = [task.split for task in lost]
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


@contextlib.contextmanager
def _executors(
    options: RunOptions, choice: Choice, tasks: int, given: Executor | None
) -> Iterator[Callable[[], Executor]]:
    """A function that gives the executor, a new pool each time the last one broke."""
    if given is not None:
        yield lambda: given
        return
    pools: list[Executor] = []

    def new_executor() -> Executor:
        if pools:
            pool.stop(pools.pop())
        preload = _FAST_WORKER_MODULES if choice.spec.name == "fast" else ()
        pools.append(pool.new_pool(min(options.workers, tasks), preload))
        return pools[-1]

    try:
        yield new_executor
        pools.pop().shutdown()
    finally:
        for one in pools:  # only when something was raised
            pool.stop(one)


def _publish(options: RunOptions, summary: Summary) -> None:
    """Renames the finished shards into place; the summary comes last and marks success."""
    outputs = outputs_of(options)
    text = to_json(summary)
    summaries = _summary_paths(outputs)
    if all(path.exists() and path.read_text("utf-8") == text for path in summaries):
        return  # an interrupted run has come as far as this
    for path in summaries:
        path.unlink(missing_ok=True)
    for output in outputs:
        names = {shard.name for shard in summary.shards[output.name]}
        for old in shards.existing_shards(output.prefix):
            if old.name not in names:
                old.unlink()
        for number in range(options.output_shards):
            shards.put_in_place(output.prefix, number, options.output_shards)
    for path in reversed(summaries):  # the training set's own comes last
        write_atomically(path, text)


def _summary_paths(outputs: list[Output]) -> list[Path]:
    """One beside each set of shards, so that a loader of any of them finds it."""
    return [summary_path(output.prefix) for output in outputs]


def _plan(files: list[InputFile], options: RunOptions) -> Plan:
    return sources.plan(files, options.split_bytes or _split_bytes(files, options.workers))


def _split_bytes(files: list[InputFile], workers: int) -> int:
    """Small enough to balance the workers, large enough to be worth a task."""
    total = sum(file.size for file in files)
    even = total // (workers * _SPLITS_PER_WORKER)
    return min(max(even, _MIN_SPLIT_BYTES), _MAX_SPLIT_BYTES)


def _check_input(files: list[InputFile]) -> None:
    """Refuses an input in which not one file begins as a TFRecord does.

    Raises:
        UsageError: Says what the first file looks like.
    """
    losses = []
    for file in files:
        first = sources.first_loss(file)
        if first is None:
            return
        losses.append(first)
    raise UsageError(f"cannot read {losses[0].path}: {losses[0].reason}")


def _check_output(options: RunOptions, files: list[InputFile]) -> None:
    """Refuses an output that exists, unless it may be replaced.

    Raises:
        UsageError: Something stands where the output would be written.
    """
    inputs = {file.path.resolve() for file in files}
    prefixes = set()
    for output in outputs_of(options):
        prefix = output.prefix
        if prefix.is_dir():
            raise UsageError(
                f"the output {str(prefix)!r} is a folder; add a file name, "
                f"e.g. {str(prefix / 'train.tfrecord')!r}"
            )
        if prefix.resolve() in prefixes:
            raise UsageError("--eval-prefix must differ from --output-tfrecord")
        prefixes.add(prefix.resolve())
        existing = shards.existing_shards(prefix)
        both = [path for path in existing if path.resolve() in inputs]
        if both:
            raise UsageError(f"{both[0]} is an input too; choose another --output-tfrecord")
        if existing and not options.overwrite:
            raise UsageError(
                f"{existing[0]} exists; add --overwrite to replace it, "
                "or choose another --output-tfrecord"
            )


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder {str(path)!r}: {error.strerror}") from error


def _job(options: RunOptions, choice: Choice, files: list[InputFile]) -> dict[str, Any]:
    """What makes two runs the same job: everything that decides the bytes of the output."""
    return {
        "version": vaeprep.__version__,
        "config": options.config,
        "engine": choice.spec.name,
        "inputs": [
            {"path": str(file.path), "size": file.size, "modified_ns": file.modified_ns}
            for file in files
        ],
        **_output_options(options),
    }


def _output_options(options: RunOptions) -> dict[str, Any]:
    return {
        "output shards": options.output_shards,
        "filters": dataclasses.asdict(options.filters) if options.filters else None,
        "max examples per sequence": options.max_examples_per_sequence,
        "max source ids": options.max_source_ids,
        "format": options.format,
        "eval fraction": options.eval_fraction,
        "eval prefix": str(options.eval_prefix) if options.eval_prefix else None,
    }


def _summary(
    options: RunOptions,
    choice: Choice,
    plan: Plan,
    extraction: _Extraction,
    counts: merge.MergeCounts,
    written: dict[str, list[shards.Shard]],
    seconds: dict[str, float],
) -> Summary:
    counters: Counter[str] = Counter()
    fault_counts: Counter[str] = Counter()
    faults: list[Fault] = []
    for loss in plan.losses:
        faults.append(_damaged(loss))
        fault_counts["damaged"] += 1
    for fault in extraction.changed:
        faults.append(fault)
        fault_counts[fault.kind] += 1
    for report in extraction.reports:
        counters.update(report.counters)
        fault_counts.update(report.fault_counts)
        faults += report.faults[: NAMED - len(faults)] if len(faults) < NAMED else []
    counters["unique-examples"] = counts.unique
    return Summary(
        version=vaeprep.__version__,
        config=options.config,
        engine=choice.spec.name,
        engine_reason=choice.reason,
        options=_output_options(options),
        batch_size=choice.batch_size,
        inputs=len(plan.files),
        records=sum(report.records for report in extraction.reports),
        counters=dict(counters),
        fault_counts=dict(fault_counts),
        faults=faults[:NAMED],
        lost_splits=[_lost(split) for split in extraction.lost],
        from_many=counts.from_many,
        most_sources=counts.most_sources,
        shards=written,
        seconds={stage: round(value, 3) for stage, value in seconds.items()},
        resumed_splits=extraction.resumed,
        shortened=counts.shortened,
        evaluation=counts.evaluation,
        in_both=counts.in_both,
        tensors=(
            tensor_description(choice.config)
            if choice.config and options.format != "notesequences"
            else None
        ),
    )


def _damaged(loss: Loss) -> Fault:
    return Fault("damaged", str(loss.path), loss.offset, "", loss.reason)


def _changed(file: InputFile) -> Fault:
    reason = "the file changed while it was read; what was planned before is what was read"
    return Fault("changed", str(file.path), 0, "", reason)


def _lost(split: Split) -> str:
    if split.midi_files:
        part = f"{split.midi_files[0]} and the {len(split.midi_files) - 1} MIDI files after it"
    elif split.stop is None:
        part = f"{split.path}, the whole file"
    else:
        part = f"{split.path}, bytes {split.start} to {split.stop} ({split.records} records)"
    return f"{part}: its worker was killed twice, perhaps for its memory; try fewer --workers"


class _Clock:
    """Wall time of the stages, in seconds."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._start = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage] = now - self._start
        self._start = now
