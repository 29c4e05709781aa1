"""A batch of serialized examples to dense arrays of small integers, in the graph."""

import tensorflow as tf

from vaeprep.tensors.groove import VELOCITIES
from vaeprep.tensors.kinds import Kind
from vaeprep.tensors.tf_example import LENGTH

Compact = dict[str, tf.Tensor]
"""A batch in compact form: one tensor a feature, and "length" as int32.

melody, bass, chords, key: uint8[batch, steps]; drums: uint8[batch, steps,
bytes]; tokens: int32[batch, steps], 0 after a row's end; hits: uint8[batch,
steps, bytes], velocities and offsets: float32[batch, steps, classes]. Where notes are
to be left out at random, "seed" is int64[2].
"""

SEED = "seed"


def parse_batch(records: tf.Tensor, kind: Kind) -> Compact:
    """Parses a batch.

    Args:
        records: string[batch], serialized tf.train.Examples.
        kind: What they hold.

    Returns:
        The batch in compact form.
    """
    spec = {name: tf.io.FixedLenFeature([], tf.string) for name in kind.features}
    spec[LENGTH] = tf.io.FixedLenFeature(kind.length_shape, tf.int64)
    found = tf.io.parse_example(records, spec)
    lengths = tf.cast(found[LENGTH], tf.int32)
    compact = _PARSERS.get(kind.name, _parse_steps)(found, lengths, kind)
    return {**compact, LENGTH: lengths}


def _parse_steps(found: dict[str, tf.Tensor], _: tf.Tensor, kind: Kind) -> Compact:
    """Features that have a fixed number of bytes a step."""
    return {
        name: reshape_batch(tf.io.decode_raw(found[name], tf.uint8), feature.shape)
        for name, feature in kind.features.items()
    }


def _parse_performance(found: dict[str, tf.Tensor], lengths: tf.Tensor, kind: Kind) -> Compact:
    there = tf.sequence_mask(lengths, kind.storage["row_tokens"])
    there = reshape_batch(there, (kind.steps,))
    compact = {"tokens": _spread(found["tokens"], tf.uint16, there)}
    if "chords" in found:
        compact["chords"] = tf.cast(_spread(found["chords"], tf.uint8, there), tf.uint8)
    return compact


def _parse_groove(found: dict[str, tf.Tensor], _: tf.Tensor, kind: Kind) -> Compact:
    bits = reshape_batch(tf.io.decode_raw(found["hits"], tf.uint8), kind.features["hits"].shape)
    there = unpack_bits(bits, len(kind.storage["pitch_classes"]))
    velocities = tf.gather(VELOCITIES, _spread(found["velocities"], tf.uint8, there))
    return {
        "hits": bits,
        # Velocity 0 is 0.0, so the places without a hit are right too.
        "velocities": velocities,
        "offsets": _spread(found["offsets"], tf.float32, there),
    }


_PARSERS = {"performance": _parse_performance, "groove": _parse_groove}


def unpack_bits(bits: tf.Tensor, classes: int) -> tf.Tensor:
    """bool[..., classes] of uint8[..., bytes], lowest bit first."""
    one_byte = tf.constant([[bool(byte >> bit & 1) for bit in range(8)] for byte in range(256)])
    rows = tf.gather(one_byte, tf.cast(bits, tf.int32))
    _, steps, count = bits.shape.as_list()
    return reshape_batch(rows, (steps, 8 * count))[..., :classes]


def reshape_batch(values: tf.Tensor, shape: tuple[int | str, ...]) -> tf.Tensor:
    """A batch of arrays of this shape; its own size is kept where it is known."""
    # `as_list` gives plain integers in graphs of TensorFlow 1's behaviour too.
    return tf.reshape(values, [values.shape.as_list()[0] or -1, *shape])


def _spread(values: tf.Tensor, dtype: tf.DType, there: tf.Tensor) -> tf.Tensor:
    """Puts values that stand behind each other to their places.

    Args:
        values: string[batch], the values' bytes for the True places of each example.
        dtype: Of the values.
        there: bool[batch, ...].

    Returns:
        int32 or float32 of the shape of `there`, 0 where it is False.
    """
    flat = tf.io.decode_raw(tf.strings.reduce_join(values), dtype)
    if dtype.is_integer:
        flat = tf.cast(flat, tf.int32)
    zero = tf.zeros([1], flat.dtype)
    places = tf.reshape(there, [-1])
    # Each place's rank among the True places; the others take the zero at the end.
    rank = tf.cumsum(tf.cast(places, tf.int32), exclusive=True)
    rank = tf.where(places, rank, tf.size(flat))
    return tf.reshape(tf.gather(tf.concat([flat, zero], 0), rank), tf.shape(there))
