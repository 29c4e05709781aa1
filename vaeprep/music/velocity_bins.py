"""Velocities told apart in bins of equal size, as note_seq's `performance_lib` does.

Velocity 1 is the first of bin 1. A velocity of 0 or less, which no MIDI file has,
lies in bin 0 or below.
"""

from typing import TypeVar

from vaeprep.music.sequence import Ints

_MAX_VELOCITY = 127

IntOrInts = TypeVar("IntOrInts", int, Ints)


def bin_size(bins: int) -> int:
    """How many of the 127 velocities a bin holds (`velocity_bins`, 1 or more, of them)."""
    return -(-_MAX_VELOCITY // bins)


def bin_of(velocity: IntOrInts, size: int) -> IntOrInts:
    """The bin, from 1 on, of a velocity (`velocity_to_bin`)."""
    return (velocity - 1) // size + 1


def velocity_of(velocity_bin: int, size: int) -> int:
    """The lowest velocity of a bin (`velocity_bin_to_velocity`)."""
    return 1 + (velocity_bin - 1) * size
