"""A run on a real Dask cluster: the same bytes, and what breaks is survived or said."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import vaeprep
from vaeprep.cli.program import cli
from vaeprep.cli.run import StoppedError
from vaeprep.demo.songs import write_songs
from vaeprep.errors import UsageError
from vaeprep.files.names import existing_shards
from vaeprep.job import cluster, extraction, merging, parallel_merge
from vaeprep.job.given_executor import ClusterGoneError
from vaeprep.job.options import RunOptions
from vaeprep.job.run import run
from vaeprep.job.summary import Summary
from vaeprep.job.worker import Task, extract_split
from vaeprep.job.workfolder import work_path

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")

CONFIGS = (
    "cat-mel_2bar_small",
    "cat-mel_2bar_med_chords",
    "cat-drums_2bar_small",
    "nade-drums_2bar_full",
    "hierdec-trio_16bar",
    "groovae_2bar_humanize",
    "hier-multiperf_vel_1bar_med",
    "hier-multiperf_vel_1bar_med_chords",
)
"""One of each converter."""


@contextmanager
def local_cluster(workers: int = 2) -> Iterator[Any]:
    """A scheduler in this process, and workers that are processes of their own."""
    settings = {"distributed.scheduler.allowed-failures": 0}
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=":0", silence_logs=60
        ) as started,
    ):
        yield started


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with local_cluster() as started:
        yield started.scheduler_address


@pytest.fixture
def options(tmp_path: Path) -> RunOptions:
    songs = tmp_path / "songs.tfrecord"
    write_songs(songs, 12, seed=7)
    return RunOptions(
        input_tfrecord=(str(songs),),
        output_tfrecord=tmp_path / "out" / "x",
        config="cat-mel_2bar_small",
        output_shards=3,
        split_bytes=20_000,
    )


@pytest.fixture
def expected(options: RunOptions, tmp_path: Path) -> dict[str, bytes]:
    return here(options, tmp_path)


def here(options: RunOptions, folder: Path) -> dict[str, bytes]:
    """What a run on this machine writes."""
    plain = replace(options, output_tfrecord=folder / "plain" / "x", overwrite=True)
    run(plain)
    return output(plain)


def output(options: RunOptions) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in existing_shards(options.output_tfrecord)}


def run_on(address: str, options: RunOptions) -> Summary:
    with cluster.connect(address) as found:
        return run(replace(options, workers=found.cores), found.executor)


@pytest.mark.parametrize("config", CONFIGS)
def test_each_converter_gives_the_same_bytes(
    config: str, address: str, options: RunOptions, tmp_path: Path
) -> None:
    options = replace(options, config=config)
    expected = here(options, tmp_path)
    run_on(address, options)
    assert output(options) == expected
    assert sum(map(len, expected.values()))


def test_the_merge_runs_there_too(
    address: str, options: RunOptions, expected: dict[str, bytes], monkeypatch: Any
) -> None:
    monkeypatch.setattr(merging, "SMALL_BYTES", 0)
    monkeypatch.setattr(parallel_merge, "_LEAST_SHARE_BYTES", 5_000)
    merged_here: list[object] = []
    monkeypatch.setattr(merging, "_merge_alone", lambda *task: merged_here.append(task))
    run_on(address, options)
    assert output(options) == expected
    assert not merged_here


def test_in_python_an_executor_of_dask_is_enough(
    address: str, options: RunOptions, expected: dict[str, bytes]
) -> None:
    with distributed.Client(address, set_as_default=False) as client:
        vaeprep.run(
            input_tfrecord=options.input_tfrecord[0],
            output_tfrecord=options.output_tfrecord,
            config=options.config,
            output_shards=options.output_shards,
            executor=client.get_executor(pure=False),
        )
    assert output(options) == expected


def test_paths_may_be_relative_though_workers_are_elsewhere(
    address: str, options: RunOptions, expected: dict[str, bytes], monkeypatch: Any
) -> None:
    monkeypatch.chdir(options.output_tfrecord.parent.parent)
    run_on(
        address,
        replace(options, input_tfrecord=("songs.tfrecord",), output_tfrecord=Path("out/x")),
    )
    assert output(options) == expected


def killed_once(task: Task) -> Any:
    """Stands in for extract_split: the first worker to get split 2 is killed."""
    marker = task.spill_path.with_suffix(".tried")
    if task.split.index == 2 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return extract_split(task)


def killed_always(task: Task) -> Any:
    if task.split.index == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return extract_split(task)


def test_a_killed_worker_costs_nothing(
    options: RunOptions, expected: dict[str, bytes], monkeypatch: Any
) -> None:
    monkeypatch.setattr(extraction, "extract_split", killed_once)
    with local_cluster() as started:
        summary = run_on(started.scheduler_address, options)
    assert output(options) == expected
    assert summary.lost_splits == []


def test_a_split_that_kills_its_workers_is_named_and_the_rest_is_done(
    options: RunOptions, expected: dict[str, bytes], monkeypatch: Any
) -> None:
    monkeypatch.setattr(extraction, "extract_split", killed_always)
    with local_cluster() as started:
        summary = run_on(started.scheduler_address, options)
    (lost,) = summary.lost_splits
    assert "killed twice" in lost
    assert 0 < summary.records < 12
    assert output(options) != expected


@contextmanager
def scheduler_process(folder: Path) -> Iterator[tuple[Path, int]]:
    """A scheduler that can be killed, with one worker, both processes of their own."""
    file = folder / "scheduler.json"
    dask_command = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    worker_command = [sys.executable, "-m", "distributed.cli.dask_worker"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    scheduler = subprocess.Popen(
        [
            *dask_command,
            "--port=0",
            "--host=127.0.0.1",
            "--no-dashboard",
            f"--scheduler-file={file}",
        ],
        **quiet,  # type: ignore[call-overload]
    )
    worker = subprocess.Popen(
        [
            *worker_command,
            f"--scheduler-file={file}",
            "--nthreads=1",
            "--no-nanny",
            "--no-dashboard",
        ],
        **quiet,  # type: ignore[call-overload]
    )
    try:
        deadline = time.monotonic() + 60
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        yield file, scheduler.pid
    finally:
        for process in (worker, scheduler):
            process.kill()
            process.wait()


def slow(task: Task) -> Any:
    time.sleep(0.5)
    return extract_split(task)


def when_a_spill_stands(options: RunOptions, act: Any) -> threading.Thread:
    work = work_path(options.output_tfrecord, None)

    def wait_and_act() -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if any(work.glob("spills-*/*.spill")):
                act()
                return
            time.sleep(0.02)

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    return thread


def test_a_scheduler_that_goes_away_is_said_in_one_line_and_the_work_is_kept(
    address: str,
    options: RunOptions,
    expected: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: Any,
) -> None:
    with monkeypatch.context() as patch, scheduler_process(tmp_path) as (file, scheduler):
        patch.setattr(extraction, "extract_split", slow)
        killer = when_a_spill_stands(options, lambda: os.kill(scheduler, signal.SIGKILL))
        with pytest.raises(ClusterGoneError, match="cluster is gone"):
            run_on(str(file), options)
        killer.join()
    summary = run_on(address, options)
    assert summary.resumed_splits >= 1
    assert output(options) == expected


def test_ctrl_c_takes_queued_tasks_back_and_the_command_goes_on_later(
    address: str, options: RunOptions, expected: dict[str, bytes], monkeypatch: Any
) -> None:
    flags = [
        f"--input-tfrecord={options.input_tfrecord[0]}",
        f"--output-tfrecord={options.output_tfrecord}",
        f"--config={options.config}",
        f"--output-shards={options.output_shards}",
        f"--cluster={address}",
        "--quiet",
    ]
    monkeypatch.setattr("vaeprep.job.run._MIN_SPLIT_BYTES", 20_000)
    monkeypatch.setattr("vaeprep.job.run._MAX_SPLIT_BYTES", 20_000)
    with monkeypatch.context() as patch:
        patch.setattr(extraction, "extract_split", slow)
        main = threading.main_thread().ident
        assert main is not None
        stopper = when_a_spill_stands(options, lambda: signal.pthread_kill(main, signal.SIGINT))
        with pytest.raises(StoppedError, match="same command"):
            cli.main(["run", *flags], standalone_mode=False)
        stopper.join()
    with distributed.Client(address, set_as_default=False) as client:
        time.sleep(1.5)  # what was at work ends, what was queued never begins
        processing = client.processing()
        assert not any(processing.values())
    spills = list(work_path(options.output_tfrecord, None).glob("spills-*/*.spill"))
    assert 0 < len(spills) < 8
    cli.main(["run", *flags], standalone_mode=False)
    assert output(options) == expected


def test_a_worker_with_a_folder_of_its_own_is_refused_before_any_work(
    address: str, options: RunOptions, monkeypatch: Any
) -> None:
    monkeypatch.setattr(cluster, "_unseen", unseen_by_the_second)
    with pytest.raises(UsageError, match=r"the worker tcp://.* does not see .*share the"):
        run_on(address, options)
    assert not work_path(options.output_tfrecord, None).exists()
    assert not output(options)


def unseen_by_the_second(paths: list[str]) -> str | None:
    """Stands in for _unseen: one worker looks at another disk."""
    return paths[0] if distributed.get_worker().name == 1 else None


def other_versions() -> dict[str, str]:
    return {**cluster.worker_versions(), "vaeprep": "0.0.9"}


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("worker_versions", other_versions, r"has vaeprep 0\.0\.9, here it is"),
        ("version", lambda _package: "1.2.3", r"has NumPy 1\.2\.3, here it is"),
        ("worker_versions", lambda: 1 / 0, r"cannot import vaeprep .*install vaeprep"),
    ],
)
def test_workers_of_other_versions_are_refused(
    name: str, answer: Any, words: str, address: str, options: RunOptions, monkeypatch: Any
) -> None:
    ours = cluster.worker_versions()
    asked = cluster._asked

    def answering(client: Any, question: Any, *args: Any) -> dict[str, object]:
        if getattr(question, "__name__", "") == name:
            return asked(client, answer, *args)
        return asked(client, question, *args)

    monkeypatch.setattr(cluster, "_asked", answering)
    assert cluster.worker_versions() == ours
    with pytest.raises(UsageError, match=words):
        run_on(address, options)
    assert not options.output_tfrecord.parent.exists()


@pytest.mark.parametrize("place", ["tcp://127.0.0.1:1", "no-file.json", "host:8786"])
def test_an_address_without_a_scheduler_is_refused(
    place: str, options: RunOptions, monkeypatch: Any
) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 1)
    with pytest.raises(UsageError, match=place):
        run_on(place, options)


def test_without_dask_it_says_what_to_install(monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(UsageError, match=r"pip install 'vaeprep\[dask\]'"),
        cluster.connect("tcp://127.0.0.1:1"),
    ):
        pass
