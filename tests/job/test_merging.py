"""A run whose merge goes on all cores: the same bytes, whatever happens on the way."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from vaeprep.demo.songs import write_songs
from vaeprep.files.names import existing_shards
from vaeprep.job import merging, parallel_merge, segment
from vaeprep.job.merging import forget_merges
from vaeprep.job.options import RunOptions
from vaeprep.job.run import run
from vaeprep.job.summary import Summary
from vaeprep.job.workfolder import WorkFolder, work_path


@pytest.fixture
def options(tmp_path: Path) -> RunOptions:
    """A run that the single reducer has done once, as `plain`, to compare with."""
    songs = tmp_path / "songs.tfrecord"
    write_songs(songs, 40, seed=7)
    options = RunOptions(
        input_tfrecord=(str(songs),),
        output_tfrecord=tmp_path / "plain" / "mel",
        config="cat-mel_2bar_small",
        output_shards=3,
        eval_fraction=0.2,
        format="both",
        split_bytes=20_000,
    )
    run_in_threads(options)
    return replace(options, output_tfrecord=tmp_path / "out" / "mel")


@pytest.fixture(autouse=True)
def _small_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel_merge, "_LEAST_SHARE_BYTES", 10_000)


@pytest.fixture
def on_all_cores(options: RunOptions, monkeypatch: pytest.MonkeyPatch) -> RunOptions:
    monkeypatch.setattr(merging, "SMALL_BYTES", 0)
    return options


def run_in_threads(options: RunOptions) -> Summary:
    with ThreadPoolExecutor(2) as executor:
        return run(options, executor)


def output(options: RunOptions) -> dict[str, bytes]:
    folder = options.output_tfrecord.parent
    prefixes = ("mel", "tensors-mel", "eval-mel", "tensors-eval-mel")
    return {
        path.name: path.read_bytes()
        for name in prefixes
        for path in existing_shards(folder / name)
    }


def plain(options: RunOptions) -> dict[str, bytes]:
    folder = options.output_tfrecord.parent.with_name("plain")
    return output(replace(options, output_tfrecord=folder / "mel"))


def spills_and_segments(options: RunOptions) -> tuple[int, int]:
    folder = work_path(options.output_tfrecord, None)
    return len(list(folder.rglob("*.spill"))), len(list(folder.rglob("*.segment")))


def test_in_processes_it_writes_the_same_bytes(on_all_cores: RunOptions) -> None:
    summary = run(replace(on_all_cores, workers=2))
    assert len(output(on_all_cores)) == 12
    assert output(on_all_cores) == plain(on_all_cores)
    assert summary.unique > 50
    assert not work_path(on_all_cores.output_tfrecord, None).exists()


def test_small_data_and_one_worker_need_no_segments(
    options: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel_merge, "merge_parallel", lambda *_a, **_k: 1 / 0)
    run(replace(options, workers=2))
    assert output(options) == plain(options)
    monkeypatch.setattr(merging, "SMALL_BYTES", 0)
    run(replace(options, workers=1, overwrite=True))
    assert output(options) == plain(options)


def test_spills_are_deleted_when_all_segments_are_safe_and_the_run_goes_on_without(
    on_all_cores: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(parallel_merge, "assemble", lambda _task: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_in_threads(on_all_cores)
    spills, segments = spills_and_segments(on_all_cores)
    assert spills == 0
    assert segments > 3
    with monkeypatch.context() as patch:
        patch.setattr(parallel_merge, "merge_share", lambda _task: 1 / 0)
        patch.setattr("vaeprep.job.extraction.extract_split", lambda _task: 1 / 0)
        summary = run_in_threads(on_all_cores)
    assert output(on_all_cores) == plain(on_all_cores)
    assert summary.resumed_splits > 1
    assert summary.counters["extracted-examples"] > summary.unique > 50


def test_a_run_that_has_no_spills_any_more_may_go_on_with_one_worker(
    on_all_cores: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(parallel_merge, "assemble", lambda _task: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_in_threads(on_all_cores)
    assert spills_and_segments(on_all_cores)[0] == 0
    monkeypatch.undo()  # and so the data is small
    run(replace(on_all_cores, workers=1))
    assert output(on_all_cores) == plain(on_all_cores)


def test_the_shares_that_a_stopped_run_has_merged_are_not_merged_again(
    on_all_cores: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    merged: list[int] = []

    def limited(limit: int) -> Any:
        def work(task: parallel_merge.ShareTask) -> segment.ShareReport:
            if len(merged) >= limit:
                raise ZeroDivisionError
            merged.append(task.first)
            return merge_share(task)

        return work

    merge_share = parallel_merge.merge_share
    monkeypatch.setattr(parallel_merge, "merge_share", limited(2))
    with pytest.raises(ZeroDivisionError):
        run_in_threads(on_all_cores)
    assert spills_and_segments(on_all_cores)[0] > 1
    monkeypatch.setattr(parallel_merge, "merge_share", limited(1000))
    run_in_threads(replace(on_all_cores, workers=7))
    assert len(merged) == len(set(merged)) > 3
    assert output(on_all_cores) == plain(on_all_cores)


def test_a_segment_damaged_before_it_is_copied_costs_time_and_no_data(
    on_all_cores: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    assemble = parallel_merge.assemble
    lines: list[str] = []

    def damaging(task: parallel_merge.ShardsTask) -> Any:
        if not lines:
            path = sorted(task.merge.folder.glob("*.segment"))[1]
            path.write_bytes(bytes(300) + path.read_bytes()[300:])
        return assemble(task)

    monkeypatch.setattr(parallel_merge, "assemble", damaging)
    with ThreadPoolExecutor(2) as executor:
        run(on_all_cores, executor, tell=lines.append)
    assert any("is damaged; it is made" in line for line in lines)
    assert output(on_all_cores) == plain(on_all_cores)


def test_a_spill_damaged_before_the_merge_is_made_again(
    on_all_cores: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    merge_share = parallel_merge.merge_share

    def damaging(task: parallel_merge.ShareTask) -> segment.ShareReport:
        if not lines:
            path = sorted(task.merge.folder.parent.glob("*.spill"))[1]
            data = path.read_bytes()
            path.write_bytes(data[:20] + bytes((data[20] ^ 1,)) + data[21:])
        return merge_share(task)

    monkeypatch.setattr(parallel_merge, "merge_share", damaging)
    with ThreadPoolExecutor(1) as executor:
        run(on_all_cores, executor, tell=lines.append)
    assert any("is extracted once more" in line for line in lines)
    assert output(on_all_cores) == plain(on_all_cores)


def test_a_merge_is_forgotten_although_a_task_of_it_still_writes(tmp_path: Path) -> None:
    folder = WorkFolder(tmp_path, tmp_path / "spills")
    merge = folder.spills / "merge-0"
    merge.mkdir(parents=True)
    stop = Event()

    def write_on() -> None:
        while not stop.is_set():
            with suppress(FileNotFoundError):
                for number in range(50):
                    (merge / f"{number}.segment").write_bytes(b"late")

    with ThreadPoolExecutor(1) as executor:
        late = executor.submit(write_on)
        try:
            for _ in range(200):
                forget_merges(folder)
                assert not merge.exists()
                merge.mkdir()
        finally:
            stop.set()
        late.result()
