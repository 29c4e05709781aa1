"""Drum tracks: which drums sound at each step, cut into windows of a few bars.

The drum notes of all instruments are one part. Every pitch belongs to a class of
drums (bass drum, snare ...; `kit`), and all classes that start on a step make that
step's *hit* (`hits`). A track begins at the bar line before its first hit and ends
before the first gap, some silent bars; silence then fills its last bar (`tracks`).
Windows of `slice_bars` bars begin at every bar of a track (`windows`). An example is
a window played with one pitch for each class, every note one step long (`examples`).

The pieces of many songs stand one after the other on one line of steps, each from a
bar line on, so that all of them are looked at together. One piece alone is such a line, too.

Follows Magenta's `DrumsConverter`, its `drum_pipelines.extract_drum_tracks` and
note_seq's `DrumTrack`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from vaeprep.converters.conversion import Conversion, Outcome, each_its_own, joined, nothing
from vaeprep.converters.drums.examples import drum_examples
from vaeprep.converters.drums.hits import (
    Hits,
    heard,
    hits,
    why_pieces_are_unheard,
    why_unheard,
)
from vaeprep.converters.drums.kit import (
    REDUCED_DRUM_PITCH_CLASSES,
    Kit,
    kit_of,
    pitches_of,
)
from vaeprep.converters.drums.tracks import Tracks, cut_off, padded, tracks
from vaeprep.converters.drums.windows import (
    Bars,
    Windows,
    bars_of,
    begin_and_end_sound,
    end_on_a_hit,
    sound,
    windows_of,
)
from vaeprep.converters.presplit import cut_again
from vaeprep.converters.reasons import (
    NO_DRUMS,
    NO_NOTES,
    Kind,
    bars_wanted,
    of_error,
    other_bars,
    other_meter,
)
from vaeprep.music.pieces import Pieces, bounds_of, total_quantized_steps
from vaeprep.music.quantization import (
    BadTimeSignatureError,
    NegativeTimeError,
    can_only_succeed,
    grid_of,
    nearest_steps,
    quantize_in_meter,
)
from vaeprep.music.sequence import Bools, Columns, Ints

# One-hot vectors are 2 ** classes long. Magenta cannot allocate many of these.
_MANY_ONE_HOT_CLASSES = 20


@dataclass(frozen=True)
class DrumsConverter:
    """The drums of a piece, as one-hot or roll (the examples are the same).

    Attributes:
        max_bars: Tracks are cut off after so many bars.
        slice_bars: Bars of an example; None takes each track as a whole.
        gap_bars: So many bars of silence end a track; None or 0: none does.
        pitch_classes: For each class its pitches, the first one to play it
            with. None is `REDUCED_DRUM_PITCH_CLASSES`.
        add_end_token: Only tells whether Magenta's `from_tensors` works, see
            `convert`.
        steps_per_quarter: Grid.
        quarters_per_bar: The bar. Pieces in other meters give nothing.
        pad_to_total_time: Tracks reach from the beginning of the piece to its
            end, silence around them.
        roll_input: Tensors are rolls; changes nothing in examples.
        roll_output: The same of the output tensors.
        presplit_on_time_changes: Cut the piece once more.
    """

    max_bars: int | None = None
    slice_bars: int | None = None
    gap_bars: float | None = 1.0
    pitch_classes: Sequence[Sequence[int]] | None = None
    add_end_token: bool = False
    steps_per_quarter: int = 4
    quarters_per_bar: int = 4
    pad_to_total_time: bool = False
    roll_input: bool = False
    roll_output: bool = False
    presplit_on_time_changes: bool = True

    def __post_init__(self) -> None:
        """Makes the pitch classes hashable.

        Raises:
            ValueError: A class is played with no MIDI pitch.
        """
        if not self.pitch_classes:
            object.__setattr__(self, "pitch_classes", REDUCED_DRUM_PITCH_CLASSES)
        classes = tuple(tuple(pitches) for pitches in self.pitch_classes or ())
        object.__setattr__(self, "pitch_classes", classes)
        for pitches in classes:
            if pitches and not 0 <= pitches[0] <= 127:
                raise ValueError(f"a drum class cannot be played with pitch {pitches[0]}")

    @property
    def steps_per_bar(self) -> int:
        """Steps in a bar."""
        return self.steps_per_quarter * self.quarters_per_bar

    @property
    def kit(self) -> Kit:
        """The pitch classes."""
        return kit_of(self.pitch_classes)

    def convert(self, piece: Columns) -> Conversion:
        """Extracts the windows of a piece, each different one once.

        Follows `DrumsConverter.to_tensors` and `from_tensors`.

        Args:
            piece: The piece.

        Returns:
            Its examples. Dropped are windows that Magenta's converter would not
            find in the example again: see `_found_again`.

        Raises:
            TypeError: There are examples, and Magenta's `from_tensors` cannot
                decode them: it indexes with an array where rolls have end tokens.
            MemoryError: The same of one-hot vectors that nobody could allocate.
            Exception: What `quantize` raises, except `BadTimeSignatureError`
                and `NegativeTimeError`: such pieces give nothing.
        """
        pieces = cut_again(piece) if self.presplit_on_time_changes else [piece]
        return joined([self._convert(part) for part in pieces])

    def _convert(self, piece: Columns) -> Conversion:
        try:
            if self._is_plainly_without_drums(piece):
                return nothing(NO_DRUMS if len(piece.notes) else NO_NOTES)
            quantized = quantize_in_meter(piece, self.steps_per_quarter, self.steps_per_bar)
        except (BadTimeSignatureError, NegativeTimeError) as error:
            return nothing(why_unheard(piece.notes, self.kit) or of_error(error, piece))
        if quantized is None:
            return nothing(why_unheard(piece.notes, self.kit) or other_meter(piece))
        position, drum = heard(piece.notes, self.kit)
        if not len(position):
            return nothing(why_unheard(piece.notes, self.kit) or NO_DRUMS)
        found = hits(quantized.start[position], drum, self.kit)
        of_piece = np.zeros(len(found), np.int64)
        bars, windows = self._windows(found, of_piece, quantized.total_steps)
        if not len(windows):
            length = -(-quantized.total_steps // self.steps_per_bar)
            short = length < (self.slice_bars or 0) or self.pad_to_total_time
            return nothing(
                bars_wanted(Kind.TOO_SHORT if short else Kind.RESTS, self.slice_bars)
            )
        self._raise_what_magenta_raises(windows, quantized.total_steps)
        (conversion,) = self._conversions(bars, windows, 1)
        assert conversion is not None
        return conversion

    def _is_plainly_without_drums(self, piece: Columns) -> bool:
        """Whether the piece need not be quantized, which can be no error either."""
        return not piece.notes.is_drum.any() and can_only_succeed(
            piece, grid_of(piece, self.steps_per_quarter)
        )

    def convert_all(self, pieces: Pieces) -> list[Outcome]:
        """Extracts the windows of many pieces; see `ConvertsAll.convert_all`.

        What can be seen before any note is put on the grid is said at once.
        """
        outcomes: list[Outcome] = [None] * len(pieces)
        if self.pad_to_total_time or self._may_raise:
            return outcomes
        position, drum = heard(pieces.notes, self.kit)
        counts = np.diff(position.searchsorted(pieces.bounds))
        for number, why in why_pieces_are_unheard(pieces, counts == 0, self.kit):
            outcomes[number] = nothing(why)
        if len(position):
            length = total_quantized_steps(pieces, self.steps_per_quarter)
            length += -length % self.steps_per_bar
            roomy = self._at_sight(pieces, counts > 0, length, outcomes)
            if roomy.any():
                length[~roomy] = 0
                self._convert_roomy(pieces, position, drum, counts, length, outcomes)
        return outcomes

    def _at_sight(
        self, pieces: Pieces, are_heard: Bools, length: Ints, outcomes: list[Outcome]
    ) -> Bools:
        """Says what pieces with drums give that are in another meter, or too short.

        Args:
            pieces: All pieces.
            are_heard: bool[pieces], in which of them drums are heard.
            length: int64[pieces], steps; whole bars.
            outcomes: Filled in.

        Returns:
            bool[pieces]: of which pieces with drums nothing has been said.
        """
        other = pieces.steps_per_bar(self.steps_per_quarter) != self.steps_per_bar
        for number in np.flatnonzero(are_heard & other).tolist():
            outcomes[number] = nothing(other_bars(pieces, number))
        short = length < (self.slice_bars or 0) * self.steps_per_bar
        too_short = nothing(bars_wanted(Kind.TOO_SHORT, self.slice_bars))
        for number in np.flatnonzero(are_heard & ~other & short).tolist():
            outcomes[number] = too_short
        unsaid: Bools = are_heard & ~other & ~short
        return unsaid

    def _convert_roomy(
        self,
        pieces: Pieces,
        position: Ints,
        drum: Ints,
        counts: Ints,
        length: Ints,
        outcomes: list[Outcome],
    ) -> None:
        """Finds out what pieces give that are long enough for windows.

        Args:
            pieces: All pieces.
            position: int64[n], the notes that are heard, as `heard` has them.
            drum: int64[n], their classes.
            counts: int64[pieces], how many of them are in each piece.
            length: int64[pieces], steps; whole bars, and 0 of pieces that are not roomy.
            outcomes: Those of roomy pieces are filled in.
        """
        line = bounds_of(length)
        roomy = length > 0
        chosen = roomy.repeat(counts)
        of_note = np.arange(len(pieces)).repeat(counts)[chosen]
        seconds = pieces.notes.start[position[chosen]]
        step = nearest_steps(seconds, pieces.steps_per_second(self.steps_per_quarter)[of_note])
        found = hits(line[of_note] + step, drum[chosen], self.kit)
        of_piece = line[:-1].searchsorted(found.step, side="right") - 1
        bars, windows = self._windows(found, of_piece, int(line[-1]))
        silent = nothing(bars_wanted(Kind.RESTS, self.slice_bars))
        conversions = self._conversions(bars, windows, len(pieces))
        for number in np.flatnonzero(roomy).tolist():
            outcomes[number] = conversions[number] or silent

    @property
    def _gap_steps(self) -> float:
        return (self.gap_bars or float("inf")) * self.steps_per_bar

    def _windows(self, found: Hits, piece: Ints, total_steps: int) -> tuple[Bars, Windows]:
        """The different windows of some pieces on one line of steps, and their bars.

        Args:
            found: All hits, one at least.
            piece: int64[hits], the piece of each.
            total_steps: Of all of them.
        """
        cut = tracks(found.step, piece, self.steps_per_bar, self._gap_steps)
        bars = bars_of(found, cut, self.steps_per_bar)
        if self.max_bars:
            cut = cut_off(cut, found.step, self.max_bars * self.steps_per_bar)
        parts: Iterable[Tracks] = padded(cut, total_steps) if self.pad_to_total_time else [cut]
        return bars, windows_of(bars, parts, self.steps_per_bar, self.slice_bars)

    def _conversions(
        self, bars: Bars, windows: Windows, pieces: int
    ) -> list[Conversion | None]:
        """What so many pieces give; None of those that have no windows."""
        again = self._found_again(bars, windows)
        kit = self.kit
        pitches = [pitches_of(kit, hit) for hit in bars.drums]
        return each_its_own(
            drum_examples(windows.take(again), bars, pitches, self.steps_per_quarter),
            np.bincount(windows.piece, minlength=pieces),
            np.bincount(windows.piece[again], minlength=pieces),
        )

    def _found_again(self, bars: Bars, windows: Windows) -> Bools:
        """bool[windows]: whether Magenta's `to_tensors` gives a result for its example.

        It never gives two. Proof: in an example, steps come back from seconds
        exactly (an error of a few ulp is far below half a step), every pitch is
        in the class map, the meter is 4/4 and the tempo 120. No gap is long
        enough to end a track within a window, for no such gap is in the track
        that the window is from. So the example has one track, and none if the
        window is silent or the converter wants another bar than 4/4.

        Without `slice_bars` that track is the one result. With it, the track
        must be as long as the window. It begins at the bar line before the first
        hit and ends at the bar line after the last one, so there must be a hit in
        the first and in the last bar. With `pad_to_total_time` it begins at step 0
        and ends with the example, right after the last hit: there must be a hit
        on the window's last step. Another result has no room.
        """
        if self.quarters_per_bar != 4:
            return np.zeros(len(windows), np.bool_)
        if not self.slice_bars:
            return sound(windows)
        if self.pad_to_total_time:
            return end_on_a_hit(windows, bars)
        return begin_and_end_sound(windows)

    @property
    def _may_raise(self) -> bool:
        """Whether some examples raise an error in Magenta."""
        return (self.roll_output and self.add_end_token) or self._has_many_one_hot_classes

    @property
    def _has_many_one_hot_classes(self) -> bool:
        one_hot = not (self.roll_input and self.roll_output)
        return one_hot and len(self.kit.classes) > _MANY_ONE_HOT_CLASSES

    def _raise_what_magenta_raises(self, windows: Windows, total_steps: int) -> None:
        if self.roll_output and self.add_end_token:
            raise TypeError("only integer scalar arrays can be converted to a scalar index")
        if self._has_many_one_hot_classes:
            steps = int(windows.begins[1]) * self.steps_per_bar
            if self.pad_to_total_time and not self.slice_bars:
                steps = total_steps
            num_classes = len(self.kit.classes)
            shape = (steps + self.add_end_token, 2**num_classes + self.add_end_token)
            np.zeros(shape, np.bool_)
