"""Hands tasks to an executor, few at a time, and survives a killed worker.

Only what `concurrent.futures.Executor` offers is used, so another engine's
executor can take the process pool's place. When a worker dies without a word
(killed for its memory, say) every task in flight breaks with it and nothing
tells which one was to blame. Those tasks are then tried once more, each alone:
the one that breaks its executor again is to blame, and is given up.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from concurrent.futures import TimeoutError as FuturesTimeoutError  # its own up to Python 3.10

from vaeprep.errors import VaeprepError
from vaeprep.job.report import Report
from vaeprep.job.worker import Task, extract_split

_MOST_REFUSALS = 50
_PAUSE_SECONDS = 0.1

# The last two: the process that a pool forks its workers from was killed.
_BROKEN = (BrokenExecutor, EOFError, ConnectionError)


class NoWorkersError(VaeprepError):
    """Workers cannot be started; finished work is kept."""


def extract_all(
    tasks: Sequence[Task],
    new_executor: Callable[[], Executor],
    in_flight: int,
    on_report: Callable[[Report], None],
) -> list[Task]:
    """Runs all tasks.

    Args:
        tasks: In any order.
        new_executor: Gives an executor; called again after one has broken.
        in_flight: How many tasks may wait in the executor at once.
        on_report: Called with each task's report, in the order they finish.

    Returns:
        The tasks that were given up because their worker died twice.

    Raises:
        NoWorkersError: No executor takes a task.
        Exception: What a task raises, e.g. OSError on a full disk.
    """
    waiting = deque(tasks)
    lost: list[Task] = []
    refusals = 0
    executor = new_executor()
    while waiting:
        broken, suspects = _run(waiting, executor, in_flight, on_report)
        refusals = _refusals(refusals, broken and not suspects)
        if broken:
            executor = new_executor()
        for suspect in suspects:
            alone = deque([suspect])
            while alone:
                broken, guilty = _run(alone, executor, 1, on_report)
                refusals = _refusals(refusals, bool(alone))
                lost += guilty
                if broken:
                    executor = new_executor()
    return lost


def _refusals(before: int, again: bool) -> int:
    """How often in a row an executor took no task at all.

    That is no task's fault: the process that forks the workers was killed, and is
    not quite dead yet.

    Raises:
        NoWorkersError: Too often.
    """
    if not again:
        return 0
    if before == _MOST_REFUSALS:
        raise NoWorkersError("worker processes cannot be started; is the machine overloaded?")
    time.sleep(_PAUSE_SECONDS)
    return before + 1


def _run(
    waiting: deque[Task],
    executor: Executor,
    in_flight: int,
    on_report: Callable[[Report], None],
) -> tuple[bool, list[Task]]:
    """Runs tasks until all are done or the executor breaks.

    Returns:
        Whether it broke, and the tasks that were in flight then. Tasks that
        never started stay in `waiting`.
    """
    running: dict[Future[Report], Task] = {}
    while waiting or running:
        try:
            while waiting and len(running) < in_flight:
                running[executor.submit(extract_split, waiting[0])] = waiting[0]
                waiting.popleft()
        except _BROKEN:
            return True, _unfinished(running, on_report)
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            try:
                report = future.result()
            except _BROKEN:
                return True, _unfinished(running, on_report)
            del running[future]
            on_report(report)
    return False, []


def _unfinished(
    running: dict[Future[Report], Task], on_report: Callable[[Report], None]
) -> list[Task]:
    """Reports the tasks that ended before the executor broke, and names the others."""
    unfinished: list[Task] = []
    for future, task in running.items():
        try:
            on_report(future.result(timeout=0))
        except (*_BROKEN, TimeoutError, FuturesTimeoutError):
            unfinished.append(task)
    return unfinished
