"""Extracts one hop through its events, step by step as Magenta does.

For the hops that `performance_bars` cannot take. Follows
`_quantized_subsequence_to_tensors` and `_to_single_notesequence` of Magenta's
`MultiInstrumentPerformanceConverter`.
"""

from dataclasses import dataclass

import numpy as np

from vaeprep.converters.performance import events as events
from vaeprep.converters.performance.chords import ChordChange, chord_changes
from vaeprep.converters.performance.events import GridNote, Heard, Track
from vaeprep.converters.performance.hops import Hops
from vaeprep.converters.performance.rules import Rules, wrong_tracks
from vaeprep.converters.reasons import NO_CLASS, Kind, Reason
from vaeprep.music.protos import CHORD_SYMBOL
from vaeprep.music.sequence import DEFAULT_QPM, Columns, Notes, Tempo, TextAnnotation


@dataclass(frozen=True, slots=True)
class Stretch:
    """An example by its events: for each track its chunks; and the chords."""

    tracks: list[list[Track]]
    chords: tuple[ChordChange, ...]


def extract_stretch(rules: Rules, hops: Hops, hop: int) -> Stretch | Reason:
    """Extracts one hop as Magenta's `_quantized_subsequence_to_tensors`.

    Returns:
        The example; or why the hop is none.

    Raises:
        ValueError: A pitch or velocity that is not MIDI's.
        TypeError: Tracks that cannot be sorted, because one has no program.
        AssertionError: The chunks of a track are not as many as a hop has.
    """
    shape = rules.shape
    chosen = slice(*np.searchsorted(hops.hop, (hop, hop + 1)).tolist())
    tracks = events.tracks_of(_grid_notes(hops, chosen), shape)
    if not rules.min_tracks <= len(tracks) <= rules.max_tracks:
        return wrong_tracks(len(tracks), rules)
    tracks.sort(key=lambda track: (track.is_drum, track.program))
    chunked: list[list[Track]] = []
    for track in tracks:
        chunks = events.chunks_of(track, shape)
        assert len(chunks) == shape.chunks
        if any(len(c.events) > rules.max_events for c in chunks):
            return Reason(Kind.MANY_EVENTS)
        if not all(c.program is None or 0 <= c.program <= 127 for c in chunks):
            return Reason(Kind.OTHER_INSTRUMENT)
        chunked.append(chunks)
    if sum(len(c.events) for chunks in chunked for c in chunks) < rules.min_events:
        return Reason(Kind.FEW_EVENTS)
    if rules.chord_encoding is None:
        return Stretch(chunked, ())
    steps: set[int] = set()
    last: set[int] = set()
    for chunks in chunked:
        for number, chunk in enumerate(chunks):
            for step in events.steps_of(chunk.events):
                there = steps if step < shape.chunk_steps else last
                there.add(number * shape.chunk_steps + step)
    total_steps = int(hops.end[chosen].max(initial=0))
    chords = chord_changes(
        rules.chord_encoding, hops.chords[hop], total_steps, sorted(steps), sorted(last)
    )
    return NO_CLASS if chords is None else Stretch(chunked, chords)


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


@dataclass(frozen=True, slots=True)
class Played:
    """An example as its notes.

    Attributes:
        notes: In the order of the example; each with the position, the program
            and is_drum of its track.
        last_step: Where the last note ends.
        chords: As they are written.
    """

    notes: list[tuple[Heard, int, int, bool]]
    last_step: int
    chords: tuple[ChordChange, ...]


def play(rules: Rules, stretch: Stretch) -> Played:
    """The notes that the events of an example make.

    A track has the program of its first chunk.
    """
    shape = rules.shape
    notes = [
        (note, position, chunks[0].program or 0, bool(chunks[0].is_drum))
        for position, chunks in enumerate(stretch.tracks)
        for note in events.heard(
            [e for chunk in chunks for e in events.representable(chunk.events, shape)], shape
        )
    ]
    last_step = max((note.end for note, *_ in notes), default=0)
    return Played(notes, last_step, stretch.chords)


def as_piece(rules: Rules, played: Played) -> Columns:
    """An example as a piece of music, to extract it again."""
    rows, seconds = played.notes, rules.seconds_per_step
    return Columns(
        id="",
        total_time=played.last_step * seconds,
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
            for step, figure in played.chords
        ),
    )
