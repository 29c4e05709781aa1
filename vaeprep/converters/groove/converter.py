"""Drum grooves: which drums sound at each step, how loud, and how far off the grid.

A *beat* is one hit of one drum class near one step: a velocity and an offset, the
fraction of a step by which it is early (up to half a step, late is negative). Of
several notes of a class at a step the loudest is taken. Windows of `split_bars`
bars begin every `hop_size` steps. An example is a window played at 120 qpm, early
and late notes where they were, every note one step long.

Follows Magenta's `GrooveConverter`. What goes into the encoder (`humanize`,
`tapify` and so on) is no part of an example: examples hold the outputs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vaeprep.converters.conversion import Conversion, nothing
from vaeprep.converters.drums.kit import ROLAND_DRUM_PITCH_CLASSES, Kit, PitchClasses, kit_of
from vaeprep.converters.reasons import NO_NOTES, Kind, bars_wanted, of_error, other_meter
from vaeprep.music.encode import sequence_message, tempo_message
from vaeprep.music.grid import EXAMPLE_QPM, step_rate, step_seconds
from vaeprep.music.note_block import NoteBlock, stretches
from vaeprep.music.programs import DRUM_INSTRUMENT
from vaeprep.music.quantization import (
    BadTimeSignatureError,
    MultipleTempoError,
    MultipleTimeSignatureError,
    NegativeTimeError,
    Quantized,
    quantize_in_meter,
)
from vaeprep.music.sequence import Columns, Floats, Ints, Notes


@dataclass(frozen=True, slots=True)
class Beats:
    """The notes that count: at most one for each step and drum class.

    Attributes:
        step: int64[n], ascending.
        drum: int64[n], the class, ascending within a step.
        velocity: int64[n], as stored.
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


def loudest(step: Ints, drum: Ints, velocity: Ints, num_drums: int) -> Ints:
    """Positions of the notes that count, ordered by step and class.

    Of equally loud notes the first stored one counts, as with Python's `max`.
    """
    cell = step * num_drums + drum
    order = np.argsort(cell, kind="stable")
    cell = cell[order]
    first = np.flatnonzero(np.concatenate(([True], cell[1:] != cell[:-1])))
    if len(first) == len(cell):
        return order
    # A later note of the same velocity scores less, by less than one velocity.
    count = len(cell)
    score = velocity[order] * count - np.arange(count)
    best: Ints = -np.maximum.reduceat(score, first) % count
    return order[best]


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


@dataclass(frozen=True)
class GrooveConverter:
    """Played drums: hits, velocities and offsets from the grid.

    Attributes:
        split_bars: Bars of an example; None takes the whole piece.
        steps_per_quarter: Grid.
        quarters_per_bar: The bar. Pieces in other meters give nothing.
        pitch_classes: For each class its pitches, the first one to play it
            with. None is `ROLAND_DRUM_PITCH_CLASSES`.
        inference_pitch_classes: As many other classes, for sampling from a
            trained model. No part of extraction.
        humanize, tapify, add_instruments, fixed_velocities,
        max_note_dropout_probability, hits_as_controls: Change the encoder's
            input and the controls, not the examples.
        num_velocity_bins: Velocities are one of so many; None: as played.
        num_offset_bins: Offsets are one of so many; None: as played.
        split_instruments: One class a row of the tensor.
        hop_size: Steps from one window to the next; None is a window's length.
    """

    split_bars: int | None = None
    steps_per_quarter: int = 4
    quarters_per_bar: int = 4
    pitch_classes: Sequence[Sequence[int]] | None = None
    inference_pitch_classes: Sequence[Sequence[int]] | None = None
    humanize: bool = False
    tapify: bool = False
    add_instruments: Sequence[int] | None = None
    num_velocity_bins: int | None = None
    num_offset_bins: int | None = None
    split_instruments: bool = False
    hop_size: int | None = None
    hits_as_controls: bool = False
    fixed_velocities: bool = False
    max_note_dropout_probability: float | None = None

    def __post_init__(self) -> None:
        """Checks as Magenta's constructor does, and makes all fields hashable.

        Raises:
            ValueError: Parameters contradict each other.
        """
        classes = _hashable(self.pitch_classes or ROLAND_DRUM_PITCH_CLASSES)
        for_inference = _hashable(self.inference_pitch_classes or classes)
        object.__setattr__(self, "pitch_classes", classes)
        object.__setattr__(self, "inference_pitch_classes", for_inference)
        if self.add_instruments is not None:
            object.__setattr__(self, "add_instruments", tuple(self.add_instruments))
        if len(classes) != len(for_inference):
            raise ValueError(
                "Training and inference must have the same number of pitch classes. "
                f"Got: {len(classes)} vs {len(for_inference)}."
            )
        if bool(self.num_velocity_bins) != bool(self.num_offset_bins):
            raise ValueError("Cannot define only one of num_velocity_bins and num_offset_bins.")
        if self.split_bars is None and self.hop_size is not None:
            raise ValueError("Cannot set hop_size without setting split_bars")

    @property
    def steps_per_bar(self) -> int:
        """Steps in a bar."""
        return self.steps_per_quarter * self.quarters_per_bar

    @property
    def kit(self) -> Kit:
        """The pitch classes."""
        return kit_of(self.pitch_classes)

    def convert(self, piece: Columns) -> Conversion:
        """Extracts the windows of a piece.

        Follows `GrooveConverter.to_tensors` and `from_tensors`.

        Args:
            piece: The piece. It is not cut again.

        Returns:
            Its examples. Dropped are windows from whose example Magenta's
            converter would extract nothing.

        Raises:
            KeyError: A note's pitch is in no class (the message is the pitch).
            AssertionError: An example would give two examples again, because a
                late note of its last step falls into another bar.
            IndexError: An offset or velocity has no bin, or `add_instruments`
                or `tapify` ask for a class that is not there.
            ZeroDivisionError: The tempo is 0.
            ValueError: The tempo is nearly 0, so that a step lasts for ever.
            Exception: What `quantize` raises, except tempo, meter and negative
                time errors: such pieces give nothing.
        """
        try:
            quantized = quantize_in_meter(piece, self.steps_per_quarter, self.steps_per_bar)
        except (
            BadTimeSignatureError,
            NegativeTimeError,
            MultipleTimeSignatureError,
            MultipleTempoError,
        ) as error:
            return nothing(of_error(error, piece))
        if quantized is None:
            return nothing(other_meter(piece))
        step_length = step_seconds(self.steps_per_quarter, quantized.qpm)
        drum = self._drums(piece.notes)
        if not len(piece.notes):
            return nothing(NO_NOTES)
        return self._convert(self._beats(quantized, drum, step_length))

    def _drums(self, notes: Notes) -> Ints:
        drum = self.kit.class_of(notes.pitch)
        if (drum < 0).any():
            raise KeyError(int(notes.pitch[np.argmax(drum < 0)]))
        return drum

    def _beats(self, quantized: Quantized, drum: Ints, step_length: float) -> Beats:
        """The beats as they will be played: velocities 0 to 127, offsets up to a half.

        Magenta stores twice the offset and a 127th of the velocity in its
        tensors, and undoes both. Doubling is exact, and velocities are rounded
        to the same whole number, so neither is done here.
        """
        notes = quantized.piece.notes
        index = loudest(quantized.start, drum, notes.velocity, len(self.kit.classes))
        step, velocity = quantized.start[index], notes.velocity[index]
        with np.errstate(all="ignore"):
            offset = (step_length * step - notes.start[index]) / step_length
        self._raise_what_magenta_raises()
        if self.num_velocity_bins and self.num_offset_bins:
            velocity_bin = _bins(velocity / 127.0, 0.0, 1.0, self.num_velocity_bins)
            if self.num_offset_bins == 1:  # where no drum sounds, offset 0 is above the bin
                raise IndexError("index 1 is out of bounds for axis 1 with size 1")
            offset_bin = _bins(offset * 2, -1.0, 1.0, self.num_offset_bins)
            velocity = (velocity_bin / self.num_velocity_bins * 127).astype(np.int64)
            offset = offset_bin / self.num_offset_bins - 0.5
        velocity = np.minimum(np.maximum(velocity, 0), 127)
        offset = np.minimum(np.maximum(offset, -0.5), 0.5)
        return Beats(step, drum[index], velocity, offset)

    def _raise_what_magenta_raises(self) -> None:
        row = np.zeros((1, len(self.kit.classes)))
        if self.tapify:
            row[:, 3] = 0.0
        if self.add_instruments:
            row[:, list(self.add_instruments)] = 0.0

    def _whole_bars(self, last_step: Any) -> Any:
        """Steps from 0 to the end of the bar with `last_step`, a number or an array."""
        return (last_step // self.steps_per_bar + 1) * self.steps_per_bar

    def _window_count(self, steps: Any) -> Any:
        """How many windows there are in so many steps, a number or an array."""
        if not self.split_bars:
            return steps // steps  # one: the whole
        window = self.split_bars * self.steps_per_bar
        return np.maximum((steps - window) // (self.hop_size or window) + 1, 0)

    def _convert(self, beats: Beats) -> Conversion:
        steps = self._whole_bars(int(beats.step[-1]))
        count = int(self._window_count(steps))
        if not count:
            return nothing(bars_wanted(Kind.TOO_SHORT, self.split_bars))
        window = (self.split_bars or 0) * self.steps_per_bar or steps
        begin = np.arange(count) * (self.hop_size or window)
        first = np.searchsorted(beats.step, begin)
        last = np.searchsorted(beats.step, begin + self._decoded_steps(window))
        sounding = np.flatnonzero(last > first)
        examples = self._play(beats, begin[sounding], first[sounding], last[sounding])
        return Conversion(examples, count, {"empty-reextraction": count - len(examples)})

    def _decoded_steps(self, window: int) -> int:
        """How many steps of a window Magenta's `from_tensors` decodes.

        With bins it divides by the number of classes, even if the classes are
        not in rows of their own.
        """
        if self.num_velocity_bins and not self.split_instruments:
            return window // len(self.kit.classes)
        return window

    def _play(self, beats: Beats, begin: Ints, first: Ints, last: Ints) -> list[bytes]:
        """The examples of windows with beats, without those that come to nothing.

        Args:
            beats: All beats.
            begin: int64[n], the step at which each window begins.
            first: int64[n], each window's first beat.
            last: int64[n], after each window's last beat; above `first`.
        """
        if not len(begin) or self.quarters_per_bar != 4:  # an example is in 4/4
            return []
        index, owner = stretches(first, last)
        played = beats.take(index)
        step_length = step_seconds(self.steps_per_quarter)
        start = (played.step - begin[owner] - played.offset) * step_length
        notes = NoteBlock(
            self._exemplars()[played.drum],
            played.velocity,
            start,
            start + step_length,
            instrument=DRUM_INSTRUMENT,
            is_drum=True,
        )
        ends = np.cumsum(last - first)
        starts = ends - (last - first)
        return [
            sequence_message(tempos=tempo_message(EXAMPLE_QPM), notes=notes.between(note, end))
            for note, end, again in zip(
                starts.tolist(),
                ends.tolist(),
                self._found_again(start, starts).tolist(),
                strict=True,
            )
            if again
        ]

    def _exemplars(self) -> Ints:
        return np.array([pitches[0] if pitches else 0 for pitches in self.kit.classes])

    def _found_again(self, start: Floats, window_starts: Ints) -> Ints:
        """How many examples Magenta extracts from each example: 0 or 1.

        That takes no more than the step of an example's last note, computed as
        note_seq does. Every pitch is in the map, the meter is 4/4, and no step
        is negative: a first note is early by half a step at most, and half a
        step before 0 still is step 0. All velocities and offsets have bins.

        Raises:
            AssertionError: There would be two or more.
            ValueError: A start is NaN: in a tempo so slow that a step lasts for ever.
        """
        if np.isnan(start).any():
            raise ValueError("cannot convert float NaN to integer")
        steps_per_second = step_rate(self.steps_per_quarter)
        step = (start * steps_per_second + 0.5).astype(np.int64)
        last_step = np.maximum.reduceat(step, window_starts)
        count: Ints = self._window_count(self._whole_bars(last_step))
        if (count > 1).any():
            raise AssertionError
        return count


def _hashable(classes: Sequence[Sequence[int]]) -> PitchClasses:
    return tuple(tuple(pitches) for pitches in classes)
