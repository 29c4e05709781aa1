"""Executors of any engine: their errors mean what the pool's mean."""

from collections.abc import Callable
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
)
from pathlib import Path
from typing import Any

import pytest

import vaeprep
from vaeprep.demo.songs import write_songs
from vaeprep.files.names import existing_shards
from vaeprep.job import given_executor, pool
from vaeprep.job.fanout import Done, Lost, fan_out
from vaeprep.job.given_executor import ClusterGoneError


class KilledWorker(Exception):
    """Named as Dask's."""


class WorkerLost(Exception):
    """Named as parsl's."""


class Engine(Executor):
    """Does each task at once; some tasks kill their workers, so many times."""

    def __init__(self, error: type[Exception], kills: dict[int, int]) -> None:
        self.error = error
        self.kills = kills
        self.tasks: list[int] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        (task,) = args
        self.tasks.append(task)
        if self.kills.get(task, 0):
            self.kills[task] -= 1
            future.set_exception(self.error("a worker died"))
        else:
            future.set_result(fn(task))
        return future


def ten_times(task: int) -> int:
    return 10 * task


@pytest.mark.parametrize("error", [KilledWorker, WorkerLost])
@pytest.mark.parametrize("in_order", [True, False])
def test_a_task_that_lost_its_worker_is_tried_again_alone_then_given_up(
    error: type[Exception], in_order: bool
) -> None:
    engine = Engine(error, {2: 1, 4: 2})
    with pool.executors(2, (), engine) as new_executor:
        outcomes = list(fan_out(ten_times, range(7), new_executor, 3, in_order=in_order))
    assert [one.task for one in outcomes if isinstance(one, Lost)] == [4]
    done = {one.task: one.result for one in outcomes if isinstance(one, Done)}
    assert done == {task: 10 * task for task in (0, 1, 2, 3, 5, 6)}
    assert [engine.tasks.count(task) for task in range(7)] == [1, 1, 2, 1, 2, 1, 1]
    if in_order:
        assert [one.task for one in outcomes] == list(range(7))
    else:
        assert engine.tasks[-2:] == [2, 4], "when the others are done"


def test_an_engine_that_drops_its_tasks_is_gone() -> None:
    engine = Engine(CancelledError, {3: 1})
    with (
        pytest.raises(ClusterGoneError, match="work so far is kept"),
        pool.executors(2, (), engine) as new_executor,
    ):
        list(fan_out(ten_times, range(7), new_executor, 3))


def test_errors_of_the_work_itself_stay_what_they_are() -> None:
    engine = Engine(OSError, {3: 1})
    with (
        pytest.raises(OSError, match="a worker died"),
        pool.executors(2, (), engine) as new_executor,
    ):
        list(fan_out(ten_times, range(7), new_executor, 3))


def test_a_function_makes_a_new_executor_after_one_has_broken() -> None:
    made: list[Engine] = []

    def new_engine() -> Engine:
        made.append(Engine(BrokenExecutor, {5: 1} if not made else {}))
        return made[-1]

    with pool.executors(2, (), new_engine) as new_executor:
        outcomes = list(fan_out(ten_times, range(9), new_executor, 3))
    assert sorted(one.result for one in outcomes if isinstance(one, Done)) == [
        10 * task for task in range(9)
    ]
    assert len(made) == 2


class Never(ThreadPoolExecutor):
    """Takes tasks and never begins one."""

    def __init__(self) -> None:
        super().__init__(1)
        self.futures: list[Future[Any]] = []

    def submit(self, _fn: Callable[..., Any], /, *_a: Any, **_k: Any) -> Future[Any]:
        self.futures.append(Future())
        return self.futures[-1]


def test_what_is_queued_is_taken_back_when_the_run_is_stopped() -> None:
    engine = Never()

    def stopped() -> None:
        with given_executor.executors(engine) as new_executor:
            executor = new_executor()
            for task in range(5):
                executor.submit(ten_times, task)
            engine.futures[0].set_result(0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert [future.cancelled() for future in engine.futures] == [False, True, True, True, True]
    assert not engine._shutdown, "it is the caller's"


def test_ray_through_the_three_lines_of_the_docs(tmp_path: Path) -> None:
    ray = pytest.importorskip("ray")

    class RayExecutor(Executor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            return ray.remote(fn).options(max_retries=0).remote(*args, **kwargs).future()

    write_songs(tmp_path / "songs", 12, seed=7)
    options = {"input_tfrecord": tmp_path / "songs", "config": "cat-mel_2bar_small"}
    vaeprep.run(output_tfrecord=tmp_path / "here" / "x", output_shards=2, **options)
    ray.init(num_cpus=2, include_dashboard=False)
    try:
        vaeprep.run(
            output_tfrecord=tmp_path / "ray" / "x",
            output_shards=2,
            executor=RayExecutor(),
            workers=2,
            **options,
        )
    finally:
        ray.shutdown()
    here, there = (
        [path.read_bytes() for path in existing_shards(tmp_path / name / "x")]
        for name in ("here", "ray")
    )
    assert here == there
