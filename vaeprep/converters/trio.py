"""Trios: windows of some bars in which a melody, a bass and drums play together.

An instrument is a melody, a bass or drums by the programs of its notes; one that
changes its kind is none of them. Of a melody or bass only the highest note at
each step counts. Every melody is combined with every bass and all drums. A window
of `slice_bars` bars is an example if in each of its bars all three are *present*:
they sound there or within `gap_bars` bars of it. Near both ends of the piece it
is enough if one of the three is present.

Follows Magenta's `TrioConverter`.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil, prod

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from vaeprep.chord_inference import Chord, ChordInferenceError, Harmony, infer_harmony
from vaeprep.converters.chords import (
    ChordEncoding,
    ChordEncodingError,
    ChordSymbolError,
    CoincidentChordsError,
    annotated_chords,
    changes,
    keys_at,
    progression,
)
from vaeprep.converters.conversion import NOTHING, Conversion
from vaeprep.converters.drums import (
    DRUM_INSTRUMENT,
    REDUCED_DRUM_PITCH_CLASSES,
    hits,
    kit_of,
    pitches_of,
)
from vaeprep.converters.melody import (
    EXAMPLE_QPM,
    HIGHEST_PIANO_PITCH,
    LOWEST_PIANO_PITCH,
    TICKS_PER_QUARTER,
    VELOCITY,
    melodies,
    voices_of,
)
from vaeprep.converters.presplit import cut_again
from vaeprep.encoding import chord_message, key_message, sequence_message, tempo_message
from vaeprep.limits import check_combinations
from vaeprep.note_block import NoteBlock, stretches
from vaeprep.notesequence import Bools, Ints, Notes, decode
from vaeprep.notesequence import Sequence as Piece
from vaeprep.quantization import (
    BadTimeSignatureError,
    NegativeTimeError,
    Quantized,
    can_only_succeed,
    grid_of,
    quantize_in_meter,
)
from vaeprep.time_changes import split_on_time_changes

MELODY, BASS, DRUMS, OTHER = range(4)
"""The kinds of notes. In a trio the instruments stand in this order."""

_KIND_OF_PROGRAM = np.array([MELODY] * 32 + [BASS] * 8 + [OTHER])
_NUM_INSTRUMENTS = 128

# The instrument and the program of each kind in an example.
_AS_PLAYED = {MELODY: (0, 0), BASS: (1, 33), DRUMS: (DRUM_INSTRUMENT, 0)}

# So many windows are serialized at once, which bounds the memory.
_WINDOWS_AT_ONCE = 128


# --- What an instrument plays -----------------------------------------------------


def kinds_of(notes: Notes) -> dict[int, int]:
    """The instruments that are a melody, a bass or drums, each with its kind.

    As in Magenta's arrays, instrument -1 is the same as 127, and so on; numbers
    above 127 are no instruments.

    Raises:
        IndexError: An instrument number is below -128.
    """
    number = notes.instrument
    below = np.flatnonzero(number < -_NUM_INSTRUMENTS)
    if len(below):
        raise IndexError(
            f"index {number[below[0]]} is out of bounds for axis 0 with size {_NUM_INSTRUMENTS}"
        )
    program = np.where(
        (notes.program >= 0) & (notes.program < len(_KIND_OF_PROGRAM)), notes.program, -1
    )
    kind = np.where(notes.is_drum, DRUMS, _KIND_OF_PROGRAM[program])
    known = number < _NUM_INSTRUMENTS
    cell = (number[known] % _NUM_INSTRUMENTS) * 4 + kind[known]
    has = np.bincount(cell, minlength=4 * _NUM_INSTRUMENTS).reshape(-1, 4) > 0
    steady = np.flatnonzero((has.sum(axis=1) == 1) & ~has[:, OTHER])
    return dict(zip(steady.tolist(), has[steady].argmax(axis=1).tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Line:
    """The notes of an instrument that a trio hears.

    Attributes:
        on: int64[n], first steps, ascending; only drums have several notes at one.
        end: int64[n], the step at which each note ends, at the latest the next `on`.
        pitch: int64[n].
    """

    on: Ints
    end: Ints
    pitch: Ints


def melody_line(quantized: Quantized, instrument: int) -> Line | None:
    """The melody of an instrument that is a melody or bass, however long its gaps are.

    There is never a second melody: no gap ends the first, and no note starts
    after its end.

    Returns:
        The line; None if no note has a velocity and a pitch from 21 to 108.

    Raises:
        BadNoteError: A note of the line ends before it starts.
    """
    mine = np.flatnonzero(_of_melody(quantized, instrument))
    notes = quantized.piece.notes
    voices = voices_of(notes.take(mine), quantized.start[mine], quantized.end[mine])
    for melody in melodies(voices, int(quantized.steps_per_bar), float("inf")):
        chosen = slice(melody.first, melody.last)
        return Line(voices.on[chosen], voices.end[chosen], voices.pitch[chosen])
    return None


def _of_melody(quantized: Quantized, instrument: int) -> Bools:
    """bool[n]: the notes of an instrument that can be in a melody."""
    notes = quantized.piece.notes
    chosen: Bools = notes.instrument == instrument
    chosen &= (notes.pitch >= LOWEST_PIANO_PITCH) & (notes.pitch <= HIGHEST_PIANO_PITCH)
    return chosen


def drum_line(quantized: Quantized, instrument: int) -> Line | None:
    """What an instrument's drums play, with one pitch for each drum class."""
    mine = np.flatnonzero(quantized.piece.notes.instrument == instrument)
    kit = kit_of(REDUCED_DRUM_PITCH_CLASSES)
    found = hits(quantized.piece.notes.take(mine), quantized.start[mine], kit)
    if not len(found.step):
        return None
    values, index = np.unique(found.drums, return_inverse=True)
    chords = [pitches_of(kit, hit) for hit in values.tolist()]
    sizes = np.array([len(chord) for chord in chords])
    ends = np.cumsum(sizes)
    which, owner = stretches((ends - sizes)[index], ends[index])
    on = found.step[owner]
    return Line(on, on + 1, np.array([p for chord in chords for p in chord])[which])


# --- Who is present where ---------------------------------------------------------


def sounding_bars(quantized: Quantized, instrument: int, bars: int) -> Bools:
    """bool[bars]: where any note of an instrument sounds, also one that no line has."""
    steps_per_bar = int(quantized.steps_per_bar)
    mine = quantized.piece.notes.instrument % _NUM_INSTRUMENTS == instrument
    mine &= quantized.piece.notes.instrument < _NUM_INSTRUMENTS
    first = quantized.start[mine] // steps_per_bar
    last = np.minimum(-(-quantized.end[mine] // steps_per_bar), bars)
    real = first < last
    begun = np.bincount(first[real], minlength=bars + 1)
    ended = np.bincount(last[real], minlength=bars + 1)
    sounding: Bools = np.cumsum(begun - ended)[:bars] > 0
    return sounding


def near(sounding: Bools, gap_bars: int) -> Bools:
    """[..., bars]: whether there is sound within `gap_bars` bars of each bar."""
    bars = sounding.shape[-1]
    before = np.zeros((*sounding.shape[:-1], bars + 1), np.int64)
    np.cumsum(sounding, axis=-1, out=before[..., 1:])
    bar = np.arange(bars)
    last = np.minimum(bar + gap_bars, bars - 1) + 1
    first = np.maximum(bar - gap_bars, 0)
    result: Bools = before[..., last] > before[..., first]
    return result


def together(present: Sequence[Bools], gap_bars: int) -> Bools:
    """[..., bars]: whether all instruments are present, at both ends any of them.

    The slices are Magenta's. With `gap_bars` 0 the second one is the whole.
    """
    every, some = present[0].copy(), present[0].copy()
    for other in present[1:]:
        every &= other
        some |= other
    every[..., :gap_bars] = some[..., :gap_bars].any(axis=-1, keepdims=True)
    every[..., -gap_bars:] = some[..., -gap_bars:].any(axis=-1, keepdims=True)
    return every


@dataclass(frozen=True, slots=True)
class Player:
    """An instrument of the piece: its line, and the bars where it is present.

    Attributes:
        kind: `MELODY`, `BASS` or `DRUMS`.
        line: Its notes.
        present: bool[bars].
    """

    kind: int
    line: Line
    present: Bools


@dataclass(frozen=True, slots=True)
class Trio:
    """A melody, a bass and drums, and the windows in which they play together.

    Attributes:
        players: Their positions in `Band.players`.
        windows: int64[n], the bars at which the windows begin.
    """

    players: tuple[int, ...]
    windows: Ints


@dataclass(frozen=True, slots=True)
class Control:
    """What examples are conditioned on, step by step; None where they are not.

    Attributes:
        chords: int64[steps], classes of the chord encoding.
        keys: int64[steps], 0 to 11.
    """

    chords: Ints | None
    keys: Ints | None


@dataclass(frozen=True, slots=True)
class Band:
    """All that a piece has for trios.

    Attributes:
        players: The instruments that can be part of a trio.
        bars: How many bars the piece has.
        control: Chords and keys, None without conditioning.
    """

    players: list[Player]
    bars: int
    control: Control | None


class Part:
    """What one player plays in each window of the band.

    A window knows only the notes that start in it.

    Attributes:
        present: bool[windows, slice_bars].
        plays: bool[windows]: whether there is any note.
        plays_last_bar: bool[windows]: whether there is sound in the last bar.
    """

    def __init__(
        self, player: Player, bars: int, slice_bars: int, steps_per_bar: int, gap_bars: int
    ) -> None:
        self._player = player
        self._steps = slice_bars * steps_per_bar
        line = player.line
        bar_starts = np.arange(bars + 1) * steps_per_bar
        note_at = np.searchsorted(line.on, bar_starts)
        count = bars - slice_bars + 1
        self._bar = np.arange(count)
        self._begin = bar_starts[:count]
        self._first, self._last = note_at[:count], note_at[slice_bars:]
        starts = note_at[1:] > note_at[:-1]
        # The bar in which the note started that sounds on into each bar, or -1.
        before = np.maximum(note_at[:-1] - 1, 0)
        sounds_on = (note_at[:-1] > 0) & (line.end[before] > bar_starts[:-1])
        since = np.where(sounds_on, line.on[before] // steps_per_bar, -1)
        sounding: Bools = sliding_window_view(since, slice_bars) >= self._bar[:, np.newaxis]
        sounding |= sliding_window_view(starts, slice_bars)
        self.present = near(sounding, gap_bars)
        self.plays: Bools = np.logical_or.reduce(sounding, axis=1)
        self.plays_last_bar = sounding[:, -1]

    def notes(self, windows: Ints, seconds_per_step: float) -> list[tuple[bytes, int]]:
        """The notes of some windows.

        Args:
            windows: int64[n], the bars at which they begin.
            seconds_per_step: In examples.

        Returns:
            For each window the note messages, and the step at which the last note ends.
        """
        found: list[tuple[bytes, int]] = []
        for at in range(0, len(windows), _WINDOWS_AT_ONCE):
            found += self._notes(windows[at : at + _WINDOWS_AT_ONCE], seconds_per_step)
        return found

    def _notes(self, windows: Ints, seconds_per_step: float) -> list[tuple[bytes, int]]:
        line = self._player.line
        first, last = self._first[windows], self._last[windows]
        index, owner = stretches(first, last)
        begin = self._begin[windows][owner]
        end = np.minimum(line.end[index] - begin, self._steps)
        instrument, program = _AS_PLAYED[self._player.kind]
        block = NoteBlock(
            line.pitch[index],
            np.full(len(index), VELOCITY),
            np.multiply(line.on[index] - begin, seconds_per_step, dtype=np.float64),
            np.multiply(end, seconds_per_step, dtype=np.float64),
            instrument,
            program,
            is_drum=self._player.kind == DRUMS,
        )
        stops = np.cumsum(last - first)
        starts = stops - (last - first)
        return [
            (block.between(start, stop), last_end)
            for start, stop, last_end in zip(
                starts.tolist(), stops.tolist(), end[stops - 1].tolist(), strict=True
            )
        ]


# --- The converter ----------------------------------------------------------------

_Played = tuple[bytes, bytes, bytes, int, bytes, bytes]
"""An example before it is put together: the notes of melody, bass and drums, the
step at which the last of them ends, chords and keys."""


@dataclass(frozen=True)
class TrioConverter:
    """Melody, bass and drums, sixteen bars in MusicVAE's own configurations.

    Attributes:
        slice_bars: Bars of an example. (None is Magenta's default, with which
            its converter raises TypeError on every band.)
        gap_bars: An instrument may be silent for so many bars, and for twice as
            many between two sounds.
        max_bars: The bars after these are not looked at.
        steps_per_quarter: Grid.
        quarters_per_bar: The bar. Pieces in other meters give nothing, and with
            any other value than 4 none gives anything.
        chord_encoding: Condition on chords; they are inferred where there are none.
        condition_on_key: Condition on the key, too or alone.
    """

    slice_bars: int | None = None
    gap_bars: int = 2
    max_bars: int = 1024
    steps_per_quarter: int = 4
    quarters_per_bar: int = 4
    chord_encoding: ChordEncoding | None = None
    condition_on_key: bool = False

    @property
    def steps_per_bar(self) -> int:
        """Steps in a bar."""
        return self.steps_per_quarter * self.quarters_per_bar

    def convert(self, piece: Piece) -> Conversion:
        """Extracts the trios of a piece.

        Follows `TrioConverter.to_tensors` and `from_tensors`.

        Args:
            piece: The piece.

        Returns:
            Its examples, each different one once. `extracted` counts repeats.

        Raises:
            IndexError: An instrument number is below -128; or the piece has all
                three kinds of instruments and stores no tempo; or a key is
                none of the twelve.
            BadNoteError: A note of a melody or bass ends before it starts.
            TypeError: There is no `slice_bars`.
            Exception: What `quantize` raises, except `BadTimeSignatureError`
                and `NegativeTimeError`: such pieces give nothing.
        """
        parts = [self._convert(part) for part in cut_again(piece)]
        if len(parts) == 1:
            return parts[0]
        dropped = sum(part.dropped.get("empty-reextraction", 0) for part in parts)
        return Conversion(
            [example for part in parts for example in part.examples],
            sum(part.extracted for part in parts),
            {"empty-reextraction": dropped},
        )

    def _convert(self, piece: Piece) -> Conversion:
        band = self._band(piece)
        trios = self._trios(band) if band else []
        extracted = sum(len(trio.windows) for trio in trios)
        if band is None or not extracted:
            return NOTHING
        if not self.slice_bars:  # 0: examples of no bars, and so of no notes
            return Conversion([], extracted, {"empty-reextraction": extracted})
        played = self._play(band, trios, self.slice_bars)
        if band.control is None:
            kept = {self._example(example): count for example, count in played.items()}
        else:
            kept = self._extracted_again(played)
        dropped = extracted - sum(kept.values())
        return Conversion(list(kept), extracted, {"empty-reextraction": dropped})

    # --- Which instruments, which windows ---

    def _band(self, piece: Piece) -> Band | None:
        """The instruments of a piece; None where Magenta finds no trio."""
        conditioned = self.chord_encoding is not None or self.condition_on_key
        try:
            if not conditioned and self._is_plainly_no_band(piece):
                return None
            quantized = quantize_in_meter(piece, self.steps_per_quarter, self.steps_per_bar)
        except (BadTimeSignatureError, NegativeTimeError):
            return None
        if quantized is None:
            return None
        try:
            known = self._harmony(quantized) if conditioned else None
        except ChordInferenceError:
            return None
        bars = min(ceil(quantized.total_steps / self.steps_per_bar), self.max_bars)
        kinds = kinds_of(piece.notes)
        if len(set(kinds.values())) < 3:
            return None
        steps = self._padded_steps(quantized, bars)
        if self.quarters_per_bar != 4:
            # Magenta's converters of the single parts know no other bar.
            return Band([], bars, None)
        if known is None and self._has_no_window(quantized, bars):
            return None
        players = []
        control = None
        for instrument, kind in sorted(kinds.items(), key=lambda item: (item[1], item[0])):
            line = (drum_line if kind == DRUMS else melody_line)(quantized, instrument)
            if line is None:
                continue
            if known is not None and kind != DRUMS:
                of_line = self._control(quantized, instrument, known, steps)
                if of_line is None:
                    continue
                control = control or of_line
            sounding = sounding_bars(quantized, instrument, bars)
            players.append(Player(kind, line, near(sounding, self.gap_bars)))
        return Band(players, bars, control)

    def _is_plainly_no_band(self, piece: Piece) -> bool:
        """Whether the piece need not be quantized, which can be no error either."""
        notes = piece.notes
        return (
            not notes.is_drum.any()
            and bool((notes.instrument >= -_NUM_INSTRUMENTS).all())
            and can_only_succeed(piece, grid_of(piece, self.steps_per_quarter))
        )

    def _padded_steps(self, quantized: Quantized, bars: int) -> int:
        """The steps of so many bars, as Magenta comes back to them from seconds.

        Magenta sets the piece's total time to the end of the last bar and
        quantizes again. Where there is no tempo, or none that makes sense, that
        raises.
        """
        if not quantized.piece.tempos:
            raise IndexError("list index out of range")
        qpm = quantized.piece.tempos[0].qpm
        total_time = bars * self.steps_per_bar * 60 / qpm / self.steps_per_quarter
        return int(total_time * quantized.steps_per_second + 0.5)

    def _has_no_window(self, quantized: Quantized, bars: int) -> bool:
        """Whether the piece is too short; False where a note will raise an error."""
        too_short = self.slice_bars is not None and bars < self.slice_bars
        return too_short and bool((quantized.end > quantized.start).all())

    def _trios(self, band: Band) -> list[Trio]:
        """The trios that play together in any window, in Magenta's order."""
        slice_bars: int = self.slice_bars  # type: ignore[assignment]
        count = band.bars - slice_bars + 1  # a TypeError, Magenta's, without slice_bars
        if count < 1:
            return []
        of_kind = [
            [at for at, player in enumerate(band.players) if player.kind == kind]
            for kind in (MELODY, BASS, DRUMS)
        ]
        check_combinations(prod(map(len, of_kind)))
        trios = []
        found = 0
        for trio in product(*of_kind):
            present = together([band.players[at].present for at in trio], self.gap_bars)
            before = np.concatenate(([0], np.cumsum(present)))
            windows = np.flatnonzero(before[slice_bars:] - before[:count] == slice_bars)
            if len(windows):
                trios.append(Trio(trio, windows))
                found += len(windows)
                check_combinations(found)
        return trios

    # --- Chords and keys ---

    def _harmony(self, quantized: Quantized) -> Harmony:
        """The chords and keys of a piece; what is inferred is added to what is there."""
        chords, keys = annotated_chords(quantized), quantized.piece.key_signatures
        no_chords = self.chord_encoding is not None and not chords
        if not no_chords and not (self.condition_on_key and not keys):
            return Harmony(chords, keys)
        inferred = infer_harmony(quantized)
        # Magenta takes over the times, and quantizes them again.
        on_grid = tuple(
            Chord(int(chord.time * quantized.steps_per_second + 0.5), chord.time, chord.figure)
            for chord in inferred.chords
        )
        return Harmony((*chords, *on_grid), (*keys, *inferred.keys))

    def _control(
        self, quantized: Quantized, instrument: int, known: Harmony, steps: int
    ) -> Control | None:
        """Chord classes and keys for the melody of an instrument.

        Returns:
            None if two chords coincide or a chord has no class. Magenta then
            takes the instrument for silent.

        Raises:
            IndexError: A key is none of the twelve.
        """
        ends = quantized.end[_of_melody(quantized, instrument)]
        steps = max(steps, int(ends.max()))
        chords = keys = None
        if self.chord_encoding is not None:
            try:
                figures = progression(known.chords, steps)
                classes = [self.chord_encoding.encode(f) for f in figures.figures]
            except (CoincidentChordsError, ChordSymbolError, ChordEncodingError):
                return None
            chords = np.array(classes)[figures.step_labels(steps)]
        if self.condition_on_key:
            keys = np.array(keys_at(known.keys, quantized.steps_per_second, range(steps)))
            outside = np.flatnonzero((keys < -12) | (keys > 11))
            if len(outside):
                raise IndexError(
                    f"index {keys[outside[0]]} is out of bounds for axis 1 with size 12"
                )
            keys %= 12
        return Control(chords, keys)

    def _annotations(self, control: Control, begin: int, steps: int) -> tuple[bytes, bytes]:
        """The chord and the key messages of the window of so many steps from `begin` on."""
        seconds_per_step = 60.0 / (self.steps_per_quarter * EXAMPLE_QPM)
        texts = signatures = b""
        if control.chords is not None and self.chord_encoding is not None:
            classes = control.chords[begin : begin + steps].tolist()
            if not self.condition_on_key:
                # Magenta leaves out the last 12 columns even if they are no keys.
                known = self.chord_encoding.num_classes - 12
                classes = [c if c < known else 0 for c in classes]
            texts = b"".join(
                chord_message(
                    step * seconds_per_step, self.chord_encoding.decode(classes[step])
                )
                for step in changes(classes)
            )
        if control.keys is not None:
            keys = control.keys[begin : begin + steps].tolist()
            signatures = b"".join(
                key_message(step * seconds_per_step, keys[step]) for step in changes(keys)
            )
        return texts, signatures

    # --- Examples ---

    def _play(self, band: Band, trios: list[Trio], slice_bars: int) -> Counter[_Played]:
        """The different examples, and how many windows give each.

        Without chords and keys, those are left out that are not found again.
        """
        parts = {
            at: Part(band.players[at], band.bars, slice_bars, self.steps_per_bar, self.gap_bars)
            for at in sorted({at for trio in trios for at in trio.players})
        }
        if band.control is None:
            trios = [self._found_again(trio, parts) for trio in trios]
        wanted: dict[int, set[int]] = defaultdict(set)
        for trio in trios:
            for at in trio.players:
                wanted[at].update(trio.windows.tolist())
        seconds_per_step = 60.0 / EXAMPLE_QPM / self.steps_per_quarter
        notes = {
            at: dict(
                zip(
                    sorted(windows),
                    parts[at].notes(np.array(sorted(windows)), seconds_per_step),
                    strict=True,
                )
            )
            for at, windows in wanted.items()
        }
        played = Counter[_Played]()
        for trio in trios:
            melody, bass, drums = (notes[at] for at in trio.players)
            for window in trio.windows.tolist():
                (m, m_end), (b, b_end), (d, d_end) = melody[window], bass[window], drums[window]
                texts = keys = b""
                if band.control is not None:
                    begin, steps = window * self.steps_per_bar, slice_bars * self.steps_per_bar
                    texts, keys = self._annotations(band.control, begin, steps)
                played[m, b, d, max(m_end, b_end, d_end), texts, keys] += 1
        return played

    def _example(self, played: _Played) -> bytes:
        melody, bass, drums, end, texts, keys = played
        return sequence_message(
            ticks_per_quarter=TICKS_PER_QUARTER,
            key_signatures=keys,
            tempos=tempo_message(EXAMPLE_QPM),
            notes=melody + bass + drums,
            total_time=end * (60.0 / EXAMPLE_QPM / self.steps_per_quarter),
            text_annotations=texts,
        )

    def _found_again(self, trio: Trio, parts: dict[int, Part]) -> Trio:
        """The trio without the windows from whose examples Magenta extracts nothing.

        It never extracts two. Proof: an example has one instrument of each kind
        that plays, so one trio at most; it is in 4/4 and its steps come back
        from seconds exactly; its length is at most that of the window, so there
        is one window at most, if the last bar is not silent. What decides is then
        only whether all three are present in all bars. A note that sounds into
        the window from before is not in the example, a note that sounds on after
        the window ends with it, and all notes of the example are heard again:
        their pitches are in range and in the drum map, and of a line no two notes
        overlap. So `Part.present` is what Magenta's coverage will be.
        """
        mine = [parts[at] for at in trio.players]
        windows = trio.windows
        found = together([part.present[windows] for part in mine], self.gap_bars).all(axis=1)
        last = np.zeros(len(windows), np.bool_)
        for part in mine:
            found &= part.plays[windows]
            last |= part.plays_last_bar[windows]
        return Trio(trio.players, windows[found & last])

    def _extracted_again(self, played: Counter[_Played]) -> dict[bytes, int]:
        """The examples from which this converter extracts one again, with their counts.

        Chords may be inferred anew, or coincide on the example's grid, so with
        them it is tried rather than proved.

        Raises:
            AssertionError: Two or more are extracted.
        """
        kept = {}
        for example, count in zip(map(self._example, played), played.values(), strict=True):
            bands = map(self._band, split_on_time_changes(decode(example)))
            trios = (trio for band in bands if band for trio in self._trios(band))
            again = sum(len(trio.windows) for trio in trios)
            assert again <= 1
            if again:
                kept[example] = count
        return kept
