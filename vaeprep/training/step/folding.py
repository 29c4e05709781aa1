"""Hierarchies with their segments folded into the batch.

Magenta runs the lower level of a hierarchy once for each segment, one after the
other. Without autoregression between the segments none needs another: they are
one batch, with 16 times fewer steps one after the other.
"""

from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf
from magenta.models.music_vae import lstm_utils

Tensor = Any


def encode(self: Any, sequence: Tensor, sequence_length: Tensor) -> Tensor:
    """`HierarchicalLstmEncoder.encode`: each level once."""
    batch = int(sequence.shape[0])
    segments = int(np.prod(self.level_lengths[1:]))
    lengths = lstm_utils.maybe_split_sequence_lengths(
        sequence_length, segments, self._total_length
    )
    for level, (splits, encoder) in enumerate(self._hierarchical_encoders):
        steps = self.level_lengths[level]
        if level:
            lengths = tf.fill([batch, splits], steps)
        folded = tf.reshape(sequence, [batch * splits, steps, sequence.shape[-1]])
        embeddings = encoder.encode(folded, tf.reshape(lengths, [batch * splits]))
        sequence = tf.reshape(embeddings, [batch, splits, encoder.output_depth])
    return sequence[:, 0]


def reconstruction_loss(
    self: Any,
    x_input: Tensor,
    x_target: Tensor,
    x_length: Tensor,
    z: Tensor = None,
    c_input: Tensor = None,
) -> tuple[Tensor, dict[str, Any], None]:
    """`HierarchicalLstmDecoder.reconstruction_loss`: the core decoder once.

    The levels above it are Magenta's; they are as many steps as there are segments.
    """
    batch = int(x_input.shape[0])
    segments, steps = int(np.prod(self._level_lengths[:-1])), self._level_lengths[-1]
    lengths = lstm_utils.maybe_split_sequence_lengths(x_length, segments, self._total_length)
    embeddings: list[Tensor] = []
    z = tf.zeros([batch, 0]) if z is None else z
    self._hierarchical_decode(z, lambda embedding, _: embeddings.append(embedding))
    embedding = tf.stack(embeddings, axis=1)

    def folded(tensor: Tensor) -> Tensor:
        if tensor is None:
            return None
        return tf.reshape(tensor, [batch * segments, steps, tensor.shape[-1]])

    with tf.variable_scope("core_decoder", reuse=tf.AUTO_REUSE):
        losses, _, _ = self._core_decoder.reconstruction_loss(
            folded(x_input),
            folded(x_target),
            tf.reshape(lengths, [batch * segments]),
            tf.reshape(embedding, [batch * segments, embedding.shape[-1]]),
            folded(c_input),
        )
    return tf.reduce_sum(tf.reshape(losses, [batch, segments]), axis=1), {}, None
