"""Finds the summary of the run that made a file, next to its shards."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vaeprep.files.names import summary_path
from vaeprep.job.summary import Summary, from_json

_SHARD = re.compile(r"(.+)-\d{5,}-of-\d{5,}")


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run.

    Attributes:
        prefix: Prefix of the shards that are looked at.
        summary: The run's summary; all its outputs have the same.
    """

    prefix: Path
    summary: Summary


def find_runs(paths: Iterable[Path]) -> list[Run]:
    """The runs that made these files, as far as their summaries tell.

    A summary counts only if the shard is in its list with the same size: it may
    belong to shards that were replaced.

    Args:
        paths: Shards or other files.

    Returns:
        Each run once, in the order of the files; a run with several outputs
        (tensors too, or a set for evaluation) is one run.
    """
    runs: dict[Path, Run | None] = {}
    made: list[Run] = []
    for path in paths:
        match = _SHARD.fullmatch(path.name)
        if not match:
            continue
        prefix = path.with_name(match[1])
        if prefix not in runs:
            runs[prefix] = _load(prefix)
        run = runs[prefix]
        if run is not None and _lists(run.summary, path):
            made += [run] if all(one.summary != run.summary for one in made) else []
    return made


def fair_sample(run: Run, output: str, least: int) -> list[Path]:
    """The first shards of an output that hold a number of examples together.

    Examples lie in the order of their hashes, and go to the shards in turn. So
    each shard alone is a random sample of them all.

    Args:
        run: The run.
        output: "notesequences" or "tensors".
        least: Examples that are wanted, if there are so many.
    """
    paths: list[Path] = []
    examples = 0
    for shard in run.summary.shards.get(output, []):
        if examples >= least:
            break
        paths.append(run.prefix.with_name(shard.name))
        examples += shard.records
    return paths


def shard_pattern(paths: Sequence[Path]) -> str:
    """The name pattern that these files are the first shards of.

    Returns:
        `NAME-?????-of-00010`, empty if they are other files, or not in order.
    """
    first = _SHARD.fullmatch(paths[0].name) if paths else None
    if first is None:
        return ""
    count = paths[0].name.rpartition("-")[2]
    wanted = [f"{first[1]}-{number:05d}-of-{count}" for number in range(len(paths))]
    same = wanted == [path.name for path in paths]
    return f"{first[1]}-?????-of-{count}" if same else ""


def _load(prefix: Path) -> Run | None:
    path = summary_path(prefix)
    try:
        return Run(prefix, from_json(path.read_text("utf-8")))
    except (OSError, ValueError):
        return None


def _lists(summary: Summary, path: Path) -> bool:
    shards = [shard for written in summary.shards.values() for shard in written]
    size = path.stat().st_size
    return any(shard.name == path.name and shard.bytes == size for shard in shards)
