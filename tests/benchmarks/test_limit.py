"""The arithmetic of the limit benchmark: blocks, their neighbours, the interval."""

import numpy as np
import pytest

from benchmarks.limit import BLOCK, SKIPPED, block_seconds, median_interval, ratios


def _ends(seconds_a_step: list[float]) -> list[float]:
    """When each step of a training ended that had these blocks."""
    return list(np.cumsum(np.repeat(seconds_a_step, BLOCK)))


def test_the_first_block_does_not_count_and_the_last_only_when_whole() -> None:
    ends = _ends([9.0, 1.0, 2.0, 1.0])
    counted = BLOCK - SKIPPED
    assert block_seconds(ends) == pytest.approx([counted, 2 * counted, counted])
    assert block_seconds(ends[:-1]) == pytest.approx([counted, 2 * counted])


def test_each_block_is_compared_with_the_constant_ones_beside_it() -> None:
    assert ratios(_ends([9, 1.0, 1.1, 1.0, 2.4, 3.0])) == pytest.approx([1.1, 1.2])


def test_a_machine_that_slows_down_evenly_changes_no_ratio() -> None:
    slower = [1 + block / 10 for block in range(12)]
    assert ratios(_ends(slower)) == pytest.approx([1.0] * 5)


def test_a_block_without_a_constant_one_behind_it_is_left_out() -> None:
    assert ratios(_ends([9, 1.0, 1.5, 1.0, 2.0])) == pytest.approx([1.5])


def test_the_interval_holds_the_median_and_narrows_with_more_blocks() -> None:
    values = np.random.default_rng(7).normal(1.01, 0.05, 400)
    few, many = median_interval(values[:20]), median_interval(values)
    assert few[0] < np.median(values[:20]) < few[1]
    assert many[0] < np.median(values) < many[1]
    assert many[1] - many[0] < few[1] - few[0]
