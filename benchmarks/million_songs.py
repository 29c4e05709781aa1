"""Does the merge bear a million songs: how much memory, how long, on one core and on all?

The spills of so many songs are made up, with random hashes: with few examples each,
which is kind, and a tenth of the songs with 75 examples each, as long songs have.
They are merged by the single reducer and by tasks on all cores, once each.

    python -m benchmarks.million_songs --songs 1000000
"""

import argparse
import json
import os
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import options, report, synthetic_spills
from benchmarks.environment import QUIET
from benchmarks.measure import module, run

MILLION = 1_000_000
MANY_EXAMPLES = 75


@dataclass(frozen=True, slots=True)
class Merged:
    """One merge.

    Attributes:
        songs: Songs whose spills were merged.
        examples_per_song: Examples of each.
        workers: 1 for the single reducer.
        spills: Number of spills.
        spill_bytes: Their size.
        entries: Entries of all spills.
        unique: Examples written.
        cpu: CPU seconds of all processes, from start to exit.
        wall: Seconds from start to exit.
        main_peak_bytes: Largest resident set of the started process.
        worker_peak_bytes: Largest resident set of any other.
        digest: Of the checksums of all shards.
    """

    songs: int
    examples_per_song: int
    workers: int
    spills: int
    spill_bytes: int
    entries: int
    unique: int
    cpu: float
    wall: float
    main_peak_bytes: int
    worker_peak_bytes: int
    digest: str


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--songs", type=int, default=MILLION)
    parser.add_argument("--examples-per-song", type=int, default=5)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--out", type=Path, default=options.RESULTS)
    arguments = parser.parse_args()
    work = (arguments.out / "work" / "million-songs").resolve()
    merged: list[Merged] = []
    for songs, examples in (
        (arguments.songs, arguments.examples_per_song),
        (arguments.songs // 10, MANY_EXAMPLES),
    ):
        merged += measure(songs, examples, (1, arguments.workers), work)
    values = {"merged": [asdict(one) for one in merged]}
    report.save(arguments.out, "million_songs", values, table(merged))


def measure(
    songs: int, examples_per_song: int, workers: tuple[int, ...], work: Path
) -> list[Merged]:
    """Writes the spills and merges them with each number of workers.

    Raises:
        SystemExit: A merge failed, or two did not write the same bytes.
    """
    shutil.rmtree(work, ignore_errors=True)
    print(f"writing the spills of {songs:,} songs", file=sys.stderr, flush=True)
    spills = synthetic_spills.write(work / "spills", songs, examples_per_song)
    written = [_measure_once(work, songs, examples_per_song, count) for count in workers]
    if len({one.digest for one in written}) != 1:
        raise SystemExit(f"the shards of {len(spills)} spills differ with {workers} workers")
    shutil.rmtree(work)
    return written


def _measure_once(work: Path, songs: int, examples_per_song: int, workers: int) -> Merged:
    out = work / "merged"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    flags = (f"--spills={work / 'spills'}", f"--out={out / 'x'}", f"--workers={workers}")
    usage = run(module("benchmarks.reduce", *flags), QUIET)
    if usage.status:
        raise SystemExit(f"the merge failed: {usage.errors}")
    answer: dict[str, Any] = json.loads(usage.output)
    if answer["written"] != answer["unique"]:
        raise SystemExit(f"{answer['unique']} unique examples, {answer['written']} written")
    print(f"{workers} workers: {usage.cpu:.1f} s of CPU", file=sys.stderr, flush=True)
    return Merged(
        songs=songs,
        examples_per_song=examples_per_song,
        workers=workers,
        spills=answer["spills"],
        spill_bytes=answer["spill bytes"],
        entries=answer["entries"],
        unique=answer["unique"],
        cpu=usage.cpu,
        wall=usage.wall,
        main_peak_bytes=usage.main_peak_bytes,
        worker_peak_bytes=usage.worker_peak_bytes,
        digest=answer["digest"],
    )


def table(merged: list[Merged]) -> str:
    """The result in Markdown."""
    head = (
        "songs",
        "examples each",
        "spills",
        "examples read",
        "unique",
        "merged by",
        "CPU",
        "wall",
        "CPU us an example",
        "main, MB",
        "worker, MB",
    )
    return report.table(head, map(_cells, merged))


def _cells(one: Merged) -> tuple[object, ...]:
    return (
        f"{one.songs:,}",
        one.examples_per_song,
        f"{one.spills:,}, {one.spill_bytes / 1e9:.2f} GB",
        f"{one.entries:,}",
        f"{one.unique:,}",
        "the single reducer" if one.workers == 1 else f"{one.workers} workers",
        f"{report.short(one.cpu)} s",
        f"{report.short(one.wall)} s",
        report.short(1e6 * one.cpu / one.entries),
        f"{one.main_peak_bytes / 1e6:.0f}",
        f"{one.worker_peak_bytes / 1e6:.0f}" if one.workers > 1 else "",
    )


if __name__ == "__main__":
    main()
