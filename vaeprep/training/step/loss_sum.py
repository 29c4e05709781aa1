"""The loss of each sequence of a batch: one sum.

Magenta cuts a slice for every sequence of the batch and sums each by itself:
512 slices, and 512 gradients of slices that are added up.
"""

from typing import Any

import tensorflow.compat.v1 as tf


def by_sequence(losses: Any, lengths: Any, time: Any) -> Any:
    """Sums over time.

    Args:
        losses: Of every step, those of the first step first: [time * batch, ...].
        lengths: Of the sequences [batch]; what lies behind them does not count.
        time: Number of steps.

    Returns:
        [batch].
    """
    batch = lengths.shape[0]
    losses = tf.reduce_sum(tf.reshape(losses, [time, batch, -1]), axis=2)
    counts = tf.transpose(tf.sequence_mask(lengths, time))
    return tf.reduce_sum(tf.where(counts, losses, tf.zeros_like(losses)), axis=0)
