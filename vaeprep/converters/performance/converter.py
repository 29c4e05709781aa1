"""Multi-track performances: every bar becomes an example of a few tracks.

A song is cut into hops of one or more bars at its tempo. In each hop every
instrument makes a track of events: notes on and off, time shifts, velocity
changes. Hops with too few or too many tracks or events are left out. No note
sounds on into the next hop. Sustain pedals are applied first.

The events themselves are not part of an example; it stores the notes that the
events make. So for plain music, which is nearly all music, no events are made
here: a hop's notes follow from its input notes, and its events can be counted.
`performance_bars` does that for all hops of a piece at once and says why it is
the same. Other hops go one by one through their events, in `performance_stretches`.

Follows Magenta's `MultiInstrumentPerformanceConverter`
(`magenta.models.music_vae.data_hierarchical`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, islice, pairwise

import numpy as np

from vaeprep.converters.chords import ChordEncoding
from vaeprep.converters.conversion import Conversion, Outcome, nothing, with_examples
from vaeprep.converters.performance.bars import (
    extract_bars,
    plain_hops,
    too_many_cells,
    why_no_bars,
)
from vaeprep.converters.performance.events import Shape
from vaeprep.converters.performance.examples import bar_examples, stretch_example
from vaeprep.converters.performance.hops import (
    HopGrid,
    Hops,
    has_other_bars,
    hops_of,
    joined,
    why_given_up,
    why_other_bars,
)
from vaeprep.converters.performance.rules import Rules, farthest
from vaeprep.converters.performance.stretches import Stretch, as_piece, extract_stretch, play
from vaeprep.converters.performance.together import hops_together
from vaeprep.converters.performance.tracks import instrument_codes
from vaeprep.converters.presplit import cut_again_with_pedals
from vaeprep.converters.reasons import NO_NOTES, Kind, Reason, midi_number, other_bars
from vaeprep.music.pieces import Pieces, are_usual
from vaeprep.music.sequence import Bools, Columns, Ints, Notes, every

_MAX_SHIFT_QUARTERS = 4
# The program of an instrument stands at the start and the end of its events.
_PROGRAM_EVENTS = 2


@dataclass(frozen=True)
class PerformanceConverter:
    """Extracts every hop of a piece as a few tracks of notes.

    Attributes:
        num_velocity_bins: How many velocities are told apart; 0 leaves them out.
        hop_size_bars: Length of an example, in bars.
        chunk_size_bars: Length of the chunks that an example is encoded in.
        steps_per_quarter: Grid.
        quarters_per_bar: The only meter; pieces in another have no examples.
        min_num_instruments: The fewest tracks of an example.
        max_num_instruments: The most tracks of an example.
        min_total_events: The fewest events of all tracks.
        max_events_per_instrument: The most events of a chunk of a track, two of
            them being the program at its start and its end.
        min_pitch, max_pitch: A hop with a pitch outside is left out.
        first_subsequence_only: Whether only pieces of a single hop count.
        chord_encoding: If given, chords are part of the examples.
    """

    num_velocity_bins: int = 0
    hop_size_bars: int = 1
    chunk_size_bars: int = 1
    steps_per_quarter: int = 24
    quarters_per_bar: int = 4
    min_num_instruments: int = 2
    max_num_instruments: int = 8
    min_total_events: int = 8
    max_events_per_instrument: int = 64
    min_pitch: int = 0
    max_pitch: int = 127
    first_subsequence_only: bool = False
    chord_encoding: ChordEncoding | None = None

    def __post_init__(self) -> None:
        """Refuses what Magenta cannot convert either."""
        if self.min_num_instruments < 1:
            raise ValueError("min_num_instruments must be 1 or more")
        if self.num_velocity_bins > 127:
            raise ValueError(f"Number of velocity bins is too large: {self.num_velocity_bins}")

    @cached_property
    def grid(self) -> HopGrid:
        """What this converter needs a piece to be."""
        return HopGrid(
            steps_per_quarter=self.steps_per_quarter,
            steps_per_bar=self.steps_per_quarter * self.quarters_per_bar,
            bars=self.hop_size_bars,
            only_first=self.first_subsequence_only,
            with_chords=self.chord_encoding is not None,
        )

    @cached_property
    def rules(self) -> Rules:
        """What its hops must have, and what their examples are made of."""
        steps_per_bar = self.steps_per_quarter * self.quarters_per_bar
        shape = Shape(
            velocity_bins=self.num_velocity_bins,
            max_shift=_MAX_SHIFT_QUARTERS * self.steps_per_quarter,
            hop_steps=steps_per_bar * self.hop_size_bars,
            chunk_steps=steps_per_bar * self.chunk_size_bars,
            chunks=self.hop_size_bars // self.chunk_size_bars,
        )
        return Rules(
            grid=self.grid,
            shape=shape,
            min_tracks=self.min_num_instruments,
            max_tracks=self.max_num_instruments,
            min_events=self.min_total_events,
            max_events=self.max_events_per_instrument - _PROGRAM_EVENTS,
            chord_encoding=self.chord_encoding,
        )

    def convert(self, piece: Columns) -> Conversion:
        """Extracts the examples of one piece; see `Converter.convert`."""
        return self._convert([piece])[0]

    def convert_all(self, pieces: Pieces) -> list[Outcome]:
        """Extracts the examples of many pieces; see `ConvertsAll.convert_all`."""
        if self.chord_encoding is not None:
            return self._convert_each(pieces)
        other = pieces.steps_per_bar(self.steps_per_quarter) != self.grid.steps_per_bar
        together = ~other & are_usual(pieces)
        found = iter(self._convert_together(pieces.take(together)) if together.any() else ())
        outcomes: list[Outcome] = [
            next(found) if is_together else None for is_together in together.tolist()
        ]
        for number in other.nonzero()[0].tolist():
            why = self._why_too_few(pieces.notes_of(number)) or other_bars(pieces, number)
            outcomes[number] = nothing(why)
        return outcomes

    def _convert_each(self, pieces: Pieces) -> list[Outcome]:
        """As `convert_all`, with the chords of each piece."""
        try:
            return [*self._convert([pieces.alone(number) for number in range(len(pieces))])]
        except Exception:  # of one of them: which one is seen one by one
            return [None] * len(pieces)

    def _convert_together(self, pieces: Pieces) -> list[Outcome]:
        """What some usual pieces give that have bars of the right length."""
        cut = hops_together(pieces, self.grid)
        codes = instrument_codes(cut.hops.notes.instrument)
        if too_many_cells(cut.hops, codes):
            return [None] * len(pieces)
        in_range, plain = self._plain(cut.hops, codes)
        parts = self._parts(cut.hops, cut.bounds, codes, in_range, plain, {})
        odd = np.concatenate(([0], np.cumsum(in_range > plain)))[cut.bounds].tolist()
        outcomes: list[Outcome] = []
        for number, (part, reason) in enumerate(zip(parts, cut.reasons, strict=True)):
            if odd[number + 1] > odd[number]:  # some of its hops go through their events
                outcomes.append(None)
            elif part.count:
                outcomes.append(with_examples(part.in_bars, part.count))
            else:
                too_few = self._why_too_few(pieces.notes_of(number))
                outcomes.append(nothing(too_few or reason or part.why or NO_NOTES))
        return outcomes

    def _convert(self, pieces: Sequence[Columns]) -> list[Conversion]:
        """Extracts the examples of some pieces."""
        cut = [
            None if has_other_bars(piece, self.grid) else cut_again_with_pedals(piece)
            for piece in pieces
        ]
        found = iter(self._extract([part for parts in cut for part in parts or ()]))
        return [
            nothing(self._why_too_few(piece.notes) or why_other_bars(piece))
            if parts is None
            else self._conversion(piece, list(islice(found, len(parts))))
            for piece, parts in zip(pieces, cut, strict=True)
        ]

    def _conversion(self, piece: Columns, parts: "list[_Part]") -> Conversion:
        """What a piece gives: what its parts give."""
        extracted = sum([part.count for part in parts])
        if not extracted:
            why = next((part.why for part in parts if part.why), NO_NOTES)
            return nothing(self._why_too_few(piece.notes) or why)
        examples: list[bytes] = []
        for part in parts:
            examples += part.in_bars
            for stretch in part.stretches:
                example = self._example(stretch)
                if example is not None:
                    examples.append(example)
        return with_examples(examples, extracted)

    def _why_too_few(self, notes: Notes) -> Reason | None:
        """Why the notes cannot be an example, however they lie; None if they could."""
        if not len(notes):
            return NO_NOTES
        one = every(notes.instrument == notes.instrument[0])  # quicker to see than how many
        count = 1 if one else len(set(notes.instrument.tolist()))
        if count < self.min_num_instruments:
            return Reason(Kind.FEW_INSTRUMENTS, str(count))
        return None

    def _extract(self, parts: Sequence[Columns]) -> "list[_Part]":
        """What each part gives. The hops of all parts are looked at together."""
        found: list[_Part | None] = []
        whole: list[Hops] = []
        for part in parts:
            hops = hops_of(part, self.grid)
            if isinstance(hops, Reason):
                found.append(_Part([], 0, [], hops))
            elif hops.failure is not None:
                found.append(self._given_up(part, hops, hops.failure))
            else:
                found.append(None)
                whole.append(hops)
        rest = iter(self._of_hops(whole))
        return [part or next(rest) for part in found]

    def _given_up(self, part: Columns, hops: Hops, failure: Exception) -> "_Part":
        """What a part gives where a hop fails: nothing if Magenta gives up on it.

        Raises:
            Exception: The failure, or what a hop before it raises.
        """
        self._looked_at(hops, instrument_codes(hops.notes.instrument))
        if hops.gives_up:
            return _Part([], 0, [], why_given_up(failure, part))
        raise failure

    def _of_hops(self, of_parts: list[Hops]) -> "list[_Part]":
        """What each part gives, from its hops."""
        if not of_parts:
            return []
        hops = joined(of_parts)
        codes = instrument_codes(hops.notes.instrument)
        if len(of_parts) > 1 and too_many_cells(hops, codes):
            return [part for one in of_parts for part in self._of_hops([one])]
        in_range, plain, stretches = self._looked_at(hops, codes)
        bounds = [0, *accumulate(one.count for one in of_parts)]
        return self._parts(hops, bounds, codes, in_range, plain, stretches)

    def _parts(
        self,
        hops: Hops,
        bounds: list[int],
        codes: Ints,
        in_range: Bools,
        plain: Bools,
        stretches: "_Stretches",
    ) -> "list[_Part]":
        """What each part gives, from its hops.

        Args:
            hops: Of all parts.
            bounds: The first hop of each part, and one after the last.
            codes: `instrument_codes` of the notes.
            in_range: bool[hops], those whose pitches are all in range.
            plain: bool[hops], the plain ones of these.
            stretches: The others.
        """
        bars = extract_bars(self.rules, hops, plain, codes)
        in_bars = iter(bar_examples(self.rules, bars) if bars is not None else ())
        counts = None if bars is None else (_before(bars.accepted), _before(bars.surviving))
        parts = []
        for first, stop in pairwise(bounds):
            mine = [stretch for hop, stretch in stretches.items() if first <= hop < stop]
            reasons = [stretch for stretch in mine if isinstance(stretch, Reason)]
            part = _Part([], 0, [stretch for stretch in mine if isinstance(stretch, Stretch)])
            if bars is not None and counts is not None:
                accepted, surviving = [before[stop] - before[first] for before in counts]
                part = replace(
                    part, accepted=accepted, in_bars=list(islice(in_bars, surviving))
                )
                if not accepted and plain[first:stop].any():
                    reasons.append(why_no_bars(self.rules, bars, first, stop))
            if not part.count:
                part = replace(part, why=_why_none(hops, in_range, first, stop, reasons))
            parts.append(part)
        return parts

    def _plain(self, hops: Hops, codes: Ints) -> tuple[Bools, Bools]:
        """Which hops are in range, and which of them are plain."""
        in_range = np.ones(hops.count, np.bool_)
        pitch = hops.notes.pitch
        in_range[hops.hop[(pitch < self.min_pitch) | (pitch > self.max_pitch)]] = False
        return in_range, in_range & plain_hops(self.rules, hops, codes)

    def _looked_at(self, hops: Hops, codes: Ints) -> "tuple[Bools, Bools, _Stretches]":
        """Which hops are in range and which are plain; and the others that are in range."""
        in_range, plain = self._plain(hops, codes)
        others = (in_range > plain).nonzero()[0].tolist()
        return in_range, plain, {h: extract_stretch(self.rules, hops, h) for h in others}

    def _example(self, stretch: Stretch) -> bytes | None:
        """The bytes of an example, None if nothing comes back when it is extracted again."""
        played = play(self.rules, stretch)
        again = self._extract(cut_again_with_pedals(as_piece(self.rules, played)))
        extracted_again = sum(part.count for part in again)
        assert extracted_again <= 1
        return stretch_example(self.rules, played) if extracted_again else None


def _before(chosen: Bools) -> list[int]:
    """How many hops are chosen before each, and in all."""
    before: list[int] = np.concatenate(([0], np.cumsum(chosen))).tolist()
    return before


def _why_none(
    hops: Hops, in_range: Bools, first: int, stop: int, reasons: list[Reason]
) -> Reason:
    """Why none of some hops is an example: what the one that came farthest lacks."""
    notes = slice(*hops.hop.searchsorted((first, stop)).tolist())
    outside = hops.notes.pitch[notes][~in_range[hops.hop[notes]]]
    if len(outside):
        reasons = [*reasons, midi_number(Kind.PITCH_OUTSIDE, int(outside[0]))]
    return farthest(reasons)


_Stretches = dict[int, Stretch | Reason]
"""By hop, what it is; or why it is no example."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What Magenta's `to_tensors` gives for a part of a piece; and why, if it is nothing.

    Attributes:
        in_bars: The examples of plain hops.
        accepted: How many plain hops there are, those too that cannot be
            extracted again.
        stretches: The other hops.
        why: Why there is nothing.
    """

    in_bars: list[bytes]
    accepted: int
    stretches: list[Stretch]
    why: Reason | None = None

    @property
    def count(self) -> int:
        return self.accepted + len(self.stretches)
