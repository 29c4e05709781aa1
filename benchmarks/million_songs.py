"""Does the reducer bear a million songs: how much memory, how long?

The one process that drops repeated examples and writes the shards is given the
spills of so many songs, made up with random hashes. It runs once, alone.

    python -m benchmarks.million_songs --songs 1000000
"""

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from benchmarks import options, report, synthetic_spills
from benchmarks.environment import QUIET
from benchmarks.measure import module, run

MILLION = 1_000_000


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--songs", type=int, default=MILLION)
    parser.add_argument("--examples-per-song", type=int, default=5)
    parser.add_argument("--out", type=Path, default=options.RESULTS)
    arguments = parser.parse_args()
    work = (arguments.out / "work" / "million-songs").resolve()
    result = measure(arguments.songs, arguments.examples_per_song, work)
    report.save(arguments.out, "million_songs", result, table(result))


def measure(songs: int, examples_per_song: int, work: Path) -> dict[str, Any]:
    """Writes the spills and merges them in a process of its own.

    Raises:
        SystemExit: It failed, or did not write every unique example.
    """
    spills, out = work / "spills", work / "merged"
    shutil.rmtree(work, ignore_errors=True)
    out.mkdir(parents=True)
    print(f"writing the spills of {songs:,} songs", file=sys.stderr, flush=True)
    synthetic_spills.write(spills, songs, examples_per_song)
    command = module("benchmarks.reduce", f"--spills={spills}", f"--out={out / 'x'}")
    usage = run(command, QUIET)
    shutil.rmtree(work)
    if usage.status:
        raise SystemExit(f"the reducer failed: {usage.errors}")
    answer: dict[str, Any] = json.loads(usage.output)
    if answer["written"] != answer["unique"]:
        raise SystemExit(f"{answer['unique']} unique examples, {answer['written']} written")
    return {"songs": songs, **answer, "wall": usage.wall, "peak bytes": usage.main_peak_bytes}


def table(result: dict[str, Any]) -> str:
    """The result in Markdown."""
    rows = [
        ("songs", f"{result['songs']:,}"),
        ("spills", f"{result['spills']:,}, {result['spill bytes'] / 1e9:.2f} GB"),
        ("examples read", f"{result['entries']:,}"),
        ("unique examples written", f"{result['unique']:,}"),
        ("most source ids of one example", f"{result['most sources']:,}"),
        ("CPU", f"{report.short(result['cpu'])} s"),
        ("wall", f"{report.short(result['wall'])} s"),
        ("examples a CPU second", f"{result['entries'] / result['cpu']:,.0f}"),
        ("peak memory", f"{result['peak bytes'] / 1e6:,.0f} MB"),
        ("shares of the hash space", f"{result['shares']:,}"),
    ]
    return report.table(("the reducer alone", ""), rows)


if __name__ == "__main__":
    main()
