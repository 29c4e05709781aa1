"""How long does the whole job take, as a user runs it: process start to exit?

vaeprep with 1, 2, ... all cores, Magenta's Beam job as it is, and the Beam job
with its cap on examples lifted (the same work as vaeprep's). Wall time, CPU
time and peak memory of the whole process tree, imports included. One after the
other, in turn, and each output is compared before its time counts.

    python -m benchmarks.preprocessing --data '/path/*.tfrecord' --config cat-mel_2bar_small
"""

import argparse
import re
import shutil
import sys
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks import options, plots, report
from benchmarks.agreement import (
    Disagreement,
    Examples,
    check_part,
    check_same,
    read_examples,
    shard_bytes,
)
from benchmarks.environment import QUIET
from benchmarks.inputs import SHARDS, gather
from benchmarks.measure import Usage, module, run
from vaeprep.job.pool import available_cpus

DEFAULT_CONFIGS = ("cat-mel_2bar_small", "hierdec-trio_16bar")
BEAM, BEAM_LIFTED = "Beam job as it is", "Beam job, cap lifted"
IMPORTS = "(Beam job's imports alone)"
FAILS = "FAILS"


@dataclass(frozen=True, slots=True)
class Row:
    """The repetitions of one contestant with one configuration.

    Attributes:
        config: The configuration.
        contestant: Its name.
        wall: Seconds of each repetition.
        cpu: CPU seconds of each repetition.
        peak_bytes: Peak memory of each repetition.
        examples: Examples written, 0 when it failed.
        agreement: How its output agrees with vaeprep's, or why it failed.
    """

    config: str
    contestant: str
    wall: list[float]
    cpu: list[float]
    peak_bytes: list[int]
    examples: int
    agreement: str


def main() -> None:
    """Measures, prints the table, and exits with 1 when outputs differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_common(parser)
    parser.add_argument("--without-beam", action="store_true")
    arguments = parser.parse_args()
    work = (arguments.out / "work" / "preprocessing").resolve()
    pattern = gather(options.files(arguments), work / "in")
    with_beam = not arguments.without_beam
    if with_beam and find_spec("apache_beam") is None:
        sys.exit("Beam is not installed: 'make benchmark' installs it, or add --without-beam")
    rows: list[Row] = []
    try:
        for config in arguments.config or DEFAULT_CONFIGS:
            rows += measure(config, pattern, work, arguments.repetitions, with_beam)
    except Disagreement as error:
        sys.exit(f"the outputs differ: {error}")
    report.save(arguments.out, "preprocessing", {"rows": list(map(asdict, rows))}, table(rows))
    draw(rows, arguments.out)


def measure(
    config: str, pattern: str, work: Path, repetitions: int, with_beam: bool
) -> list[Row]:
    """Runs every contestant in turn, again and again.

    Raises:
        Disagreement: The outputs differ.
    """
    contestants = _contestants(config, pattern, work, with_beam)
    usages: dict[str, list[Usage]] = {name: [] for name in contestants}
    examples: dict[str, Examples] = {}
    first_shards: list[bytes] = []
    agreement: dict[str, str] = {}
    for _ in range(repetitions):
        for name, command in contestants.items():
            if agreement.get(name, "").startswith(FAILS):
                continue
            prefix = _prefix(work)
            usage = run(command, QUIET)
            print(f"{config}, {name}: {usage.wall:.2f} s", file=sys.stderr, flush=True)
            usages[name].append(usage)
            if usage.status:
                agreement[name] = _failure(usage)
            elif name.startswith("vaeprep"):
                first_shards = first_shards or shard_bytes(prefix)
                if shard_bytes(prefix) != first_shards:
                    raise Disagreement(f"{name} wrote other shards than the first run")
                agreement[name] = "same shards"
                examples[name] = examples.get(name) or read_examples(prefix)
            elif name != IMPORTS:
                examples[name] = read_examples(prefix)
                ours = next(iter(examples.values()))
                check = check_part if name == BEAM else check_same
                agreement[name] = check(ours, examples[name])
    return [
        Row(
            config=config,
            contestant=name,
            wall=[usage.wall for usage in all_usages],
            cpu=[usage.cpu for usage in all_usages],
            peak_bytes=[usage.peak_bytes for usage in all_usages],
            examples=len(examples.get(name, ())),
            agreement=agreement.get(name, ""),
        )
        for name, all_usages in usages.items()
    ]


def table(rows: list[Row]) -> str:
    """The result in Markdown."""
    head = (
        "configuration",
        "contestant",
        "wall",
        "CPU",
        "peak memory, MB",
        "examples",
        "agreement",
    )
    return report.table(head, map(_cells, rows))


def draw(rows: list[Row], folder: Path) -> None:
    """Draws the wall and the CPU seconds."""
    for seconds, name in (("wall", "wall seconds"), ("cpu", "CPU seconds of all processes")):
        path = folder / f"preprocessing-{seconds}.png"
        title = "Preprocessing, process start to exit (shorter is better)"
        plots.bars(path, title, _panels(rows, seconds), name, unit="s")


def worker_counts() -> list[int]:
    """1, 2, 4, ... and all cores."""
    cpus = available_cpus()
    return sorted({1, cpus} | {2**i for i in range(10) if 2**i < cpus})


def _contestants(
    config: str, pattern: str, work: Path, with_beam: bool
) -> dict[str, list[str]]:
    prefix = work / "out" / "examples.tfrecord"
    flags = [
        f"--input_tfrecord={pattern}",
        f"--output_tfrecord={prefix}",
        f"--output_shards={SHARDS}",
        f"--config={config}",
    ]
    commands = {
        f"vaeprep, {count} worker{'s' * (count > 1)}": module(
            "vaeprep", "run", *flags, f"--workers={count}", "--quiet"
        )
        for count in worker_counts()
    }
    if with_beam:
        magentas = "magenta.models.music_vae.preprocess_tfrecord"
        commands[BEAM] = module(magentas, *flags)
        commands[BEAM_LIFTED] = module("benchmarks.beam_job", *flags)
        commands[IMPORTS] = [sys.executable, "-c", f"import {magentas}"]
    return commands


def _prefix(work: Path) -> Path:
    """An empty folder for the next output."""
    shutil.rmtree(work / "out", ignore_errors=True)
    (work / "out").mkdir(parents=True)
    return work / "out" / "examples.tfrecord"


def _failure(usage: Usage) -> str:
    """The error of a job that ended early, in a few words."""
    errors = re.findall(r"^\w*(?:Error|Exception)\b.*", usage.errors, re.MULTILINE)
    return f"{FAILS}: {errors[-1][:60]}" if errors else f"{FAILS} with status {usage.status}"


def _cells(row: Row) -> tuple[object, ...]:
    failed = row.agreement.startswith(FAILS)
    return (
        row.config,
        row.contestant,
        "" if failed else report.spread(row.wall),
        "" if failed else report.spread(row.cpu),
        "" if failed else f"{max(row.peak_bytes) / 1e6:,.0f}",
        f"{row.examples:,}" if row.examples else "",
        row.agreement,
    )


def _panels(rows: list[Row], seconds: str) -> dict[str, dict[str, list[float]]]:
    panels: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        if not row.agreement.startswith(FAILS):
            panels.setdefault(row.config, {})[row.contestant] = getattr(row, seconds)
    return panels


if __name__ == "__main__":
    main()
