"""What every kind of example offers the tensor format, and the arrays it expands to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Encode = Callable[[bytes], bytes]
"""From an example's canonical bytes to its features (`wire.features`)."""

Stored = Mapping[str, Any]
"""An example as it is stored: a NumPy array a feature, `length`, `ids`."""


class Tensors(NamedTuple):
    """One example as Magenta's converter gives it.

    Attributes:
        inputs: bool or float32 [steps, input depth], for the encoder.
        outputs: bool or float32 [steps, output depth], for the decoder.
        controls: bool [steps, control depth]; the depth may be 0. (Performances
            without chords have [1, 0], an oddity of Magenta's that is kept.)
        lengths: int32, a number, or [segments] for hierarchical examples.
    """

    inputs: NDArray[Any]
    outputs: NDArray[Any]
    controls: NDArray[np.bool_]
    lengths: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Feature:
    """A stored feature: how its bytes are read.

    Attributes:
        dtype: NumPy name of a value, little-endian; "bits" are uint8 with the
            bits of a step packed, lowest bit first.
        shape: Sizes; a text in it says what a varying size counts.
        meaning: What a value is.
    """

    dtype: str
    shape: tuple[int | str, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of example for one converter.

    Attributes:
        name: "melody", "drums", "trio", "performance" or "groove".
        storage: All that decides the stored bytes. Shards fit a configuration
            if their kind and this are equal to the configuration's.
        features: The stored features by name, without `length` and `ids`.
        depths: Depth of inputs, outputs and controls.
        control_steps: Steps of the controls.
        dtype: Of inputs and outputs, "bool" or "float32".
        length_shape: () or (segments,).
        encode: From canonical bytes to features.
        expand: From what is stored to what Magenta's converter gives.
    """

    name: str
    storage: dict[str, Any]
    features: dict[str, Feature]
    depths: tuple[int, int, int]
    control_steps: int
    dtype: str
    length_shape: tuple[int, ...]
    encode: Encode
    expand: Callable[[Stored], Tensors]

    @property
    def steps(self) -> int:
        """Steps of an example (its longest, for hierarchical ones: all segments)."""
        return int(self.storage["steps"])


def one_hot(indices: NDArray[Any], depth: int) -> NDArray[np.bool_]:
    """bool[n, depth] with one True a row."""
    rows = np.zeros((len(indices), depth), np.bool_)
    rows[np.arange(len(indices)), indices] = True
    return rows


def as_length(value: int) -> NDArray[np.int32]:
    """A length that is one number, as an int32 array of shape ()."""
    return np.array(value, np.int32)
