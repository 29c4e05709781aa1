"""The merge in tasks on all cores, with the very bytes of the single reducer.

First a task for each share of the hash space. It cannot know how many examples
the shares before it hold, and so not which shard its own belong to. It need not:
example r of the share goes to piece r mod N of the share's segment. When all
shares are counted, O examples stand before a share, and its piece q belongs to
shard (O + q) mod N.

Then tasks for the shards: shard s is the pieces (s - O) mod N of all segments, in
the order of the shares. Assembly copies bytes, and compresses them with the same
members as the single reducer.
"""

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from vaeprep.errors import VaeprepError, option
from vaeprep.files.tfrecord import frame
from vaeprep.files.whole import write_whole
from vaeprep.job import segment, spill_index
from vaeprep.job.dedup import Rules, Tally, distinct
from vaeprep.job.fanout import Lost, fan_out
from vaeprep.job.merge import MergeCounts, counts_of, shares, worthwhile_share_bytes
from vaeprep.job.outputs import Output
from vaeprep.job.segment import Segment, SegmentError, ShareReport
from vaeprep.job.shards import Shard, remove_parts, write_shard
from vaeprep.job.spill_index import SpillIndex
from vaeprep.progress import Progress

_LEAST_SHARE_BYTES = 4 << 20
_SHARES_PER_WORKER = 4
_QUEUED_PER_WORKER = 2
_ASSEMBLED_BYTES = 8 << 20
"""Shards of a task together, so that thousands of small shards are not as many tasks."""

_SHARES = "shares.json"
_PIECES = "pieces.json"


_KILLED = (
    "a worker of the merge was killed twice, perhaps for its memory; the work is kept: "
    "run it again as it was, with fewer ",
    option("workers"),
)


class MergeKilledError(VaeprepError):
    """The worker of a merge's task was killed twice; finished work is kept."""


@dataclass(frozen=True, slots=True)
class Merge:
    """What all tasks of a merge have in common.

    Attributes:
        folder: Holds the index of the spills, and gets the segments.
        outputs: What is written, of the training and the evaluation set.
        shards: Number of shards of each output.
        rules: What decides an example's set and its ids.
    """

    folder: Path
    outputs: tuple[Output, ...]
    shards: int
    rules: Rules

    def segment(self, first: int, last: int) -> Path:
        """Where the segment of a share stands."""
        return self.folder / f"{first:04d}-{last:04d}.segment"


@dataclass(frozen=True, slots=True)
class ShareTask:
    """The buckets `first` up to, not including, `last`."""

    merge: Merge
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class ShardsTask:
    """The shards `first` up to, not including, `last` of one output."""

    merge: Merge
    output: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Workers:
    """What the tasks run on.

    Attributes:
        new_executor: Gives an executor, a new one after the last has broken.
        count: How many tasks run at once.
    """

    new_executor: Callable[[], Executor]
    count: int


def merge_parallel(
    merge: Merge,
    index: SpillIndex,
    workers: Workers,
    progress: Progress,
    *,
    entries: int | None = None,
    share_bytes: int | None = None,
    on_segments: Callable[[], None] = lambda: None,
) -> tuple[MergeCounts, dict[str, list[Shard]]]:
    """Merges the spills and writes the shards.

    Segments of an earlier, stopped merge in the same folder are not made again.

    Args:
        merge: What is merged, and where.
        index: The spills; it stands in the folder of the merge.
        workers: What the tasks run on.
        progress: Opens a progress bar for each of the two stages.
        entries: Entries of all spills, for the progress.
        share_bytes: Entry bytes of a share, None to choose. A merge that goes on
            keeps the shares of the one that was stopped.
        on_segments: Called when all segments are complete. The spills are not
            wanted any more, nor in a later merge in the same folder.

    Returns:
        What was written, and the shards of each output, complete but still
        under their hidden names.

    Raises:
        SpillError: A spill is damaged.
        SegmentError: A segment is damaged.
        MergeKilledError: A task's worker was killed twice.
        OSError: A spill cannot be read, or a disk is full.
    """
    cut = _cut(merge.folder, index, share_bytes or _share_bytes(index, workers.count))
    segments = _merge_shares(merge, cut, workers, progress, entries)
    on_segments()
    written = _assemble(merge, segments, workers, progress)
    tally = Tally()
    for one in segments:
        tally.add(one.report.tally)
    totals = [sum(_written(one, is_eval) for one in segments) for is_eval in (False, True)]
    return counts_of(totals, tally), written


def merge_share(task: ShareTask) -> ShareReport:
    """Writes the segment of one share; what a worker runs.

    Raises:
        SpillError: A spill is damaged.
        OSError: A spill cannot be read, or the disk is full.
    """
    merge = task.merge
    count = merge.shards
    pieces = [bytearray() for _ in range(count * len(merge.outputs))]
    sets = [
        [
            (output.payload, pieces[number * count : (number + 1) * count])
            for number, output in enumerate(merge.outputs)
            if output.is_eval == is_eval
        ]
        for is_eval in (False, True)
    ]
    written = [0, 0]
    tally = Tally()
    index = _index(merge.folder)
    for one in distinct(index, task.first, task.last, merge.rules, tally):
        piece = written[one.is_eval] % count
        for payload, of_output in sets[one.is_eval]:
            of_output[piece] += frame(payload(one.example, one.features, one.ids))
        written[one.is_eval] += 1
    report = ShareReport(written[False], written[True], tally)
    segment.write(merge.segment(task.first, task.last), pieces, report)
    return report


def assemble(task: ShardsTask) -> list[Shard]:
    """Writes some shards of one output; what a worker runs.

    Raises:
        SegmentError: A segment is damaged.
        OSError: A segment cannot be read, or the disk is full.
    """
    merge = task.merge
    output = merge.outputs[task.output]
    places = _places(merge.folder)[output.is_eval]
    records = places[-1].before
    first_piece = task.output * merge.shards
    return [
        write_shard(
            output.prefix,
            number,
            merge.shards,
            zipped=output.zipped,
            records=(records - number + merge.shards - 1) // merge.shards,
            pieces=(
                segment.read_piece(
                    place.path,
                    place.tables_at,
                    first_piece + (number - place.before) % merge.shards,
                    merge.shards * len(merge.outputs),
                )
                for place in places[:-1]
            ),
        )
        for number in range(task.first, task.last)
    ]


def _cut(folder: Path, index: SpillIndex, share_bytes: int) -> list[tuple[int, int]]:
    """The shares, as an earlier merge in the folder has cut them, if there was one."""
    path = folder / _SHARES
    if not path.exists():
        write_whole(path, json.dumps(list(shares(index.bucket_bytes, share_bytes))))
    return [(first, last) for first, last in json.loads(path.read_text("utf-8"))]


def _share_bytes(index: SpillIndex, workers: int) -> int:
    """Small enough to balance the workers, large enough to be worth a task."""
    even = int(index.bucket_bytes.sum()) // (workers * _SHARES_PER_WORKER)
    return min(max(even, _LEAST_SHARE_BYTES), worthwhile_share_bytes(len(index.paths)))


def _merge_shares(
    merge: Merge,
    cut: Sequence[tuple[int, int]],
    workers: Workers,
    progress: Progress,
    entries: int | None,
) -> list[Segment]:
    """The segments of all shares, in the order of the shares."""
    done = {share: found for share in cut if (found := _finished(merge.segment(*share)))}
    tasks = [ShareTask(merge, *share) for share in cut if share not in done]
    in_flight = workers.count * _QUEUED_PER_WORKER
    with progress("merging", entries, "examples") as advance:
        advance(sum(one.report.tally.entries for one in done.values()))
        for outcome in fan_out(merge_share, tasks, workers.new_executor, in_flight):
            if isinstance(outcome, Lost):
                raise MergeKilledError(*_KILLED)
            advance(outcome.result.tally.entries)
    return [done.get(share) or segment.open_segment(merge.segment(*share)) for share in cut]


def _finished(path: Path) -> Segment | None:
    """The segment of a share that is done; a damaged one is thrown away."""
    try:
        return segment.open_segment(path)
    except FileNotFoundError:
        return None
    except SegmentError:
        path.unlink()
        return None


def _assemble(
    merge: Merge, segments: Sequence[Segment], workers: Workers, progress: Progress
) -> dict[str, list[Shard]]:
    """The shards of each output, put together from the pieces of the segments."""
    for output in merge.outputs:
        remove_parts(output.prefix)
    _save_places(merge.folder, segments)
    tasks = list(_shards_tasks(merge, sum(one.tables_at for one in segments)))
    in_flight = workers.count * _QUEUED_PER_WORKER
    written: dict[str, list[Shard]] = {output.name: [] for output in merge.outputs}
    total = merge.shards * len(merge.outputs)
    with progress("assembling", total, "shards") as advance:
        for outcome in fan_out(assemble, tasks, workers.new_executor, in_flight, in_order=True):
            if isinstance(outcome, Lost):
                raise MergeKilledError(*_KILLED)
            written[merge.outputs[outcome.task.output].name] += outcome.result
            advance(len(outcome.result))
    return written


def _shards_tasks(merge: Merge, piece_bytes: int) -> Iterator[ShardsTask]:
    shard_bytes = piece_bytes // (merge.shards * len(merge.outputs)) + 1
    step = max(_ASSEMBLED_BYTES // shard_bytes, 1)
    for output in range(len(merge.outputs)):
        for first in range(0, merge.shards, step):
            yield ShardsTask(merge, output, first, min(first + step, merge.shards))


@dataclass(frozen=True, slots=True)
class _Place:
    """A segment, and how many examples of a set stand before it."""

    path: Path
    tables_at: int
    before: int


def _written(one: Segment, is_eval: bool) -> int:
    return one.report.evaluation if is_eval else one.report.training


def _save_places(folder: Path, segments: Sequence[Segment]) -> None:
    """Writes, once for all tasks, what assembly needs to know of the segments."""
    values = [
        [one.path.name, one.tables_at, one.report.training, one.report.evaluation]
        for one in segments
    ]
    write_whole(folder / _PIECES, json.dumps(values))


@functools.lru_cache(maxsize=1)
def _places(folder: Path) -> tuple[list[_Place], list[_Place]]:
    """The segments for the training and for the evaluation set, an end behind each."""
    values = json.loads((folder / _PIECES).read_text("utf-8"))

    def of_set(column: int) -> list[_Place]:
        before = accumulate((value[column] for value in values), initial=0)
        ends = [*values, ["", 0]]
        return [
            _Place(folder / value[0], value[1], count)
            for value, count in zip(ends, before, strict=True)
        ]

    return of_set(2), of_set(3)


@functools.lru_cache(maxsize=1)
def _index(folder: Path) -> SpillIndex:
    return spill_index.load(folder)
