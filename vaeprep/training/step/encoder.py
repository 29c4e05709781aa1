"""Magenta's bidirectional encoder: a direction of a layer is one operation.

No step is masked, as Magenta's `dynamic_rnn` does with sequences of unequal
lengths: what lies behind a sequence's end comes after it in both directions, is
never looked at, and gets no gradient.
"""

from collections.abc import Callable
from typing import Any

import tensorflow.compat.v1 as tf

from vaeprep.training.step import recurrence
from vaeprep.training.step.dropout import dropped

Tensor = Any


def encode(keep_prob: float) -> Callable[..., Tensor]:
    """`BidirectionalLstmEncoder.encode` with a probability of keeping an input."""

    def encode(self: Any, sequence: Tensor, sequence_length: Tensor) -> Tensor:
        inputs = tf.transpose(sequence, [1, 0, 2])
        with tf.variable_scope(self._name_or_scope):
            for level, cells in enumerate(zip(*self._cells, strict=True)):
                outputs = [
                    _direction(
                        level, name, each.output_size, inputs, sequence_length, keep_prob
                    )
                    for name, each in zip(("fw", "bw"), cells, strict=True)
                ]
                inputs = tf.concat([outputs[0], _reversed(outputs[1], sequence_length)], axis=2)
        return tf.concat([_last(each, sequence_length) for each in outputs], axis=1)

    return encode


def _direction(
    level: int, name: str, units: int, inputs: Tensor, lengths: Tensor, keep_prob: float
) -> Tensor:
    """The outputs of one direction of a layer, in its own order."""
    with tf.variable_scope(f"cell_{level}/bidirectional_rnn/{name}/multi_rnn_cell/cell_0"):
        depth = int(inputs.shape[2])
        cell = recurrence.weights(depth, units)
    if name == "bw":
        inputs = _reversed(inputs, lengths)
    batch = int(inputs.shape[1])
    return recurrence.layer(
        dropped(inputs, keep_prob),
        recurrence.nothing_fixed(batch),
        cell,
        recurrence.zero_state(batch, units),
    )


def _reversed(sequence: Tensor, lengths: Tensor) -> Tensor:
    return tf.reverse_sequence(sequence, lengths, seq_axis=0, batch_axis=1)


def _last(outputs: Tensor, lengths: Tensor) -> Tensor:
    """The output at each sequence's end; zeros for a sequence of no step."""
    at = tf.stack([tf.maximum(lengths - 1, 0), tf.range(lengths.shape[0])], axis=1)
    found = tf.gather_nd(outputs, at)
    return tf.where(lengths > 0, found, tf.zeros_like(found))
