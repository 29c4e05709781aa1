"""Finds the summary of the run that made a file, next to its shards."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vaeprep.files.names import shard_name, shard_path, shards_pattern, summary_path
from vaeprep.job.songs import MOST_SHOWN, SongResult, read_songs
from vaeprep.job.summary import Summary, from_json


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A finished run.

    Attributes:
        prefix: Prefix of the shards that are looked at.
        summary: The run's summary; all its outputs have the same.
    """

    prefix: Path
    summary: Summary


def find_runs(paths: Iterable[Path]) -> list[FinishedRun]:
    """The runs that made these files, as far as their summaries tell.

    A summary counts only if the shard is in its list with the same size: it may
    belong to shards that were replaced.

    Args:
        paths: Shards or other files.

    Returns:
        Each run once, in the order of the files; a run with several outputs
        (tensors too, or a set for evaluation) is one run.
    """
    runs: dict[Path, FinishedRun | None] = {}
    made: list[FinishedRun] = []
    for path in paths:
        named = shard_name(path)
        if named is None:
            continue
        prefix = named.prefix
        if prefix not in runs:
            runs[prefix] = _load(prefix)
        run = runs[prefix]
        if run is not None and _lists(run.summary, path):
            made += [run] if all(one.summary != run.summary for one in made) else []
    return made


def songs_of(run: FinishedRun, most: int = MOST_SHOWN) -> list[SongResult]:
    """What each song of a run gave, in the order of the input.

    Args:
        run: The run.
        most: Songs that are wanted.

    Returns:
        The first songs of the list of all that stands beside the summary; those in the
        summary if there is no such list, or it is gone.
    """
    summary = run.summary
    if summary.song_list is not None:
        path = run.prefix.with_name(summary.song_list.name)
        try:
            if path.stat().st_size == summary.song_list.bytes:
                return read_songs(path, most)
        except (OSError, ValueError):
            pass  # the run goes with what its summary tells
    return summary.songs[:most]


def fair_sample(run: FinishedRun, output: str, least: int) -> list[Path]:
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
    first = shard_name(paths[0]) if paths else None
    if first is None:
        return ""
    wanted = [shard_path(first.prefix, number, first.total) for number in range(len(paths))]
    same = [path.name for path in wanted] == [path.name for path in paths]
    return shards_pattern(first.prefix, first.total).name if same else ""


def _load(prefix: Path) -> FinishedRun | None:
    path = summary_path(prefix)
    try:
        return FinishedRun(prefix, from_json(path.read_text("utf-8")))
    except (OSError, ValueError):
        return None


def _lists(summary: Summary, path: Path) -> bool:
    shards = [shard for written in summary.shards.values() for shard in written]
    size = path.stat().st_size
    return any(shard.name == path.name and shard.bytes == size for shard in shards)
