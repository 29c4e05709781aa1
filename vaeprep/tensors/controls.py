"""The chord and the key that condition each step, as class numbers.

Follows `event_list_chords` and `event_list_keys` of note_seq's `chords_lib`, as
Magenta's converters call them on an example that is converted again.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vaeprep.converters.chords import ChordEncoding, Progression, keys_at, progression
from vaeprep.music.chord_inference import Chord
from vaeprep.music.sequence import KeySignature
from vaeprep.tensors import notes_of_example
from vaeprep.tensors.kinds import Feature, Stored, one_hot

KEY_CLASSES = 12


def chord_progression(
    annotations: Iterable[bytes], total_steps: int, steps_per_second: float
) -> Progression:
    """The figures of an example's text annotations at every step.

    Args:
        annotations: Messages, as `notes_of_example.read` gives them.
        total_steps: `total_quantized_steps` of the example. Chords from there
            on are not looked at.
        steps_per_second: Grid.
    """
    chords = (notes_of_example.chord(message) for message in annotations)
    return progression(
        [
            Chord(notes_of_example.step_of(time, steps_per_second), time, figure)
            for time, figure in filter(None, chords)
        ],
        total_steps,
    )


def step_controls(
    example: notes_of_example.Canonical,
    steps: int,
    total_steps: int,
    steps_per_second: float,
    chord_encoding: ChordEncoding | None,
    condition_on_key: bool,
) -> dict[str, bytes]:
    """The controls of an example that has one event a step.

    Args:
        example: The example.
        steps: Its number of steps.
        total_steps: See `chord_progression`.
        steps_per_second: Grid.
        chord_encoding: Classes of chords, or None for no chords.
        condition_on_key: Whether keys are controls.

    Returns:
        "chords" and "key" as far as they are asked for: uint8[steps].
    """
    found = {}
    if chord_encoding is not None:
        chords = chord_progression(example.annotations, total_steps, steps_per_second)
        classes = [chord_encoding.encode(figure) for figure in chords.figures]
        found["chords"] = np.array(classes, np.uint8)[chords.step_labels(steps)].tobytes()
    if condition_on_key:
        keys = [KeySignature(*notes_of_example.key(message), 0) for message in example.keys]
        found["key"] = bytes(keys_at(keys, steps_per_second, range(steps)))
    return found


def features(
    steps: int | str, chord_encoding: ChordEncoding | None, condition_on_key: bool
) -> dict[str, Feature]:
    """The stored features of the controls."""
    found = {}
    if chord_encoding is not None:
        found["chords"] = Feature("uint8", (steps,), _meaning(chord_encoding))
    if condition_on_key:
        found["key"] = Feature("uint8", (steps,), "key, 0 (C) to 11 (B)")
    return found


def _meaning(chord_encoding: ChordEncoding) -> str:
    qualities = ("major", "minor", "augmented", "diminished")
    ranges = [
        f"{12 * number + 1} to {12 * number + 12} {quality} on C to B"
        for number, quality in enumerate(qualities[: chord_encoding.num_classes // 12])
    ]
    return f"chord: 0 is no chord, {', '.join(ranges)}"


def depth(chord_encoding: ChordEncoding | None, condition_on_key: bool) -> int:
    """Depth of the controls."""
    chords = chord_encoding.num_classes if chord_encoding is not None else 0
    return chords + KEY_CLASSES * condition_on_key


def expand(stored: Stored, steps: int, chord_classes: int) -> NDArray[np.bool_]:
    """bool[steps, depth]: chords and then keys, one-hot, as far as they are stored."""
    parts: list[NDArray[Any]] = [np.zeros((steps, 0), np.bool_)]
    if chord_classes:
        parts.append(one_hot(stored["chords"], chord_classes))
    if "key" in stored:
        parts.append(one_hot(stored["key"], KEY_CLASSES))
    return np.concatenate(parts, axis=1)


def classes_of(chord_encoding: ChordEncoding | None) -> int:
    """Number of chord classes, 0 without chords."""
    return chord_encoding.num_classes if chord_encoding is not None else 0
