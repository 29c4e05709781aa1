"""Melodies: the top voice of each instrument, cut into windows of a few bars.

At every step where an instrument's notes start, the highest of them is the
melody's note; it sounds until it ends or the next one starts. A melody begins
at the bar line before its first note and ends before the first gap, some bars
without a note; silence then fills its last bar, and the next melody of the
instrument may begin. Windows of `slice_bars` bars begin at every bar of a
melody. An example is a window played by a piano, with the chords and keys
beside it where a configuration is conditioned on them.

Follows Magenta's `OneHotMelodyConverter`, its `melody_pipelines.extract_melodies`
and note_seq's `Melody`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vaeprep.chord_inference import ChordInferenceError, Harmony
from vaeprep.converters.chords import (
    ChordEncoding,
    ChordEncodingError,
    ChordSymbolError,
    CoincidentChordsError,
    changes,
    harmony,
    keys_at,
    progression,
)
from vaeprep.converters.conversion import NOTHING, Conversion
from vaeprep.converters.presplit import cut_again
from vaeprep.encoding import (
    chord_message,
    key_message,
    note_message,
    sequence_message,
    tempo_message,
)
from vaeprep.notesequence import (
    BadTimeSignatureError,
    Bools,
    Ints,
    NegativeTimeError,
    Quantized,
    Sequence,
    quantize,
)

VELOCITY = 80
EXAMPLE_QPM = 120.0
TICKS_PER_QUARTER = 220
LOWEST_PIANO_PITCH = 21
HIGHEST_PIANO_PITCH = 108

NO_EVENT = 0
NOTE_OFF = 1
FIRST_NOTE = 2

Tokens = NDArray[np.uint8]


class BadNoteError(Exception):
    """A note of a melody ends before it starts."""


# --- From notes to melodies --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Voice:
    """The notes of one instrument that can be in a melody, one at each step.

    Attributes:
        on: int64[n], first step, each once, ascending.
        end: int64[n], the step the note ends at, as quantized: it may be after
            the next note's start or (an error) before the note's own.
        pitch: int64[n].
        doubled: bool[n], whether another note starts on the same step.
        starts: int64[m], ascending, the first steps of all the instrument's
            notes, with drums and silent notes: they too can be where a melody's
            first bar is found.
    """

    on: Ints
    end: Ints
    pitch: Ints
    doubled: Bools
    starts: Ints


def voice_of(pitch: Ints, start: Ints, end: Ints, heard: Bools) -> Voice:
    """The top voice of one instrument's notes.

    Follows the order in which `Melody.from_quantized_sequence` takes notes: by
    start, then from the highest pitch down, and of equal ones the first stored.

    Args:
        pitch: int64[m].
        start: int64[m], first steps.
        end: int64[m], steps.
        heard: bool[m], False for drums and for notes of velocity 0.
    """
    order = np.lexsort((-pitch, start))
    starts = start[order]
    order = order[heard[order]]
    on = start[order]
    first = np.ones(len(on), np.bool_)
    first[1:] = on[1:] != on[:-1]
    top = np.flatnonzero(first)
    doubled = np.diff(top, append=len(on)) > 1
    chosen = order[top]
    return Voice(on[top], end[chosen], pitch[chosen], doubled, starts)


@dataclass(frozen=True, slots=True)
class Melody:
    """A melody on the steps of its piece.

    Attributes:
        on: int64[n], first step of each note, ascending.
        end: int64[n], the step it ends at, at the latest where the next starts.
        pitch: int64[n].
        start: The bar line where the melody begins.
        length: Steps, whole bars.
    """

    on: Ints
    end: Ints
    pitch: Ints
    start: int
    length: int


def melodies(
    voice: Voice, steps_per_bar: int, gap_steps: float, skip_polyphony: bool = False
) -> Iterator[Melody]:
    """Cuts a voice into melodies, as `extract_melodies` does with `pad_end`.

    Args:
        voice: The voice.
        steps_per_bar: Melodies begin and end at bar lines.
        gap_steps: So many steps without a note end a melody; may be infinite.
        skip_polyphony: Stop at the first melody in which notes start together.

    Yields:
        The melodies in order.

    Raises:
        BadNoteError: A note ends before it starts.
    """
    on, end = voice.on, voice.end
    count = len(on)
    before_gap = np.flatnonzero(on[1:] - end[:-1] >= gap_steps)
    bad = np.flatnonzero(end <= on)
    doubled = np.flatnonzero(voice.doubled) if skip_polyphony else bad[:0]
    search_from = first = 0
    while first < count:
        gap = int(np.searchsorted(before_gap, first))
        last = int(before_gap[gap]) + 1 if gap < len(before_gap) else count
        # An unheard note may be the first: then silent bars come first.
        start = int(voice.starts[np.searchsorted(voice.starts, search_from)])
        start -= start % steps_per_bar
        chord = int(doubled[doubled >= first][0]) if (doubled >= first).any() else count
        wrong = int(bad[bad >= first][0]) if (bad >= first).any() else count
        if wrong < last and wrong <= chord:
            raise BadNoteError(
                "Start step does not precede end step: "
                f"start={on[wrong] - start}, end={end[wrong] - start}"
            )
        if chord < last:
            return
        length = int(end[last - 1]) - start
        length += -length % steps_per_bar
        yield Melody(
            on[first:last],
            np.minimum(end[first:last], np.append(on[first + 1 : last], end[last - 1])),
            voice.pitch[first:last],
            start,
            length,
        )
        # Where a gap is shorter than a bar, notes after it may be in the bar
        # that the melody ends with. No melody has them.
        search_from = start + length
        first = int(np.searchsorted(on, search_from))


def truncated(melody: Melody, max_steps: int) -> Melody | None:
    """The first `max_steps` steps (whole bars) of a melody; None if they are silent."""
    if melody.length <= max_steps:
        return melody
    end = melody.start + max_steps
    kept = int(np.searchsorted(melody.on, end))
    if not kept:
        return None
    return Melody(
        melody.on[:kept],
        np.minimum(melody.end[:kept], end),
        melody.pitch[:kept],
        melody.start,
        max_steps,
    )


def padded(melody: Melody, total_steps: int) -> Melody:
    """The melody with silence before and after, from the beginning to the end of its piece."""
    return Melody(melody.on, melody.end, melody.pitch, 0, total_steps)


def events(melody: Melody, min_pitch: int) -> Tokens:
    """uint8[length]: a melody step by step.

    0 is "no event", 1 a note's end, from 2 on a note's start (2 is `min_pitch`),
    as in note_seq's `MelodyOneHotEncoding`.
    """
    tokens = np.zeros(melody.length, np.uint8)
    end = melody.end
    # A note that lasts until the next one, or until all is over, needs no end.
    ends = end[np.append(end[:-1] < melody.on[1:], end[-1:] < melody.start + melody.length)]
    tokens[ends - melody.start] = NOTE_OFF
    tokens[melody.on - melody.start] = melody.pitch + (FIRST_NOTE - min_pitch)
    return tokens


# --- From melodies to windows ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """All the melodies of a piece, one after the other on a single line of steps.

    Attributes:
        on, end, pitch: int64[n], the notes, on the line's steps.
        tokens: uint8[steps], the melodies' `events`.
        begins: The step of the line where each melody begins, and the line's end.
        steps: int64[steps], for each step of the line the step in the piece.
    """

    on: Ints
    end: Ints
    pitch: Ints
    tokens: Tokens
    begins: list[int]
    steps: Ints


def line_up(found: list[Melody], min_pitch: int) -> Line:
    """Puts melodies (one at least) on a line."""
    begins = [0]
    for melody in found:
        begins.append(begins[-1] + melody.length)
    moves = [begin - melody.start for begin, melody in zip(begins, found, strict=False)]
    return Line(
        on=np.concatenate([m.on + move for m, move in zip(found, moves, strict=True)]),
        end=np.concatenate([m.end + move for m, move in zip(found, moves, strict=True)]),
        pitch=np.concatenate([melody.pitch for melody in found]),
        tokens=np.concatenate([events(melody, min_pitch) for melody in found]),
        begins=begins,
        steps=np.concatenate([np.arange(m.start, m.start + m.length) for m in found]),
    )


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows on a line: from step `begin` to step `stop` (exclusive)."""

    begin: Ints
    stop: Ints

    def __len__(self) -> int:
        return len(self.begin)

    def take(self, index: Ints | Bools) -> "Windows":
        """The windows at `index`."""
        return Windows(self.begin[index], self.stop[index])


def windows_of(line: Line, slice_steps: int | None, steps_per_bar: int) -> Windows:
    """A window at every bar of every melody where one fits; or each melody whole."""
    begins = np.array(line.begins)
    if slice_steps is None:
        return Windows(begins[:-1], begins[1:])
    begin = np.concatenate(
        [
            np.arange(first, last - slice_steps + 1, steps_per_bar)
            for first, last in zip(line.begins[:-1], line.begins[1:], strict=True)
        ]
    )
    return Windows(begin, begin + slice_steps)


def distinct(line: Line, windows: Windows, lanes: list[bytes]) -> Ints:
    """The first of all windows in which the same happens.

    A note that began before a window is not heard in it, so that note's end
    does not count (`Melody` drops it from a slice).

    Args:
        line: The line.
        windows: The windows.
        lanes: What else happens at each step: so many bytes for each.

    Returns:
        Positions in `windows`.
    """
    tokens = line.tokens.tobytes()
    count = len(line.tokens)
    sizes = [len(lane) // count for lane in lanes]
    first_of: dict[bytes, int] = {}
    event_steps = np.flatnonzero(line.tokens)
    next_event = np.searchsorted(event_steps, windows.begin)
    event_steps = np.append(event_steps, count)
    kinds = np.append(line.tokens, NOTE_OFF)[event_steps]
    stray_end = np.where(kinds[next_event] == NOTE_OFF, event_steps[next_event], count)
    for index, (begin, stop, stray) in enumerate(
        zip(windows.begin.tolist(), windows.stop.tolist(), stray_end.tolist(), strict=True)
    ):
        key = tokens[begin:stop]
        if stray < stop:
            key = key.replace(b"\x01", b"\x00", 1)
        for lane, size in zip(lanes, sizes, strict=True):
            key += lane[begin * size : stop * size]
        first_of.setdefault(key, index)
    return np.fromiter(first_of.values(), np.int64, len(first_of))


# --- From windows to examples ------------------------------------------------------


# A note as protobuf writes it, if nothing in it is 0 and the pitch is below 128.
_NOTE = np.dtype(
    {
        "names": ["pitch", "start", "end"],
        "formats": ["u1", "<f8", "<f8"],
        "offsets": [3, 7, 16],
        "itemsize": 24,
    }
)
_TEMPLATE = note_message(1, VELOCITY, 1.0, 1.0)


@lru_cache(maxsize=1 << 14)
def _total_time(steps: int, seconds_per_step: float) -> bytes:
    return sequence_message(total_time=steps * seconds_per_step)


@dataclass(frozen=True)
class MelodyConverter:
    """The melodies of a piece, whole or in windows, perhaps with chords and keys.

    Attributes:
        min_pitch: Notes below are not heard.
        max_pitch: Notes above are not heard.
        valid_programs: Only these programs are heard; None means all.
        skip_polyphony: Whether melodies with chords (several notes that start
            together) and all that comes after them in the instrument are left
            out. Otherwise the highest note is taken.
        max_bars: Melodies are cut off after so many bars.
        slice_bars: Bars of an example; None takes each melody as a whole.
        gap_bars: So many bars of silence end a melody; None or 0: none does.
        steps_per_quarter: Grid.
        quarters_per_bar: The bar. Pieces in other meters give nothing.
        add_end_token: Changes nothing in examples.
        pad_to_total_time: Melodies reach from the beginning of the piece to its
            end, silence around them.
        presplit_on_time_changes: Cut the piece once more.
        chord_encoding: The chords to condition on; None for no chords.
        condition_on_key: Whether to condition on the key.
        dedupe_event_lists: Whether of equal windows only the first counts.
    """

    min_pitch: int = LOWEST_PIANO_PITCH
    max_pitch: int = HIGHEST_PIANO_PITCH
    valid_programs: frozenset[int] | None = None
    skip_polyphony: bool = False
    max_bars: int | None = None
    slice_bars: int | None = None
    gap_bars: float | None = 1.0
    steps_per_quarter: int = 4
    quarters_per_bar: int = 4
    add_end_token: bool = False
    pad_to_total_time: bool = False
    presplit_on_time_changes: bool = True
    chord_encoding: ChordEncoding | None = None
    condition_on_key: bool = False
    dedupe_event_lists: bool = True

    def __post_init__(self) -> None:
        """Checks the parameters.

        Raises:
            ValueError: The pitches are not within 0..127, or a gap is negative.
        """
        if not 0 <= self.min_pitch <= self.max_pitch <= 127:
            raise ValueError(f"no pitches from {self.min_pitch} to {self.max_pitch}")
        if (self.gap_bars or 0) < 0:
            raise ValueError(f"gap_bars must not be negative, got {self.gap_bars}")
        if self.valid_programs is not None:
            object.__setattr__(self, "valid_programs", frozenset(self.valid_programs))

    @property
    def steps_per_bar(self) -> int:
        """Steps in a bar."""
        return self.steps_per_quarter * self.quarters_per_bar

    def convert(self, piece: Sequence) -> Conversion:
        """Extracts the windows of a piece, each different one once.

        Follows `OneHotMelodyConverter.to_tensors` and `from_tensors`.

        Args:
            piece: The piece.

        Returns:
            Its examples. Dropped are windows that Magenta's converter would not
            find in the example again: see `_found_again`.

        Raises:
            BadNoteError: A note of a melody ends before it starts.
            IndexError: A key is not one of the twelve.
            AttributeError: There are keys and end tokens; Magenta cannot do both.
            Exception: What `quantize` raises, except `BadTimeSignatureError`
                and `NegativeTimeError`: such pieces give nothing.
        """
        pieces = cut_again(piece) if self.presplit_on_time_changes else [piece]
        parts = [self._convert(part) for part in pieces]
        if len(parts) == 1:
            return parts[0]
        dropped = sum(part.dropped.get("empty-reextraction", 0) for part in parts)
        return Conversion(
            [example for part in parts for example in part.examples],
            sum(part.extracted for part in parts),
            {"empty-reextraction": dropped},
        )

    def _convert(self, piece: Sequence) -> Conversion:
        try:
            quantized = quantize(self._audible(piece), self.steps_per_quarter)
            if quantized.steps_per_bar != self.steps_per_bar:
                return NOTHING
            harmony_of_piece = self._harmony(quantized)
            line = self._line(quantized)
            if line is None:
                return NOTHING
            conditions = self._conditions(quantized, harmony_of_piece, line)
            windows = windows_of(line, self._slice_steps, self.steps_per_bar)
            if self.dedupe_event_lists:
                windows = windows.take(distinct(line, windows, conditions.lanes()))
            if not len(windows):
                return NOTHING
            signs = self._signs(conditions, windows)
        except _NO_EXAMPLES:
            return NOTHING
        kept = windows.take(self._found_again(line, windows))
        return Conversion(
            self._examples(line, kept, signs),
            len(windows),
            {"empty-reextraction": len(windows) - len(kept)},
        )

    @property
    def _slice_steps(self) -> int | None:
        return self.slice_bars * self.steps_per_bar if self.slice_bars else None

    def _audible(self, piece: Sequence) -> Sequence:
        """The piece with those notes only whose pitch and program are asked for."""
        pitch = piece.notes.pitch
        chosen = (pitch >= self.min_pitch) & (pitch <= self.max_pitch)
        if self.valid_programs is not None:
            chosen &= np.isin(piece.notes.program, sorted(self.valid_programs))
        return replace(piece, notes=piece.notes.take(chosen))

    def _line(self, quantized: Quantized) -> Line | None:
        """All the melodies of a piece; None if there are none."""
        notes = quantized.piece.notes
        heard = ~notes.is_drum & (notes.velocity != 0)
        gap_steps = (self.gap_bars or float("inf")) * self.steps_per_bar
        found: list[Melody] = []
        # A set, as in Magenta: of several errors the first in its order counts.
        for instrument in set(notes.instrument.tolist()):
            mine = np.flatnonzero(notes.instrument == instrument)
            voice = voice_of(
                notes.pitch[mine], quantized.start[mine], quantized.end[mine], heard[mine]
            )
            for melody in melodies(voice, self.steps_per_bar, gap_steps, self.skip_polyphony):
                cut_off = (
                    truncated(melody, self.max_bars * self.steps_per_bar)
                    if self.max_bars
                    else melody
                )
                if cut_off is not None:
                    found.append(
                        padded(cut_off, quantized.total_steps)
                        if self.pad_to_total_time
                        else cut_off
                    )
        return line_up(found, self.min_pitch) if found else None

    def _harmony(self, quantized: Quantized) -> Harmony | None:
        keys = quantized.piece.key_signatures
        if self.chord_encoding is None and not self.condition_on_key:
            return None
        if self.chord_encoding is None and keys:
            return Harmony((), keys)
        return harmony(quantized, with_keys=self.condition_on_key)

    def _conditions(
        self, quantized: Quantized, found: Harmony | None, line: Line
    ) -> "Conditions":
        """The chord and the key at each step of the line."""
        labels, keys = None, None
        figures: tuple[str, ...] = ()
        if found is not None and self.chord_encoding is not None:
            chords = progression(found.chords, quantized.total_steps)
            labels = chords.step_labels(int(line.steps.max()) + 1)[line.steps]
            figures = chords.figures
        if found is not None and self.condition_on_key:
            steps = line.steps.tolist()
            keys = np.array(keys_at(found.keys, quantized.steps_per_second, steps), np.int64)
        return Conditions(labels, figures, keys)

    def _signs(self, conditions: "Conditions", windows: Windows) -> "Signs":
        """What examples say of chords and keys.

        Raises:
            ChordSymbolError, ChordEncodingError: A chord in a window has no class.
            IndexError, AttributeError: See `convert`.
        """
        if not len(conditions):
            return Signs(None, None)
        within = np.zeros(len(conditions) + 1, np.int64)
        np.add.at(within, windows.begin, 1)
        np.add.at(within, windows.stop, -1)
        inside = np.cumsum(within[:-1]) > 0
        chords, keys = None, None
        if conditions.labels is not None and self.chord_encoding is not None:
            encoding = self.chord_encoding
            # Magenta cuts the last 12 columns off the chord's one-hot vector even
            # if no key is behind it: the classes there look like class 0.
            visible = encoding.num_classes - (0 if self.condition_on_key else 12)
            shown = np.zeros(len(conditions.figures), np.int64)
            for label in np.unique(conditions.labels[inside]).tolist():
                token = encoding.encode(conditions.figures[label])
                shown[label] = token if token < visible else 0
            chords = shown[conditions.labels]
        if conditions.keys is not None:
            if self.add_end_token:
                raise AttributeError("'tuple' object has no attribute 'append'")
            for key in np.unique(conditions.keys[inside]).tolist():
                if not -12 <= key < 12:
                    raise IndexError(f"index {key} is out of bounds for axis 1 with size 12")
            keys = conditions.keys % 12
        return Signs(chords, keys)

    def _found_again(self, line: Line, windows: Windows) -> Bools:
        """Whether Magenta's `to_tensors` gives a result for each window's example.

        It never gives two. Proof: in an example, steps come back from seconds
        exactly (an error of a few ulp is far below half a step), the instrument
        plays one note at a time in a pitch that is heard, with program 0, the
        meter is 4/4 and the tempo 120. No gap is long enough to end a melody
        within a window, for no such gap is in the melody that the window is from.
        Chords and keys begin at time 0 and can be encoded, for they were decoded.
        So the example has one melody, and none if the window has no note, or the
        converter wants another bar than 4/4 or does not hear program 0.

        Without `slice_bars` that melody is the one result. With it, the melody
        must be as long as the window. It begins at the bar line before its first
        note and ends at the bar line after its last one, so its first note must
        be in the first bar, and its last note must end in the last bar. With
        `pad_to_total_time` it begins at step 0 and ends with the example, which
        is where the last note ends: at the window's end. Another result has no
        room.
        """
        deaf = self.valid_programs is not None and 0 not in self.valid_programs
        if deaf or self.quarters_per_bar != 4:
            return np.zeros(len(windows), np.bool_)
        first = np.searchsorted(line.on, windows.begin)
        last = np.searchsorted(line.on, windows.stop)
        some = last > first
        if not self.slice_bars:
            return some
        end = np.minimum(line.end[last - 1], windows.stop)
        if self.pad_to_total_time:
            return some & (end == windows.stop)
        start = line.on[np.minimum(first, len(line.on) - 1)]
        in_first_bar = start < windows.begin + self.steps_per_bar
        in_last_bar = end > windows.stop - self.steps_per_bar
        kept: Bools = some & in_first_bar & in_last_bar
        return kept

    def _examples(self, line: Line, windows: Windows, signs: "Signs") -> list[bytes]:
        """The windows (each with one note at least) as serialized NoteSequences."""
        seconds = 60.0 / EXAMPLE_QPM / self.steps_per_quarter
        first = np.searchsorted(line.on, windows.begin)
        last = np.searchsorted(line.on, windows.stop)
        examples = []
        for begin, stop, i, j in zip(
            windows.begin.tolist(),
            windows.stop.tolist(),
            first.tolist(),
            last.tolist(),
            strict=True,
        ):
            on = (line.on[i:j] - begin).tolist()
            end = (np.minimum(line.end[i:j], stop) - begin).tolist()
            notes = [
                note_message(p, VELOCITY, s * seconds, e * seconds)
                for p, s, e in zip(line.pitch[i:j].tolist(), on, end, strict=True)
            ]
            examples.append(
                sequence_message(
                    ticks_per_quarter=TICKS_PER_QUARTER,
                    key_signatures=signs.key_messages(begin, stop, self.steps_per_quarter),
                    tempos=tempo_message(EXAMPLE_QPM),
                    notes=b"".join(notes),
                    total_time=end[-1] * seconds,
                    text_annotations=signs.chord_messages(
                        begin, stop, self.steps_per_quarter, self.chord_encoding
                    ),
                )
            )
        return examples


_NO_EXAMPLES = (
    *(BadTimeSignatureError, NegativeTimeError),
    *(ChordInferenceError, ChordSymbolError, ChordEncodingError, CoincidentChordsError),
)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a line is conditioned on.

    Attributes:
        labels: int64[steps], the index in `figures` of the chord at each step;
            None without chords.
        figures: The chords.
        keys: int64[steps], the key at each step; None without keys.
    """

    labels: Ints | None
    figures: tuple[str, ...]
    keys: Ints | None

    def __len__(self) -> int:
        values = self.labels if self.labels is not None else self.keys
        return 0 if values is None else len(values)

    def lanes(self) -> list[bytes]:
        """Eight bytes a step of each condition."""
        return [values.tobytes() for values in (self.labels, self.keys) if values is not None]


@dataclass(frozen=True, slots=True)
class Signs:
    """The chords and keys that examples show, at each step of a line.

    Attributes:
        chords: int64[steps], the chord's class; None without chords.
        keys: int64[steps], 0 (C) to 11 (B); None without keys.
    """

    chords: Ints | None
    keys: Ints | None

    def chord_messages(
        self, begin: int, stop: int, steps_per_quarter: int, encoding: ChordEncoding | None
    ) -> bytes:
        """The chord symbols of a window: one at its start and one at every change."""
        if self.chords is None or encoding is None:
            return b""
        seconds = 60.0 / (steps_per_quarter * EXAMPLE_QPM)
        chords = self.chords[begin:stop].tolist()
        return b"".join(
            chord_message(step * seconds, encoding.decode(chords[step]))
            for step in changes(chords)
        )

    def key_messages(self, begin: int, stop: int, steps_per_quarter: int) -> bytes:
        """The key signatures of a window: one at its start and one at every change."""
        if self.keys is None:
            return b""
        seconds = 60.0 / (steps_per_quarter * EXAMPLE_QPM)
        keys = self.keys[begin:stop].tolist()
        return b"".join(key_message(step * seconds, keys[step]) for step in changes(keys))
