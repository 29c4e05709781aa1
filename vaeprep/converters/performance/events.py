"""A performance as a stream of events: the way note_seq itself converts one bar.

A track is a list of events: a note starts, a note ends, time moves on, the
velocity changes. Magenta cuts the tracks of a stretch of music into chunks and
writes each chunk to notes and reads it back, so that no note sounds on from one
chunk into the next.

`vaeprep.converters.performance.bars` does the same for a whole song at once where
the music is plain. This module is for the rest, stretch by stretch: several
chunks, notes of negative length, velocities outside MIDI, instruments that
change their program. It follows note_seq's `performance_lib` and Magenta's
`data_hierarchical` and `performance_pipeline` step by step.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from vaeprep.music import velocity_bins

NOTE_ON, NOTE_OFF, TIME_SHIFT, VELOCITY = 1, 2, 3, 4

Event = tuple[int, int]
"""What happens and a value: a pitch, a number of steps or a velocity bin."""

DEFAULT_VELOCITY = 100
"""What a note gets that no velocity event precedes."""


class GridNote(NamedTuple):
    """A note on the grid. `order` (its start, in any unit) sorts notes before pitch does."""

    order: float
    pitch: int
    velocity: int
    start: int
    end: int
    instrument: int
    program: int
    is_drum: bool


class Heard(NamedTuple):
    """A note that events make: steps, pitch and velocity."""

    start: int
    end: int
    pitch: int
    velocity: int


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers that shape a performance.

    Attributes:
        velocity_bins: How many velocities there are; 0 leaves velocity out.
        max_shift: The most steps that one event can move on.
        hop_steps: Length of a stretch.
        chunk_steps: Length of a chunk.
        chunks: How many chunks a stretch has.
    """

    velocity_bins: int
    max_shift: int
    hop_steps: int
    chunk_steps: int
    chunks: int

    @property
    def bin_size(self) -> int:
        """How many of the 127 velocities a bin holds."""
        return velocity_bins.bin_size(self.velocity_bins)


@dataclass(frozen=True, slots=True)
class Track:
    """The events of one instrument.

    Attributes:
        program: None for drums, and where the notes do not agree.
        is_drum: None where the notes do not agree.
        events: What happens.
    """

    program: int | None
    is_drum: bool | None
    events: list[Event]


def tracks_of(notes: list[GridNote], shape: Shape) -> list[Track]:
    """The tracks of a stretch, one for each instrument.

    Raises:
        ValueError: A pitch or velocity that is not MIDI's.
    """
    tracks = []
    # A set, in its own order, as in Magenta: sorting keeps the order of equals.
    for instrument in {note.instrument for note in notes}:
        played = [note for note in notes if note.instrument == instrument]
        events = _events(played, shape)
        if _length(events) > shape.hop_steps:
            events = _set_length(events, shape.hop_steps, shape.max_shift)
        tracks.append(Track(*_program_and_drum(played), events))
    return tracks


def chunks_of(track: Track, shape: Shape) -> list[Track]:
    """A track cut into chunks, no note crossing from one into the next.

    A chunk without notes counts as drums.
    """
    events = _set_length(track.events, shape.hop_steps, shape.max_shift)
    chunks = []
    for segment in _split(events, shape.chunk_steps):
        notes = [
            GridNote(n.start, n.pitch, n.velocity, n.start, n.end, 0, 0, False)
            for n in heard(segment, shape)
        ]
        events = _set_length(_events(notes, shape), shape.chunk_steps, shape.max_shift)
        if not notes or track.is_drum:
            chunks.append(Track(None, True, events))
        else:
            chunks.append(Track(track.program or 0, False, events))
    return chunks


def steps_of(events: Iterable[Event]) -> list[int]:
    """The step of each event, from 0 on."""
    step = 0
    steps = []
    for kind, value in events:
        steps.append(step)
        if kind == TIME_SHIFT:
            step += value
    return steps


def representable(events: Iterable[Event], shape: Shape) -> list[Event]:
    """The events that survive encoding: velocities above MIDI's have no class."""
    return [
        event for event in events if event[0] != VELOCITY or event[1] <= shape.velocity_bins
    ]


def heard(events: Iterable[Event], shape: Shape) -> list[Heard]:
    """The notes that events make, in the order in which they end.

    Follows `BasePerformance._to_sequence`: the note of a pitch that started
    first ends first, notes of no length vanish, and those still sounding end
    with the last event.
    """
    notes: list[Heard] = []
    sounding: dict[int, list[tuple[int, int]]] = defaultdict(list)
    step, velocity = 0, DEFAULT_VELOCITY
    for kind, value in events:
        if kind == NOTE_ON:
            sounding[value].append((step, velocity))
        elif kind == NOTE_OFF:
            if sounding[value]:
                start, of_note = sounding[value].pop(0)
                if start != step:
                    notes.append(Heard(start, step, value, of_note))
        elif kind == TIME_SHIFT:
            step += value
        else:
            velocity = velocity_bins.velocity_of(value, shape.bin_size)
    for pitch, left in sounding.items():
        notes += [Heard(start, step, pitch, v) for start, v in left if start != step]
    return notes


def _program_and_drum(notes: list[GridNote]) -> tuple[int | None, bool | None]:
    if all(note.is_drum for note in notes):
        return None, True
    if any(note.is_drum for note in notes):
        return None, None
    programs = {note.program for note in notes}
    return (programs.pop() if len(programs) == 1 else None), False


def _events(notes: list[GridNote], shape: Shape) -> list[Event]:
    """The events of notes; at one step in the order of the notes' starts."""
    ordered = sorted(notes, key=lambda note: (note.order, note.pitch))
    changes = [(note.start, index, False) for index, note in enumerate(ordered)]
    changes += [(note.end, index, True) for index, note in enumerate(ordered)]
    current_step = current_bin = 0
    events: list[Event] = []
    for step, index, is_off in sorted(changes):
        while step > current_step:
            shift = min(step - current_step, shape.max_shift)
            events.append((TIME_SHIFT, shift))
            current_step += shift
        note = ordered[index]
        if shape.velocity_bins and not is_off:
            velocity_bin = velocity_bins.bin_of(note.velocity, shape.bin_size)
            if velocity_bin != current_bin:
                if not 1 <= velocity_bin <= 127:
                    raise ValueError(f"Invalid velocity value: {velocity_bin}")
                current_bin = velocity_bin
                events.append((VELOCITY, velocity_bin))
        if not 0 <= note.pitch <= 127:
            raise ValueError(f"Invalid pitch value: {note.pitch}")
        events.append((NOTE_OFF if is_off else NOTE_ON, note.pitch))
    return events


def _length(events: Iterable[Event]) -> int:
    return sum(value for kind, value in events if kind == TIME_SHIFT)


def _set_length(events: list[Event], steps: int, max_shift: int) -> list[Event]:
    """The events, cut or continued in silence to a length in steps."""
    events = list(events)
    missing = steps - _length(events)
    if missing > 0 and events and events[-1][0] == TIME_SHIFT:
        shift = min(events[-1][1] + missing, max(events[-1][1], max_shift))
        missing -= shift - events[-1][1]
        events[-1] = (TIME_SHIFT, shift)
    while missing > 0:
        events.append((TIME_SHIFT, min(missing, max_shift)))
        missing -= events[-1][1]
    while events and missing < 0:
        kind, value = events.pop()
        if kind == TIME_SHIFT:
            missing += value
            if missing > 0:
                events.append((TIME_SHIFT, missing))
    return events


def _split(events: Iterable[Event], steps: int) -> list[list[Event]]:
    """Cuts events every so many steps; at a cut, notes end before it.

    Follows `split_performance`, where a shift over several chunks makes one
    chunk longer than the others.
    """
    segments: list[list[Event]] = []
    current: list[Event] = []
    at = 0
    for event in events:
        kind, value = event
        if kind == TIME_SHIFT and at + value > steps:
            rest = steps - at
            if rest > 0:
                current.append((TIME_SHIFT, rest))
            segments.append(current)
            current, at = [], value - rest
            if at > 0:
                current.append((TIME_SHIFT, at))
            continue
        if kind == TIME_SHIFT:
            at += value
        elif at == steps and kind != NOTE_OFF:
            segments.append(current)
            current, at = [], 0
        current.append(event)
    segments.append(current)
    if _length(segments[-1]) == 0:
        segments.pop()
    return segments
