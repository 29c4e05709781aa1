"""A song with tempo changes at one tempo, its beats where they were."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaeprep.cures.tempo import NotMergedError, steady_tempo
from vaeprep.music.sequence import Tempo

Changes = list[tuple[float, float]]
stretch = st.tuples(st.floats(0.1, 8.0), st.floats(20.0, 300.0))
changes = st.lists(stretch, min_size=2, max_size=150)


def tempo_map(stretches: Changes) -> tuple[list[Tempo], float]:
    """Tempos that each last for some seconds, and the length of the song."""
    tempos, time = [], 0.0
    for seconds, qpm in stretches:
        tempos.append(Tempo(time, qpm))
        time += seconds
    return tempos, time


@given(changes)
def test_quarter_notes_stay_quarter_notes(stretches: Changes) -> None:
    tempos, length = tempo_map(stretches)
    steady = steady_tempo(tempos, length, is_quantized=False)
    if steady is None:
        assert len({qpm for _, qpm in stretches}) == 1
        return
    quarters = 0.0
    for (seconds, qpm), tempo in zip(stretches, tempos, strict=True):
        middle = quarters + seconds / 2 * qpm / 60
        played = steady.move(tempo.time + seconds / 2) * steady.qpm / 60
        assert played == pytest.approx(middle, rel=1e-9, abs=1e-9)
        quarters += seconds * qpm / 60


@given(changes)
def test_the_song_lasts_as_long_as_before(stretches: Changes) -> None:
    tempos, length = tempo_map(stretches)
    steady = steady_tempo(tempos, length, is_quantized=False)
    if steady is not None:
        assert steady.move(length) == pytest.approx(length)
        assert steady.move(0.0) == 0.0


@given(changes, st.lists(st.floats(-5.0, 1500.0), min_size=2))
def test_nothing_overtakes(stretches: Changes, times: list[float]) -> None:
    tempos, length = tempo_map(stretches)
    steady = steady_tempo(tempos, length, is_quantized=False)
    if steady is not None:
        moved = steady.moved(np.array(sorted(times)))
        assert (moved[1:] >= moved[:-1]).all()


@pytest.mark.parametrize(
    "tempos",
    [
        [],
        [Tempo(0.0, 90.0)],
        [Tempo(0.0, 90.0), Tempo(1.0, 90.0)],
        [Tempo(0.0, 90.0), Tempo(9.0, 60.0)],  # not before the end
        [Tempo(2.0, 120.0)],  # what holds before anything is said
        [Tempo(0.0, 90.0), Tempo(0.0, 80.0)],  # the last one said at a time holds
        [Tempo(0.0, 0.0)],
    ],
)
def test_one_tempo_is_left_as_it_is(tempos: list[Tempo]) -> None:
    assert steady_tempo(tempos, 9.0, is_quantized=False) is None


@pytest.mark.parametrize("length", [0.0, -1.0, math.nan])
def test_music_without_length_is_left_as_it_is(length: float) -> None:
    tempos = [Tempo(-3.0, 90.0), Tempo(-2.0, 60.0)]
    assert steady_tempo(tempos, length, is_quantized=False) is None


@pytest.mark.parametrize("qpm", [0.0, -60.0, math.inf, math.nan])
def test_tempos_without_beats_are_not_merged(qpm: float) -> None:
    with pytest.raises(NotMergedError):
        steady_tempo([Tempo(0.0, 90.0), Tempo(1.0, qpm)], 2.0, is_quantized=False)


def test_what_has_no_beats_for_another_reason_is_not_merged() -> None:
    tempos = [Tempo(0.0, 90.0), Tempo(1.0, 60.0)]
    with pytest.raises(NotMergedError, match="quantized"):
        steady_tempo(tempos, 2.0, is_quantized=True)
    with pytest.raises(NotMergedError, match="no end"):
        steady_tempo(tempos, math.inf, is_quantized=False)
    with pytest.raises(NotMergedError, match="no time"):
        steady_tempo([*tempos, Tempo(math.nan, 1.0)], 2.0, is_quantized=False)
    with pytest.raises(NotMergedError, match="quarter notes"):
        steady_tempo([Tempo(0.0, 1e308), Tempo(1.0, 1e307)], 1e300, is_quantized=False)


def test_times_that_are_no_numbers_stay() -> None:
    steady = steady_tempo([Tempo(0.0, 90.0), Tempo(1.0, 60.0)], 2.0, is_quantized=False)
    assert steady is not None
    moved = steady.moved(np.array([math.nan, math.inf, -math.inf, -1.0]))
    assert np.isnan(moved[0])
    assert moved[1:3].tolist() == [math.inf, -math.inf]
    assert moved[3] < 0
