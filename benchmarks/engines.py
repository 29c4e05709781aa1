"""How much faster is the fast engine than Magenta's own converters, and do they agree?

Both engines convert the same TFRecords, in processes of their own, one after
the other, never at the same time: Magenta, fast, Magenta, fast. Every
repetition is compared to the byte, song by song: examples, counters, drop
reasons, failures. CPU seconds of the conversion alone are counted, without
imports (which would favour the fast engine by 10 to 20 seconds).

    python -m benchmarks.engines --data '/path/*.tfrecord' --config cat-mel_2bar_small
"""

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import Any

from benchmarks import options, plots, report
from benchmarks.environment import QUIET
from benchmarks.measure import module
from vaeprep.configs import CONFIGS


@dataclass(frozen=True, slots=True)
class Pair:
    """Both engines' repetitions on one file with one configuration.

    Attributes:
        config: The configuration.
        file: Name of the file.
        songs: Songs in it.
        examples: Distinct examples.
        failed: Songs whose conversion raised, in both engines.
        magenta: CPU seconds of each repetition.
        fast: CPU seconds of each repetition.
        parse: CPU seconds of parsing the protos alone, the floor.
        differing: Songs (by number) on which the engines do not agree.
        slowest: The song that takes the fast engine longest alone.
    """

    config: str
    file: str
    songs: int
    examples: int
    failed: int
    magenta: list[float]
    fast: list[float]
    parse: list[float]
    differing: list[int]
    slowest: "Slowest"


@dataclass(frozen=True, slots=True)
class Slowest:
    """The song of a file that takes the fast engine longest, given to it alone.

    Attributes:
        number: Its number in the file.
        examples: Distinct examples.
        magenta: CPU seconds, median of the repetitions.
        fast: CPU seconds, median of the repetitions.
    """

    number: int
    examples: int
    magenta: float
    fast: float


def main() -> None:
    """Measures, prints the table, and exits with 1 when the engines differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_common(parser)
    parser.add_argument("--songs", type=int, help="the first N songs of each file")
    arguments = parser.parse_args()
    names = arguments.config or one_of_each_kind()
    pairs: list[Pair] = []
    # Saved after each repetition: a long run that is stopped has not been in vain.
    for pairs in measure(
        options.files(arguments), names, arguments.repetitions, arguments.songs
    ):
        values = {"pairs": [asdict(pair) for pair in pairs]}
        report.save(arguments.out, "engines", values, as_table(pairs))
        plots.engines(arguments.out / "engines.png", by_config(pairs))
    if any(pair.differing for pair in pairs):
        sys.exit("the engines differ, see the table")


def one_of_each_kind() -> list[str]:
    """The first configuration of each converter with each set of parameters."""
    first = {repr(config.converter): name for name, config in reversed([*CONFIGS.items()])}
    return [name for name in CONFIGS if name in first.values()]


def measure(
    files: list[Path], configs: list[str], repetitions: int, songs: int | None = None
) -> Iterator[list[Pair]]:
    """Runs both engines on every file with every configuration.

    Yields:
        After each repetition, all that has been measured.
    """
    limit = [] if songs is None else ["--songs", str(songs)]
    answers: dict[tuple[str, Path], list[tuple[Any, Any]]] = defaultdict(list)
    with _worker("magenta", limit) as ask_magenta:
        for _ in range(repetitions):
            for config in configs:
                theirs = ask_magenta(config, files)
                # A new process each time: in a run, too, the caches begin empty.
                with _worker("fast", limit) as ask_fast:
                    ours = ask_fast(config, files)
                print(".", end="", file=sys.stderr, flush=True)
                for file, *both in zip(files, theirs, ours, strict=True):
                    answers[config, file].append((both[0], both[1]))
            print(file=sys.stderr)
            yield [_pair(config, file, both) for (config, file), both in answers.items()]


def by_config(pairs: list[Pair]) -> dict[str, float]:
    """Configuration -> how many times faster, over all files together."""
    theirs: dict[str, float] = defaultdict(float)
    ours: dict[str, float] = defaultdict(float)
    for pair in pairs:
        theirs[pair.config] += median(pair.magenta)
        ours[pair.config] += median(pair.fast)
    return {config: theirs[config] / ours[config] for config in theirs}


def as_table(pairs: list[Pair]) -> str:
    """The result in Markdown: a row a configuration and file, and one for all files."""
    rows = [_row(pair) for pair in pairs]
    head = (
        "configuration",
        "file",
        "songs",
        "examples",
        "examples a song",
        "Magenta, CPU s",
        "fast, CPU s",
        "times faster",
        "parse alone, CPU s",
        "agree",
    )
    together = report.table(
        ("configuration", "times faster, all files"),
        [(config, f"{ratio:.0f}") for config, ratio in by_config(pairs).items()],
    )
    slowest = report.table(
        (
            "the slowest song",
            "file",
            "number",
            "examples",
            "Magenta, CPU ms",
            "fast, alone, CPU ms",
            "times faster",
        ),
        map(_slowest_row, pairs),
    )
    return f"{report.table(head, rows)}\n{together}\n{slowest}"


def _row(pair: Pair) -> tuple[object, ...]:
    failed = f" ({pair.failed} fail in both)" if pair.failed and not pair.differing else ""
    agree = f"NO: {len(pair.differing)} songs" if pair.differing else "to the byte"
    return (
        pair.config,
        pair.file,
        pair.songs,
        f"{pair.examples:,}",
        report.short(pair.examples / pair.songs),
        report.spread(pair.magenta, ""),
        report.spread(pair.fast, ""),
        f"{median(pair.magenta) / median(pair.fast):.0f}",
        report.short(median(pair.parse)),
        agree + failed,
    )


def _slowest_row(pair: Pair) -> tuple[object, ...]:
    one = pair.slowest
    return (
        pair.config,
        pair.file,
        one.number,
        one.examples,
        report.short(1000 * one.magenta),
        report.short(1000 * one.fast),
        f"{one.magenta / one.fast:.0f}",
    )


def _pair(config: str, file: Path, answers: list[tuple[Any, Any]]) -> Pair:
    differing = {
        number
        for theirs, ours in answers
        for number, digests in enumerate(zip(theirs["digests"], ours["digests"], strict=True))
        if digests[0] != digests[1]
    }
    first = answers[0][1]
    return Pair(
        config=config,
        file=file.name,
        songs=first["songs"],
        examples=first["examples"],
        failed=first["failed"],
        magenta=[theirs["cpu"] for theirs, _ in answers],
        fast=[ours["cpu"] for _, ours in answers],
        parse=[ours["parse"] for _, ours in answers],
        differing=sorted(differing),
        slowest=_slowest(answers),
    )


def _slowest(answers: list[tuple[Any, Any]]) -> Slowest:
    """The slowest song, by the medians of the repetitions."""
    theirs, ours = (
        [median(song) for song in zip(*(one["alone"] for one in of_engine), strict=True)]
        for of_engine in zip(*answers, strict=True)
    )
    number = max(range(len(ours)), key=ours.__getitem__)
    examples = answers[0][1]["examples of a song"][number]
    return Slowest(number, examples, theirs[number], ours[number])


Ask = Callable[[str, list[Path]], list[dict[str, Any]]]
"""From configuration and files to the answers of `benchmarks.convert`."""


@contextmanager
def _worker(engine: str, limit: list[str]) -> Iterator[Ask]:
    """A process that converts, kept until the block ends."""
    command = module("benchmarks.convert", "--engine", engine, *limit)
    with (
        TemporaryFile("w+") as errors,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=QUIET,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        questions, answers = process.stdin, process.stdout

        def ask(config: str, files: list[Path]) -> list[dict[str, Any]]:
            print(json.dumps([config, list(map(str, files))]), file=questions, flush=True)
            line = answers.readline()
            if not line:
                errors.seek(0)
                raise SystemExit(f"{engine}, {config}: {errors.read()[-2000:]}")
            answer: list[dict[str, Any]] = json.loads(line)
            return answer

        yield ask


if __name__ == "__main__":
    main()
