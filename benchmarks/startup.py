"""Where the time goes before any music is converted: Python, libraries, processes.

    python -m benchmarks.startup

Each row is a whole process (or several, with all their children), from its start to
its end. So a row holds those above it that it needs. What Python compiles is kept, as
an installed package has it.
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import measure, music, options, report
from benchmarks.environment import QUIET

_CONFIG = "cat-mel_2bar_small"

IMPORTS = {
    "Python alone": "pass",
    "with click, which reads the command line": "import click",
    "with multiprocessing's pool": "import concurrent.futures.process",
    "with NumPy": "import numpy",
    "with protobuf and the NoteSequence": "import vaeprep.music.protos",
    "what a worker imports (the fork server, once)": (
        "import vaeprep.job.worker, vaeprep.converters.melody.converter"
    ),
    "what `vaeprep run` imports": (
        "import vaeprep.cli.run, vaeprep.job.run, vaeprep.converters.melody.converter"
    ),
}


def main() -> None:
    """Measures each start in turn, as often as asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--songs", type=int, default=10, help="of the run that is measured")
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--out", type=Path, default=options.RESULTS)
    arguments = parser.parse_args()
    work = (arguments.out / "work" / "startup").absolute()
    songs = music.sample(work, arguments.songs)
    commands = {name: [sys.executable, "-c", code] for name, code in IMPORTS.items()}
    commands["`vaeprep --help`"] = measure.module("vaeprep", "--help")
    commands["`vaeprep configs`"] = measure.module("vaeprep", "configs")
    for workers in (1, 2):
        name = f"`vaeprep run`, {arguments.songs} songs, --workers {workers}"
        commands[name] = _run(songs, work / "out", workers)
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for command in commands.values():
        _measure(command, work)  # compiles what is not compiled yet
    for _ in range(arguments.repetitions):
        for name, command in commands.items():
            times[name].append(_measure(command, work))
    rows = [
        (name, report.spread([cpu for cpu, _ in used]), report.spread([s for _, s in used]))
        for name, used in times.items()
    ]
    table = report.table(("from start to end", "CPU", "wall"), rows)
    report.save(arguments.out, "startup", {"cpu and wall": times}, table)


def _run(songs: Path, out: Path, workers: int) -> list[str]:
    flags = ("--input-tfrecord", str(songs), "--output-tfrecord", str(out / "mel.tfrecord"))
    return measure.module(
        "vaeprep", "run", *flags, "--config", _CONFIG, "--workers", str(workers)
    )


def _measure(command: Sequence[str], work: Path) -> tuple[float, float]:
    """CPU and wall seconds of a command.

    Raises:
        SystemExit: It failed.
    """
    shutil.rmtree(work / "out", ignore_errors=True)
    environment = {**QUIET, "PYTHONPYCACHEPREFIX": str(work / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    used = measure.run(command, environment)
    if used.status:
        raise SystemExit(used.errors)
    return used.cpu, used.wall


if __name__ == "__main__":
    main()
