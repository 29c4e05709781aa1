"""Dropout of the inputs of a cell at all steps at once."""

from typing import Any

import tensorflow.compat.v1 as tf


def dropped(inputs: Any, keep_prob: float) -> Any:
    """The inputs, each element kept with this probability, as `DropoutWrapper` does."""
    return inputs if keep_prob == 1.0 else tf.nn.dropout(inputs, rate=1.0 - keep_prob)
