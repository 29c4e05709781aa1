"""Multi-track performances: every bar becomes an example of a few tracks.

A song is cut into hops of one or more bars at its tempo. In each hop every
instrument makes a track of events: notes on and off, time shifts, velocity
changes. Hops with too few or too many tracks or events are left out. No note
sounds on into the next hop. Sustain pedals are applied first.

The events themselves are not part of an example; it stores the notes that the
events make. So for plain music, which is nearly all music, no events are made
here: a hop's notes follow from its input notes, and its events can be counted.
`_Bars` does that for all hops of a piece at once and says why it is the same.
Other hops go one by one through `performance_events`.

Follows Magenta's `MultiInstrumentPerformanceConverter`
(`magenta.models.music_vae.data_hierarchical`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np

from vaeprep.chord_inference import Chord
from vaeprep.converters import performance_events as events
from vaeprep.converters.chords import (
    ChordEncoding,
    ChordEncodingError,
    ChordSymbolError,
    CoincidentChordsError,
    changes,
    progression,
)
from vaeprep.converters.conversion import NOTHING, Conversion
from vaeprep.converters.performance_events import GridNote, Shape, Track
from vaeprep.converters.performance_hops import Grid, Hops, has_other_bars, hops_of
from vaeprep.encoding import chord_message, note_message, sequence_message, tempo_message
from vaeprep.notesequence import (
    DEFAULT_QPM,
    Bools,
    Ints,
    Notes,
    Sequence,
    Tempo,
    TextAnnotation,
)
from vaeprep.protos import CHORD_SYMBOL
from vaeprep.time_changes import split_on_time_changes

_TICKS_PER_QUARTER = 220
_MAX_SHIFT_QUARTERS = 4
_MAX_CELLS = 10_000_000  # of a table of hops and instruments
_MAX_MESSAGES = 1 << 16
_DRUMS = 128  # the program that stands for drums, after MIDI's 128


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
    def grid(self) -> Grid:
        """What this converter needs a piece to be."""
        return Grid(
            steps_per_quarter=self.steps_per_quarter,
            steps_per_bar=self.steps_per_quarter * self.quarters_per_bar,
            bars=self.hop_size_bars,
            only_first=self.first_subsequence_only,
            with_chords=self.chord_encoding is not None,
        )

    @cached_property
    def shape(self) -> Shape:
        """The numbers that shape its events."""
        steps_per_bar = self.steps_per_quarter * self.quarters_per_bar
        return Shape(
            velocity_bins=self.num_velocity_bins,
            max_shift=_MAX_SHIFT_QUARTERS * self.steps_per_quarter,
            hop_steps=steps_per_bar * self.hop_size_bars,
            chunk_steps=steps_per_bar * self.chunk_size_bars,
            chunks=self.hop_size_bars // self.chunk_size_bars,
        )

    @cached_property
    def seconds_per_step(self) -> float:
        """Length of a step in an example; all examples are at 120 quarters a minute."""
        return 60.0 / (self.steps_per_quarter * DEFAULT_QPM)

    def convert(self, piece: Sequence) -> Conversion:
        """Extracts the examples of one piece; see `Converter.convert`."""
        if has_other_bars(piece, self.grid):
            return NOTHING
        parts = _extract(self, piece)
        extracted = sum(part.count for part in parts)
        if not extracted:
            return NOTHING
        examples: list[bytes] = []
        for part in parts:
            if part.bars is not None:
                examples += _bar_examples(self, part.bars)
            for stretch in part.stretches:
                example = _stretch_example(self, stretch)
                if example is not None:
                    examples.append(example)
        dropped = {"empty-reextraction": extracted - len(examples)}
        return Conversion(examples, extracted, dropped)


@dataclass(frozen=True, slots=True)
class _Part:
    """What Magenta's `to_tensors` gives for a part of a piece."""

    bars: "_Bars | None"
    stretches: "list[_Stretch]"

    @property
    def count(self) -> int:
        in_bars = 0 if self.bars is None else int(self.bars.accepted.sum())
        return in_bars + len(self.stretches)


def _extract(converter: PerformanceConverter, piece: Sequence) -> list[_Part]:
    return [_extract_part(converter, part) for part in split_on_time_changes(piece)]


def _extract_part(converter: PerformanceConverter, part: Sequence) -> _Part:
    hops = hops_of(part, converter.grid)
    if hops is None:
        return _Part(None, [])
    in_range = np.ones(hops.count, np.bool_)
    pitch = hops.notes.pitch
    in_range[hops.hop[(pitch < converter.min_pitch) | (pitch > converter.max_pitch)]] = False
    codes = _instrument_codes(hops.notes.instrument)
    plain = in_range & _plain_hops(converter, hops, codes)
    stretches = []
    for index in np.flatnonzero(in_range & ~plain).tolist():
        stretch = _extract_stretch(converter, hops, index)
        if stretch is not None:
            stretches.append(stretch)
    if hops.gives_up:
        return _Part(None, [])
    if hops.failure is not None:
        raise hops.failure
    return _Part(_extract_bars(converter, hops, plain, codes), stretches)


# --- Chords ----------------------------------------------------------------------


ChordChange = tuple[int, str]
"""A step from the start of an example and the figure from there on."""


def _chord_changes(
    encoding: ChordEncoding,
    chords: Iterable[Chord],
    end: int,
    steps: list[int],
    last: list[int],
) -> tuple[ChordChange, ...] | None:
    """The chords of an example as they come back from their encoding.

    Every event is encoded with the chord of its step, and the chord is written
    where an event finds another chord than the one before.

    Args:
        encoding: The chord classes.
        chords: The chords of the hop.
        end: Where the hop's music ends, in steps.
        steps: The steps of the events before the end of their chunk, ascending.
        last: The steps of the events at the end of their chunk: these chords
            are encoded, but not written.

    Returns:
        The changes, or None if the hop is left out: two chords on one step, or
        a chord without a class.
    """
    try:
        sounding = progression(chords, end)
        if len(sounding.figures) == 1:
            return ((steps[0], encoding.decode(encoding.encode(sounding.figures[0]))),)
        for step in last:
            encoding.encode(sounding.at(step))
        figures = [encoding.decode(encoding.encode(sounding.at(step))) for step in steps]
    except (CoincidentChordsError, ChordSymbolError, ChordEncodingError):
        return None
    return tuple((steps[i], figures[i]) for i in changes(figures))


@lru_cache(maxsize=1)
def _head() -> bytes:
    """What comes before the notes of every example."""
    return sequence_message(
        ticks_per_quarter=_TICKS_PER_QUARTER, tempos=tempo_message(DEFAULT_QPM)
    )


@lru_cache(maxsize=4096)
def _tail(seconds_per_step: float, last_step: int, chords: tuple[ChordChange, ...]) -> bytes:
    """What comes after the notes of an example."""
    return sequence_message(
        total_time=last_step * seconds_per_step,
        text_annotations=b"".join(
            [chord_message(step * seconds_per_step, figure) for step, figure in chords]
        ),
    )


# --- Plain hops: all at once -----------------------------------------------------


@lru_cache(maxsize=16)
def _has_plain_hops(converter: PerformanceConverter) -> bool:
    """Whether `_extract_bars` may be used at all.

    A hop must be one chunk, no longer than the longest time shift. When an
    example is extracted again it must come back as the same steps in one hop;
    it says nothing of its meter, so it is in 4/4 then.
    """
    shape = converter.shape
    seconds = converter.seconds_per_step
    per_second = converter.steps_per_quarter * DEFAULT_QPM / 60.0
    return (
        converter.hop_size_bars == converter.chunk_size_bars
        and converter.quarters_per_bar == 4
        and 0 < shape.hop_steps <= shape.max_shift
        and shape.hop_steps * seconds <= converter.grid.hop_seconds(DEFAULT_QPM)
        and all(
            int(step * seconds * per_second + 0.5) == step
            for step in range(shape.hop_steps + 1)
        )
    )


def _instrument_codes(instrument: Ints) -> Ints:
    """int64[n]: instruments numbered from 0 on, in ascending order."""
    if len(instrument) and instrument.min() >= 0 and instrument.max() < 256:
        return (np.cumsum(np.bincount(instrument) > 0) - 1)[instrument]
    return np.unique(instrument, return_inverse=True)[1]


def _plain_hops(converter: PerformanceConverter, hops: Hops, codes: Ints) -> Bools:
    """bool[hops]: which hops `_extract_bars` can take.

    Their notes have positive lengths, MIDI pitches and velocities that have a
    bin, and every instrument has one program or is drums.
    """
    plain = np.ones(hops.count, np.bool_)
    num_codes = int(codes.max(initial=0)) + 1
    if not _has_plain_hops(converter) or hops.count * num_codes > _MAX_CELLS:
        return ~plain
    notes = hops.notes
    cell = hops.hop * num_codes + codes
    program = np.where(notes.is_drum, _DRUMS, notes.program)
    program_of = np.zeros(hops.count * num_codes, np.int64)
    program_of[cell] = program
    odd = (
        (hops.end <= hops.start)
        | (notes.pitch < 0)
        | (notes.pitch > 127)
        # Program 128 itself would pass for drums here.
        | (program != program_of[cell])
        | ((notes.program == _DRUMS) & ~notes.is_drum)
    )
    if converter.num_velocity_bins:
        loudest = converter.num_velocity_bins * converter.shape.bin_size
        odd |= (notes.velocity < 1) | (notes.velocity > loudest)
    plain[hops.hop[odd]] = False
    return plain


@dataclass(frozen=True, slots=True)
class _Bars:
    """The examples of the plain hops of a part.

    Attributes:
        accepted: bool[hops], the hops that are examples.
        surviving: bool[hops], those that can be extracted again.
        hop, position, program, pitch, start, end, velocity_bin: int64[n], the
            notes of the surviving hops in the order of the examples; position
            is the number of the track, 128 the program of drums.
        chords: For each hop the chords as they are written.
    """

    accepted: Bools
    surviving: Bools
    hop: Ints
    position: Ints
    program: Ints
    pitch: Ints
    start: Ints
    end: Ints
    velocity_bin: Ints
    chords: dict[int, tuple[ChordChange, ...]]


def _extract_bars(
    converter: PerformanceConverter, hops: Hops, plain: Bools, codes: Ints
) -> _Bars | None:
    """Extracts all plain hops at once.

    Why no events are needed: in a track whose notes all have positive length,
    notes are numbered by their start, so at each step the ends come before the
    starts, and every end finds a start. Of a pitch that sounds more than once
    the first start gets the first end, so sorting the ends of the pitch pairs
    them. What starts at or after the end of the hop is lost, what ends after it
    ends with it.

    The events of these notes, counted: two a note, one for each change of
    velocity in the order of the starts, and one time shift to each step where
    something happens and to the end of the hop (no shift is too long).

    Why an example need not be extracted again: its notes give the same events
    in each of its tracks. Only tracks without notes are lost, so what is left
    must be enough tracks and events once more.
    """
    if not plain.any():
        return None
    shape = converter.shape
    length = shape.hop_steps
    track_of, hop_of, position_of, program_of = _tracks(hops, plain, codes)
    num_tracks = len(hop_of)

    chosen = plain[hops.hop]
    track, pitch = track_of[chosen], hops.notes.pitch[chosen]
    order = np.argsort(track * 128 + pitch, kind="stable")  # notes are in order of start
    track, pitch = track[order], pitch[order]
    start = hops.start[chosen][order]
    end = _first_in_first_out(track * 128 + pitch, np.minimum(hops.end[chosen][order], length))
    velocity_bin = np.zeros(len(order), np.int64)
    if shape.velocity_bins:
        velocity_bin = (hops.notes.velocity[chosen][order] - 1) // shape.bin_size + 1
    inside = start < length
    if not inside.all():
        track, pitch, velocity_bin = track[inside], pitch[inside], velocity_bin[inside]
        start, end = start[inside], end[inside]

    num_notes = np.bincount(track, minlength=num_tracks)
    happens = np.zeros((num_tracks, length + 1), np.bool_)
    happens[track, start] = True
    happens[track, end] = True
    ends_last = happens[:, length].copy()
    happens[:, length] = True
    num_events = 2 * num_notes + happens[:, 1:].sum(axis=1)
    if shape.velocity_bins:
        num_events += _velocity_changes(track, start, velocity_bin, length, num_tracks)

    fits = num_events <= converter.max_events_per_instrument - 2
    fits &= (num_notes == 0) | ((program_of >= 0) & (program_of <= _DRUMS))
    accepted = plain & _enough(converter, hop_of, num_events, hops.count)
    accepted[hop_of[~fits]] = False
    chords: dict[int, tuple[ChordChange, ...]] = {}
    if converter.chord_encoding is not None:
        last_step = np.zeros(hops.count, np.int64)
        np.maximum.at(last_step, hops.hop, hops.end)
        happens[:, 0] = True  # the first event is at step 0, a time shift if nothing else
        for hop in np.flatnonzero(accepted).tolist():
            tracks = slice(*np.searchsorted(hop_of, (hop, hop + 1)).tolist())
            found = _chord_changes(
                converter.chord_encoding,
                hops.chords[hop],
                int(last_step[hop]),
                np.flatnonzero(happens[tracks, :length].any(axis=0)).tolist(),
                [length] if ends_last[tracks].any() else [],
            )
            if found is None:
                accepted[hop] = False
            else:
                chords[hop] = found

    heard = num_notes > 0
    surviving = accepted & _enough(converter, hop_of[heard], num_events[heard], hops.count)
    kept = np.flatnonzero(surviving[hop_of[track]])
    kept = kept[_argsort(track[kept], end[kept], start[kept], length)]
    track = track[kept]
    return _Bars(
        accepted=accepted,
        surviving=surviving,
        hop=hop_of[track],
        position=position_of[track],
        program=program_of[track],
        pitch=pitch[kept],
        start=start[kept],
        end=end[kept],
        velocity_bin=velocity_bin[kept],
        chords=chords,
    )


def _tracks(hops: Hops, plain: Bools, codes: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """The tracks of the plain hops, sorted by hop, then as Magenta sorts them.

    Returns:
        For each note its track (of notes in other hops: any), and for each
        track its hop, its number in the hop and its program.
    """
    num_codes = int(codes.max(initial=0)) + 1
    cell = hops.hop * num_codes + codes
    notes = hops.notes
    program_of = np.full(hops.count * num_codes, -1)
    program_of[cell] = np.where(notes.is_drum, _DRUMS, notes.program)
    there = np.zeros((hops.count, num_codes), np.bool_)
    there.reshape(-1)[cell] = True
    there[~plain] = False
    cells = np.flatnonzero(there)
    hop, program = cells // num_codes, program_of[cells]
    order = np.lexsort(
        (_set_order(hops, cells, codes, num_codes), program, program == _DRUMS, hop)
    )
    cells, hop, program = cells[order], hop[order], program[order]
    track_of = np.zeros(there.size, np.int64)
    track_of[cells] = np.arange(len(cells))
    position = np.arange(len(cells)) - np.searchsorted(hop, hop)
    return track_of[cell], hop, position, program


def _set_order(hops: Hops, cells: Ints, codes: Ints, num_codes: int) -> Ints:
    """What comes first where two tracks of a hop have the same program.

    Magenta walks through a set of instrument numbers. Python keeps numbers
    below 8 in a set in ascending order; other orders depend on the numbers and
    on which came first, so such sets are made.
    """
    instrument = hops.notes.instrument
    if instrument.min() >= 0 and instrument.max() < 8:
        return cells
    bounds = np.searchsorted(hops.hop, np.arange(hops.count + 1)).tolist()
    place = np.zeros(hops.count * num_codes, np.int64)
    for hop, (lo, hi) in enumerate(pairwise(bounds)):
        code_of = dict(zip(instrument[lo:hi].tolist(), codes[lo:hi].tolist(), strict=True))
        # One by one: a set made of a whole dict may have another order.
        for number, key in enumerate(set(iter(code_of))):
            place[hop * num_codes + code_of[key]] = number
    return place[cells]


def _first_in_first_out(group: Ints, end: Ints) -> Ints:
    """The ends of notes, sorted within each group of equal (ascending) numbers."""
    if not ((group[1:] == group[:-1]) & (end[1:] < end[:-1])).any():
        return end
    return end[np.lexsort((end, group))]


def _velocity_changes(
    track: Ints, start: Ints, velocity_bin: Ints, length: int, num_tracks: int
) -> Ints:
    """int64[tracks]: how often the velocity changes; the first note's counts."""
    order = np.argsort(track * length + start, kind="stable")
    track, velocity_bin = track[order], velocity_bin[order]
    changed = np.ones(len(track), np.bool_)
    changed[1:] = (velocity_bin[1:] != velocity_bin[:-1]) | (track[1:] != track[:-1])
    return np.bincount(track[changed], minlength=num_tracks)


def _argsort(track: Ints, end: Ints, start: Ints, length: int) -> Ints:
    """The order of an example: by track, end and start; before that, by pitch."""
    return np.argsort((track * (length + 1) + end) * (length + 1) + start, kind="stable")


def _enough(
    converter: PerformanceConverter, hop_of: Ints, num_events: Ints, num_hops: int
) -> Bools:
    """bool[hops]: whether a hop has tracks and events as it must."""
    tracks = np.bincount(hop_of, minlength=num_hops)
    total = np.bincount(hop_of, weights=num_events, minlength=num_hops)
    return (
        (converter.min_num_instruments <= tracks)
        & (tracks <= converter.max_num_instruments)
        & (total >= converter.min_total_events)
    )


def _bar_examples(converter: PerformanceConverter, bars: _Bars) -> list[bytes]:
    """The bytes of the examples of plain hops."""
    hop_list = np.flatnonzero(bars.surviving)
    if not len(hop_list):
        return []
    messages = _note_messages(converter)
    notes = list(map(messages.__getitem__, messages.keys_of(bars).tolist()))
    bounds = np.append(np.searchsorted(bars.hop, hop_list), len(notes))
    last = np.maximum.reduceat(bars.end, bounds[:-1])
    head, seconds = _head(), converter.seconds_per_step
    return [
        b"".join([head, *notes[lo:hi], _tail(seconds, last_step, bars.chords.get(hop, ()))])
        for hop, lo, hi, last_step in zip(
            hop_list.tolist(),
            bounds[:-1].tolist(),
            bounds[1:].tolist(),
            last.tolist(),
            strict=True,
        )
    ]


class _NoteMessages(dict[int, bytes]):
    """The bytes of notes under one number each, made when they are first asked for."""

    def __init__(self, converter: PerformanceConverter) -> None:
        super().__init__()
        self._steps = converter.shape.hop_steps + 1
        self._bins = converter.num_velocity_bins + 1
        self._velocities = [events.DEFAULT_VELOCITY] + [
            converter.shape.velocity_of(i) for i in range(1, self._bins)
        ]
        self._seconds = converter.seconds_per_step

    def keys_of(self, bars: _Bars) -> Ints:
        """int64[n]: the number of each note."""
        key = bars.position * (_DRUMS + 1) + bars.program
        key = (key * self._steps + bars.end) * self._steps + bars.start
        return (key * 128 + bars.pitch) * self._bins + bars.velocity_bin

    def __missing__(self, key: int) -> bytes:
        rest, velocity_bin = divmod(key, self._bins)
        rest, pitch = divmod(rest, 128)
        rest, start = divmod(rest, self._steps)
        rest, end = divmod(rest, self._steps)
        position, program = divmod(rest, _DRUMS + 1)
        if len(self) >= _MAX_MESSAGES:
            self.clear()
        message = self[key] = note_message(
            pitch=pitch,
            velocity=self._velocities[velocity_bin],
            start=start * self._seconds,
            end=end * self._seconds,
            instrument=position,
            program=0 if program == _DRUMS else program,
            is_drum=program == _DRUMS,
        )
        return message


@lru_cache(maxsize=4)
def _note_messages(converter: PerformanceConverter) -> _NoteMessages:
    return _NoteMessages(converter)


# --- Any hop: through its events -------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Stretch:
    """An example by its events: for each track its chunks; and the chords."""

    tracks: list[list[Track]]
    chords: tuple[ChordChange, ...]


def _extract_stretch(converter: PerformanceConverter, hops: Hops, hop: int) -> _Stretch | None:
    """Extracts one hop as Magenta's `_quantized_subsequence_to_tensors`."""
    shape = converter.shape
    chosen = slice(*np.searchsorted(hops.hop, (hop, hop + 1)).tolist())
    tracks = events.tracks_of(_grid_notes(hops, chosen), shape)
    if not converter.min_num_instruments <= len(tracks) <= converter.max_num_instruments:
        return None
    tracks.sort(key=lambda track: (track.is_drum, track.program))
    chunked: list[list[Track]] = []
    for track in tracks:
        chunks = events.chunks_of(track, shape)
        assert len(chunks) == shape.chunks
        if any(len(c.events) > converter.max_events_per_instrument - 2 for c in chunks):
            return None
        if not all(c.program is None or 0 <= c.program <= 127 for c in chunks):
            return None
        chunked.append(chunks)
    if sum(len(c.events) for chunks in chunked for c in chunks) < converter.min_total_events:
        return None
    if converter.chord_encoding is None:
        return _Stretch(chunked, ())
    steps: set[int] = set()
    last: set[int] = set()
    for chunks in chunked:
        for number, chunk in enumerate(chunks):
            for step in events.steps_of(chunk.events):
                there = steps if step < shape.chunk_steps else last
                there.add(number * shape.chunk_steps + step)
    total_steps = int(hops.end[chosen].max(initial=0))
    chords = _chord_changes(
        converter.chord_encoding, hops.chords[hop], total_steps, sorted(steps), sorted(last)
    )
    return None if chords is None else _Stretch(chunked, chords)


def _grid_notes(hops: Hops, chosen: slice) -> list[GridNote]:
    notes = hops.notes
    columns = (
        notes.start,
        notes.pitch,
        notes.velocity,
        hops.start,
        hops.end,
        notes.instrument,
        notes.program,
        notes.is_drum,
    )
    return [GridNote(*row) for row in zip(*(c[chosen].tolist() for c in columns), strict=True)]


def _stretch_example(converter: PerformanceConverter, stretch: _Stretch) -> bytes | None:
    """The bytes of an example, None if nothing comes back when it is extracted again.

    A track has the program of its first chunk.
    """
    shape = converter.shape
    rows = [
        (note, position, chunks[0].program or 0, bool(chunks[0].is_drum))
        for position, chunks in enumerate(stretch.tracks)
        for note in events.heard(
            [e for chunk in chunks for e in events.representable(chunk.events, shape)], shape
        )
    ]
    seconds = converter.seconds_per_step
    last_step = max((note.end for note, *_ in rows), default=0)
    again = Sequence(
        id="",
        total_time=last_step * seconds,
        notes=Notes(
            pitch=np.array([note.pitch for note, *_ in rows], np.int64),
            velocity=np.array([note.velocity for note, *_ in rows], np.int64),
            start=np.array([note.start * seconds for note, *_ in rows], np.float64),
            end=np.array([note.end * seconds for note, *_ in rows], np.float64),
            instrument=np.array([position for _, position, _, _ in rows], np.int64),
            program=np.array([program for _, _, program, _ in rows], np.int64),
            is_drum=np.array([is_drum for *_, is_drum in rows], np.bool_),
        ),
        tempos=(Tempo(0.0, DEFAULT_QPM),),
        text_annotations=tuple(
            TextAnnotation(step * seconds, figure, CHORD_SYMBOL)
            for step, figure in stretch.chords
        ),
    )
    extracted_again = sum(part.count for part in _extract(converter, again))
    assert extracted_again <= 1
    if not extracted_again:
        return None
    messages = [
        note_message(
            pitch=note.pitch,
            velocity=note.velocity,
            start=note.start * seconds,
            end=note.end * seconds,
            instrument=position,
            program=program,
            is_drum=is_drum,
        )
        for note, position, program, is_drum in rows
    ]
    return b"".join([_head(), *messages, _tail(seconds, last_step, stretch.chords)])
