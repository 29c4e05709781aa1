"""The names of shards, of what is not finished yet, and of the summary beside them."""

import re
from pathlib import Path


def shard_path(prefix: Path, number: int, count: int) -> Path:
    """`PREFIX-00003-of-00010`."""
    return prefix.with_name(f"{prefix.name}-{number:05d}-of-{count:05d}")


def part_path(prefix: Path, number: int, count: int) -> Path:
    """Where a shard stands while it is written."""
    final = shard_path(prefix, number, count)
    return final.with_name(f".vaeprep-{final.name}.part")


def existing_shards(prefix: Path) -> list[Path]:
    """All files that look like shards of the prefix, of whatever count."""
    return _matching(prefix.parent, re.escape(prefix.name) + _NUMBERS)


_NUMBERS = r"-\d{5,}-of-\d{5,}"


def _matching(folder: Path, pattern: str) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if re.fullmatch(pattern, path.name))


def summary_path(prefix: Path) -> Path:
    """`vaeprep-NAME.json` next to the shards; `PREFIX*` does not match it."""
    return prefix.with_name(f"vaeprep-{prefix.name}.json")
