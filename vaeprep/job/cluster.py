"""Many machines: the tasks of a run on a Dask cluster that is there already.

The machines must see the same files under the same paths, unless the input is in
object storage. Before any work they are asked for their versions, and whether they see
the work folder.
"""

import logging
import platform
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from vaeprep.errors import UsageError
from vaeprep.version import __version__

if TYPE_CHECKING:
    from distributed import Client

_CONNECT_SECONDS = 15
_WORKER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster whose workers have been found to fit this process.

    Attributes:
        executor: Runs the tasks.
        cores: How many tasks run at once.
    """

    executor: Executor
    cores: int


def is_dask(executor: object) -> TypeGuard[Executor]:
    """Whether it is what Dask's `Client.get_executor()` gives."""
    return type(executor).__module__ == "distributed.cfexecutor"


@contextmanager
def connect(address: str) -> Iterator[Cluster]:
    """Connects to the scheduler of a Dask cluster, and lets go of it at the end.

    Args:
        address: `tcp://host:8786`, or the scheduler's own file, `scheduler.json`.

    Yields:
        The cluster.

    Raises:
        UsageError: Dask is not installed, nobody answers, or the workers do not fit.
    """
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(
            "a cluster needs Dask, which is not installed; pip install 'vaeprep[dask]'"
        ) from None
    where: dict[str, Any] = {"address": address}
    if "://" not in address:
        if not Path(address).is_file():
            raise UsageError(
                f"{address} is no file of a Dask scheduler and no address such as "
                "tcp://host:8786"
            )
        where = {"scheduler_file": address}
    _silence()
    try:
        client = Client(**where, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"no Dask scheduler answers at {address} ({_line(error)})") from None
    try:
        yield _cluster(client)
    finally:
        client.close(timeout=2)


def adopt(executor: Executor) -> Cluster:
    """The cluster of an executor that Dask's `Client.get_executor()` gave.

    Raises:
        UsageError: The workers do not fit.
    """
    return _cluster(executor._client)  # type: ignore[attr-defined]


def all_see(executor: Executor, paths: Sequence[Path]) -> bool:
    """Whether every worker sees all the paths."""
    client: Client = executor._client  # type: ignore[attr-defined]
    return not any(_asked(client, _unseen, [str(path) for path in paths]).values())


def check_sees(executor: Executor, paths: Sequence[Path]) -> None:
    """Refuses a cluster in which a worker does not see what this machine sees.

    Raises:
        UsageError: Names the worker and the path.
    """
    client: Client = executor._client  # type: ignore[attr-defined]
    for worker, unseen in _asked(client, _unseen, [str(path) for path in paths]).items():
        if unseen:
            raise UsageError(
                f"the worker {worker} does not see {_line(unseen)}; all machines must share "
                "the folders of input, output and work under the same paths"
            )


def worker_versions() -> dict[str, str]:
    """The versions that must be the same on all machines."""
    return {
        "vaeprep": __version__,
        "NumPy": np.__version__,
        "Python": ".".join(platform.python_version_tuple()[:2]),
    }


def _silence() -> None:
    """Keeps Dask's own tracebacks from the terminal: errors are told in one line."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _cluster(client: "Client") -> Cluster:
    try:
        client.wait_for_workers(1, timeout=_WORKER_SECONDS)
    except TimeoutError:
        raise UsageError(
            f"the Dask cluster has no workers after {_WORKER_SECONDS} s; start some first"
        ) from None
    _check_versions(client)
    cores = sum(client.nthreads().values())
    return Cluster(client.get_executor(pure=False), cores)


def _check_versions(client: "Client") -> None:
    """Compares the versions of all workers with those of this process."""
    from importlib.metadata import version

    # What the standard library can tell comes first: a worker of another Python may not
    # even understand a function of ours.
    _compare(client, "Python", _asked(client, platform.python_version))
    _compare(client, "NumPy", _asked(client, version, "numpy"))
    for worker, versions in _asked(client, worker_versions).items():
        if not isinstance(versions, dict):
            raise UsageError(
                f"the worker {worker} cannot import vaeprep ({_line(versions)}); "
                f"install vaeprep {__version__} there"
            )
        _compare(client, "vaeprep", {worker: versions["vaeprep"]})


def _compare(client: "Client", name: str, found: dict[str, object]) -> None:
    ours = worker_versions()[name]
    for worker, theirs in found.items():
        same = ".".join(str(theirs).split(".")[:2]) if name == "Python" else theirs
        if same != ours:
            raise UsageError(
                f"the worker {worker} has {name} {_line(theirs)}, here it is {ours}; "
                "install the same versions on all machines"
            )


def _asked(client: "Client", question: Callable[..., Any], *args: object) -> dict[str, object]:
    """What each worker answers; an exception where it cannot."""
    try:
        answers: dict[str, object] = client.run(question, *args, on_error="return")
    except Exception as error:
        return dict.fromkeys(client.nthreads(), error)
    return answers


def _unseen(paths: Sequence[str]) -> str | None:
    """The first of the paths that is not there."""
    return next((path for path in paths if not Path(path).exists()), None)


def _line(error: object) -> str:
    if isinstance(error, BaseException) and not str(error):
        return type(error).__name__
    return " ".join(str(error).split())[:200]
