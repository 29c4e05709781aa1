"""Measures a command as its user feels it: wall time, CPU time and memory of all its processes.

CPU time is what the kernel says at the end of every process of the tree. The
measuring process becomes the "reaper" of orphans (Linux), because vaeprep's
workers outlive their fork server's parent by a moment, and a parent that does
not wait for its child loses the child's CPU time.

Memory is sampled: the sum of the resident sets of all processes alive at one
moment. Pages that processes share (libraries) are counted in each of them, so
the sum is an upper bound, and the more processes the more it overstates.
"""

import contextlib
import ctypes
import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile

import psutil

SAMPLE_SECONDS = 0.05
_PR_SET_CHILD_SUBREAPER = 36
_REPO = Path(__file__).resolve().parents[1]

OnSample = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Usage:
    """What a finished command used.

    Attributes:
        wall: Seconds from start to exit.
        cpu: CPU seconds of all its processes, user and system.
        peak_bytes: The largest sum of resident sets seen at one moment.
        main_peak_bytes: The largest resident set of the started process.
        worker_peak_bytes: The largest resident set of any other process of the tree.
        status: Exit status.
        output: Standard output.
        errors: The end of standard error.
    """

    wall: float
    cpu: float
    peak_bytes: int
    main_peak_bytes: int
    worker_peak_bytes: int
    status: int
    output: str
    errors: str


@dataclass(slots=True)
class _Peaks:
    """Resident sets seen so far."""

    tree: int = 0
    main: int = 0
    worker: int = 0
    stop: threading.Event = field(default_factory=threading.Event)


def run(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    on_sample: OnSample = lambda: None,
) -> Usage:
    """Runs a command to its end, in the repository's folder, and measures it.

    Args:
        command: Program and arguments.
        environment: All its variables; None for this process's own.
        on_sample: Called from a thread every `SAMPLE_SECONDS` while it runs.

    Returns:
        What it used. A failed command is measured too: look at `status`.
    """
    _become_reaper()
    others = _children()
    before = _children_cpu()
    start = time.perf_counter()
    with TemporaryFile("w+") as out, TemporaryFile("w+") as err:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=err,
            cwd=_REPO,
            env=environment,
        )
        peaks = _Peaks()
        sampler = threading.Thread(target=_sample, args=(process.pid, peaks, on_sample))
        sampler.start()
        status = process.wait()
        wall = time.perf_counter() - start
        peaks.stop.set()
        sampler.join()
        _reap_orphans(others)
        cpu = _children_cpu() - before
        out.seek(0)
        err.seek(0)
        return Usage(
            wall,
            cpu,
            peaks.tree,
            peaks.main,
            peaks.worker,
            status,
            out.read(),
            err.read()[-4000:],
        )


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs a module with this Python."""
    return [sys.executable, "-m", name, *arguments]


def median_and_spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Median, least and greatest."""
    return statistics.median(values), min(values), max(values)


def _sample(pid: int, peaks: _Peaks, on_sample: OnSample) -> None:
    """Looks at the tree until told to stop; processes may vanish at any moment."""
    root = psutil.Process(pid)
    while not peaks.stop.wait(SAMPLE_SECONDS):
        on_sample()
        try:
            children = root.children(recursive=True)
        except psutil.NoSuchProcess:
            return
        main = _resident(root)
        workers = [_resident(child) for child in children]
        peaks.tree = max(peaks.tree, main + sum(workers))
        peaks.main = max(peaks.main, main)
        peaks.worker = max(peaks.worker, *workers, 0)


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _become_reaper() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def _reap_orphans(others: set[int]) -> None:
    """Waits for what the command left behind, so that its CPU time is counted.

    Args:
        others: Children of this process from before, e.g. a pool's fork server: nobody
            waits for them here, for they may never end.
    """
    if sys.platform != "linux":
        return
    while left := _children() - others:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(left.pop(), 0)
