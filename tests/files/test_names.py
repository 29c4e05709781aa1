"""What is named here is found again here, and `PREFIX*` matches shards only."""

import fnmatch
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaeprep.files.names import (
    ShardName,
    existing_parts,
    existing_shards,
    part_path,
    shard_name,
    shard_path,
    shards_pattern,
    summary_beside,
    summary_path,
)

NAMES = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1).filter(
    lambda name: name not in (".", "..")
)


@given(NAMES, st.integers(0, 123_456), st.integers(1, 123_456))
def test_a_shards_name_tells_what_it_was_made_of(name: str, number: int, count: int) -> None:
    prefix = Path("out", name)
    path = shard_path(prefix, number, count)
    assert shard_name(path) == ShardName(prefix, number, count)
    assert summary_beside(path) == summary_path(prefix)


@pytest.mark.parametrize("name", ["x", "x-1-of-2", "-00000-of-00001", "x-00000-of-00001.gz"])
def test_other_files_are_no_shards(name: str) -> None:
    assert shard_name(Path("out", name)) is None
    assert summary_beside(Path("out", name)) == Path("out", f"vaeprep-{name}.json")


def test_a_prefix_finds_its_own_shards_and_parts_of_any_count(tmp_path: Path) -> None:
    prefix = tmp_path / "a.b"
    own = [shard_path(prefix, 0, 2), shard_path(prefix, 1, 2), shard_path(prefix, 0, 100_000)]
    parts = [part_path(prefix, 0, 2), part_path(prefix, 3, 100_000)]
    others = [shard_path(tmp_path / "a.b-c", 0, 2), part_path(tmp_path / "a_b", 0, 2)]
    for path in [*own, *parts, *others, summary_path(prefix)]:
        path.touch()
    assert existing_shards(prefix) == sorted(own)
    assert existing_parts(prefix) == sorted(parts)
    assert existing_shards(tmp_path / "nowhere" / "x") == []
    for path in [*parts, summary_path(prefix)]:
        assert not fnmatch.fnmatch(path.name, "a.b*")


def test_the_pattern_matches_the_shards_of_one_set(tmp_path: Path) -> None:
    prefix = tmp_path / "a"
    for path in [shard_path(prefix, 0, 2), shard_path(prefix, 1, 2), shard_path(prefix, 0, 3)]:
        path.touch()
    found = sorted(tmp_path.glob(shards_pattern(prefix, 2).name))
    assert found == [shard_path(prefix, 0, 2), shard_path(prefix, 1, 2)]
