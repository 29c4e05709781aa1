"""Tasks reach any executor, and a killed worker costs at most its own split."""

import os
import signal
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from vaeprep.engines.spec import EngineSpec
from vaeprep.inputs.splits import FileRange, RecordSplit
from vaeprep.job import fanout, pool
from vaeprep.job.fanout import Done, Lost
from vaeprep.job.report import Report
from vaeprep.job.worker import Task


def task(number: int, folder: Path) -> Task:
    split = RecordSplit(number, (FileRange(folder / "input", 0, None, 1),))
    spec = EngineSpec("fast", None, None, "test")
    return Task(split, spec, folder / f"{number}.spill")


def report_of(task: Task) -> Report:
    return Report(task.split.index, 1, {}, [], {}, 0, 0)


def kill_self_on_three(task: Task) -> Report:
    """The worker of split 3 is killed, always."""
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
    work: Callable[[Task], Report], tasks: list[Task], *, in_order: bool = False
) -> tuple[list[int], list[int]]:
    """The splits done and the splits lost, as they came, on real processes."""
    done, lost = [], []
    with pool.executors(2) as new_executor:
        for outcome in fanout.fan_out(work, tasks, new_executor, 4, in_order=in_order):
            if isinstance(outcome, Lost):
                lost.append(outcome.task.split.index)
            else:
                assert outcome.result.split == outcome.task.split.index
                done.append(outcome.result.split)
    return done, lost


@pytest.mark.parametrize("in_order", [False, True])
def test_a_split_whose_worker_is_killed_twice_is_given_up_and_named(
    tmp_path: Path, in_order: bool
) -> None:
    tasks = [task(number, tmp_path) for number in range(8)]
    done, lost = run_all(kill_self_on_three, tasks, in_order=in_order)
    assert (done if in_order else sorted(done)) == [0, 1, 2, 4, 5, 6, 7]
    assert lost == [3]


@pytest.mark.parametrize("in_order", [False, True])
def test_a_split_whose_worker_is_killed_once_is_tried_again(
    tmp_path: Path, in_order: bool
) -> None:
    tasks = [task(number, tmp_path) for number in range(6)]
    done, lost = run_all(kill_self_once, tasks, in_order=in_order)
    assert (done if in_order else sorted(done)) == [0, 1, 2, 3, 4, 5]
    assert lost == []


def results(
    work: Callable[[Any], Any], tasks: Iterable[Any], executor: Executor, in_flight: int
) -> list[Any]:
    """The results in the order in which they come; nothing may be lost."""
    outcomes = list(fanout.fan_out(work, tasks, lambda: executor, in_flight))
    assert not [one for one in outcomes if isinstance(one, Lost)]
    return [one.result for one in outcomes if isinstance(one, Done)]


def test_any_executor_any_work_and_any_tasks_will_do() -> None:
    with ThreadPoolExecutor(3) as executor:
        assert sorted(results(str.upper, iter("xyz"), executor, 2)) == ["X", "Y", "Z"]


def test_without_tasks_no_executor_is_asked_for() -> None:
    def never() -> Executor:
        raise AssertionError

    assert list(fanout.fan_out(str.upper, [], never, 2)) == []


def test_results_in_order_wait_for_their_turn_and_few_are_held() -> None:
    """Task 0 ends last; meanwhile no more tasks are begun than may be in flight."""
    began: list[int] = []
    others_are_done = threading.Event()

    def work(number: int) -> int:
        began.append(number)
        if number == 0:
            assert others_are_done.wait(20)
        elif number == 3:
            others_are_done.set()
        return number

    with ThreadPoolExecutor(2) as executor:
        outcomes = fanout.fan_out(work, range(9), lambda: executor, 4, in_order=True)
        first = next(outcomes)
        assert isinstance(first, Done)
        assert first.result == 0
        assert sorted(began) == [0, 1, 2, 3]
        assert [one.task for one in outcomes] == [1, 2, 3, 4, 5, 6, 7, 8]


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
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fanout, "_PAUSE_SECONDS", 0.0)
    with Refusing(5) as executor:
        assert sorted(results(abs, range(4), executor, 2)) == [0, 1, 2, 3]
    with Refusing(1000) as executor, pytest.raises(fanout.NoWorkersError):
        results(abs, range(4), executor, 2)


def test_an_error_in_a_task_reaches_the_caller() -> None:
    def full_disk(_task: int) -> None:
        raise OSError(28, "No space left on device")

    with ThreadPoolExecutor(1) as executor, pytest.raises(OSError, match="No space"):
        results(full_disk, [0], executor, 1)
