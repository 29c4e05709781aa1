"""Hands tasks to an executor, few at a time, and survives a killed worker.

Only what `concurrent.futures.Executor` offers is used, so another engine's
executor can take the process pool's place. When a worker dies without a word
(killed for its memory, say) every task in flight breaks with it and nothing
tells which one was to blame. Those tasks are then tried once more, each alone:
the one that breaks its executor again is to blame, and is given up. A cluster's
executor goes on when a worker dies, and names the task: that one is tried once more
when the others are done.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from concurrent.futures import TimeoutError as FuturesTimeoutError  # its own up to Python 3.10
from dataclasses import dataclass
from typing import Generic, TypeVar

from vaeprep.errors import VaeprepError

Task = TypeVar("Task")
Result = TypeVar("Result")

KILLED_TWICE = "its worker was killed twice, perhaps for its memory; try fewer --workers"
"""Why a task is lost, for the user."""

_MOST_REFUSALS = 50
_PAUSE_SECONDS = 0.1

# The last two: the process that a pool forks its workers from was killed.
_BROKEN = (BrokenExecutor, EOFError, ConnectionError)


class WorkerLostError(Exception):
    """The worker of one task died, and its executor goes on without it."""


class NoWorkersError(VaeprepError):
    """Workers cannot be started; finished work is kept."""


@dataclass(frozen=True, slots=True)
class Done(Generic[Task, Result]):
    """A task and what its work returned."""

    task: Task
    result: Result


@dataclass(frozen=True, slots=True)
class Lost(Generic[Task]):
    """A task that was given up because its worker died twice."""

    task: Task


Outcome = Done[Task, Result] | Lost[Task]


def fan_out(
    work: Callable[[Task], Result],
    tasks: Iterable[Task],
    new_executor: Callable[[], Executor],
    in_flight: int,
    *,
    in_order: bool = False,
) -> Iterator[Outcome[Task, Result]]:
    """Does the work of all tasks.

    Args:
        work: What is done with a task; a function of a module, so that it can be
            sent to another process.
        tasks: Sent to the workers as they are, so they should be small.
        new_executor: Gives an executor; called again after one has broken
            (`pool.executors` makes such a function).
        in_flight: How many tasks may wait in the executor at once.
        in_order: Give the outcomes in the order of the tasks instead of as they
            come. At most `in_flight` results wait for their turn.

    Yields:
        Each task with its result, or as lost because its worker died twice.

    Raises:
        NoWorkersError: No executor takes a task.
        Exception: What the work raises, e.g. OSError on a full disk.
    """
    waiting = deque(tasks)
    if not waiting:
        return
    running: dict[Future[Result], Task] = {}
    suspects: list[Task] = []
    refusals = 0
    executor = new_executor()
    while waiting or running:
        is_sound = _submit(work, waiting, running, executor, in_flight)
        for future in _next_done(running, in_order) if is_sound else ():
            try:
                result = future.result()
            except WorkerLostError:
                suspects.append(running.pop(future))
                if in_order:
                    outcome, executor = _alone(work, suspects.pop(), executor, new_executor)
                    yield outcome
                continue
            except _BROKEN:
                is_sound = False
                break
            yield Done(running.pop(future), result)
        if is_sound:
            continue
        refusals = 0 if running else _refused_again(refusals)
        executor = new_executor()
        for future, task in running.items():
            ended = _outcome(future, task)
            if ended is None:
                outcome, executor = _alone(work, task, executor, new_executor)
            yield ended or outcome
        running.clear()
    for task in suspects:
        outcome, executor = _alone(work, task, executor, new_executor)
        yield outcome


def _submit(
    work: Callable[[Task], Result],
    waiting: deque[Task],
    running: dict[Future[Result], Task],
    executor: Executor,
    in_flight: int,
) -> bool:
    """Hands tasks over until enough are in flight; False when the executor has broken."""
    try:
        while waiting and len(running) < in_flight:
            running[executor.submit(work, waiting[0])] = waiting[0]
            waiting.popleft()
    except _BROKEN:
        return False
    return True


def _next_done(running: dict[Future[Result], Task], in_order: bool) -> Iterable[Future[Result]]:
    """The futures whose turn it is: those that are done first, or the oldest."""
    if in_order:
        return [next(iter(running))]
    return wait(running, return_when=FIRST_COMPLETED).done


def _outcome(future: Future[Result], task: Task) -> Done[Task, Result] | None:
    """The outcome of a task that had ended when its executor broke, else None."""
    try:
        return Done(task, future.result(timeout=0))
    except (WorkerLostError, *_BROKEN, TimeoutError, FuturesTimeoutError):
        return None


def _alone(
    work: Callable[[Task], Result],
    task: Task,
    executor: Executor,
    new_executor: Callable[[], Executor],
) -> tuple[Outcome[Task, Result], Executor]:
    """Tries a suspect with nothing beside it; its outcome, and a sound executor."""
    refusals = 0
    while True:
        try:
            future = executor.submit(work, task)
        except _BROKEN:
            refusals = _refused_again(refusals)
            executor = new_executor()
            continue
        try:
            return Done(task, future.result()), executor
        except WorkerLostError:
            return Lost(task), executor
        except _BROKEN:
            return Lost(task), new_executor()


def _refused_again(refusals: int) -> int:
    """Counts how often in a row an executor took no task at all.

    That is no task's fault: the process that forks the workers was killed, and is
    not quite dead yet.

    Raises:
        NoWorkersError: Too often.
    """
    if refusals == _MOST_REFUSALS:
        raise NoWorkersError("worker processes cannot be started; is the machine overloaded?")
    time.sleep(_PAUSE_SECONDS)
    return refusals + 1
