"""A batch in compact form to the tensors that MusicVAE takes, in the graph.

This is pure arithmetic on the batch, so it can also run on the device, after
the small compact batch was copied to it.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from vaeprep.tensors.kinds import Kind
from vaeprep.tensors.tf_example import LENGTH
from vaeprep.training.groove_transforms import Groove, transform
from vaeprep.training.stored import SEED, Compact, reshape_batch, unpack_bits

Batch = tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]
"""Inputs, outputs, controls and lengths."""


def expand_batch(batch: Compact, kind: Kind, converter: Any) -> Batch:
    """Expands a batch.

    Args:
        batch: The batch in compact form.
        kind: What it holds.
        converter: The configuration's converter.

    Returns:
        Inputs and outputs, bool or float32 [batch, steps, depth]; controls,
        bool[batch, steps, depth]; lengths, int32[batch] or [batch, segments].
    """
    if kind.name == "groove":
        return _expand_groove(batch, kind, converter)
    inputs, outputs = _EXPAND[kind.name](batch, kind, converter)
    return inputs, outputs, _controls(batch, kind), batch[LENGTH]


def _expand_melody(batch: Compact, kind: Kind, _: Any) -> tuple[tf.Tensor, tf.Tensor]:
    events = _one_hot(batch["melody"], kind.depths[0])
    return events, events


def _expand_drums(batch: Compact, kind: Kind, converter: Any) -> tuple[tf.Tensor, tf.Tensor]:
    roll = unpack_bits(batch["drums"], len(kind.storage["pitch_classes"]))
    events = roll
    if not (converter.roll_input and converter.roll_output):
        events = _drum_events(batch["drums"], len(kind.storage["pitch_classes"]))
    silence = ~tf.reduce_any(roll, axis=2, keepdims=True)
    inputs = tf.concat([roll, silence], axis=2) if converter.roll_input else events
    return inputs, roll if converter.roll_output else events


def _expand_trio(batch: Compact, kind: Kind, _: Any) -> tuple[tf.Tensor, tf.Tensor]:
    classes = len(kind.storage["pitch_classes"])
    line_depth = (kind.depths[0] - (1 << classes)) // 2
    parts = [
        _one_hot(batch["melody"], line_depth),
        _one_hot(batch["bass"], line_depth),
        _drum_events(batch["drums"], classes),
    ]
    events = tf.concat(parts, axis=2)
    return events, events


def _expand_performance(batch: Compact, kind: Kind, _: Any) -> tuple[tf.Tensor, tf.Tensor]:
    events = _one_hot_rows(batch["tokens"], batch[LENGTH], kind, kind.depths[0])
    return events, events


_EXPAND = {
    "melody": _expand_melody,
    "drums": _expand_drums,
    "trio": _expand_trio,
    "performance": _expand_performance,
}


def _expand_groove(batch: Compact, kind: Kind, converter: Any) -> Batch:
    hits = unpack_bits(batch["hits"], len(kind.storage["pitch_classes"]))
    played = Groove(tf.cast(hits, tf.float32), batch["velocities"], batch["offsets"])
    heard = transform(played, converter, batch.get(SEED))
    controls = hits if converter.hits_as_controls else _controls(batch, kind)
    return tf.concat(heard, axis=2), tf.concat(played, axis=2), controls, batch[LENGTH]


def _controls(batch: Compact, kind: Kind) -> tf.Tensor:
    """Chords and keys, one-hot; depth 0 without them."""
    parts = []
    if "chords" in batch:
        depth = kind.storage["chord_classes"]
        if kind.length_shape:
            parts.append(_one_hot_rows(batch["chords"], batch[LENGTH], kind, depth))
        else:
            parts.append(_one_hot(batch["chords"], depth))
    if "key" in batch:
        parts.append(_one_hot(batch["key"], kind.depths[2] - kind.storage["chord_classes"]))
    if parts:
        return tf.concat(parts, axis=2)
    size = batch[LENGTH].shape.as_list()[0] or tf.shape(batch[LENGTH])[0]
    return tf.zeros([size, kind.control_steps, 0], tf.bool)


def _one_hot(indices: tf.Tensor, depth: int) -> tf.Tensor:
    """bool[batch, steps, depth]; rows of a table are copied, faster than `tf.one_hot`."""
    return tf.gather(tf.constant(np.eye(depth, dtype=np.bool_)), tf.cast(indices, tf.int32))


def _one_hot_rows(indices: tf.Tensor, lengths: tf.Tensor, kind: Kind, depth: int) -> tf.Tensor:
    """One-hot indices of rows that are followed by zeros up to the row's size."""
    there = tf.sequence_mask(lengths, kind.storage["row_tokens"])
    there = reshape_batch(there, (kind.steps,))
    table = tf.constant(np.eye(depth + 1, depth, dtype=np.bool_))  # the last row is empty
    return tf.gather(table, tf.where(there, tf.cast(indices, tf.int32), depth))


def _drum_events(bits: tf.Tensor, classes: int) -> tf.Tensor:
    """One-hot drum events of packed classes."""
    weights = tf.constant(
        [1 << (8 * byte) for byte in range(bits.shape.as_list()[2])], tf.int32
    )
    numbers = tf.reduce_sum(tf.cast(bits, tf.int32) * weights, axis=2)
    return _one_hot(numbers, 1 << classes)
