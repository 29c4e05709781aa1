"""The command-line options that the benchmarks share."""

import argparse
from pathlib import Path

from benchmarks import music

RESULTS = Path("build/benchmarks")
SAMPLE_SONGS = 60


def add_common(parser: argparse.ArgumentParser) -> None:
    """Adds what every question is asked with."""
    parser.add_argument(
        "--data",
        action="append",
        default=[],
        metavar="PATTERN",
        help="TFRecords of NoteSequences; repeat it. Default: the sample",
    )
    parser.add_argument("--config", action="append", default=[], help="repeat it for several")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the results go")
    parser.add_argument(
        "--sample-songs", type=int, default=SAMPLE_SONGS, help="size of the sample"
    )


def files(arguments: argparse.Namespace) -> list[Path]:
    """The reader's music, or the sample."""
    if arguments.data:
        return music.find(arguments.data)
    return [music.sample(arguments.out / "work", arguments.sample_songs)]


def add_patience(parser: argparse.ArgumentParser) -> None:
    """Adds the limit beyond which a contestant is not measured again."""
    parser.add_argument(
        "--patience",
        type=float,
        default=90,
        help="seconds: a contestant that needs longer is measured once, without a spread",
    )
