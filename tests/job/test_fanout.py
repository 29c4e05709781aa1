"""Tasks reach any executor, and a killed worker costs at most its own split."""

import os
import signal
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest

from vaeprep.engines.spec import EngineSpec
from vaeprep.inputs.splits import FileRange, RecordSplit
from vaeprep.job import fanout, pool, worker
from vaeprep.job.report import Report
from vaeprep.job.worker import Task


def task(number: int, folder: Path) -> Task:
    split = RecordSplit(number, (FileRange(folder / "input", 0, None, 1),))
    spec = EngineSpec("fast", None, None, "test")
    return Task(split, spec, folder / f"{number}.spill")


def report_of(task: Task) -> Report:
    return Report(task.split.index, 1, {}, [], {}, 0, 0)


def kill_self_on_three(task: Task) -> Report:
    """Stands in for extract_split: the worker of split 3 is killed, always."""
    if task.split.index == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return report_of(task)


def kill_self_once(task: Task) -> Report:
    """The worker of split 2 is killed the first time only."""
    marker = task.spill_path.with_suffix(".tried")
    if task.split.index == 2 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return report_of(task)


def run_all(
    work: object, tasks: list[Task], monkeypatch: pytest.MonkeyPatch
) -> tuple[list, list]:
    monkeypatch.setattr(fanout, "extract_split", work)
    pools: list[Executor] = []

    def new_executor() -> Executor:
        pools.append(pool.new_pool(2))
        return pools[-1]

    reports: list[int] = []
    try:
        lost = fanout.extract_all(tasks, new_executor, 4, lambda r: reports.append(r.split))
    finally:
        for one in pools:
            pool.stop(one)
    return sorted(reports), [t.split.index for t in lost]


def test_a_split_whose_worker_is_killed_twice_is_given_up_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = [task(number, tmp_path) for number in range(8)]
    reports, lost = run_all(kill_self_on_three, tasks, monkeypatch)
    assert reports == [0, 1, 2, 4, 5, 6, 7]
    assert lost == [3]


def test_a_split_whose_worker_is_killed_once_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = [task(number, tmp_path) for number in range(6)]
    assert run_all(kill_self_once, tasks, monkeypatch) == ([0, 1, 2, 3, 4, 5], [])


def test_any_executor_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanout, "extract_split", report_of)
    tasks = [task(number, tmp_path) for number in range(20)]
    reports: list[int] = []
    with ThreadPoolExecutor(3) as executor:
        lost = fanout.extract_all(tasks, lambda: executor, 5, lambda r: reports.append(r.split))
    assert sorted(reports) == list(range(20))
    assert lost == []


class Refusing(ThreadPoolExecutor):
    """Takes no task for a while, as a pool whose fork server is being killed."""

    def __init__(self, refusals: int) -> None:
        super().__init__(1)
        self.refusals = refusals

    def submit(self, *args: object, **kwargs: object) -> object:  # type: ignore[override]
        self.refusals -= 1
        if self.refusals >= 0:
            raise EOFError("unexpected EOF")
        return super().submit(*args, **kwargs)  # type: ignore[arg-type]


def test_no_task_is_given_up_because_workers_could_not_be_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "extract_split", report_of)
    monkeypatch.setattr(fanout, "_PAUSE_SECONDS", 0.0)
    tasks = [task(number, tmp_path) for number in range(4)]
    reports: list[int] = []
    with Refusing(5) as executor:
        lost = fanout.extract_all(tasks, lambda: executor, 2, lambda r: reports.append(r.split))
    assert (sorted(reports), lost) == ([0, 1, 2, 3], [])
    with Refusing(1000) as executor, pytest.raises(fanout.NoWorkersError):
        fanout.extract_all(tasks, lambda: executor, 2, lambda _r: None)


def test_an_error_in_a_task_reaches_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(_task: Task) -> Report:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fanout, "extract_split", full_disk)
    with ThreadPoolExecutor(1) as executor, pytest.raises(OSError, match="No space"):
        fanout.extract_all([task(0, tmp_path)], lambda: executor, 1, lambda _r: None)


def test_extract_split_is_what_the_tasks_run() -> None:
    assert fanout.extract_split is worker.extract_split
