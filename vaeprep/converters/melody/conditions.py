"""The chords and keys that melodies are conditioned on, step by step.

Follows `to_tensors` of Magenta's `OneHotMelodyConverter` (it inherits it from
`LegacyEventListOneHotConverter`) where it conditions on chords or keys.
"""

from dataclasses import dataclass

import numpy as np

from vaeprep.converters.chords import ChordEncoding, keys_at, progression
from vaeprep.converters.melody.windows import Line, Windows
from vaeprep.converters.signs import Signs
from vaeprep.music.chord_inference import Harmony
from vaeprep.music.quantization import Quantized
from vaeprep.music.sequence import Ints


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a line is conditioned on.

    Attributes:
        labels: int64[steps], the index in `figures` of the chord at each step;
            None without chords.
        figures: The chords.
        keys: int64[steps], the key at each step; None without keys.
    """

    labels: Ints | None
    figures: tuple[str, ...]
    keys: Ints | None

    def __len__(self) -> int:
        values = self.labels if self.labels is not None else self.keys
        return 0 if values is None else len(values)

    def lanes(self) -> list[bytes]:
        """Eight bytes a step of each condition."""
        return [values.tobytes() for values in (self.labels, self.keys) if values is not None]


def conditions_of(
    quantized: Quantized,
    harmony: Harmony | None,
    line: Line,
    encoding: ChordEncoding | None,
    with_keys: bool,
) -> Conditions:
    """The chord and the key at each step of the line.

    Args:
        quantized: The piece.
        harmony: Its chords and keys; None without both.
        line: Its melodies.
        encoding: The chord classes; None for no chords.
        with_keys: Whether there are keys.

    Raises:
        CoincidentChordsError: Two different chords fall on the same step.
    """
    labels, keys = None, None
    figures: tuple[str, ...] = ()
    if harmony is not None and encoding is not None:
        chords = progression(harmony.chords, quantized.total_steps)
        steps = line.steps()
        labels = chords.step_labels(int(steps.max()) + 1)[steps]
        figures = chords.figures
    if harmony is not None and with_keys:
        at = line.steps().tolist()
        keys = np.array(keys_at(harmony.keys, quantized.steps_per_second, at), np.int64)
    return Conditions(labels, figures, keys)


def signs_of(
    conditions: Conditions,
    windows: Windows,
    encoding: ChordEncoding | None,
    with_keys: bool,
    with_end_token: bool,
) -> Signs:
    """What examples say of chords and keys.

    Args:
        conditions: Of the line.
        windows: On the line. What sounds in none of them is not looked at.
        encoding: The chord classes; None for no chords.
        with_keys: Whether the key is a condition.
        with_end_token: Whether tensors have end tokens.

    Raises:
        ChordSymbolError, ChordEncodingError: A chord in a window has no class.
        IndexError: A key is not one of the twelve.
        AttributeError: There are keys and end tokens; Magenta cannot do both.
    """
    if not len(conditions):
        return Signs(None, None)
    within = np.zeros(len(conditions) + 1, np.int64)
    np.add.at(within, windows.begin, 1)
    np.add.at(within, windows.stop, -1)
    inside = np.cumsum(within[:-1]) > 0
    chords, keys = None, None
    if conditions.labels is not None and encoding is not None:
        # Magenta cuts the last 12 columns off the chord's one-hot vector even
        # if no key is behind it: the classes there look like class 0.
        visible = encoding.num_classes - (0 if with_keys else 12)
        shown = np.zeros(len(conditions.figures), np.int64)
        for label in sorted(set(conditions.labels[inside].tolist())):
            token = encoding.encode(conditions.figures[label])
            shown[label] = token if token < visible else 0
        chords = shown[conditions.labels]
    if conditions.keys is not None:
        if with_end_token:
            raise AttributeError("'tuple' object has no attribute 'append'")
        for key in sorted(set(conditions.keys[inside].tolist())):
            if not -12 <= key < 12:
                raise IndexError(f"index {key} is out of bounds for axis 1 with size 12")
        keys = conditions.keys % 12
    return Signs(chords, keys)
