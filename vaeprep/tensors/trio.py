"""A trio example: a melody and a bass event and the drums of each step."""

from functools import lru_cache
from typing import Any

import numpy as np

from vaeprep.converters.drums.kit import REDUCED_DRUM_PITCH_CLASSES
from vaeprep.converters.trio.converter import TrioConverter
from vaeprep.errors import UsageError
from vaeprep.music import grid
from vaeprep.music.programs import BASS_PROGRAMS
from vaeprep.tensors import controls, drums, melody, notes_of_example, tf_example
from vaeprep.tensors.kinds import Encode, Feature, Kind, Stored, Tensors, as_length, one_hot

MIN_PITCH, MAX_PITCH = 21, 108
"""Of melody and bass: the defaults of the `OneHotMelodyConverter` inside Magenta's."""

_MELODY, _BASS, _DRUMS = 0, 1, 2
_CLASSES = len(REDUCED_DRUM_PITCH_CLASSES)
_DRUM_WIDTH = drums.bytes_a_step(_CLASSES)


def kind(converter: TrioConverter) -> Kind:
    """Trios of a converter.

    Raises:
        UsageError: The converter's examples have no fixed length.
    """
    if not converter.slice_bars:
        raise UsageError("tensor shards need trios of one length: slice_bars")
    steps = converter.slice_bars * converter.steps_per_quarter * converter.quarters_per_bar
    chords, on_key = converter.chord_encoding, converter.condition_on_key
    depth = melody.event_classes(MIN_PITCH, MAX_PITCH)
    chord_classes = controls.classes_of(chords)

    def expand(stored: Stored) -> Tensors:
        parts = [
            one_hot(stored["melody"], depth),
            one_hot(stored["bass"], depth),
            one_hot(drums.numbers(stored["drums"]), 1 << _CLASSES),
        ]
        events = np.concatenate(parts, axis=1)
        conditions = controls.expand(stored, steps, chord_classes)
        return Tensors(events, events, conditions, as_length(steps))

    line = Feature("uint8", (steps,), melody.meaning(MIN_PITCH, MAX_PITCH))
    total_depth = 2 * depth + (1 << _CLASSES)
    return Kind(
        name="trio",
        storage={
            "steps": steps,
            "steps_per_quarter": converter.steps_per_quarter,
            "min_pitch": MIN_PITCH,
            "max_pitch": MAX_PITCH,
            "pitch_classes": [list(pitches) for pitches in REDUCED_DRUM_PITCH_CLASSES],
            "chord_classes": chord_classes,
            "key": on_key,
        },
        features={
            "melody": line,
            "bass": line,
            "drums": drums.feature(steps, _CLASSES),
            **controls.features(steps, chords, on_key),
        },
        depths=(total_depth, total_depth, controls.depth(chords, on_key)),
        control_steps=steps,
        dtype="bool",
        length_shape=(),
        encode=_encoder(converter, steps),
        expand=expand,
    )


def _encoder(converter: TrioConverter, steps: int) -> Encode:
    steps_per_second = grid.step_rate(converter.steps_per_quarter)
    class_of_pitch = drums.classes_by_pitch(REDUCED_DRUM_PITCH_CLASSES)
    chords, on_key = converter.chord_encoding, converter.condition_on_key

    @lru_cache(maxsize=1 << 16)
    def event(message: bytes) -> tuple[int, tuple[int, ...]]:
        note = notes_of_example.note(message)
        if note.is_drum:
            return _DRUMS, drums.drum_hit(note, class_of_pitch, _DRUM_WIDTH, steps_per_second)
        part = _BASS if note.program in BASS_PROGRAMS else _MELODY
        return part, melody.melody_event(note, MIN_PITCH, steps_per_second)

    def encode(example: bytes) -> bytes:
        parts = notes_of_example.read(example)
        notes: tuple[list[Any], ...] = [], [], []
        for part, found in map(event, parts.notes):
            notes[part].append(found)
        stored = {
            "melody": melody.melody_line(notes[_MELODY], steps),
            "bass": melody.melody_line(notes[_BASS], steps),
            "drums": drums.packed(notes[_DRUMS], steps * _DRUM_WIDTH),
            # All steps count for the chords: Magenta sets the length of a part
            # to that of the whole trio before it is converted.
            **controls.step_controls(parts, steps, steps, steps_per_second, chords, on_key),
        }
        return tf_example.features({**stored, tf_example.LENGTH: (steps,)})

    return encode
