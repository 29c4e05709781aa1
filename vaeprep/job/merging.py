"""The merge of a run: by the single reducer where the data is small, else on all cores."""

import os
import shutil
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

from vaeprep.job import merge, parallel_merge, pool, shards, spill_index
from vaeprep.job.dedup import Rules
from vaeprep.job.extraction import ExtractedSplits, has_extracted, save_extracted
from vaeprep.job.merge import MergeCounts
from vaeprep.job.parallel_merge import Merge, Workers
from vaeprep.job.report import spill_paths
from vaeprep.job.set_up import Run
from vaeprep.job.shards import Shard, ShardSet
from vaeprep.job.spill_index import SpillIndex
from vaeprep.job.workfolder import WorkFolder

SMALL_BYTES = 64 << 20
"""Entry bytes that the single reducer merges in about a second: starting workers costs more."""

_WORKER_MODULES = ("vaeprep.job.parallel_merge",)

Merged = tuple[MergeCounts, dict[str, list[Shard]]]
"""What was written, and the shards of each output."""


def merge_spills(this: Run, extracted: ExtractedSplits, folder: WorkFolder) -> Merged:
    """Merges the spills of all splits; the shards are complete under hidden names.

    Raises:
        SpillError: A spill is damaged.
        SegmentError: A segment is damaged.
        MergeKilledError: Workers were killed.
        OSError: A spill cannot be read, or a disk is full.
    """
    if this.sends_spills:  # they are on this machine alone
        here = replace(this.options, workers=pool.available_cpus())
        this = replace(this, executor=None, options=here)
    task = Merge(
        folder=_folder(folder, extracted),
        outputs=this.outputs,
        shards=this.options.output_shards,
        rules=Rules(this.options.eval_fraction, this.options.max_source_ids),
    )
    spills = [
        path
        for report in extracted.reports
        for path in spill_paths(folder.spill(report.split), report)
    ]
    try:
        index = spill_index.find(task.folder) or spill_index.build(task.folder, spills)
        if _is_small(this, extracted) and not has_extracted(folder):
            return _merge_alone(this, task, index, _entries(extracted))

        def drop_spills() -> None:
            save_extracted(extracted, folder)
            for path in spills:
                path.unlink(missing_ok=True)

        count = this.options.workers
        with pool.executors(count, _WORKER_MODULES, this.executor) as new_executor:
            return parallel_merge.merge_parallel(
                task,
                index,
                Workers(new_executor, count),
                this.progress,
                entries=_entries(extracted),
                on_segments=drop_spills,
            )
    except OSError:
        for output in this.outputs:  # a full disk has no use for half a merge
            shards.remove_parts(output.prefix)
        raise


def forget_merges(folder: WorkFolder) -> None:
    """Deletes what earlier merges have left in the work folder."""
    for path in folder.spills.glob("merge-*"):
        # A cluster's tasks may still write there: nobody can wait for them.
        aside = path.rename(path.with_name(f"old-{os.urandom(4).hex()}"))
        shutil.rmtree(aside, ignore_errors=True)


def _is_small(this: Run, extracted: ExtractedSplits) -> bool:
    if this.executor is None and this.options.workers == 1:
        return True
    return sum(report.entry_bytes for report in extracted.reports) < SMALL_BYTES


def _entries(extracted: ExtractedSplits) -> int:
    return sum(report.entries for report in extracted.reports)


def _folder(folder: WorkFolder, extracted: ExtractedSplits) -> Path:
    """Where the merge of these spills works; a merge of others has a folder of its own."""
    spills = [(report.split, report.batches, report.entries) for report in extracted.reports]
    name = blake2b(repr(spills).encode("utf-8"), digest_size=8).hexdigest()
    return folder.spills / f"merge-{name}"


def _merge_alone(this: Run, task: Merge, index: SpillIndex, entries: int) -> Merged:
    sets = {
        output.name: ShardSet(output.prefix, task.shards, output.payload, output.zipped)
        for output in this.outputs
    }
    with this.progress("merging", entries, "examples") as advance:
        counts = merge.merge(
            index,
            [sets[output.name] for output in this.outputs if not output.is_eval],
            advance,
            evaluation=[sets[output.name] for output in this.outputs if output.is_eval],
            rules=task.rules,
        )
    return counts, {name: one.close() for name, one in sets.items()}
