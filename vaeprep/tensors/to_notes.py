"""Stored tensor features back to the notes that they stand for.

The notes are those of the example's NoteSequence, as the `from_tensors` of
Magenta's converters (`magenta.models.music_vae.data`, `data_hierarchical`) makes
them, so that tensor shards can be looked at and listened to without Magenta.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vaeprep.converters.chords import TRIAD
from vaeprep.converters.melody.windows import FIRST_NOTE, NOTE_OFF
from vaeprep.music.grid import step_seconds
from vaeprep.music.programs import DRUM_INSTRUMENT, TRIO_BASS
from vaeprep.music.protos import CHORD_SYMBOL
from vaeprep.music.sequence import DEFAULT_QPM, Columns, Notes, Tempo, TextAnnotation
from vaeprep.music.velocity_bins import bin_size, velocity_of
from vaeprep.tensors.drums import roll
from vaeprep.tensors.kinds import Feature
from vaeprep.tensors.reader import stored_example
from vaeprep.tensors.tf_example import LENGTH

Stored = Mapping[str, Any]
Description = Mapping[str, Any]

_VELOCITY = 80
_PERFORMANCE_VELOCITY = 100
_PROGRAMS = 128


class _Note(NamedTuple):
    """A note; its times are in steps, and need not be whole."""

    pitch: int
    velocity: int
    start: float
    end: float
    instrument: int = 0
    program: int = 0
    is_drum: bool = False


def decode_tensors(record: bytes, description: Description) -> Columns | None:
    """The music of one record of tensor shards.

    Args:
        record: A serialized tf.train.Example.
        description: The description next to the shards.

    Returns:
        See `music_of`.

    Raises:
        ValueError, KeyError, IndexError: The record is not as described.
    """
    features = {
        name: Feature(value["dtype"], tuple(value["shape"]), value["meaning"])
        for name, value in description["features"].items()
    }
    scalar = not description["tensors"]["lengths"]["shape"]
    return music_of(stored_example(record, features, scalar), description)


def music_of(stored: Stored, description: Description) -> Columns | None:
    """The music of one example of tensor shards.

    Args:
        stored: Its features, as `vaeprep.read_examples` gives them.
        description: The description next to the shards.

    Returns:
        Its notes and chords at 120 quarter notes a minute, without ids; None
        for a kind that is not known here.
    """
    decode = _DECODERS.get(description["kind"])
    if decode is None:
        return None
    storage = description["storage"]
    seconds = step_seconds(storage["steps_per_quarter"])
    notes = sorted(decode(stored, storage), key=lambda note: (note.start, note.instrument))
    columns = _columns(notes, seconds)
    return Columns(
        id="",
        total_time=float(columns.end.max()) if notes else 0.0,
        notes=columns,
        tempos=(Tempo(0.0, DEFAULT_QPM),),
        text_annotations=_chords(stored, storage, seconds),
    )


def _melody(stored: Stored, storage: Description) -> list[_Note]:
    return _line(stored["melody"], storage["min_pitch"])


def _drums(stored: Stored, storage: Description) -> list[_Note]:
    return [
        _Note(classes[0], _VELOCITY, step, step + 1, DRUM_INSTRUMENT, 0, True)
        for step, _, classes in _hits(stored["drums"], storage["pitch_classes"])
    ]


def _trio(stored: Stored, storage: Description) -> list[_Note]:
    melody = _line(stored["melody"], storage["min_pitch"])
    bass = _line(stored["bass"], storage["min_pitch"], *TRIO_BASS)
    return melody + bass + _drums(stored, storage)


def _groove(stored: Stored, storage: Description) -> list[_Note]:
    notes = []
    hits = _hits(stored["hits"], storage["pitch_classes"])
    for (step, _, classes), velocity, early in zip(
        hits, stored["velocities"].tolist(), stored["offsets"].tolist(), strict=True
    ):
        start = step - min(max(early / 2, -0.5), 0.5)
        notes.append(_Note(classes[0], velocity, start, start + 1, DRUM_INSTRUMENT, 0, True))
    return notes


def _performance(stored: Stored, storage: Description) -> list[_Note]:
    tokens = stored["tokens"].tolist()
    notes: list[_Note] = []
    begin = 0
    for row, length in enumerate(stored[LENGTH].tolist()):
        if length > 1:  # an instrument that is not there has the end token alone
            notes += _track(tokens[begin : begin + length - 1], row, storage)
        begin += length
    return notes


_DECODERS: dict[str, Callable[[Stored, Description], list[_Note]]] = {
    "melody": _melody,
    "drums": _drums,
    "trio": _trio,
    "groove": _groove,
    "performance": _performance,
}


def _line(
    events: NDArray[np.uint8], min_pitch: int, instrument: int = 0, program: int = 0
) -> list[_Note]:
    """One voice from its events: 0 goes on, 1 ends the note, 2 and more start one."""
    notes = []
    pitch, start = -1, 0
    for step, event in enumerate([*events.tolist(), NOTE_OFF]):
        if event and pitch >= 0:
            notes.append(_Note(pitch, _VELOCITY, start, step, instrument, program))
            pitch = -1
        if event > NOTE_OFF:
            pitch, start = event - FIRST_NOTE + min_pitch, step
    return notes


def _hits(
    bits: NDArray[np.uint8], pitch_classes: list[list[int]]
) -> list[tuple[int, int, list[int]]]:
    """Step, class and the class's pitches of each hit."""
    rows, columns = np.nonzero(roll(bits, len(pitch_classes)))
    return [
        (step, drum, pitch_classes[drum])
        for step, drum in zip(rows.tolist(), columns.tolist(), strict=True)
    ]


def _track(tokens: list[int], row: int, storage: Description) -> list[_Note]:
    """The notes of one instrument: its program, then what happens when.

    Follows `BasePerformance._to_sequence`: of several notes of one pitch, the
    first to start is the first to end.
    """
    low, pitches = storage["min_pitch"], storage["max_pitch"] - storage["min_pitch"] + 1
    bins = storage["num_velocity_bins"]
    first_shift = 2 * pitches
    first_velocity = first_shift + 4 * storage["steps_per_quarter"]
    program = tokens[0] - first_velocity - bins
    is_drum = program == _PROGRAMS
    sounding: dict[int, deque[tuple[int, int]]] = defaultdict(deque)
    notes: list[_Note] = []
    step, velocity = 0, _PERFORMANCE_VELOCITY

    def end(pitch: int) -> None:
        start, loudness = sounding[pitch].popleft()
        if start < step:
            notes.append(
                _Note(pitch, loudness, start, step, row, 0 if is_drum else program, is_drum)
            )

    for token in tokens[1:]:
        if token < pitches:
            sounding[token + low].append((step, velocity))
        elif token < first_shift:
            if sounding[token - pitches + low]:
                end(token - pitches + low)
        elif token < first_velocity:
            step += token - first_shift + 1
        else:
            velocity = velocity_of(token - first_velocity + 1, bin_size(bins))
    for pitch in list(sounding):
        while sounding[pitch]:
            end(pitch)
    return notes


def _columns(notes: Iterable[_Note], seconds: float) -> Notes:
    rows = list(notes)
    return Notes(
        np.array([note.pitch for note in rows], np.int64),
        np.array([note.velocity for note in rows], np.int64),
        np.array([note.start * seconds for note in rows], np.float64),
        np.array([note.end * seconds for note in rows], np.float64),
        np.array([note.instrument for note in rows], np.int64),
        np.array([note.program for note in rows], np.int64),
        np.array([note.is_drum for note in rows], np.bool_),
    )


def _chords(stored: Stored, storage: Description, seconds: float) -> tuple[TextAnnotation, ...]:
    """The chords where they change, as note_seq's `add_chords_to_sequence` writes them."""
    classes = stored.get("chords")
    if classes is None:
        return ()
    of_rows = "rows" in storage
    steps = _token_steps(stored, storage) if of_rows else range(len(classes))
    timed = [
        (step, TRIAD.decode(chord))
        for step, chord in zip(steps, classes.tolist(), strict=True)
        if step is not None
    ]
    found = []
    before: str | None = None
    for step, figure in sorted(timed) if of_rows else timed:
        if figure != before:
            found.append(TextAnnotation(step * seconds, figure, CHORD_SYMBOL))
        before = figure
    return tuple(found)


def _token_steps(stored: Stored, storage: Description) -> list[int | None]:
    """The step of each token of a performance; None of programs and end tokens."""
    first_shift = 2 * (storage["max_pitch"] - storage["min_pitch"] + 1)
    shifts = 4 * storage["steps_per_quarter"]
    tokens = stored["tokens"].tolist()
    steps: list[int | None] = []
    begin = 0
    for length in stored[LENGTH].tolist():
        step = 0
        row = tokens[begin : begin + length]
        for place, token in enumerate(row):
            is_event = 0 < place < length - 1
            steps.append(step if is_event else None)
            if is_event and first_shift <= token < first_shift + shifts:
                step += token - first_shift + 1
        begin += length
    return steps
