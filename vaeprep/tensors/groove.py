"""A groove example: played drums, hits with velocity and timing.

Stored is the performance itself; what a configuration takes away from its input
(timing, velocities, instruments, notes) is taken away when it is loaded, so
that the same shards serve all GrooVAE configurations of the same length.
Velocities and offsets stand for hits alone, in the order of steps and classes.
"""

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vaeprep.converters.groove.converter import GrooveConverter
from vaeprep.errors import UsageError
from vaeprep.music import grid
from vaeprep.tensors import drums, notes_of_example, tf_example
from vaeprep.tensors.kinds import Encode, Feature, Kind, Stored, Tensors, as_length

TAP_CLASS = 3
"""The class (open hi-hat) that a tapped rhythm is written to."""

VELOCITIES = (np.arange(128) / 127.0).astype(np.float32)
"""The tensor value of each MIDI velocity; float64 first, as Magenta computes it."""

HITS = "hits"


def kind(converter: GrooveConverter) -> Kind:
    """Grooves of a converter.

    Raises:
        UsageError: The examples have no fixed length, or their tensors are of a
            shape that no built-in configuration has.
    """
    if not converter.split_bars:
        raise UsageError("tensor shards need grooves of one length: split_bars")
    if converter.split_instruments or converter.num_velocity_bins:
        raise UsageError("tensor shards hold grooves with split_instruments and bins off")
    pitch_classes = [list(pitches) for pitches in converter.pitch_classes or ()]
    classes = len(pitch_classes)
    steps = converter.split_bars * converter.steps_per_quarter * converter.quarters_per_bar

    def expand(stored: Stored) -> Tensors:
        played = dense(stored, steps, classes)
        conditions = played[0].astype(np.bool_) if converter.hits_as_controls else None
        return Tensors(
            np.concatenate(heard(played, converter), axis=1),
            np.concatenate(played, axis=1),
            np.zeros((steps, 0), np.bool_) if conditions is None else conditions,
            as_length(steps),
        )

    return Kind(
        name="groove",
        storage={
            "steps": steps,
            "steps_per_quarter": converter.steps_per_quarter,
            "pitch_classes": pitch_classes,
        },
        features={
            "hits": drums.feature(steps, classes),
            "velocities": Feature("uint8", (HITS,), "MIDI velocity of each hit, 0 to 127"),
            "offsets": Feature(
                "float32",
                (HITS,),
                "how early each hit is: 1 is half a step early, -1 half a step late",
            ),
        },
        depths=(3 * classes, 3 * classes, classes if converter.hits_as_controls else 0),
        control_steps=steps,
        dtype="float32",
        length_shape=(),
        encode=_encoder(converter, steps, pitch_classes),
        expand=expand,
    )


def _encoder(converter: GrooveConverter, steps: int, pitch_classes: list[list[int]]) -> Encode:
    steps_per_second = grid.step_rate(converter.steps_per_quarter)
    step_length = grid.step_seconds(converter.steps_per_quarter)
    class_of_pitch = drums.classes_by_pitch(pitch_classes)
    width = drums.bytes_a_step(len(pitch_classes))

    def encode(example: bytes) -> bytes:
        loudest: dict[tuple[int, int], notes_of_example.Note] = {}
        for message in notes_of_example.read(example).notes:
            note = notes_of_example.note(message)
            place = (
                notes_of_example.step_of(note.start, steps_per_second),
                class_of_pitch[note.pitch],
            )
            # Of hits of one class on one step the loudest counts, of equally
            # loud ones the first (`_get_feature` takes Python's `max`).
            if place not in loudest or note.velocity > loudest[place].velocity:
                loudest[place] = note
        # A late hit may be heard a step after the end; the window ends before it.
        places = sorted(place for place in loudest if place[0] < steps)
        hits = [(step * width + (drum >> 3), 1 << (drum & 7)) for step, drum in places]
        offsets = [
            (step_length * place[0] - loudest[place].start) / step_length * 2
            for place in places
        ]
        return tf_example.features(
            {
                "hits": drums.packed(hits, steps * width),
                "velocities": bytes(loudest[place].velocity for place in places),
                "offsets": struct.pack(f"<{len(offsets)}f", *offsets),
                tf_example.LENGTH: (steps,),
            }
        )

    return encode


def dense(stored: Stored, steps: int, classes: int) -> list[NDArray[np.float32]]:
    """Hits, velocities and offsets as float32[steps, classes] each."""
    hit = drums.roll(stored["hits"], classes)
    velocities = np.zeros((steps, classes), np.float32)
    velocities[hit] = VELOCITIES[stored["velocities"]]
    offsets = np.zeros((steps, classes), np.float32)
    offsets[hit] = stored["offsets"]
    return [hit.astype(np.float32), velocities, offsets]


def heard(
    played: list[NDArray[np.float32]], converter: GrooveConverter
) -> list[NDArray[np.float32]]:
    """What a configuration leaves of a groove for its input, but for note dropout.

    Follows the order of `GrooveConverter.to_tensors`: tap, humanize, fixed
    velocities, added instruments. The random dropout is the loader's.
    """
    hits, velocities, offsets = (part.copy() for part in played)
    if converter.tapify:
        hits, velocities, offsets = _tap(played)
    if converter.humanize or converter.fixed_velocities:
        velocities[:] = 0
    if converter.humanize:
        offsets[:] = 0
    for part in (hits, velocities, offsets):
        part[:, list(converter.add_instruments or ())] = 0
    return [hits, velocities, offsets]


def _tap(played: list[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """The loudest hit of each step, all in one class."""
    loudest: NDArray[Any] = np.argmax(played[1], axis=1)
    tapped = []
    for part in played:
        squashed = np.zeros_like(part)
        squashed[:, TAP_CLASS] = part[np.arange(len(part)), loudest]
        tapped.append(squashed)
    return tapped
