"""Merges all spills of a folder: the process that `million_songs` measures.

With one worker it is the single reducer, with more the merge in tasks of a process
pool. Prints one line of JSON: what was merged, and a digest of the shards.
"""

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from benchmarks.stages import Inline
from vaeprep.job import merge, parallel_merge, pool, spill_index
from vaeprep.job.dedup import Rules
from vaeprep.job.outputs import Output
from vaeprep.job.parallel_merge import Merge, Workers
from vaeprep.job.shards import Shard, ShardSet
from vaeprep.job.spill_index import SpillIndex
from vaeprep.music.encode import note_sequence_payload
from vaeprep.progress import Advance, Progress

_MANY = 64
"""Workers for which the shares are cut when they are merged in turn."""


def main() -> None:
    """Merges, counts, and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spills", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--output-shards", type=int, default=32)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--in-tasks", action="store_true", help="with one worker too, here")
    arguments = parser.parse_args()
    start = time.process_time()
    paths = sorted(arguments.spills.glob("*.spill"))
    output = Output("notesequences", arguments.out, note_sequence_payload)
    task = Merge(arguments.out.with_name("merge"), (output,), arguments.output_shards, Rules())
    index = spill_index.build(task.folder, paths)
    laps = {"index": time.process_time() - start}
    entries = [0]
    if arguments.in_tasks:
        counts, written = _in_turn(task, index, _timed(laps, entries))
    elif arguments.workers == 1:
        counts, written = _alone(task, index, _timed(laps, entries))
    else:
        counts, written = _in_tasks(task, index, arguments.workers, _timed(laps, entries))
    crcs = json.dumps([shard.crc32c for shard in written]).encode()
    answer = {
        "spills": len(paths),
        "spill bytes": sum(path.stat().st_size for path in paths),
        "entries": entries[0],
        "unique": counts.unique,
        "most sources": counts.most_sources,
        "written": sum(shard.records for shard in written),
        "written bytes": sum(shard.bytes for shard in written),
        "digest": blake2b(crcs, digest_size=8).hexdigest(),
        "laps": laps,
    }
    print(json.dumps(answer))


def _alone(
    task: Merge, index: SpillIndex, progress: Progress
) -> tuple[merge.MergeCounts, list[Shard]]:
    output = task.outputs[0]
    shards = ShardSet(output.prefix, task.shards, output.payload)
    with progress("merging", None, "") as advance:
        counts = merge.merge(index, [shards], advance)
    return counts, shards.close()


def _in_turn(
    task: Merge, index: SpillIndex, progress: Progress
) -> tuple[merge.MergeCounts, list[Shard]]:
    """The merge in tasks, but each in this process."""
    workers = Workers(Inline, _MANY)
    counts, written = parallel_merge.merge_parallel(task, index, workers, progress)
    return counts, written[task.outputs[0].name]


def _in_tasks(
    task: Merge, index: SpillIndex, workers: int, progress: Progress
) -> tuple[merge.MergeCounts, list[Shard]]:
    with pool.executors(workers, ("vaeprep.job.parallel_merge",)) as new_executor:
        counts, written = parallel_merge.merge_parallel(
            task, index, Workers(new_executor, workers), progress
        )
    return counts, written[task.outputs[0].name]


def _timed(laps: dict[str, float], entries: list[int]) -> Progress:
    """A progress bar that keeps each stage's CPU seconds and the entries merged."""

    @contextmanager
    def progress(stage: str, _total: int | None, _unit: str) -> Iterator[Advance]:
        def advance(count: int) -> None:
            entries[0] += count * (stage == "merging")

        start = time.process_time()
        yield advance
        laps[stage] = time.process_time() - start

    return progress


if __name__ == "__main__":
    main()
