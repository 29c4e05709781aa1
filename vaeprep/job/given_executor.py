"""An executor that is not our pool: any engine's own errors and futures, made plain.

Engines behind `concurrent.futures.Executor` differ in what they raise when a worker
dies or when they themselves are gone. `fanout` knows two kinds: an executor that is
broken, and a task whose worker died while the executor goes on.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from typing import Any, cast

from vaeprep.errors import VaeprepError
from vaeprep.job.fanout import WorkerLostError

Given = Executor | Callable[[], Executor]
"""An executor, or a function that makes one: a new one after the last has broken."""

_LOST = frozenset(
    (
        "KilledWorker",  # Dask
        "WorkerLost",  # parsl
        "ManagerLost",  # parsl
        "WorkerCrashedError",  # Ray
        "NodeDiedError",  # Ray
        "OutOfMemoryError",  # Ray
        "ExecutorlibSocketError",  # executorlib
    )
)
"""What engines call it when the worker of one task died. By name: none is imported."""


class ClusterGoneError(VaeprepError):
    """The engine has dropped its tasks; finished work is kept."""

    def __init__(self) -> None:
        """Takes no message: there is one."""
        super().__init__(
            "the cluster is gone: its scheduler has stopped or cannot be reached; "
            "the work so far is kept, run it again as it was to go on from there"
        )


class GivenExecutor(Executor):
    """Hands tasks to another executor, and translates its errors."""

    def __init__(self, inner: Executor) -> None:
        """Takes the executor that does the work."""
        self._inner = inner
        self._waiting: set[Future[Any]] = set()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hands a task over.

        Raises:
            ClusterGoneError: The engine takes no task any more.
        """
        try:
            inner = self._inner.submit(fn, *args, **kwargs)
        except Exception as error:
            raise _translated(error) from error
        outer: Future[Any] = Future()
        self._waiting.add(inner)

        def pass_on(done: Future[Any]) -> None:
            self._waiting.discard(done)
            try:
                outer.set_result(done.result())
            except BaseException as error:
                outer.set_exception(_translated(error))

        inner.add_done_callback(pass_on)
        return outer

    def cancel(self) -> None:
        """Takes back the tasks that have not ended."""
        for future in list(self._waiting):
            future.cancel()


@contextmanager
def executors(given: Given) -> Iterator[Callable[[], Executor]]:
    """As `pool.executors`, of what the caller gave.

    Yields:
        A function that gives the executor. A given one is left running; those that
        a given function makes are shut down. Tasks are taken back when something
        is raised.
    """
    made: list[Executor] = []
    used: list[GivenExecutor] = []

    def new_executor() -> Executor:
        if hasattr(given, "submit") and not isinstance(given, type):
            inner = cast(Executor, given)
        else:
            inner = cast(Callable[[], Executor], given)()
            made.append(inner)
        used.append(GivenExecutor(inner))
        return used[-1]

    try:
        yield new_executor
    except BaseException:
        for one in used:
            one.cancel()
        for inner in made:
            inner.shutdown(wait=False)
        raise
    for inner in made:
        inner.shutdown()


def _translated(error: BaseException) -> BaseException:
    if isinstance(error, CancelledError) or type(error).__name__ == "ClosedClientError":
        return ClusterGoneError()
    if type(error).__name__ in _LOST:
        return WorkerLostError(str(error))
    return error
