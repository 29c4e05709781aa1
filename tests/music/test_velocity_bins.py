"""Bins of velocities are note_seq's."""

import pytest
from note_seq import performance_lib

from vaeprep.music.velocity_bins import bin_of, bin_size, velocity_of


@pytest.mark.parametrize("bins", [1, 2, 3, 8, 32, 126, 127])
def test_bins_are_note_seqs(bins: int) -> None:
    size = bin_size(bins)
    for velocity in range(1, 128):
        number = bin_of(velocity, size)
        assert number == performance_lib.velocity_to_bin(velocity, bins)
        lowest = velocity_of(number, size)
        assert lowest == performance_lib.velocity_bin_to_velocity(number, bins)
        assert lowest <= velocity < lowest + size
