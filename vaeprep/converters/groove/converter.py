"""Drum grooves: which drums sound at each step, how loud, and how far off the grid.

A *beat* is one hit of one drum class near one step: a velocity and an offset, the
fraction of a step by which it is early (up to half a step, late is negative; `beats`). Of
several notes of a class at a step the loudest is taken. Windows of `split_bars`
bars begin every `hop_size` steps (`windows`). An example is a window played at 120 qpm,
early and late notes where they were, every note one step long (`examples`).

Follows Magenta's `GrooveConverter`. What goes into the encoder (`humanize`,
`tapify` and so on) is no part of an example: examples hold the outputs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vaeprep.converters.conversion import Conversion, Outcome, each_its_own, nothing
from vaeprep.converters.drums.kit import ROLAND_DRUM_PITCH_CLASSES, Kit, PitchClasses, kit_of
from vaeprep.converters.groove.beats import Beats, as_played, binned, loudest, offsets
from vaeprep.converters.groove.examples import groove_examples
from vaeprep.converters.groove.windows import Slicing, windows_of
from vaeprep.converters.reasons import (
    NO_NOTES,
    Kind,
    bars_wanted,
    of_error,
    other_bars,
    other_meter,
)
from vaeprep.music.grid import step_seconds
from vaeprep.music.pieces import Pieces, bounds_of
from vaeprep.music.quantization import (
    BadTimeSignatureError,
    MultipleTempoError,
    MultipleTimeSignatureError,
    NegativeTimeError,
    nearest_steps,
    quantize_in_meter,
)
from vaeprep.music.sequence import Bools, Columns, Ints


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
        notes = piece.notes
        step_length = step_seconds(self.steps_per_quarter, quantized.qpm)
        drum = self.kit.class_of(notes.pitch)
        if (drum < 0).any():
            raise KeyError(int(notes.pitch[np.argmax(drum < 0)]))
        if not len(notes):
            return nothing(NO_NOTES)
        offset = offsets(quantized.start, notes.start, step_length)
        beats = Beats(quantized.start, drum, notes.velocity, offset)
        self._raise_what_magenta_raises()
        steps = self._slicing.whole_bars(quantized.start.max(keepdims=True))
        (outcome,) = self._outcomes(beats, np.zeros(1, np.int64), steps)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome or nothing(bars_wanted(Kind.TOO_SHORT, self.split_bars))

    def convert_all(self, pieces: Pieces) -> list[Outcome]:
        """Extracts the windows of many pieces; see `ConvertsAll.convert_all`.

        What can be seen before any note is put on the grid is said at once: most songs
        have notes that are no drums, and fail.
        """
        outcomes: list[Outcome] = [None] * len(pieces)
        if self.num_velocity_bins or self._raises:
            return outcomes
        drum = self.kit.class_of(pieces.notes.pitch)
        roomy = self._at_sight(pieces, drum, outcomes)
        if roomy.any():
            self._convert_roomy(pieces, drum, roomy, outcomes)
        return outcomes

    def _at_sight(self, pieces: Pieces, drum: Ints, outcomes: list[Outcome]) -> Bools:
        """Says what pieces of another meter, of unknown drums, and so on give.

        Args:
            pieces: All pieces.
            drum: int64[notes], their classes.
            outcomes: Filled in.

        Returns:
            bool[pieces]: of which pieces nothing has been said.
        """
        left = pieces.steps_per_bar(self.steps_per_quarter) == self.steps_per_bar
        for number in np.flatnonzero(~left).tolist():
            outcomes[number] = nothing(other_bars(pieces, number))
        unknown = np.flatnonzero(drum < 0)
        first = np.append(unknown, len(drum))[unknown.searchsorted(pieces.bounds[:-1])]
        fails = left & (first < pieces.bounds[1:])
        pitches = pieces.notes.pitch[first[fails]].tolist()
        for number, pitch in zip(np.flatnonzero(fails).tolist(), pitches, strict=True):
            outcomes[number] = KeyError(pitch)
        silent = left & (pieces.sizes == 0)
        for number in np.flatnonzero(silent).tolist():
            outcomes[number] = nothing(NO_NOTES)
        unsaid: Bools = left & ~fails & ~silent
        return unsaid

    def _convert_roomy(
        self, pieces: Pieces, drum: Ints, roomy: Bools, outcomes: list[Outcome]
    ) -> None:
        """Finds out what those pieces give that have known drums only.

        Args:
            pieces: All pieces.
            drum: int64[notes], their classes.
            roomy: bool[pieces], which pieces these are.
            outcomes: Theirs are filled in.
        """
        chosen = np.flatnonzero(roomy.repeat(pieces.sizes))
        of_note = pieces.of_note[chosen]
        notes = pieces.notes
        rates = pieces.steps_per_second(self.steps_per_quarter)
        start = notes.start[chosen]
        step = nearest_steps(start, rates[of_note])
        last_step = nearest_steps(notes.start[pieces.bounds[1:] - 1], rates)
        steps = np.where(roomy, self._slicing.whole_bars(last_step), 0)
        begins = bounds_of(steps)[:-1]
        offset = offsets(step, start, pieces.step_seconds(self.steps_per_quarter)[of_note])
        beats = Beats(begins[of_note] + step, drum[chosen], notes.velocity[chosen], offset)
        found = self._outcomes(beats, begins, steps)
        too_short = nothing(bars_wanted(Kind.TOO_SHORT, self.split_bars))
        for number in np.flatnonzero(roomy).tolist():
            outcomes[number] = found[number] or too_short

    @property
    def _slicing(self) -> Slicing:
        window = (self.split_bars or 0) * self.steps_per_bar
        # With bins, Magenta divides the steps it decodes by the number of classes,
        # even if the classes are not in rows of their own.
        in_one_row = self.num_velocity_bins and not self.split_instruments
        decoded = len(self.kit.classes) if in_one_row else 1
        return Slicing(self.steps_per_bar, window, self.hop_size or window, decoded)

    def _outcomes(self, notes: Beats, begins: Ints, steps: Ints) -> Sequence[Outcome]:
        """What some pieces give that lie on one line of steps; None if they are too short.

        Args:
            notes: All notes of the pieces.
            begins: int64[pieces], where each piece begins.
            steps: int64[pieces], how long it is; 0 if it is none that is asked for.
        """
        beats = loudest(notes, len(self.kit.classes))
        if self.num_velocity_bins and self.num_offset_bins:
            beats = binned(beats, self.num_velocity_bins, self.num_offset_bins)
        beats = as_played(beats)
        slicing = self._slicing
        windows = windows_of(beats, begins, steps, slicing)
        examples: list[bytes] = []
        again = np.zeros(len(windows), np.int64)
        if len(windows) and self.quarters_per_bar == 4:  # an example is in 4/4
            pitches = np.array([own[0] if own else 0 for own in self.kit.classes])
            examples, again = groove_examples(
                beats, windows, pitches, self.steps_per_quarter, slicing
            )
        kept = again > 0
        outcomes: list[Outcome] = [
            *each_its_own(
                [one for one, stays in zip(examples, kept.tolist(), strict=False) if stays],
                np.where(steps > 0, slicing.count(steps), 0),
                np.bincount(windows.piece[kept], minlength=len(steps)),
            )
        ]
        for number in set(windows.piece[again > 1].tolist()):
            outcomes[number] = AssertionError()  # Magenta's own
        return outcomes

    def _raise_what_magenta_raises(self) -> None:
        row = np.zeros((1, len(self.kit.classes)))
        if self.tapify:
            row[:, 3] = 0.0
        if self.add_instruments:
            row[:, list(self.add_instruments)] = 0.0

    @property
    def _raises(self) -> bool:
        """Whether `_raise_what_magenta_raises` raises."""
        try:
            self._raise_what_magenta_raises()
        except IndexError:
            return True
        return False


def _hashable(classes: Sequence[Sequence[int]]) -> PitchClasses:
    return tuple(tuple(pitches) for pitches in classes)
