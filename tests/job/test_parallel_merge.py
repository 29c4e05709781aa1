"""The merge in tasks: the very bytes of the single reducer, and no share lost or done twice."""

import os
import random
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaeprep.files.names import part_path
from vaeprep.job import fanout, merge, parallel_merge, pool, spill, spill_index
from vaeprep.job.dedup import Rules
from vaeprep.job.outputs import Output
from vaeprep.job.parallel_merge import Merge, MergeKilledError, Workers, merge_parallel
from vaeprep.job.segment import SegmentError
from vaeprep.job.shards import Shard, ShardSet
from vaeprep.job.spill_index import SpillIndex
from vaeprep.music.encode import note_sequence_payload
from vaeprep.progress import no_progress
from vaeprep.tensors.tf_example import tensor_payload

Written = tuple[merge.MergeCounts, dict[str, list[Shard]]]


class Inline(Executor):
    """Does each task at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


INLINE = Workers(Inline, 2)


@pytest.fixture(autouse=True)
def _no_wait_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _file: None)  # of thousands of shards


def write_spills(
    folder: Path, seed: int, spills: int, songs: int, different: int
) -> list[Path]:
    """Spills of songs that have some examples of a common stock, favourites among them."""
    folder.mkdir(parents=True)
    rng = random.Random(seed)
    stock = [rng.randbytes(rng.randrange(1, 300)) for _ in range(different)]
    paths = []
    for number in range(spills):
        found: dict[bytes, tuple[bytes, set[int]]] = {}
        for song in range(songs):
            for _ in range(rng.randrange(6)):
                example = stock[int(different * rng.random() ** 3)]
                found.setdefault(spill.hash_example(example), (example, set()))[1].add(song)
        entries = [
            spill.Entry(digest, sorted(of), example, b"\x0a\x05" + example[:5] * 3)
            for digest, (example, of) in sorted(found.items())
        ]
        ids = [
            f"/id/{rng.randrange(40)}" if rng.random() < 0.9 else "a,b" for _ in range(songs)
        ]
        paths.append(folder / f"{number:07d}.spill")
        spill.write(paths[-1], entries, ids, b"{}")
    return paths


def outputs(folder: Path, eval_fraction: float) -> tuple[Output, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    found = [
        Output("notesequences", folder / "x", note_sequence_payload),
        Output("tensors", folder / "tensors-x", tensor_payload, zipped=True),
    ]
    if eval_fraction:
        found += [
            Output("eval-notesequences", folder / "eval-x", note_sequence_payload),
            Output("eval-tensors", folder / "tensors-eval-x", tensor_payload, zipped=True),
        ]
    return tuple(found)


def alone(index: SpillIndex, task: Merge) -> Written:
    """What the single reducer makes of it."""
    sets = {
        one.name: ShardSet(one.prefix, task.shards, one.payload, one.zipped)
        for one in task.outputs
    }
    counts = merge.merge(
        index,
        [sets[one.name] for one in task.outputs if not one.is_eval],
        lambda _entries: None,
        evaluation=[sets[one.name] for one in task.outputs if one.is_eval],
        rules=task.rules,
    )
    return counts, {name: one.close() for name, one in sets.items()}


def shard_bytes(task: Merge) -> list[bytes]:
    return [
        part_path(output.prefix, number, task.shards).read_bytes()
        for output in task.outputs
        for number in range(task.shards)
    ]


def both(
    folder: Path, paths: Sequence[Path], shards: int, rules: Rules
) -> tuple[SpillIndex, Merge, Written, list[bytes]]:
    """A merge to do in tasks, and what the single reducer has made of the same spills."""
    index = spill_index.build(folder / "merge", paths)
    plain = Merge(folder / "merge", outputs(folder / "a", rules.eval_fraction), shards, rules)
    expected = alone(index, plain)
    task = replace(plain, outputs=outputs(folder / "b", rules.eval_fraction))
    return index, task, expected, shard_bytes(plain)


@given(
    seed=st.integers(0, 1 << 32),
    spills=st.integers(0, 8),
    songs=st.sampled_from([0, 3, 100]),
    different=st.sampled_from([1, 30, 3000]),
    shards=st.sampled_from([1, 2, 7, 32, 500]),
    eval_fraction=st.sampled_from([0.0, 0.2, 0.7]),
    max_source_ids=st.sampled_from([None, 1, 3]),
    share_bytes=st.sampled_from([1, 5000, 10**5, 48 << 20]),
)
@settings(max_examples=25)
def test_tasks_write_the_bytes_and_counts_of_the_single_reducer(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    spills: int,
    songs: int,
    different: int,
    shards: int,
    eval_fraction: float,
    max_source_ids: int | None,
    share_bytes: int,
) -> None:
    folder = tmp_path_factory.mktemp("merge")
    paths = write_spills(folder / "spills", seed, spills, songs, different)
    rules = Rules(eval_fraction, max_source_ids)
    index, task, expected, expected_bytes = both(folder, paths, shards, rules)
    found = merge_parallel(task, index, INLINE, no_progress, share_bytes=share_bytes)
    assert found == expected
    assert shard_bytes(task) == expected_bytes


@pytest.mark.parametrize("shards", [1, 3])
def test_gzip_members_end_where_the_single_reducer_ends_them(
    tmp_path: Path, shards: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Members of a few records, so that they end in the middle of pieces."""
    monkeypatch.setattr("vaeprep.job.shards._BUFFER_BYTES", 900)
    monkeypatch.setattr("vaeprep.job.shards._LEAST_BUFFER", 300)
    paths = write_spills(tmp_path / "spills", 4, 3, 50, 300)
    index, task, expected, expected_bytes = both(tmp_path, paths, shards, Rules())
    assert merge_parallel(task, index, INLINE, no_progress, share_bytes=3000) == expected
    assert shard_bytes(task) == expected_bytes
    assert expected_bytes[-1].count(b"\x1f\x8b\x08") > 5


@contextmanager
def processes(count: int) -> Iterator[Workers]:
    with pool.executors(count) as new_executor:
        yield Workers(new_executor, count)


def test_shares_that_an_earlier_merge_has_done_are_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_spills(tmp_path / "spills", 5, 4, 100, 3000)
    index, task, expected, expected_bytes = both(tmp_path, paths, 5, Rules(0.2))
    done: list[tuple[int, int]] = []
    merge_share = parallel_merge.merge_share

    def stopped_after(limit: int) -> Callable[[parallel_merge.ShareTask], Any]:
        def work(share: parallel_merge.ShareTask) -> Any:
            if len(done) == limit:
                raise KeyboardInterrupt
            done.append((share.first, share.last))
            return merge_share(share)

        return work

    monkeypatch.setattr(parallel_merge, "merge_share", stopped_after(4))
    with pytest.raises(KeyboardInterrupt):
        merge_parallel(task, index, INLINE, no_progress, share_bytes=20_000)
    monkeypatch.setattr(parallel_merge, "merge_share", stopped_after(1000))
    found = merge_parallel(task, index, INLINE, no_progress, share_bytes=20_000)
    assert found == expected
    assert shard_bytes(task) == expected_bytes
    assert len(done) == len(set(done)) > 8


@pytest.mark.parametrize("place", [0, 0.3, 0.5])
def test_damage_in_the_pieces_of_a_segment_is_named(tmp_path: Path, place: float) -> None:
    paths = write_spills(tmp_path / "spills", 6, 2, 50, 1000)
    index, task, expected, expected_bytes = both(tmp_path, paths, 3, Rules())
    merge_parallel(task, index, INLINE, no_progress, share_bytes=20_000)
    damaged = sorted(task.folder.glob("*.segment"))[1]
    flip(damaged, int(damaged.stat().st_size * place))
    with pytest.raises(SegmentError) as caught:
        merge_parallel(task, index, INLINE, no_progress, share_bytes=20_000)
    assert caught.value.path == damaged
    damaged.unlink()
    assert merge_parallel(task, index, INLINE, no_progress, share_bytes=20_000) == expected
    assert shard_bytes(task) == expected_bytes


@pytest.mark.parametrize("before_end", [9, 30, 100, 150])
def test_a_share_whose_segment_cannot_be_opened_is_done_again(
    tmp_path: Path, before_end: int
) -> None:
    paths = write_spills(tmp_path / "spills", 6, 2, 50, 1000)
    index, task, expected, expected_bytes = both(tmp_path, paths, 3, Rules())
    merge_parallel(task, index, INLINE, no_progress, share_bytes=20_000)
    damaged = sorted(task.folder.glob("*.segment"))[1]
    whole = damaged.read_bytes()
    flip(damaged, len(whole) - before_end)
    assert merge_parallel(task, index, INLINE, no_progress, share_bytes=20_000) == expected
    assert shard_bytes(task) == expected_bytes
    assert damaged.read_bytes() == whole


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 4
    path.write_bytes(data)


def killed_once(share: parallel_merge.ShareTask) -> Any:
    """Stands in for merge_share: the first worker to get the first share is killed."""
    marker = share.merge.folder / "tried"
    if share.first == 0 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return parallel_merge.merge_share(share)


def killed_always(share: parallel_merge.ShareTask) -> Any:
    if share.first == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return parallel_merge.merge_share(share)


def with_work(monkeypatch: pytest.MonkeyPatch, work: Callable[..., Any]) -> None:
    """Lets the tasks of shares do other work in real processes."""

    def fan_out(given: Callable[..., Any], *args: Any, **options: Any) -> Any:
        is_share = given is parallel_merge.merge_share
        return fanout.fan_out(work if is_share else given, *args, **options)

    monkeypatch.setattr(parallel_merge, "fan_out", fan_out)


def test_a_share_whose_worker_is_killed_once_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_spills(tmp_path / "spills", 7, 3, 100, 3000)
    index, task, expected, expected_bytes = both(tmp_path, paths, 4, Rules(0.2))
    with_work(monkeypatch, killed_once)
    with processes(2) as workers:
        found = merge_parallel(task, index, workers, no_progress, share_bytes=20_000)
    assert (task.folder / "tried").exists()
    assert found == expected
    assert shard_bytes(task) == expected_bytes


def test_a_share_that_kills_its_workers_ends_the_merge_and_no_example_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_spills(tmp_path / "spills", 7, 3, 100, 3000)
    index, task, expected, _ = both(tmp_path, paths, 4, Rules())
    with_work(monkeypatch, killed_always)
    with pytest.raises(MergeKilledError, match="fewer workers"), processes(2) as workers:
        merge_parallel(task, index, workers, no_progress, share_bytes=20_000)
    monkeypatch.undo()
    found = merge_parallel(task, index, INLINE, no_progress, share_bytes=20_000)
    assert found == expected


def test_a_damaged_spill_is_named_by_a_worker_in_another_process(tmp_path: Path) -> None:
    paths = write_spills(tmp_path / "spills", 8, 3, 50, 1000)
    index, task, _, _ = both(tmp_path, paths, 2, Rules())
    flip(paths[1], 100)
    with pytest.raises(spill.SpillError) as caught, processes(1) as workers:
        merge_parallel(task, index, workers, no_progress)
    assert caught.value.path == paths[1]
