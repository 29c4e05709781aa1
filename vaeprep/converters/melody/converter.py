"""Melodies: the top voice of each instrument, cut into windows of a few bars.

An instrument's top voice makes its melodies, with silence between them
(`melody_voices`). Windows of `slice_bars` bars begin at every bar of a melody
(`melody_windows`). An example is a window played by a piano (`melody_examples`),
with the chords and keys beside it where a configuration is conditioned on them
(`melody_conditions`).

Follows Magenta's `OneHotMelodyConverter`, its `melody_pipelines.extract_melodies`
and note_seq's `Melody`.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import TypeVar

import numpy as np

from vaeprep.converters.chords import (
    ChordEncoding,
    ChordEncodingError,
    ChordSymbolError,
    CoincidentChordsError,
    harmony,
)
from vaeprep.converters.conversion import (
    Conversion,
    Outcome,
    each_its_own,
    joined,
    nothing,
    with_examples,
)
from vaeprep.converters.melody.conditions import conditions_of, signs_of
from vaeprep.converters.melody.examples import melody_examples
from vaeprep.converters.melody.together import (
    Numbering,
    pieces_of_melodies,
    pieces_of_windows,
    together,
)
from vaeprep.converters.melody.voices import (
    HIGHEST_PIANO_PITCH,
    LOWEST_PIANO_PITCH,
    BadNoteError,
    Melodies,
    Voices,
    cut_off,
    melodies,
    voices_of,
)
from vaeprep.converters.melody.windows import Line, Windows, distinct, line_up, windows_of
from vaeprep.converters.presplit import cut_again
from vaeprep.converters.reasons import (
    NO_NOTES,
    ONLY_DRUMS,
    Kind,
    Reason,
    bars_wanted,
    midi_number,
    of_error,
    other_bars,
    other_meter,
)
from vaeprep.converters.signs import Signs
from vaeprep.music.chord_inference import ChordInferenceError, Harmony
from vaeprep.music.pieces import Pieces, are_usual, count_in
from vaeprep.music.quantization import (
    BadTimeSignatureError,
    NegativeTimeError,
    Quantized,
    quantize_in_meter,
    steps_of,
)
from vaeprep.music.sequence import Bools, Columns, Ints, Notes, every

_Steps = TypeVar("_Steps", int, Ints)

_NO_EXAMPLES = (
    *(BadTimeSignatureError, NegativeTimeError),
    *(ChordInferenceError, ChordSymbolError, ChordEncodingError, CoincidentChordsError),
)


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

    def convert(self, piece: Columns) -> Conversion:
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
        return joined([self._convert(part) for part in pieces])

    def convert_all(self, pieces: Pieces) -> list[Outcome]:
        """Extracts the windows of many pieces; see `ConvertsAll.convert_all`.

        What can be seen before any note is put on the grid is said at once.
        """
        outcomes: list[Outcome] = [None] * len(pieces)
        if self.chord_encoding or self.condition_on_key or self.pad_to_total_time:
            return outcomes
        usual = are_usual(pieces)
        if not every(usual):
            of_usual = iter(self.convert_all(pieces.take(usual)) if usual.any() else ())
            return [next(of_usual) if one else None for one in usual.tolist()]
        notes, numbering = together(pieces)
        pitches, programs = _heard(self.min_pitch, self.max_pitch, self.valid_programs)
        audible = pitches.take(notes.pitch) & programs.take(notes.program)
        played = audible > notes.is_drum
        melodic = count_in(pieces, played & (notes.velocity != 0)) > 0
        # Of notes of velocity 0 some pieces have more to say.
        for number in (melodic < (count_in(pieces, played) == 0)).nonzero()[0].tolist():
            why = self._why_unheard(pieces.notes_of(number))
            assert why is not None  # or there were a melodic note
            outcomes[number] = nothing(why)
        other = pieces.steps_per_bar(self.steps_per_quarter) != self.steps_per_bar
        # A note is one step long at least, so the last may end a step later.
        steps = pieces.total_steps(self.steps_per_quarter)
        short = self._whole_bars(steps + 1) < (self._slice_steps or 0)
        for number in (other & melodic).nonzero()[0].tolist():
            outcomes[number] = nothing(other_bars(pieces, number))
        too_short = nothing(bars_wanted(Kind.TOO_SHORT, self.slice_bars))
        for number in (short & melodic > other).nonzero()[0].tolist():
            outcomes[number] = too_short
        roomy = melodic > (other | short)
        audible &= roomy.repeat(pieces.sizes)
        if audible.any():
            chosen = notes if every(audible) else notes.take(audible)
            self._convert_together(pieces, chosen, numbering, steps, roomy, outcomes)
        return outcomes

    def _convert_together(
        self,
        pieces: Pieces,
        notes: Notes,
        numbering: Numbering,
        total_steps: Ints,
        roomy: Bools,
        outcomes: list[Outcome],
    ) -> None:
        """Finds out what the roomy pieces give.

        Args:
            pieces: All pieces.
            notes: The audible notes of the roomy ones, as `together` has them.
            numbering: Of their instruments.
            total_steps: int64[pieces].
            roomy: bool[pieces]: those whose bars are right, and in which there are notes
                for melodies and time for windows.
            outcomes: Theirs are filled in.
        """
        of_note = numbering.piece(notes.instrument)
        rates = pieces.steps_per_second(self.steps_per_quarter)
        start, end = steps_of(notes, rates[of_note])
        voices = self._voices(notes, start, end)
        found = self._melodies(voices)
        conversions: list[Conversion | None] = [None] * len(pieces)
        if len(found):
            line = line_up(voices, found, self.min_pitch, None)
            windows = windows_of(line, self._slice_steps, self.steps_per_bar)
            of_melody = pieces_of_melodies(numbering, voices, found)
            if self.dedupe_event_lists:
                owner = pieces_of_windows(line, windows, of_melody)
                windows = windows.take(distinct(line, windows, [], owner))
            kept = windows.take(self._found_again(line, windows))
            conversions = each_its_own(
                self._examples(line, kept, Signs(None, None)),
                *(
                    np.bincount(pieces_of_windows(line, some, of_melody), minlength=len(pieces))
                    for some in (windows, kept)
                ),
            )
        for number in roomy.nonzero()[0].tolist():
            if conversions[number]:
                outcomes[number] = conversions[number]
            elif not self.skip_polyphony:
                last = end[slice(*of_note.searchsorted((number, number + 1)).tolist())].max()
                steps = self._whole_bars(max(int(total_steps[number]), int(last)))
                kind = Kind.TOO_SHORT if steps < (self._slice_steps or 0) else Kind.RESTS
                outcomes[number] = nothing(bars_wanted(kind, self.slice_bars))

    def _convert(self, piece: Columns) -> Conversion:
        audible = self._audible(piece)
        try:
            quantized = quantize_in_meter(audible, self.steps_per_quarter, self.steps_per_bar)
            if quantized is None:
                return self._nothing(piece, audible, other_meter(piece))
            found = None if self._may_infer_later(quantized) else self._harmony(quantized)
            line = self._line(quantized)
            if isinstance(line, Reason):
                return self._nothing(piece, audible, line)
            windows = windows_of(line, self._slice_steps, self.steps_per_bar)
            if not len(windows):
                return nothing(bars_wanted(Kind.TOO_SHORT, self.slice_bars))
            found = found or self._harmony(quantized)
            conditions = conditions_of(
                quantized, found, line, self.chord_encoding, self.condition_on_key
            )
            if self.dedupe_event_lists:
                windows = windows.take(distinct(line, windows, conditions.lanes()))
            signs = signs_of(
                conditions,
                windows,
                self.chord_encoding,
                self.condition_on_key,
                self.add_end_token,
            )
        except _NO_EXAMPLES as error:
            return self._nothing(piece, audible, of_error(error, piece))
        kept = windows.take(self._found_again(line, windows))
        return with_examples(self._examples(line, kept, signs), len(windows))

    def _examples(self, line: Line, windows: Windows, signs: Signs) -> list[bytes]:
        if not len(windows):
            return []
        return melody_examples(
            line, windows, signs, self.steps_per_quarter, self.chord_encoding
        )

    @property
    def _slice_steps(self) -> int | None:
        return self.slice_bars * self.steps_per_bar if self.slice_bars else None

    def _audible(self, piece: Columns) -> Columns:
        """The piece with those notes only whose pitch and program are asked for."""
        pitch, program = piece.notes.pitch, piece.notes.program
        if every((pitch | program) >> 7 == 0):  # as MIDI has them: 0 to 127
            pitches, programs = _heard(self.min_pitch, self.max_pitch, self.valid_programs)
            chosen = pitches.take(pitch) & programs.take(program)
        else:
            chosen = (pitch >= self.min_pitch) & (pitch <= self.max_pitch)
            chosen &= self._is_valid(program)
        return piece if every(chosen) else piece.with_only(chosen)

    def _nothing(self, piece: Columns, audible: Columns, why: Reason) -> Conversion:
        """Says why there is nothing: no note to hear, or else `why`."""
        if len(audible.notes) and not audible.notes.is_drum[0]:  # the rule, and quick to see
            return nothing(why)
        return nothing(self._why_unheard(piece.notes) or why)

    def _why_unheard(self, notes: Notes) -> Reason | None:
        """Why none of the notes can be in a melody; None if one can."""
        sounding = notes.velocity != 0
        if not sounding.any():
            return NO_NOTES
        melodic = sounding > notes.is_drum
        if not melodic.any():
            return ONLY_DRUMS
        if self.valid_programs is not None:
            first = notes.program[melodic][0]
            melodic &= self._is_valid(notes.program)
            if not melodic.any():
                return midi_number(Kind.OTHER_PROGRAM, int(first))
        pitch = notes.pitch[melodic]
        if ((pitch >= self.min_pitch) & (pitch <= self.max_pitch)).any():
            return None
        return midi_number(Kind.PITCH_OUTSIDE, int(pitch[0]))

    def _is_valid(self, program: Ints) -> Bools:
        """bool[n]: whether programs are asked for."""
        if every(program >> 7 == 0):
            return _heard(self.min_pitch, self.max_pitch, self.valid_programs)[1].take(program)
        if self.valid_programs is None:
            return np.ones(len(program), np.bool_)
        return np.isin(program, list(self.valid_programs))

    def _line(self, quantized: Quantized) -> Line | Reason:
        """All the melodies of a piece; or why there are none long enough."""
        has_room = self._has_room(quantized)
        if quantized.piece.calm and not has_room:
            return bars_wanted(Kind.TOO_SHORT, self.slice_bars)
        try:
            voices = self._voices(quantized.piece.notes, quantized.start, quantized.end)
            found = self._melodies(voices)
        except BadNoteError:
            self._raise_first(quantized)
            raise
        if not len(found):
            if not has_room:
                return bars_wanted(Kind.TOO_SHORT, self.slice_bars)
            return (
                Reason(Kind.POLYPHONY)
                if self._is_polyphony(voices)
                else bars_wanted(Kind.RESTS, self.slice_bars)
            )
        total_steps = quantized.total_steps if self.pad_to_total_time else None
        return line_up(voices, found, self.min_pitch, total_steps)

    def _is_polyphony(self, voices: Voices) -> bool:
        """Whether there would be melodies if chords were no obstacle."""
        if not voices.doubled:
            return False
        try:
            return len(self._melodies(replace(voices, doubled=[]))) > 0
        except BadNoteError:
            return True

    def _may_infer_later(self, quantized: Quantized) -> bool:
        """Whether nothing changes if chords are inferred only where there are windows.

        Magenta infers them first, so an error of the inference goes before one of
        the melodies, and happens without windows too.
        """
        return quantized.piece.calm and 1.0 < quantized.qpm < 1000.0

    def _has_room(self, quantized: Quantized) -> bool:
        """Whether a window can be in the piece at all, if no note in it is bad."""
        length = self._whole_bars(quantized.total_steps)
        return len(quantized.start) > 0 and length >= (self._slice_steps or 0)

    def _whole_bars(self, steps: _Steps) -> _Steps:
        """The steps of so many whole bars that they hold some steps."""
        return steps + -steps % self.steps_per_bar

    def _melodies(self, voices: Voices) -> Melodies:
        """The melodies of some voices, cut off, if they are long enough for a window."""
        gap_steps = (self.gap_bars or float("inf")) * self.steps_per_bar
        least = 0 if self.pad_to_total_time else self._slice_steps or 0
        found = melodies(voices, self.steps_per_bar, gap_steps, self.skip_polyphony)
        if self.max_bars:
            found = cut_off(found, voices, self.max_bars * self.steps_per_bar)
        return found.take((found.length >= least) & (found.last > found.first))

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
