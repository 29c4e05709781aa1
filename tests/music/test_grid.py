"""At the tempo of examples every spelling of a step's length is the same number."""

from hypothesis import given
from hypothesis import strategies as st
from note_seq import sequences_lib

from vaeprep.music.grid import EXAMPLE_QPM, step_rate, step_seconds


@given(st.integers(1, 1 << 40))
def test_the_order_of_the_operations_does_not_matter_in_examples(steps: int) -> None:
    assert step_seconds(steps) == 60.0 / (steps * EXAMPLE_QPM) == 0.5 / steps


@given(st.integers(1, 1000), st.floats(1.0, 1000.0))
def test_a_step_rate_is_note_seqs(steps: int, qpm: float) -> None:
    expected = sequences_lib.steps_per_quarter_to_steps_per_second(steps, qpm)
    assert step_rate(steps, qpm) == expected
