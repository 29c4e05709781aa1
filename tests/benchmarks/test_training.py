"""The arithmetic of the training benchmark: speeds, waiting, the break-even step."""

import pytest

from benchmarks.training import break_even, steps_a_second, time_to, waited


def _steady(first: float, seconds_a_step: float, wait: float = 0.0) -> dict[str, object]:
    """A training whose steps all take the same time."""
    return {"steps": [(first + i * seconds_a_step, wait, 1.0) for i in range(20)]}


def test_steps_a_second_of_a_steady_training() -> None:
    assert steps_a_second(_steady(30, 0.25)) == pytest.approx(4)


def test_a_slow_start_does_not_count_as_speed() -> None:
    slow_start = {"steps": [(t, 0.0, 1.0) for t in (10, 40, 70, 71, 72, 73)]}
    assert steps_a_second(slow_start) == pytest.approx(1)


def test_waiting_is_a_share_of_the_steps() -> None:
    assert waited(_steady(30, 0.5, wait=0.1)) == pytest.approx(0.2)


def test_time_to_a_step_adds_preprocessing_and_goes_on_at_the_measured_speed() -> None:
    answer = _steady(30, 0.5)
    assert time_to(1, answer, before=5) == pytest.approx(35)
    assert time_to(1020, answer, before=5) == pytest.approx(5 + 30 + 19 * 0.5 + 1000 * 0.5)


def test_break_even_is_the_first_step_that_is_sooner() -> None:
    ours, theirs = _steady(10, 0.5), _steady(10, 1.5)
    step = break_even(ours, theirs, before=10.5)
    assert step == 12  # 11 steps later the 10.5 s of preprocessing are regained
    assert time_to(step, ours, 10.5) <= time_to(step, theirs, 0)
    assert time_to(step - 1, ours, 10.5) > time_to(step - 1, theirs, 0)


def test_no_break_even_where_training_is_no_faster() -> None:
    assert break_even(_steady(10, 1.0), _steady(10, 1.0), before=5) is None
