"""What happens when there is more music: time a song, memory, size of the work folder?

The sample at 1, 4, 16 and 64 times its size. Its songs are composed, not
copied, so dedup does its real work. `million_songs` goes on from there.

    python -m benchmarks.growth
"""

import argparse
import json
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks import music, options, plots, report
from benchmarks.environment import QUIET
from benchmarks.measure import module, run

DEFAULT_CONFIGS = ("cat-mel_2bar_small", "hierdec-trio_16bar")
TIMES = (1, 4, 16, 64)


@dataclass(frozen=True, slots=True)
class Size:
    """The repetitions of one size with one configuration.

    Attributes:
        config: The configuration.
        songs: Songs in the input.
        input_bytes: Size of the input.
        wall: Seconds of each repetition, process start to exit.
        cpu: CPU seconds of each repetition.
        worker_peak_bytes: The largest worker, of each repetition.
        reducer_peak_bytes: The main process, which merges.
        work_folder_bytes: Largest size of the work folder seen.
        extracted: Examples before dedup.
        unique: Examples written.
    """

    config: str
    songs: int
    input_bytes: int
    wall: list[float]
    cpu: list[float]
    worker_peak_bytes: list[int]
    reducer_peak_bytes: list[int]
    work_folder_bytes: int
    extracted: int
    unique: int


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_common(parser)
    parser.add_argument("--times", type=int, nargs="*", default=TIMES)
    arguments = parser.parse_args()
    work = (arguments.out / "work" / "growth").resolve()
    sizes: list[Size] = []
    for config in arguments.config or DEFAULT_CONFIGS:
        for times in arguments.times:
            songs = times * arguments.sample_songs
            sizes.append(measure(config, songs, work, arguments.repetitions))
    report.save(arguments.out, "growth", {"sizes": list(map(asdict, sizes))}, table(sizes))
    title = "vaeprep on more and more music"
    plots.lines(arguments.out / "growth.png", title, panels(sizes), "songs")


def measure(config: str, songs: int, work: Path, repetitions: int) -> Size:
    """Runs vaeprep on so many songs of the sample, again and again.

    Raises:
        SystemExit: A run failed, or repetitions do not agree.
    """
    file = music.sample(work / "songs", songs)
    folder = work / "out"
    prefix = folder / "examples.tfrecord"
    usages, summaries, folder_sizes = [], [], [0]
    for _ in range(repetitions):
        shutil.rmtree(folder, ignore_errors=True)
        command = module(
            "vaeprep",
            "run",
            f"--input-tfrecord={file}",
            f"--output-tfrecord={prefix}",
            f"--config={config}",
            "--quiet",
        )
        usage = run(command, QUIET, lambda: folder_sizes.append(_work_folder_size(folder)))
        if usage.status:
            raise SystemExit(f"vaeprep failed: {usage.errors}")
        print(f"{config}, {songs} songs: {usage.wall:.2f} s", file=sys.stderr, flush=True)
        usages.append(usage)
        summaries.append(json.loads((folder / f"vaeprep-{prefix.name}.json").read_text()))
    first = summaries[0]
    if any(summary["shards"] != first["shards"] for summary in summaries):
        raise SystemExit(f"repetitions of {config} with {songs} songs wrote different shards")
    return Size(
        config=config,
        songs=songs,
        input_bytes=file.stat().st_size,
        wall=[usage.wall for usage in usages],
        cpu=[usage.cpu for usage in usages],
        worker_peak_bytes=[usage.worker_peak_bytes for usage in usages],
        reducer_peak_bytes=[usage.main_peak_bytes for usage in usages],
        work_folder_bytes=max(folder_sizes),
        extracted=first["counters"].get("extracted-examples", 0),
        unique=first["counters"]["unique-examples"],
    )


def table(sizes: list[Size]) -> str:
    """The result in Markdown."""
    head = (
        "configuration",
        "songs",
        "input, MB",
        "wall",
        "CPU",
        "wall ms a song",
        "worker, MB",
        "reducer, MB",
        "work folder, MB",
        "extracted",
        "unique",
    )
    return report.table(head, map(_cells, sizes))


def panels(sizes: list[Size]) -> dict[str, dict[str, list[tuple[float, float]]]]:
    """What the plot shows: panel -> line -> points (songs, value)."""
    result: dict[str, dict[str, list[tuple[float, float]]]] = {
        "wall time a song, ms": {},
        "peak memory, MB": {},
        "work folder a song, kB": {},
        "unique of extracted examples, %": {},
    }
    time, memory, folder, unique = result.values()
    for size in sizes:
        wall = median(size.wall)
        name, songs = size.config, size.songs
        time.setdefault(name, []).append((songs, 1000 * wall / songs))
        worker, reducer = max(size.worker_peak_bytes), max(size.reducer_peak_bytes)
        memory.setdefault(f"{name}, a worker", []).append((songs, worker / 1e6))
        memory.setdefault(f"{name}, reducer", []).append((songs, reducer / 1e6))
        folder.setdefault(name, []).append((songs, size.work_folder_bytes / 1e3 / songs))
        share = 100 * size.unique / max(size.extracted, 1)
        unique.setdefault(name, []).append((songs, share))
    return result


def _cells(size: Size) -> tuple[object, ...]:
    wall = median(size.wall)
    return (
        size.config,
        f"{size.songs:,}",
        f"{size.input_bytes / 1e6:.1f}",
        report.spread(size.wall),
        report.spread(size.cpu),
        report.short(1000 * wall / size.songs),
        f"{max(size.worker_peak_bytes) / 1e6:.0f}",
        f"{max(size.reducer_peak_bytes) / 1e6:.0f}",
        f"{size.work_folder_bytes / 1e6:.1f}",
        f"{size.extracted:,}",
        f"{size.unique:,}",
    )


def _work_folder_size(folder: Path) -> int:
    """Bytes of the work folder, which appears and vanishes during a run."""
    try:
        paths = list(folder.glob(".vaeprep-*/**/*"))
        return sum(path.stat().st_size for path in paths if path.is_file())
    except OSError:
        return 0


if __name__ == "__main__":
    main()
