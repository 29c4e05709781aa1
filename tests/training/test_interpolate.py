"""The way between two latent vectors is Magenta's, and is there where Magenta's is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vaeprep.training.interpolate import between
from vaeprep.training.progress_line import time_left

Vector = NDArray[np.float64]


def slerp(p0: Vector, p1: Vector, t: float) -> Vector:
    """`_slerp` of Magenta's music_vae_generate."""
    omega = np.arccos(np.dot(p0 / np.linalg.norm(p0), p1 / np.linalg.norm(p1)))
    so = np.sin(omega)
    return np.sin((1.0 - t) * omega) / so * p0 + np.sin(t * omega) / so * p1


@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_the_way_is_magentas(seed: int, part: float) -> None:
    start, end = np.random.default_rng(seed).normal(size=(2, 16))
    np.testing.assert_allclose(between(start, end, part), slerp(start, end, part), rtol=1e-9)


@pytest.mark.parametrize("scale", [1.0, 2.0, -1.0, 0.0])
def test_between_parallel_vectors_it_is_a_straight_line(scale: float) -> None:
    start = np.array([1.0, 2.0, 3.0])
    way = [between(start, scale * start, part) for part in (0, 0.5, 1)]
    assert np.isfinite(way).all()
    np.testing.assert_allclose(way[0], start)
    np.testing.assert_allclose(way[2], scale * start)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (29, "29 s"),
        (95, "2 min"),
        (3599, "1 h 0 min"),
        (32_700, "9 h 5 min"),
        (86_400 * 3 + 3600 * 4, "3 d 4 h"),
    ],
)
def test_the_time_left_is_told_in_two_units(seconds: float, text: str) -> None:
    assert time_left(seconds) == text
