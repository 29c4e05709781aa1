"""Promises of the histograms: exact where it matters, bounded in memory."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaeprep.inspection.spread import Spread, doubling_bins, even_bins, of_values

VALUES = st.lists(st.floats(-1e9, 1e9) | st.integers(0, 5000), min_size=1, max_size=200)


@given(VALUES)
def test_least_most_and_mean_are_exact(values: list[float]) -> None:
    spread = of_values(values)
    assert spread.count == len(values)
    assert (spread.least, spread.most) == (min(values), max(values))
    assert spread.mean == pytest.approx(np.mean(values), rel=1e-9, abs=1e-6)


@given(VALUES, st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0]))
def test_quantiles_are_right_to_three_digits(values: list[float], share: float) -> None:
    ranked = sorted(values)
    expected = ranked[max(math.ceil(share * len(ranked)), 1) - 1]
    assert of_values(values).quantile(share) == pytest.approx(expected, rel=0.006)


def test_memory_does_not_grow_with_the_values() -> None:
    spread = of_values(np.random.default_rng(1).uniform(1, 10_000, 50_000).tolist())
    assert len(spread.values) <= 4 * 900
    assert spread.count == 50_000


@pytest.mark.parametrize("odd", [math.inf, -math.inf, math.nan, 1e300])
def test_values_of_broken_files_are_counted_apart(odd: float) -> None:
    spread = of_values([1, 2, odd])
    assert (spread.count, spread.odd, spread.most) == (2, 1, 2)


@given(VALUES)
def test_every_value_is_in_one_bin(values: list[float]) -> None:
    spread = of_values(values)
    bins = even_bins(spread, 20)
    assert sum(one.count for one in bins) == len(values)
    assert len(bins) <= 23
    assert all(one.high == two.low for one, two in pairwise(bins))


@given(st.lists(st.integers(0, 900), min_size=1, max_size=100))
def test_doubling_bins_hold_every_count(values: list[int]) -> None:
    bins = doubling_bins(of_values(values))
    for one in bins:
        assert one.count == sum(one.low <= value < one.high for value in values)
    assert sum(one.count for one in bins) == len(values)


def test_no_values_make_no_bins() -> None:
    assert even_bins(Spread()) == []
    assert doubling_bins(Spread()) == []
    assert Spread().median == 0
