"""What is a second worker worth, and a third? The whole job, from start to exit.

The sample's composed songs, so many that the start of the processes hardly counts.
The shards must be the same for every number of workers. `growth_model` says what to
expect of more cores than there are.

    python -m benchmarks.workers --songs 16000
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import music, options, report
from benchmarks.environment import QUIET
from benchmarks.measure import module, run

SONGS = (1_000, 4_000, 16_000)
CONFIG = "cat-mel_2bar_small"


@dataclass(frozen=True, slots=True)
class Job:
    """The repetitions of one run.

    Attributes:
        songs: Songs in the input.
        workers: What `--workers` said.
        examples: Distinct examples written.
        wall: Seconds of each repetition, from start to exit.
        cpu: CPU seconds of all its processes.
        digests: Of the shards of each repetition.
    """

    songs: int
    workers: int
    examples: int = 0
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    digests: set[str] = field(default_factory=set)


def main() -> None:
    """Measures and prints the table."""
    cores = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--songs", type=int, nargs="*", default=SONGS)
    parser.add_argument("--workers", type=int, nargs="*", default=sorted({1, 2, cores, 4}))
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--config", default=CONFIG)
    parser.add_argument("--out", type=Path, default=options.RESULTS)
    arguments = parser.parse_args()
    work = (arguments.out / "work" / "workers").resolve()
    jobs: list[Job] = []
    for songs in arguments.songs:
        file = music.sample(work, songs)
        jobs += measure(file, songs, arguments.config, arguments.workers, arguments.repetitions)
    values = {"jobs": [{**asdict(job), "digests": sorted(job.digests)} for job in jobs]}
    report.save(arguments.out, "workers", values, table(jobs))
    shutil.rmtree(work)


def measure(
    file: Path, songs: int, config: str, workers: Sequence[int], repetitions: int
) -> list[Job]:
    """Runs the job with each number of workers, in turn, again and again.

    Raises:
        SystemExit: A run failed, or two did not write the same shards.
    """
    jobs = [Job(songs, count) for count in workers]
    for _ in range(repetitions):
        jobs = [_run_once(file, config, job) for job in jobs]
    if len(set().union(*(job.digests for job in jobs))) != 1:
        raise SystemExit(f"the shards of {songs:,} songs differ with {workers} workers")
    return jobs


def _run_once(file: Path, config: str, job: Job) -> Job:
    folder = file.parent / "out"
    shutil.rmtree(folder, ignore_errors=True)
    command = module(
        "vaeprep",
        "run",
        f"--input-tfrecord={file}",
        f"--output-tfrecord={folder / 'x'}",
        f"--config={config}",
        f"--workers={job.workers}",
        "--quiet",
    )
    usage = run(command, QUIET)
    if usage.status:
        raise SystemExit(f"vaeprep failed: {usage.errors}")
    summary = json.loads((folder / "vaeprep-x.json").read_text("utf-8"))
    said = f"{job.songs:,} songs, {job.workers} workers: {usage.wall:.2f} s"
    print(said, file=sys.stderr, flush=True)
    return Job(
        job.songs,
        job.workers,
        summary["counters"]["unique-examples"],
        [*job.wall, usage.wall],
        [*job.cpu, usage.cpu],
        {*job.digests, _digest(summary["shards"])},
    )


def _digest(shards: Any) -> str:
    return blake2b(json.dumps(shards).encode(), digest_size=8).hexdigest()


def table(jobs: Sequence[Job]) -> str:
    """The result in Markdown."""
    head = ("songs", "examples", "workers", "CPU", "wall", "songs a second", "times as fast")
    alone = {job.songs: median(job.wall) for job in reversed(jobs)}
    return report.table(
        head,
        [
            (
                f"{job.songs:,}",
                f"{job.examples:,}",
                job.workers,
                report.spread(job.cpu),
                report.spread(job.wall),
                f"{job.songs / median(job.wall):,.0f}",
                report.short(alone[job.songs] / median(job.wall)),
            )
            for job in jobs
        ],
    )


if __name__ == "__main__":
    main()
