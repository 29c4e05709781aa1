"""The process pool: fresh workers that never inherit TensorFlow and never outlive the run."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker

from vaeprep.job import given_executor, worker_start
from vaeprep.job.given_executor import Given


@contextmanager
def executors(
    workers: int, preload: tuple[str, ...] = (), given: Given | None = None
) -> Iterator[Callable[[], Executor]]:
    """Opens what `fanout.fan_out` takes its executors from, and ends them at the end.

    Args:
        workers: Number of processes of a pool.
        preload: Modules to import once, before the workers are forked.
        given: The caller's own executor, or a function that makes one; it takes
            the pools' place.

    Yields:
        A function that gives the executor: a new pool each time, after the last
        one broke. Its workers are killed when something is raised.
    """
    if given is not None:
        with given_executor.executors(given) as new_given:
            yield new_given
        return
    pools: list[Executor] = []

    def new_executor() -> Executor:
        if pools:
            stop(pools.pop())
        pools.append(new_pool(workers, preload))
        return pools[-1]

    try:
        yield new_executor
    except BaseException:
        for one in pools:
            stop(one)
        raise
    for one in pools:
        one.shutdown()


def new_pool(workers: int, preload: tuple[str, ...] = ()) -> ProcessPoolExecutor:
    """Starts a process pool.

    The workers come from a fork server, a fresh process that has imported
    `preload` and nothing else (never a fork of this process, which may have
    loaded TensorFlow and its threads); where there is no fork server, from spawn.

    Args:
        workers: Number of processes.
        preload: Modules to import once, before the workers are forked.

    Returns:
        An executor. Its workers ignore Ctrl-C (this process decides) and end
        by themselves when this process is gone.
    """
    # Small matrix products gain nothing from threads, and 2 workers x all cores is slower.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    method = "forkserver" if sys.platform == "linux" else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["vaeprep.job.fork_server", *preload])
        _start_fork_server()
    return ProcessPoolExecutor(workers, mp_context=context, initializer=worker_start.start)


def stop(executor: Executor) -> None:
    """Ends an executor at once; workers in the middle of a task are killed."""
    processes = list((getattr(executor, "_processes", None) or {}).values())
    for process in processes:
        process.kill()
    executor.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.join(timeout=1)


def _start_fork_server() -> None:
    """Starts it with Ctrl-C blocked; it and its workers inherit that from the first moment."""
    resource_tracker.ensure_running()  # the fork server starts it, and it lifts the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def available_cpus() -> int:
    """The CPUs that this process may use (taskset and cgroup sets respected)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
