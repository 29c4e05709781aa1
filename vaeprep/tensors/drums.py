"""A drum example: the classes of drums that are hit on each step, as packed bits.

Bit c of a step is class c, lowest bit first. With 9 classes a step is two bytes,
and read as a little-endian number it is the event of note_seq's
`MultiDrumOneHotEncoding`. The same bytes serve one-hot and roll tensors.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vaeprep.converters.drums.converter import DrumsConverter
from vaeprep.errors import UsageError
from vaeprep.music import grid
from vaeprep.tensors import notes_of_example, tf_example
from vaeprep.tensors.kinds import Encode, Feature, Kind, Stored, Tensors, as_length, one_hot

MOST_ONE_HOT_CLASSES = 16
"""One-hot tensors of more drum classes would be over 65,536 wide."""


def bytes_a_step(classes: int) -> int:
    """Bytes that the packed classes of one step take."""
    return (classes + 7) // 8


def feature(steps: int, classes: int) -> Feature:
    """The stored feature of packed drums."""
    return Feature(
        "bits", (steps, bytes_a_step(classes)), f"bit c: class c of {classes} is hit"
    )


def kind(converter: DrumsConverter) -> Kind:
    """Drums of a converter.

    Raises:
        UsageError: The converter's examples have no fixed length, or its
            one-hot tensors are too wide to exist.
    """
    if not converter.slice_bars or converter.add_end_token:
        raise UsageError("tensor shards need drums of one length: slice_bars and no end token")
    pitch_classes = [list(pitches) for pitches in converter.pitch_classes or ()]
    classes = len(pitch_classes)
    rolls = converter.roll_input, converter.roll_output
    if classes > MOST_ONE_HOT_CLASSES and not all(rolls):
        raise UsageError(f"one-hot drums of {classes} classes are too wide; use rolls")
    steps = converter.slice_bars * converter.steps_per_bar

    def expand(stored: Stored) -> Tensors:
        bits = stored["drums"]
        events = roll(bits, classes) if all(rolls) else one_hot(numbers(bits), 1 << classes)
        return Tensors(
            roll_with_silence(bits, classes) if rolls[0] else events,
            roll(bits, classes) if rolls[1] else events,
            np.zeros((steps, 0), np.bool_),
            as_length(steps),
        )

    return Kind(
        name="drums",
        storage={
            "steps": steps,
            "steps_per_quarter": converter.steps_per_quarter,
            "pitch_classes": pitch_classes,
        },
        features={"drums": feature(steps, classes)},
        depths=(
            classes + 1 if rolls[0] else 1 << classes,
            classes if rolls[1] else 1 << classes,
            0,
        ),
        control_steps=steps,
        dtype="bool",
        length_shape=(),
        encode=_encoder(converter, steps, pitch_classes),
        expand=expand,
    )


def _encoder(
    converter: DrumsConverter, steps: int, pitch_classes: Sequence[Sequence[int]]
) -> Encode:
    steps_per_second = grid.step_rate(converter.steps_per_quarter)
    class_of_pitch = classes_by_pitch(pitch_classes)
    width = bytes_a_step(len(pitch_classes))

    @lru_cache(maxsize=1 << 16)
    def hit(message: bytes) -> tuple[int, int]:
        return drum_hit(notes_of_example.note(message), class_of_pitch, width, steps_per_second)

    def encode(example: bytes) -> bytes:
        hits = [hit(message) for message in notes_of_example.read(example).notes]
        return tf_example.features(
            {"drums": packed(hits, steps * width), tf_example.LENGTH: (steps,)}
        )

    return encode


def classes_by_pitch(pitch_classes: Sequence[Sequence[int]]) -> dict[int, int]:
    """Class of each pitch; of several classes the last, as in Magenta."""
    return {pitch: c for c, pitches in enumerate(pitch_classes) for pitch in pitches}


def drum_hit(
    note: notes_of_example.Note,
    class_of_pitch: dict[int, int],
    width: int,
    steps_per_second: float,
) -> tuple[int, int]:
    """Byte and bit of a drum note in the packed steps of `width` bytes."""
    step = notes_of_example.step_of(note.start, steps_per_second)
    drum = class_of_pitch[note.pitch]
    return step * width + (drum >> 3), 1 << (drum & 7)


def packed(hits: list[tuple[int, int]], size: int) -> bytes:
    """The packed bits of these hits, `size` bytes in all."""
    steps = bytearray(size)
    for byte, bit in hits:
        steps[byte] |= bit
    return bytes(steps)


def roll(bits: NDArray[np.uint8], classes: int) -> NDArray[np.bool_]:
    """bool[steps, classes] of packed bits."""
    rows = np.unpackbits(bits, axis=1, count=classes, bitorder="little")
    return rows.astype(np.bool_)


def roll_with_silence(bits: NDArray[np.uint8], classes: int) -> NDArray[np.bool_]:
    """bool[steps, classes + 1]: the last column tells that nothing is hit."""
    rows = roll(bits, classes)
    return np.concatenate([rows, ~rows.any(axis=1, keepdims=True)], axis=1)


def numbers(bits: NDArray[np.uint8]) -> NDArray[Any]:
    """int64[steps]: the one-hot event of each step."""
    weights = 1 << (8 * np.arange(bits.shape[1], dtype=np.int64))
    return bits.astype(np.int64) @ weights
