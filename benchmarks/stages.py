"""Runs the job in one process, each task in turn, and tells what each stage costs.

Prints one line of JSON: CPU seconds of the plan, the extraction, the shares of the
merge and the assembly of the shards, which on many cores are tasks of workers, and
of the rest, which the main process does alone. `growth_model` calls it.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vaeprep.job import merging
from vaeprep.job.options import RunOptions
from vaeprep.job.run import run
from vaeprep.progress import Advance


class Inline(Executor):
    """Does each task at once, and adds up the CPU seconds of each kind of task."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.tasks = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Does the task."""
        start = time.process_time()
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        spent = time.process_time() - start
        self.seconds[fn.__name__] = self.seconds.get(fn.__name__, 0.0) + spent
        self.tasks += 1
        return future


def main() -> None:
    """Runs and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input-tfrecord", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--config", default="cat-mel_2bar_small")
    arguments = parser.parse_args()
    merging.SMALL_BYTES = 0  # the merge as it is on many cores, also of little data
    executor = Inline()
    laps: dict[str, float] = {}

    @contextmanager
    def progress(stage: str, _total: int | None, _unit: str) -> Iterator[Advance]:
        laps.setdefault("plan", time.process_time() - start)
        yield lambda _count: None

    options = RunOptions(
        input_tfrecord=(arguments.input_tfrecord,),
        output_tfrecord=arguments.out,
        config=arguments.config,
        workers=2,
        overwrite=True,
    )
    start = time.process_time()
    summary = run(options, executor, progress)
    total = time.process_time() - start
    rest = total - laps["plan"] - sum(executor.seconds.values())
    answer = {
        "songs": summary.records,
        "unique": summary.unique,
        "tasks": executor.tasks,
        "plan": laps["plan"],
        "extract": executor.seconds["extract_split"],
        "shares": executor.seconds["merge_share"],
        "assemble": executor.seconds["assemble"],
        "rest": rest,
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
