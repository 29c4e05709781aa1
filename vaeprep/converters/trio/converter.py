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
from dataclasses import dataclass
from math import ceil

import numpy as np

from vaeprep.converters.chords import ChordEncoding
from vaeprep.converters.conversion import Conversion, Outcome, joined, nothing, with_examples
from vaeprep.converters.presplit import cut_again
from vaeprep.converters.reasons import (
    NO_CLASS,
    NO_NOTES,
    Kind,
    Reason,
    bars_wanted,
    of_error,
    other_bars,
    other_meter,
)
from vaeprep.converters.signs import TICKS_PER_QUARTER
from vaeprep.converters.trio.band import Band, Player, Trio, trios_of
from vaeprep.converters.trio.harmony import harmony_of_band, signs_of_line
from vaeprep.converters.trio.lines import (
    DRUMS,
    NUM_INSTRUMENTS,
    drum_line,
    kinds_of,
    melody_line,
    missing_parts,
    missing_parts_of,
    missing_players,
)
from vaeprep.converters.trio.parts import PlayedWindows, found_again
from vaeprep.converters.trio.presence import near, sounding_bars
from vaeprep.music.chord_inference import ChordInferenceError, Harmony
from vaeprep.music.encode import sequence_message, tempo_message
from vaeprep.music.grid import EXAMPLE_QPM, step_seconds
from vaeprep.music.pieces import Pieces, count_in
from vaeprep.music.quantization import (
    BadTimeSignatureError,
    NegativeTimeError,
    Quantized,
    can_only_succeed,
    grid_of,
    quantize_in_meter,
)
from vaeprep.music.sequence import Columns, decode
from vaeprep.music.time_changes import split_on_time_changes

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

    @property
    def _is_conditioned(self) -> bool:
        return self.chord_encoding is not None or self.condition_on_key

    def convert(self, piece: Columns) -> Conversion:
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
        return joined([self._convert(part) for part in cut_again(piece)])

    def convert_all(self, pieces: Pieces) -> list[Outcome]:
        """Says of which pieces no trio can be made; see `ConvertsAll.convert_all`.

        Most music has no bass or no drums; what has both is looked at piece by piece.
        """
        outcomes: list[Outcome] = [None] * len(pieces)
        if self._is_conditioned:
            return outcomes
        below = count_in(pieces, pieces.notes.instrument < -NUM_INSTRUMENTS) > 0
        other = pieces.steps_per_bar(self.steps_per_quarter) != self.steps_per_bar
        for number, missing in enumerate(missing_parts_of(pieces)):
            if missing is not None and not below[number]:
                outcomes[number] = nothing(missing)
            elif other[number]:
                outcomes[number] = nothing(other_bars(pieces, number))
        return outcomes

    def _convert(self, piece: Columns) -> Conversion:
        band = self._band(piece)
        if isinstance(band, Reason):
            return nothing(band)
        trios = self._trios(band)
        extracted = sum(len(trio.windows) for trio in trios)
        if not extracted:
            return nothing(self._why_no_trio(band))
        if not self.slice_bars:  # 0: examples of no bars, and so of no notes
            return with_examples([], extracted)
        played = self._play(band, trios, self.slice_bars)
        if band.signs is None:
            kept = {self._example(example): count for example, count in played.items()}
        else:
            kept = self._extracted_again(played)
        dropped = extracted - sum(kept.values())
        return Conversion(list(kept), extracted, {"empty-reextraction": dropped})

    # --- Which instruments, which windows ---

    def _band(self, piece: Columns) -> Band | Reason:
        """The instruments of a piece; or why Magenta finds no trio."""
        try:
            if not self._is_conditioned and self._is_plainly_no_band(piece):
                return missing_parts(piece.notes) or NO_NOTES
            quantized = quantize_in_meter(piece, self.steps_per_quarter, self.steps_per_bar)
        except (BadTimeSignatureError, NegativeTimeError) as error:
            return missing_parts(piece.notes) or of_error(error, piece)
        if quantized is None:
            return missing_parts(piece.notes) or other_meter(piece)
        try:
            known = self._harmony(quantized) if self._is_conditioned else None
        except ChordInferenceError as error:
            return missing_parts(piece.notes) or of_error(error, piece)
        bars = min(ceil(quantized.total_steps / self.steps_per_bar), self.max_bars)
        kinds = kinds_of(piece.notes)
        if len(set(kinds.values())) < 3:
            return missing_parts(piece.notes) or Reason(Kind.MIXED_PARTS)
        steps = self._padded_steps(quantized, bars)
        if self.quarters_per_bar != 4:
            # Magenta's converters of the single parts know no other bar.
            return Band([], bars, None)
        if known is None and self._has_no_window(quantized, bars):
            return bars_wanted(Kind.TOO_SHORT, self.slice_bars)
        return self._line_up(quantized, kinds, known, bars, steps)

    def _line_up(
        self,
        quantized: Quantized,
        kinds: dict[int, int],
        known: Harmony | None,
        bars: int,
        steps: int,
    ) -> Band:
        """The instruments of these kinds that play anything; `known` if conditioned."""
        players = []
        signs = None
        chords_fit = True
        for instrument, kind in sorted(kinds.items(), key=lambda item: (item[1], item[0])):
            line = (drum_line if kind == DRUMS else melody_line)(quantized, instrument)
            if line is None:
                continue
            if known is not None and kind != DRUMS:
                of_line = signs_of_line(
                    quantized,
                    instrument,
                    known,
                    steps,
                    self.chord_encoding,
                    self.condition_on_key,
                )
                if of_line is None:
                    chords_fit = False
                    continue
                signs = signs or of_line
            sounding = sounding_bars(quantized, instrument, bars)
            players.append(Player(kind, line, near(sounding, self.gap_bars)))
        return Band(players, bars, signs, chords_fit)

    def _why_no_trio(self, band: Band) -> Reason:
        """Why no three players of a band are an example."""
        if self.quarters_per_bar != 4:
            return Reason(Kind.CONFIGURATION)
        if self.slice_bars is not None and band.bars < self.slice_bars:
            return bars_wanted(Kind.TOO_SHORT, self.slice_bars)
        missing = missing_players({player.kind for player in band.players})
        if missing is None:
            return bars_wanted(Kind.NEVER_TOGETHER, self.slice_bars)
        return missing if band.chords_fit else NO_CLASS

    def _harmony(self, quantized: Quantized) -> Harmony:
        with_chords = self.chord_encoding is not None
        return harmony_of_band(quantized, with_chords, self.condition_on_key)

    def _is_plainly_no_band(self, piece: Columns) -> bool:
        """Whether the piece need not be quantized, which can be no error either."""
        notes = piece.notes
        return (
            not notes.is_drum.any()
            and bool((notes.instrument >= -NUM_INSTRUMENTS).all())
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
        # Without `slice_bars` this raises TypeError, as Magenta's converter does.
        slice_bars: int = self.slice_bars  # type: ignore[assignment]
        return trios_of(band, slice_bars, self.gap_bars)

    # --- Examples ---

    def _play(self, band: Band, trios: list[Trio], slice_bars: int) -> Counter[_Played]:
        """The different examples, and how many windows give each.

        Without chords and keys, those are left out that are not found again.
        """
        parts = {
            at: PlayedWindows(
                band.players[at], band.bars, slice_bars, self.steps_per_bar, self.gap_bars
            )
            for at in sorted({at for trio in trios for at in trio.players})
        }
        if band.signs is None:
            trios = [found_again(trio, parts, self.gap_bars) for trio in trios]
        wanted: dict[int, set[int]] = defaultdict(set)
        for trio in trios:
            for at in trio.players:
                wanted[at].update(trio.windows.tolist())
        seconds_per_step = step_seconds(self.steps_per_quarter)
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
                if band.signs is not None:
                    begin = window * self.steps_per_bar
                    span = begin, begin + slice_bars * self.steps_per_bar
                    texts = band.signs.chord_messages(
                        *span, self.steps_per_quarter, self.chord_encoding
                    )
                    keys = band.signs.key_messages(*span, self.steps_per_quarter)
                played[m, b, d, max(m_end, b_end, d_end), texts, keys] += 1
        return played

    def _example(self, played: _Played) -> bytes:
        melody, bass, drums, end, texts, keys = played
        return sequence_message(
            ticks_per_quarter=TICKS_PER_QUARTER,
            key_signatures=keys,
            tempos=tempo_message(EXAMPLE_QPM),
            notes=melody + bass + drums,
            total_time=end * step_seconds(self.steps_per_quarter),
            text_annotations=texts,
        )

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
            found = (band for band in bands if isinstance(band, Band))
            trios = (trio for band in found for trio in self._trios(band))
            again = sum(len(trio.windows) for trio in trios)
            assert again <= 1
            if again:
                kept[example] = count
        return kept
