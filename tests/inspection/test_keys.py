"""Promises of the counting of repeats: exact while memory allows, then a fair estimate."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaeprep.inspection.keys import KeyCounts, hash_key


def counted(keys: list[int], limit: int) -> KeyCounts:
    counts = KeyCounts(limit)
    for key in keys:
        counts.add(hash_key(str(key).encode()))
    return counts


@given(st.lists(st.integers(0, 20)))
def test_below_the_limit_everything_is_exact(keys: list[int]) -> None:
    counts = counted(keys, limit=100)
    expected = Counter(keys)
    assert counts.exact
    assert (counts.total, counts.different) == (len(keys), len(expected))
    assert counts.repeats == len(keys) - len(expected)
    assert counts.times().values == Counter(expected.values())


def test_add_tells_how_often_the_key_came() -> None:
    counts = KeyCounts()
    assert [counts.add(hash_key(b"a")), counts.add(hash_key(b"a"))] == [1, 2]


def test_beyond_the_limit_memory_is_bounded_and_the_estimate_is_fair() -> None:
    keys = [key for key in range(20_000) for _ in range(1 + key % 3)]
    counts = counted(keys, limit=2000)
    assert not counts.exact
    assert len(counts.kept) <= 2000
    assert counts.total == len(keys)
    assert counts.different == pytest.approx(20_000, rel=0.1)
    assert counts.times().mean == pytest.approx(2, rel=0.1)


def test_the_sample_does_not_depend_on_the_order() -> None:
    keys = [*range(3000), *range(1000)]
    assert counted(keys, limit=500).kept == counted(keys[::-1], limit=500).kept
