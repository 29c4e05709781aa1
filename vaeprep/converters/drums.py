"""Drum tracks: which drums sound at each step, cut into windows of a few bars.

The drum notes of all instruments are one part. Every pitch belongs to a class of
drums (bass drum, snare ...), and all classes that start on a step make that
step's *hit*. A track begins at the bar line before its first hit and ends before
the first gap, some silent bars; silence then fills its last bar. Windows of
`slice_bars` bars begin at every bar of a track. An example is a window played
with one pitch for each class, every note one step long.

Follows Magenta's `DrumsConverter`, its `drum_pipelines.extract_drum_tracks` and
note_seq's `DrumTrack`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vaeprep.converters.conversion import Conversion, joined, nothing
from vaeprep.converters.presplit import cut_again
from vaeprep.converters.reasons import (
    NO_DRUMS,
    NO_NOTES,
    Kind,
    Reason,
    bars_wanted,
    midi_number,
    of_error,
    other_meter,
)
from vaeprep.converters.signs import TICKS_PER_QUARTER, VELOCITY
from vaeprep.music.encode import note_message, sequence_message, tempo_message
from vaeprep.music.grid import EXAMPLE_QPM, step_seconds
from vaeprep.music.programs import DRUM_INSTRUMENT
from vaeprep.music.quantization import (
    BadTimeSignatureError,
    NegativeTimeError,
    Quantized,
    can_only_succeed,
    grid_of,
    quantize_in_meter,
)
from vaeprep.music.sequence import Columns, Ints, Notes

PitchClasses = tuple[tuple[int, ...], ...]

REDUCED_DRUM_PITCH_CLASSES: PitchClasses = (
    (36, 35),  # bass drum
    (38, 27, 28, 31, 32, 33, 34, 37, 39, 40, 56, 65, 66, 75, 85),  # snare
    (42, 44, 54, 68, 69, 70, 71, 73, 78, 80, 22),  # closed hi-hat
    (46, 67, 72, 74, 79, 81, 26),  # open hi-hat
    (45, 29, 41, 43, 61, 64, 84),  # low tom
    (48, 47, 60, 63, 77, 86, 87),  # mid tom
    (50, 30, 62, 76, 83),  # high tom
    (49, 52, 55, 57, 58),  # crash cymbal
    (51, 53, 59, 82),  # ride cymbal
)
FULL_DRUM_PITCH_CLASSES: PitchClasses = tuple(
    (pitch,)
    for pitch in (
        *(36, 35, 38, 27, 28, 31, 32, 33, 34, 37, 39, 40, 56, 65, 66, 75, 85, 42, 44),
        *(54, 68, 69, 70, 71, 73, 78, 80, 46, 67, 72, 74, 79, 81, 45, 29, 41, 61, 64),
        *(84, 48, 47, 60, 63, 77, 86, 87, 50, 30, 43, 62, 76, 83, 49, 55, 57, 58, 51),
        *(52, 53, 59, 82),
    )
)


# Each class is one bit of a hit; more bits than these need Python's integers.
_MOST_BITS = 62
# One-hot vectors are 2 ** classes long. Magenta cannot allocate many of these.
_MANY_ONE_HOT_CLASSES = 20


class Kit:
    """The drum classes of a converter: a class for each pitch, and a pitch for each class.

    Attributes:
        classes: The pitches of each class.
        class_of_pitch: What Magenta calls the pitch class map. A pitch in
            several classes belongs to the last of them.
    """

    def __init__(self, classes: PitchClasses) -> None:
        self.classes = classes
        self.class_of_pitch = {p: c for c, pitches in enumerate(classes) for p in pitches}
        known = self.class_of_pitch or {0: -1}
        # Index 0 and the last index stand for all pitches below and above.
        self._lowest = min(known) - 1
        self._table = np.full(max(known) - self._lowest + 2, -1, np.int64)
        for pitch, drum in known.items():
            self._table[pitch - self._lowest] = drum
        bits = [1 << drum for drum in range(len(classes))] or [0]
        self._bits: NDArray[Any] = np.array(
            bits, np.int64 if len(classes) <= _MOST_BITS else object
        )

    def class_of(self, pitch: Ints) -> Ints:
        """int64[n]: the class of each pitch, -1 for pitches of no class."""
        index = np.minimum(np.maximum(pitch - self._lowest, 0), len(self._table) - 1)
        return self._table[index]

    def bits(self, drum: Ints) -> NDArray[Any]:
        """[n]: for each class, the number with its bit set (objects if there are many)."""
        return self._bits[drum]

    def pitches(self, hit: int) -> tuple[int, ...]:
        """The pitches that play a hit, in the order of their notes in an example.

        Magenta takes this order from a frozenset of the pitches that was made
        from a frozenset of the classes, so the same sets are built here.
        """
        drums = frozenset(c for c in range(len(self.classes)) if hit >> c & 1)
        return tuple(frozenset(self.classes[c][0] for c in drums))


@cache
def kit_of(classes: PitchClasses) -> Kit:
    """The kit of these pitch classes, made once."""
    return Kit(classes)


@lru_cache(maxsize=4096)
def pitches_of(kit: Kit, hit: int) -> tuple[int, ...]:
    """`Kit.pitches`, remembered."""
    return kit.pitches(hit)


@dataclass(frozen=True, slots=True)
class Hits:
    """The steps on which drums sound.

    Attributes:
        step: int64[n], ascending, each once.
        drums: [n], the classes that start on the step: bit c is class c.
    """

    step: Ints
    drums: NDArray[Any]


def hits(notes: Notes, start: Ints, kit: Kit) -> Hits:
    """The hits of notes in any order.

    Args:
        notes: The notes. Those that are no drums, have velocity 0 or a pitch of
            no class are passed over.
        start: int64[len(notes)], the step of each note.
        kit: The classes.
    """
    played = np.flatnonzero(notes.is_drum & (notes.velocity != 0))
    drum = kit.class_of(notes.pitch[played])
    if (drum < 0).any():
        played = played[drum >= 0]
        drum = drum[drum >= 0]
    step = start[played]
    if not len(step):
        return Hits(step, kit.bits(drum))
    if (step[1:] < step[:-1]).any():
        order = np.argsort(step, kind="stable")
        step, drum = step[order], drum[order]
    first = np.concatenate(([0], np.flatnonzero(step[1:] != step[:-1]) + 1))
    return Hits(step[first], np.bitwise_or.reduceat(kit.bits(drum), first))


@dataclass(frozen=True, slots=True)
class DrumTrack:
    """A drum track: hits `first` to `last` (exclusive), from step `start` on."""

    first: int
    last: int
    start: int
    length: int


def tracks(step: Ints, steps_per_bar: int, gap_steps: float) -> Iterator[DrumTrack]:
    """Cuts hits at the gaps, as `extract_drum_tracks` does with `pad_end`.

    Args:
        step: Ascending steps of the hits.
        steps_per_bar: Tracks begin and end at bar lines.
        gap_steps: So many silent steps end a track; may be infinite.

    Yields:
        The tracks in order; `length` is whole bars.
    """
    before_gap = np.flatnonzero(step[1:] - step[:-1] - 1 >= gap_steps)
    ends = [*(before_gap + 1).tolist(), len(step)] if len(step) else []
    first = 0
    for last in ends:
        if last <= first:  # a gap in the bar that ended the track before
            continue
        start = int(step[first])
        start -= start % steps_per_bar
        length = int(step[last - 1]) + 1 - start
        length += -length % steps_per_bar
        yield DrumTrack(first, last, start, length)
        first = last
        # Where a gap is shorter than a bar, a track's last bar may hold hits
        # that are after the gap. No track has them.
        while first < len(step) and step[first] < start + length:
            first += 1


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
            find in the example again: see `_is_found_again`.

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
            return nothing(self._why_unheard(piece.notes) or of_error(error, piece))
        if quantized is None:
            return nothing(self._why_unheard(piece.notes) or other_meter(piece))
        found = hits(piece.notes, quantized.start, self.kit)
        if not len(found.step):
            return nothing(self._why_unheard(piece.notes) or NO_DRUMS)
        labels, windows = self._windows(found, quantized)
        if not windows:
            length = -(-quantized.total_steps // self.steps_per_bar)
            short = length < (self.slice_bars or 0) or self.pad_to_total_time
            return nothing(
                bars_wanted(Kind.TOO_SHORT if short else Kind.RESTS, self.slice_bars)
            )
        self._raise_what_magenta_raises(next(iter(windows)))
        kept = [window for window in windows if self._is_found_again(window)]
        player = _Player(self.kit, labels, self.steps_per_quarter, self.steps_per_bar)
        return Conversion(
            [player.example(window) for window in kept],
            len(windows),
            {"empty-reextraction": len(windows) - len(kept)},
        )

    def _is_plainly_without_drums(self, piece: Columns) -> bool:
        """Whether the piece need not be quantized, which can be no error either."""
        return not piece.notes.is_drum.any() and can_only_succeed(
            piece, grid_of(piece, self.steps_per_quarter)
        )

    def _why_unheard(self, notes: Notes) -> Reason | None:
        """Why none of the notes is a drum of the converter; None if one is."""
        played = notes.is_drum & (notes.velocity != 0)
        if (self.kit.class_of(notes.pitch[played]) >= 0).any():
            return None
        if not (notes.velocity != 0).any():
            return NO_NOTES
        if not played.any():
            return NO_DRUMS
        return midi_number(Kind.NO_KNOWN_DRUM, int(notes.pitch[played][0]))

    def _windows(
        self, found: Hits, quantized: Quantized
    ) -> tuple[list[int], dict[bytes, None]]:
        """The different windows, as a label a step (an int32: 0 is silence).

        Returns:
            The hit that each label above 0 stands for, and the windows' bytes.
        """
        values, index = np.unique(found.drums, return_inverse=True)
        label = (index + 1).astype(np.int32)
        gap_steps = (self.gap_bars or float("inf")) * self.steps_per_bar
        windows: dict[bytes, None] = {}
        for track in tracks(found.step, self.steps_per_bar, gap_steps):
            row = self._row(track, found.step, label, quantized.total_steps)
            for window in self._slices(row.tobytes()):
                windows[window] = None
        return values.tolist(), windows

    def _row(
        self, track: DrumTrack, step: Ints, label: NDArray[np.int32], total_steps: int
    ) -> NDArray[np.int32]:
        """int32[steps]: the labels of a track, cut off and padded."""
        length = track.length
        if self.max_bars:
            length = min(length, self.max_bars * self.steps_per_bar)
        row = np.zeros(max(length, 0), np.int32)
        place = step[track.first : track.last] - track.start
        inside = int(np.searchsorted(place, length))
        row[place[:inside]] = label[track.first : track.first + inside]
        if not self.pad_to_total_time:
            return row
        padded = np.zeros(total_steps, np.int32)
        row = row[: max(total_steps - track.start, 0)]
        padded[track.start : track.start + len(row)] = row
        return padded

    def _slices(self, row: bytes) -> Iterator[bytes]:
        if not self.slice_bars:
            yield row
            return
        bar = 4 * self.steps_per_bar  # bytes of an int32 a step
        for end in range(self.slice_bars * bar, len(row) + 1, bar):
            yield row[end - self.slice_bars * bar : end]

    def _is_found_again(self, window: bytes) -> bool:
        """Whether Magenta's `to_tensors` gives a result for the window's example.

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
            return False
        if not self.slice_bars:
            return any(window)
        if self.pad_to_total_time:
            return any(window[-4:])
        bar = 4 * self.steps_per_bar
        return any(window[:bar]) and any(window[-bar:])

    def _raise_what_magenta_raises(self, window: bytes) -> None:
        if self.roll_output and self.add_end_token:
            raise TypeError("only integer scalar arrays can be converted to a scalar index")
        num_classes = len(self.kit.classes)
        if not (self.roll_input and self.roll_output) and num_classes > _MANY_ONE_HOT_CLASSES:
            steps = len(window) // 4 + self.add_end_token
            np.zeros((steps, 2**num_classes + self.add_end_token), np.bool_)


class _Player:
    """Plays windows of one piece: their bytes as NoteSequences.

    Neighbouring windows share bars and music repeats, so each bar of labels is
    put into bytes only once for every place in a window.
    """

    def __init__(
        self, kit: Kit, hit_of_label: list[int], steps_per_quarter: int, steps_per_bar: int
    ) -> None:
        self._pitches = [(), *(pitches_of(kit, hit) for hit in hit_of_label)]
        self._steps_per_quarter = steps_per_quarter
        self._bar_bytes = 4 * steps_per_bar
        self._bars: dict[tuple[int, bytes], tuple[bytes, int]] = {}

    def example(self, window: bytes) -> bytes:
        """A window with at least one hit, as a serialized NoteSequence."""
        played = []
        end = 0
        for begin in range(0, len(window), self._bar_bytes):
            bar = begin, window[begin : begin + self._bar_bytes]
            known = self._bars.get(bar)
            if known is None:
                known = self._bars[bar] = self._play(begin // 4, bar[1])
            notes, bar_end = known
            played.append(notes)
            end = bar_end or end
        seconds_per_step = step_seconds(self._steps_per_quarter)
        return sequence_message(
            ticks_per_quarter=TICKS_PER_QUARTER,
            tempos=tempo_message(EXAMPLE_QPM),
            notes=b"".join(played),
            total_time=end * seconds_per_step,
        )

    def _play(self, first_step: int, bar: bytes) -> tuple[bytes, int]:
        """The notes of a bar, and the step at which its last hit ends (0: silent)."""
        notes = []
        end = 0
        for step, label in enumerate(memoryview(bar).cast("i"), first_step):
            if label:
                notes.append(step_message(self._pitches[label], step, self._steps_per_quarter))
                end = step + 1
        return b"".join(notes), end


@lru_cache(maxsize=65536)
def step_message(pitches: tuple[int, ...], step: int, steps_per_quarter: int) -> bytes:
    """The note messages of one hit, as note_seq's `DrumTrack.to_sequence` makes them."""
    before, after = _around_pitch(step, steps_per_quarter)
    if 0 in pitches:  # a message without a pitch: protobuf leaves out zeros
        return b"".join(_drum_message(pitch, step, steps_per_quarter) for pitch in pitches)
    return b"".join([before + _PITCH_BYTES[pitch] + after for pitch in pitches])


_PITCH_BYTES = [bytes((pitch,)) for pitch in range(128)]


@lru_cache(maxsize=4096)
def _around_pitch(step: int, steps_per_quarter: int) -> tuple[bytes, bytes]:
    """What stands before and after the pitch, its fourth byte, in a note of this step."""
    message = _drum_message(127, step, steps_per_quarter)
    return message[:3], message[4:]


def _drum_message(pitch: int, step: int, steps_per_quarter: int) -> bytes:
    seconds_per_step = step_seconds(steps_per_quarter)
    return note_message(
        pitch=pitch,
        velocity=VELOCITY,
        start=step * seconds_per_step,
        end=(step + 1) * seconds_per_step,
        instrument=DRUM_INSTRUMENT,
        is_drum=True,
    )
