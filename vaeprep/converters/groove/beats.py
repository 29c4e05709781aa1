"""Beats: hits of drum classes near the steps of a grid, each with how early and how loud."""

from dataclasses import dataclass, replace

import numpy as np

from vaeprep.music.sequence import Floats, Ints


@dataclass(frozen=True, slots=True)
class Beats:
    """The notes that count: at most one for each step and drum class.

    Attributes:
        step: int64[n], ascending.
        drum: int64[n], the class, ascending within a step.
        velocity: int64[n].
        offset: float64[n], the fraction of a step by which the note is early.
    """

    step: Ints
    drum: Ints
    velocity: Ints
    offset: Floats

    def take(self, index: Ints) -> "Beats":
        """The beats at these positions."""
        return Beats(
            self.step[index], self.drum[index], self.velocity[index], self.offset[index]
        )


def loudest(notes: Beats, num_drums: int) -> Beats:
    """Of notes in any order those that count, ordered by step and class.

    Of equally loud notes the first stored one counts, as with Python's `max`.
    """
    cell = notes.step * num_drums + notes.drum
    order = np.argsort(cell, kind="stable")
    cell = cell[order]
    first = np.flatnonzero(np.concatenate(([True], cell[1:] != cell[:-1])))
    if len(first) == len(cell):
        return notes.take(order)
    # A later note of the same velocity scores less, by less than one velocity.
    count = len(cell)
    score = notes.velocity[order] * count - np.arange(count)
    best: Ints = -np.maximum.reduceat(score, first) % count
    return notes.take(order[best])


def offsets(step: Ints, start: Floats, step_length: float | Floats) -> Floats:
    """float64[n]: the fractions of a step by which notes are early.

    Args:
        step: int64[n], the steps they count for.
        start: float64[n], seconds.
        step_length: Seconds, of all steps or (float64[n]) of each note's.
    """
    with np.errstate(all="ignore"):
        early: Floats = (step_length * step - start) / step_length
    return early


def binned(beats: Beats, velocity_bins: int, offset_bins: int) -> Beats:
    """The beats with one of so many velocities and one of so many offsets.

    Raises:
        IndexError: A velocity or an offset is above the highest bin.
    """
    velocity = _bins(beats.velocity / 127.0, 0.0, 1.0, velocity_bins)
    if offset_bins == 1:  # where no drum sounds, offset 0 is above the bin
        raise IndexError("index 1 is out of bounds for axis 1 with size 1")
    offset = _bins(beats.offset * 2, -1.0, 1.0, offset_bins)
    return replace(
        beats,
        velocity=(velocity / velocity_bins * 127).astype(np.int64),
        offset=offset / offset_bins - 0.5,
    )


def _bins(values: Floats, lowest: float, highest: float, num_bins: int) -> Ints:
    """The bin of each value, as Magenta's `_convert_vector_to_categorical` counts.

    Raises:
        IndexError: A value is above the highest bin.
    """
    edges = np.linspace(lowest, highest + 0.0001, num_bins)
    bins = np.searchsorted(edges, values, side="left").astype(np.int64)
    if (bins >= num_bins).any():
        raise IndexError(f"index {num_bins} is out of bounds for axis 1 with size {num_bins}")
    return bins


def as_played(beats: Beats) -> Beats:
    """The beats with velocities from 0 to 127 and offsets of half a step at most.

    Magenta stores twice the offset and a 127th of the velocity in its tensors, and
    undoes both. Doubling is exact, and velocities are rounded to the same whole
    number, so neither is done here.
    """
    return replace(
        beats,
        velocity=np.minimum(np.maximum(beats.velocity, 0), 127),
        offset=np.minimum(np.maximum(beats.offset, -0.5), 0.5),
    )
