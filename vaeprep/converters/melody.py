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

from bisect import bisect_left
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vaeprep.chord_inference import ChordInferenceError, Harmony
from vaeprep.converters.chords import (
    ChordEncoding,
    ChordEncodingError,
    ChordSymbolError,
    CoincidentChordsError,
    harmony,
    keys_at,
    progression,
)
from vaeprep.converters.conversion import NOTHING, Conversion
from vaeprep.converters.examples import EXAMPLE_QPM, HEAD, TICKS, VELOCITY
from vaeprep.converters.presplit import cut_again
from vaeprep.converters.signs import Signs
from vaeprep.encoding import note_message, sequence_message
from vaeprep.note_block import stretches
from vaeprep.notesequence import Bools, Ints, Notes, Sequence, every
from vaeprep.quantization import (
    BadTimeSignatureError,
    NegativeTimeError,
    Quantized,
    quantize_in_meter,
)

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
class Voices:
    """The top voices of some instruments, one instrument after the other.

    Attributes:
        on: int64[n], first step of each note; within an instrument ascending,
            each once.
        end: int64[n], the step the note ends at, at the latest where the
            instrument's next one starts.
        pitch: int64[n].
        parts: Each instrument's notes: the first, and one after the last.
        wrong: Notes that end before they start (an error), ascending.
        doubled: Notes that start together with another one, ascending, if asked for.
        starts: For each instrument, the first steps of all its notes, ascending,
            with drums and silent notes: they too can be where a melody's first
            bar is found. None if there are no such notes.
    """

    on: Ints
    end: Ints
    pitch: Ints
    parts: list[tuple[int, int]]
    wrong: list[int]
    doubled: list[int]
    starts: list[Ints] | None


def voices_of(notes: Notes, start: Ints, end: Ints, find_doubled: bool = False) -> Voices:
    """The top voice of each instrument.

    Follows the order in which `Melody.from_quantized_sequence` takes notes: by
    start, then from the highest pitch down, and of equal ones the first stored.

    Args:
        notes: n notes of pitches from 0 on. Drums and notes of velocity 0 are
            not heard.
        start: int64[n], first steps.
        end: int64[n], steps.
        find_doubled: Whether to look for notes that start together.
    """
    pitch, heard = notes.pitch, (notes.velocity != 0) > notes.is_drum
    order, bounds = _by_instrument(notes.instrument, start)
    if order is not None:
        start, end = start.take(order), end.take(order)
        pitch, heard = pitch.take(order), heard.take(order)
    starts = None
    if not every(heard):
        starts = [start[first:last] for first, last in pairwise(bounds)]
        before = np.concatenate(([0], heard.cumsum()))
        bounds = before[bounds].tolist()
        start, end, pitch = start[heard], end[heard], pitch[heard]
    doubled: list[int] = []
    count = len(start)
    first_at = np.ones(count, np.bool_)
    np.not_equal(start[1:], start[:-1], out=first_at[1:])
    first_at[[bound for bound in bounds if bound < count]] = True
    if not every(first_at):
        tops = first_at.nonzero()[0]
        # The highest pitch, and of several the first, is the largest of these.
        rank = (pitch << _PLACE_BITS) + np.arange(count - 1, -1, -1)
        best = np.maximum.reduceat(rank, tops)
        if find_doubled:
            doubled = (np.diff(tops, append=count) > 1).nonzero()[0].tolist()
        start, pitch = start.take(tops), best >> _PLACE_BITS
        end = end.take(count - 1 - (best & ((1 << _PLACE_BITS) - 1)))
        bounds = tops.searchsorted(bounds).tolist()
    wrong = [] if every(start < end) else (end <= start).nonzero()[0].tolist()
    cut_off = end.copy()
    np.minimum(end[:-1], start[1:], out=cut_off[:-1])
    for bound in bounds[1:-1]:
        if bound:
            cut_off[bound - 1] = end[bound - 1]
    return Voices(start, cut_off, pitch, list(pairwise(bounds)), wrong, doubled, starts)


_PLACE_BITS = 31
"""Enough to number the notes of any piece; above them there is room for a pitch."""


def _by_instrument(instrument: Ints, start: Ints) -> tuple[Ints | None, list[int]]:
    """The order of notes by instrument and then start, and where each instrument begins.

    Returns:
        The order (None: as they are), and a bound before each instrument and
        after the last.
    """
    count = len(start)
    order = None
    if not every(start[1:] >= start[:-1]):
        order = np.lexsort((start, instrument))
    elif not every(instrument[1:] == instrument[:-1]):
        # NumPy sorts small integers in linear time.
        small = every(instrument >> 15 == 0)
        key = instrument.astype(np.int16) if small else instrument
        order = key.argsort(kind="stable")
    else:
        return None, [0, count]
    instrument = instrument.take(order)
    ends = (instrument[1:] != instrument[:-1]).nonzero()[0] + 1
    return order, [0, *ends.tolist(), count]


class Melody(NamedTuple):
    """A melody: where its notes are among those of the voices, and its place in the piece.

    Attributes:
        first, last: Its notes; `last` is one after the last.
        start: The bar line where it begins.
        length: Steps, whole bars.
    """

    first: int
    last: int
    start: int
    length: int


def melodies(
    voices: Voices, steps_per_bar: int, gap_steps: float, skip_polyphony: bool = False
) -> list[Melody]:
    """Cuts voices into melodies, as `extract_melodies` does with `pad_end`.

    Args:
        voices: The voices.
        steps_per_bar: Melodies begin and end at bar lines.
        gap_steps: So many steps without a note end a melody; may be infinite.
        skip_polyphony: Leave out an instrument's first melody in which notes
            start together, and all after it.

    Returns:
        The melodies, instrument by instrument.

    Raises:
        BadNoteError: A note ends before it starts.
    """
    on, end = voices.on, voices.end
    gaps = ((on[1:] - end[:-1] >= gap_steps).nonzero()[0] + 1).tolist()
    doubled = voices.doubled if skip_polyphony else []
    found = []
    for number, (first, part_end) in enumerate(voices.parts):
        search_from = 0
        while first < part_end:
            last = min(_next(gaps, first + 1), part_end)
            start = int(on[first])
            if voices.starts is not None:
                # An unheard note may be the first: then silent bars come first.
                starts = voices.starts[number]
                start = int(starts[np.searchsorted(starts, search_from)])
            start -= start % steps_per_bar
            wrong, chord = _next(voices.wrong, first), _next(doubled, first)
            if wrong < last and wrong <= chord:
                raise BadNoteError(
                    "Start step does not precede end step: "
                    f"start={on[wrong] - start}, end={end[wrong] - start}"
                )
            if chord < last:
                break
            length = int(end[last - 1]) - start
            length += -length % steps_per_bar
            found.append(Melody(first, last, start, length))
            # Where a gap is shorter than a bar, notes after it may be in the bar
            # that the melody ends with. No melody has them.
            search_from = start + length
            first = last
            while first < part_end and on[first] < search_from:
                first += 1
    return found


def _next(places: list[int], first: int) -> int:
    """The first of some ascending places that is not before `first`; or a huge one."""
    at = bisect_left(places, first)
    return places[at] if at < len(places) else _NOWHERE


_NOWHERE = 1 << 62


# --- From melodies to windows ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """All the melodies of a piece, one after the other on a single line of steps.

    Attributes:
        on, end, pitch: int64[n], the notes, on the line's steps.
        tokens: uint8[steps], what happens at each step, as in note_seq's
            `MelodyOneHotEncoding`: 0 nothing, 1 a note ends and none starts,
            from 2 on a note starts (2 is the lowest pitch).
        begins: The step of the line where each melody begins, and the line's end.
        starts: The step of the piece where each melody begins.
    """

    on: Ints
    end: Ints
    pitch: Ints
    tokens: Tokens
    begins: list[int]
    starts: list[int]

    def steps(self) -> Ints:
        """int64[steps]: for each step of the line the step of the piece."""
        return np.concatenate(
            [
                np.arange(start, start + last - first)
                for start, (first, last) in zip(self.starts, pairwise(self.begins), strict=True)
            ]
        )


def line_up(
    voices: Voices, found: list[Melody], min_pitch: int, total_steps: int | None
) -> Line:
    """Puts melodies on a line.

    Args:
        voices: The voices.
        found: Some of their melodies in order; one at least.
        min_pitch: The lowest pitch.
        total_steps: If each melody shall have silence before and after, from
            the beginning of the piece to its end: the length of the piece.
    """
    lengths = [melody.length if total_steps is None else total_steps for melody in found]
    starts = [melody.start if total_steps is None else 0 for melody in found]
    begins = [0, *accumulate(lengths)]
    sizes = [melody.last - melody.first for melody in found]
    moves = [begin - start for begin, start in zip(begins, starts, strict=False)]
    stops = [melody.start + melody.length for melody in found]
    notes = _ranges([(melody.first, melody.last) for melody in found])
    move = np.array(moves).repeat(sizes)
    on = voices.on.take(notes) + move
    # Melodies that were cut off end their last notes early.
    end = np.minimum(voices.end.take(notes), np.array(stops).repeat(sizes)) + move
    pitch = voices.pitch.take(notes)
    tokens = np.zeros(begins[-1], np.uint8)
    # A note that lasts until the next one, or until the melody is over, needs no end.
    needless = np.empty_like(on)
    needless[:-1] = on[1:]
    needless[[last - 1 for last in accumulate(sizes)]] = begins[1:]
    tokens[end[end < needless]] = NOTE_OFF
    tokens[on] = pitch + (FIRST_NOTE - min_pitch)
    return Line(on, end, pitch, tokens, begins, starts)


def _ranges(bounds: list[tuple[int, int]]) -> Ints:
    """All numbers from each first to each last (exclusive)."""
    first, last = bounds[0][0], bounds[-1][1]
    if sum(stop - start for start, stop in bounds) == last - first:
        return np.arange(first, last)
    return np.concatenate([np.arange(start, stop) for start, stop in bounds])


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
    if slice_steps is None:
        return Windows(np.array(line.begins[:-1]), np.array(line.begins[1:]))
    begin = np.concatenate(
        [
            np.arange(first, last - slice_steps + 1, steps_per_bar)
            for first, last in pairwise(line.begins)
        ]
    )
    return Windows(begin, begin + slice_steps)


def distinct(line: Line, windows: Windows, lanes: list[bytes]) -> Ints:
    """One of all windows in which the same happens.

    Args:
        line: The line.
        windows: The windows.
        lanes: What else happens at each step: so many bytes for each.

    Returns:
        Positions in `windows`.
    """
    tokens = line.tokens.tobytes()
    bounds = list(zip(windows.begin.tolist(), windows.stop.tolist(), strict=True))
    slices = [tokens[begin:stop] for begin, stop in bounds]
    heard = {tokens_of: _without_stray_end(tokens_of) for tokens_of in set(slices)}
    keys = [heard[tokens_of] for tokens_of in slices]
    for lane in lanes:
        size = len(lane) // len(tokens)
        keys = [
            key + lane[begin * size : stop * size]
            for key, (begin, stop) in zip(keys, bounds, strict=True)
        ]
    one_of = dict(zip(keys, range(len(keys)), strict=True))
    return np.fromiter(one_of.values(), np.int64, len(one_of))


def _without_stray_end(window: bytes) -> bytes:
    """A window's tokens without the end of a note that began before it.

    That note is not heard, so its end does not count (note_seq's `Melody` drops
    it from a slice).
    """
    if window.lstrip(b"\x00").startswith(b"\x01"):
        return window.replace(b"\x01", b"\x00", 1)
    return window


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


def _note_messages(
    pitch: Ints, on: Ints, end: Ints, first: Ints, last: Ints, seconds: float
) -> list[bytes]:
    """The messages of the notes of each window, joined.

    Args:
        pitch: int64[n], the notes of all windows; so often as they are in one.
        on: int64[n], first steps in the window.
        end: int64[n], the steps they end at.
        first: int64[windows], each window's first note.
        last: int64[windows], one after its last note.
        seconds: Length of a step.
    """
    rows = np.frombuffer(bytearray(_TEMPLATE * len(pitch)), _NOTE)
    rows["pitch"] = pitch
    rows["start"] = on * seconds
    rows["end"] = end * seconds
    messages = rows.tobytes()
    size = len(_TEMPLATE)
    joined = []
    # Zeros are not written: of a note at step 0 the row is wrong. Only a
    # window's first note can be there.
    for a, b, pitch_at_0, on_at_0, end_at_0 in zip(
        first.tolist(),
        last.tolist(),
        pitch[first].tolist(),
        on[first].tolist(),
        end[first].tolist(),
        strict=True,
    ):
        if on_at_0:
            joined.append(messages[size * a : size * b])
        else:
            message = note_message(pitch_at_0, VELOCITY, 0.0, end_at_0 * seconds)
            joined.append(message + messages[size * (a + 1) : size * b])
    if pitch.all():
        return joined
    return [  # nor is pitch 0 written
        b"".join(
            note_message(pitch_of, VELOCITY, on_of * seconds, end_of * seconds)
            for pitch_of, on_of, end_of in zip(
                pitch[a:b].tolist(), on[a:b].tolist(), end[a:b].tolist(), strict=True
            )
        )
        for a, b in zip(first.tolist(), last.tolist(), strict=True)
    ]


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
            quantized = quantize_in_meter(
                self._audible(piece), self.steps_per_quarter, self.steps_per_bar
            )
            if quantized is None:
                return NOTHING
            found = None if self._may_infer_later(quantized) else self._harmony(quantized)
            line = self._line(quantized)
            if line is None:
                return NOTHING
            windows = windows_of(line, self._slice_steps, self.steps_per_bar)
            if not len(windows):
                return NOTHING
            found = found or self._harmony(quantized)
            conditions = self._conditions(quantized, found, line)
            if self.dedupe_event_lists:
                windows = windows.take(distinct(line, windows, conditions.lanes()))
            signs = self._signs(conditions, windows)
        except _NO_EXAMPLES:
            return NOTHING
        kept = windows.take(self._found_again(line, windows))
        return Conversion(
            self._examples(line, kept, signs) if len(kept) else [],
            len(windows),
            {"empty-reextraction": len(windows) - len(kept)},
        )

    @property
    def _slice_steps(self) -> int | None:
        return self.slice_bars * self.steps_per_bar if self.slice_bars else None

    def _audible(self, piece: Sequence) -> Sequence:
        """The piece with those notes only whose pitch and program are asked for."""
        pitch, program = piece.notes.pitch, piece.notes.program
        if every((pitch | program) >> 7 == 0):  # as MIDI has them: 0 to 127
            pitches, programs = _heard(self.min_pitch, self.max_pitch, self.valid_programs)
            chosen = pitches.take(pitch) & programs.take(program)
        else:
            chosen = (pitch >= self.min_pitch) & (pitch <= self.max_pitch)
            if self.valid_programs is not None:
                chosen &= np.isin(program, list(self.valid_programs))
        return piece if every(chosen) else piece.with_only(chosen)

    def _line(self, quantized: Quantized) -> Line | None:
        """All the melodies of a piece; None if there are none long enough."""
        if quantized.piece.calm and not self._has_room(quantized):
            return None
        try:
            voices = self._voices(quantized.piece.notes, quantized.start, quantized.end)
            found = self._melodies(voices)
        except BadNoteError:
            self._raise_first(quantized)
            raise
        if not found:
            return None
        total_steps = quantized.total_steps if self.pad_to_total_time else None
        return line_up(voices, found, self.min_pitch, total_steps)

    def _may_infer_later(self, quantized: Quantized) -> bool:
        """Whether nothing changes if chords are inferred only where there are windows.

        Magenta infers them first, so an error of the inference goes before one of
        the melodies, and happens without windows too.
        """
        return quantized.piece.calm and 1.0 < quantized.qpm < 1000.0

    def _has_room(self, quantized: Quantized) -> bool:
        """Whether a window can be in the piece at all, if no note in it is bad."""
        length = quantized.total_steps
        length += -length % self.steps_per_bar
        return len(quantized.start) > 0 and length >= (self._slice_steps or 0)

    def _melodies(self, voices: Voices) -> list[Melody]:
        """The melodies of some voices, cut off, if they are long enough for a window."""
        gap_steps = (self.gap_bars or float("inf")) * self.steps_per_bar
        most = self.max_bars * self.steps_per_bar if self.max_bars else None
        least = 0 if self.pad_to_total_time else self._slice_steps or 0
        found = []
        for melody in melodies(voices, self.steps_per_bar, gap_steps, self.skip_polyphony):
            if most is not None and melody.length > most:
                on = voices.on[melody.first : melody.last]
                kept = int(np.searchsorted(on, melody.start + most))
                melody = melody._replace(last=melody.first + kept, length=most)
            if melody.length >= least and melody.last > melody.first:
                found.append(melody)
        return found

    def _raise_first(self, quantized: Quantized) -> None:
        """Raises the error of the instrument that Magenta looks at first."""
        notes = quantized.piece.notes
        for instrument in set(notes.instrument.tolist()):  # in the order of such a set
            mine = np.flatnonzero(notes.instrument == instrument)
            voices = self._voices(notes.take(mine), quantized.start[mine], quantized.end[mine])
            self._melodies(voices)

    def _voices(self, notes: Notes, start: Ints, end: Ints) -> Voices:
        return voices_of(notes, start, end, find_doubled=self.skip_polyphony)

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
            steps = line.steps()
            labels = chords.step_labels(int(steps.max()) + 1)[steps]
            figures = chords.figures
        if found is not None and self.condition_on_key:
            at = line.steps().tolist()
            keys = np.array(keys_at(found.keys, quantized.steps_per_second, at), np.int64)
        return Conditions(labels, figures, keys)

    def _signs(self, conditions: "Conditions", windows: Windows) -> Signs:
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
            reaches_end: Bools = some & (end == windows.stop)
            return reaches_end
        start = line.on[np.minimum(first, len(line.on) - 1)]
        in_first_bar = start < windows.begin + self.steps_per_bar
        in_last_bar = end > windows.stop - self.steps_per_bar
        fits: Bools = some & in_first_bar & in_last_bar
        return fits

    def _examples(self, line: Line, windows: Windows, signs: Signs) -> list[bytes]:
        """The windows (each with one note at least) as serialized NoteSequences."""
        seconds = 60.0 / EXAMPLE_QPM / self.steps_per_quarter
        first = np.searchsorted(line.on, windows.begin)
        last = np.searchsorted(line.on, windows.stop)
        notes, owner = stretches(first, last)
        begin = windows.begin[owner]
        on = line.on[notes] - begin
        end = np.minimum(line.end[notes], windows.stop[owner]) - begin
        lasts = np.cumsum(last - first)
        messages = _note_messages(
            line.pitch[notes], on, end, lasts - (last - first), lasts, seconds
        )
        examples = [
            HEAD + of_window + _total_time(total, seconds)
            for of_window, total in zip(messages, end[lasts - 1].tolist(), strict=True)
        ]
        if signs.keys is None and signs.chords is None:
            return examples
        return [
            self._signed(example, signs, begin, stop)
            for example, begin, stop in zip(
                examples, windows.begin.tolist(), windows.stop.tolist(), strict=True
            )
        ]

    def _signed(self, example: bytes, signs: Signs, begin: int, stop: int) -> bytes:
        """An example with its chords and keys, in the places where protobuf writes them."""
        keys = signs.key_messages(begin, stop, self.steps_per_quarter)
        chords = signs.chord_messages(begin, stop, self.steps_per_quarter, self.chord_encoding)
        return TICKS + keys + example[len(TICKS) :] + chords


@cache
def _heard(
    min_pitch: int, max_pitch: int, valid_programs: frozenset[int] | None
) -> tuple[Bools, Bools]:
    """bool[128] twice: which pitches and which programs are heard."""
    numbers = np.arange(128)
    pitches = (numbers >= min_pitch) & (numbers <= max_pitch)
    if valid_programs is None:
        return pitches, np.ones(128, np.bool_)
    return pitches, np.isin(numbers, list(valid_programs))


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
