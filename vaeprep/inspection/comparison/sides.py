"""One side of a comparison: what a name leads to, read and counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vaeprep.errors import UsageError
from vaeprep.files.names import existing_shards, shard_name, summary_path
from vaeprep.files.remote import local_or_remote
from vaeprep.inputs.find import find_files
from vaeprep.inputs.found import InputFile
from vaeprep.inspection.items import Item, Kind
from vaeprep.inspection.keys import KeyCounts, hash_key
from vaeprep.inspection.runs import FinishedRun
from vaeprep.inspection.statistics import Inspection, inspect_files
from vaeprep.job.summary import Summary, from_json
from vaeprep.progress import Advance

_SUMMARY_BEGINS, _SUMMARY_ENDS = "vaeprep-", ".json"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared.

    Attributes:
        name: As it was given.
        files: Its shards, TFRecords or files of music; none if only the summary is there.
        run: The run that made them, None if there is none.
    """

    name: str
    files: Sequence[InputFile]
    run: FinishedRun | None


def find_side(given: str) -> Side:
    """Finds what a name means.

    Args:
        given: The prefix of shards (vaeprep's, or Magenta's), a summary
            (`vaeprep-NAME.json`), or files of songs or examples: a name, a pattern or
            a folder.

    Raises:
        UsageError: It leads nowhere, or shards of a run are missing.
    """
    path = local_or_remote(given)
    if path.suffix == _SUMMARY_ENDS and path.is_file():
        summary = _summary(path)
        if summary is None:
            raise UsageError(f"{given!r} is no summary of a run")
        name = path.name.removeprefix(_SUMMARY_BEGINS).removesuffix(_SUMMARY_ENDS)
        prefix = path.with_name(name)
        return Side(given, _listed(prefix, summary), FinishedRun(prefix, summary))
    shards, summary = (
        (existing_shards(path), _summary(summary_path(path))) if path.name else ([], None)
    )
    if summary is not None and shards:
        return Side(given, _listed(path, summary), FinishedRun(path, summary))
    if shards:
        return Side(given, find_files(map(str, shards)), None)
    if summary is not None and not path.exists():
        return Side(given, [], FinishedRun(path, summary))
    return Side(given, find_files((), [given]), None)


def read_side(side: Side, seed: int, advance: Advance) -> tuple[Inspection | None, KeyCounts]:
    """Reads all records of a side.

    Returns:
        The inspection, None if there are no files; and the examples together with the
        songs that each is found in, in whatever order a record names them.

    Raises:
        UsageError: Not one record can be read.
        OSError: A file cannot be read.
    """
    with_songs = KeyCounts()
    if not side.files:
        return None, with_songs

    def observe(item: Item) -> None:
        if item.kind is not Kind.SONG:
            ids = "\0".join(sorted(item.ids)).encode("utf-8")
            with_songs.add(hash_key(hash_key(item.content) + ids))

    return inspect_files(side.files, seed, advance=advance, observe=observe), with_songs


def run_of(side: Side, inspection: Inspection | None) -> FinishedRun | None:
    """The one run that a side is, if it is one."""
    if side.run is not None or inspection is None:
        return side.run
    return inspection.runs[0] if len(inspection.runs) == 1 else None


def _summary(path: Path) -> Summary | None:
    try:
        return from_json(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _listed(prefix: Path, summary: Summary) -> list[InputFile]:
    """The shards that the summary lists under this prefix; none if all of them are gone.

    Raises:
        UsageError: Some of them are gone.
    """
    written = [shard for shards in summary.shards.values() for shard in shards]
    paths = [prefix.with_name(shard.name) for shard in written]
    paths = [path for path in paths if (named := shard_name(path)) and named.prefix == prefix]
    there = [path for path in paths if path.exists()]
    if not there:
        return []
    if len(there) < len(paths):
        gone = next(path for path in paths if not path.exists())
        raise UsageError(
            f"{str(gone)!r} is missing; the run wrote it. See: vaeprep verify {prefix}"
        )
    return find_files(map(str, there))
