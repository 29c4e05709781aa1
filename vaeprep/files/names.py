"""The names of shards, of what is not finished yet, and of the summary beside them.

Shards are named `PREFIX-00000-of-00010` as Beam and TensorFlow do. What stands
beside them has a name that the pattern `PREFIX*` does not match.
"""

import re
from pathlib import Path
from typing import NamedTuple

_NUMBERS = r"-(\d{5,})-of-(\d{5,})"
_SHARD = re.compile(rf"(.*){_NUMBERS}", re.DOTALL)


class ShardName(NamedTuple):
    """What the name of a shard says: its prefix, its number, and how many there are."""

    prefix: Path
    number: int
    total: int


def shard_path(prefix: Path, number: int, count: int) -> Path:
    """`PREFIX-00003-of-00010`."""
    return prefix.with_name(f"{prefix.name}-{number:05d}-of-{count:05d}")


def shard_name(path: Path) -> ShardName | None:
    """Reads the name of a shard; None if the file is named otherwise."""
    match = _SHARD.fullmatch(path.name)
    if match is None or not match[1]:
        return None
    return ShardName(path.with_name(match[1]), int(match[2]), int(match[3]))


def shards_pattern(prefix: Path, count: int) -> Path:
    """`PREFIX-?????-of-00010`, which matches all shards of a set."""
    return prefix.with_name(f"{prefix.name}-?????-of-{count:05d}")


def part_path(prefix: Path, number: int, count: int) -> Path:
    """Where a shard stands while it is written: `.vaeprep-NAME-00003-of-00010.part`."""
    final = shard_path(prefix, number, count)
    return final.with_name(f".vaeprep-{final.name}.part")


def existing_shards(prefix: Path) -> list[Path]:
    """All files that look like shards of the prefix, of whatever count."""
    return _matching(prefix.parent, re.escape(prefix.name) + _NUMBERS)


def existing_parts(prefix: Path) -> list[Path]:
    """All unfinished shards of the prefix, of whatever count."""
    name = rf"\.vaeprep-{re.escape(prefix.name)}{_NUMBERS}\.part"
    return _matching(prefix.parent, rf"{name}|\.{name}\.[0-9a-f]+\.part")


def summary_path(prefix: Path) -> Path:
    """`vaeprep-NAME.json` next to the shards."""
    return prefix.with_name(f"vaeprep-{prefix.name}.json")


def song_list_path(prefix: Path) -> Path:
    """`vaeprep-NAME-songs.jsonl` next to the shards, of a run of many songs."""
    return prefix.with_name(f"vaeprep-{prefix.name}-songs.jsonl")


def summary_beside(shard: Path) -> Path:
    """Where the summary of the run stands that wrote a shard, or a file of another name."""
    named = shard_name(shard)
    return summary_path(named.prefix if named else shard)


def _matching(folder: Path, pattern: str) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if re.fullmatch(pattern, path.name))
