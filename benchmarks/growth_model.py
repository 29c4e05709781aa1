"""How long would it take on 16, 64, 1,000 cores? What a song costs, and a model made of that.

Extraction and merge are measured apart, in CPU seconds of one process that does each
task in turn, so that a busy machine does not matter much: real extraction of more and
more songs, and the merge of made-up spills for as many songs as cannot be extracted here.
The model adds them up for any number of cores.

    python -m benchmarks.growth_model
"""

import argparse
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import music, options, report, synthetic_spills
from benchmarks.environment import QUIET
from benchmarks.measure import module, run
from vaeprep.job import pool
from vaeprep.job.fanout import fan_out

SONGS = (1_000, 4_000, 16_000)
MERGED_SONGS = (100_000, 1_000_000)
CORES = (1, 2, 16, 64, 1_000)
MILLION = 1_000_000
_MADE_UP_EXAMPLES = 5
_IDLE_TASKS = 2_000
_TAIL_SECONDS = 0.5


def main() -> None:
    """Measures and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--songs", type=int, nargs="*", default=SONGS)
    parser.add_argument("--merged-songs", type=int, nargs="*", default=MERGED_SONGS)
    parser.add_argument("--out", type=Path, default=options.RESULTS)
    arguments = parser.parse_args()
    work = (arguments.out / "work" / "growth-model").resolve()
    shutil.rmtree(work, ignore_errors=True)
    extracted = [extract(songs, work) for songs in arguments.songs]
    merged = [merge(songs, work) for songs in arguments.merged_songs]
    task_seconds = a_task()
    rows = model(extracted[-1], merged[-1], task_seconds)
    values = {
        "extracted": extracted,
        "merged": merged,
        "task seconds": task_seconds,
        "model": rows,
    }
    report.save(arguments.out, "growth_model", values, tables(extracted, merged, rows))
    shutil.rmtree(work)


def extract(songs: int, work: Path) -> dict[str, Any]:
    """What a real run over so many composed songs costs, stage by stage.

    Raises:
        SystemExit: It failed.
    """
    file = music.sample(work, songs)
    answer = _answer("benchmarks.stages", f"--input-tfrecord={file}", f"--out={work / 'x'}")
    print(f"{songs:,} songs: {answer}", file=sys.stderr, flush=True)
    return answer


def merge(songs: int, work: Path) -> dict[str, Any]:
    """What the merge of so many songs' made-up spills costs.

    Raises:
        SystemExit: It failed.
    """
    shutil.rmtree(work / "spills", ignore_errors=True)
    synthetic_spills.write(work / "spills", songs, _MADE_UP_EXAMPLES)
    out = work / "merged"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    flags = (f"--spills={work / 'spills'}", f"--out={out / 'x'}", "--workers=1", "--in-tasks")
    answer = {"songs": songs, **_answer("benchmarks.reduce", *flags)}
    shutil.rmtree(out)
    shutil.rmtree(work / "spills")
    print(f"merge of {songs:,} songs: {answer['laps']}", file=sys.stderr, flush=True)
    return answer


def a_task() -> float:
    """Seconds that the main process spends on one task that does nothing."""
    with pool.executors(1) as new_executor:
        start = time.process_time()
        for _ in fan_out(abs, range(_IDLE_TASKS), new_executor, 6):
            pass
        return (time.process_time() - start) / _IDLE_TASKS


def model(
    extracted: dict[str, Any], merged: dict[str, Any], task_seconds: float
) -> list[dict[str, float]]:
    """The seconds of a million songs on so many cores.

    The main process plans, builds the index of the spills, hands out tasks and names
    the shards; the cores share the rest. Where handing out takes longer than the work,
    it decides. The merge of a song costs what its examples cost among those of so many.
    """
    songs = extracted["songs"]
    an_example = sum(_merge_seconds(merged)) / merged["entries"]
    spread = (extracted["extract"] + an_example * extracted["unique"]) / songs
    alone = (extracted["plan"] + extracted["rest"]) / songs
    rows = []
    for cores in CORES:
        tasks = MILLION / synthetic_spills.SONGS_PER_SPLIT + 4 * cores + 64
        seconds = max(MILLION * spread / cores, tasks * task_seconds)
        serial = MILLION * alone
        tail = _TAIL_SECONDS if cores > 1 else 0.0
        rows.append(
            {
                "cores": cores,
                "wall": serial + seconds + tail,
                "alone": serial,
                "handing out": tasks * task_seconds,
            }
        )
    return rows


def tables(
    extracted: list[dict[str, Any]], merged: list[dict[str, Any]], rows: list[dict[str, float]]
) -> str:
    """The results in Markdown."""
    return "\n".join((_measured(extracted, merged), _modelled(rows)))


def _measured(extracted: list[dict[str, Any]], merged: list[dict[str, Any]]) -> str:
    head = (
        "songs",
        "unique examples",
        "extraction, ms a song",
        "main process, ms a song",
        "shares, us an example",
        "shards, us an example",
    )
    lines: list[tuple[object, ...]] = []
    for one in extracted:
        songs, unique = one["songs"], one["unique"]
        main = one["plan"] + one["rest"]
        cells = (_per(one["extract"], songs, 1e3), _per(main, songs, 1e3))
        merge_cells = (_per(one[name], unique, 1e6) for name in ("shares", "assemble"))
        lines.append((f"{songs:,}", f"{unique:,}", *cells, *merge_cells))
    for one in merged:
        cells = ("", f"{_per(one['laps']['index'], one['songs'], 1e3)} (the index)")
        merge_cells = (_per(part, one["entries"], 1e6) for part in _merge_seconds(one))
        lines.append((f"{one['songs']:,}, made up", f"{one['unique']:,}", *cells, *merge_cells))
    return report.table(head, lines)


def _modelled(rows: list[dict[str, float]]) -> str:
    head = ("cores", "a million songs", "faster than one core", "by the main process alone")
    first = rows[0]["wall"]
    return report.table(
        head,
        [
            (
                f"{row['cores']:,}",
                f"{report.short(row['wall'])} s",
                report.short(first / row["wall"]),
                f"{report.short(row['alone'])} s",
            )
            for row in rows
        ],
    )


def _merge_seconds(merged: dict[str, Any]) -> tuple[float, float]:
    return merged["laps"]["merging"], merged["laps"]["assembling"]


def _per(seconds: float, count: int, unit: float) -> str:
    return report.short(unit * seconds / count)


def _answer(name: str, *flags: str) -> dict[str, Any]:
    usage = run(module(name, *flags), QUIET)
    if usage.status:
        raise SystemExit(f"{name} failed: {usage.errors}")
    answer: dict[str, Any] = json.loads(usage.output)
    return answer


if __name__ == "__main__":
    main()
