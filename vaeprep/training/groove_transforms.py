"""What a GrooVAE configuration takes away from its input, in the graph.

Follows `GrooveConverter.to_tensors` step by step: note dropout, tap, humanize,
fixed velocities, instruments to add. All but the dropout is deterministic.
"""

from typing import NamedTuple

import tensorflow as tf

from vaeprep.converters.groove.converter import GrooveConverter
from vaeprep.tensors.groove import TAP_CLASS

_LEAST_WEIGHT = 0.2


class Groove(NamedTuple):
    """Hits, velocities and offsets, float32[batch, steps, classes] each."""

    hits: tf.Tensor
    velocities: tf.Tensor
    offsets: tf.Tensor


def transform(played: Groove, converter: GrooveConverter, seed: tf.Tensor | None) -> Groove:
    """The input of a configuration.

    Args:
        played: The performance, which is the output.
        converter: Its parameters say what is taken away.
        seed: int64[2], for the note dropout; None leaves it out.

    Returns:
        What is left.
    """
    heard = played
    if converter.max_note_dropout_probability is not None and seed is not None:
        heard = drop_notes(heard, converter.max_note_dropout_probability, seed)
    if converter.tapify:
        heard = tap(played, heard)
    if converter.humanize:
        heard = Groove(
            heard.hits, tf.zeros_like(heard.velocities), tf.zeros_like(heard.offsets)
        )
    if converter.fixed_velocities:
        heard = heard._replace(velocities=tf.zeros_like(heard.velocities))
    if converter.add_instruments:
        heard = remove_classes(heard, tuple(converter.add_instruments))
    return heard


def drop_notes(heard: Groove, most: float, seed: tf.Tensor) -> Groove:
    """Leaves notes out at random, soft ones more often.

    An example's dropout is uniform between 0 and `most`; a note is dropped with
    that probability times 1 - velocity (at least 0.2).
    """
    seeds = tf.random.experimental.stateless_split(seed, 2)
    batch = tf.shape(heard.hits)[0]
    dropout = tf.random.stateless_uniform([batch, 1, 1], seeds[0], maxval=most)
    weights = tf.maximum(_LEAST_WEIGHT, 1.0 - heard.velocities)
    draw = tf.random.stateless_uniform(tf.shape(heard.hits), seeds[1])
    keep = tf.cast(draw >= weights * dropout, tf.float32)
    return Groove(*(part * keep for part in heard))


def tap(played: Groove, heard: Groove) -> Groove:
    """Writes each step's loudest hit to one class and empties the others.

    Which class is loudest is read from what is heard after dropout, but the hit
    itself from what is played, as in Magenta: a step whose notes were all
    dropped takes the bass drum's.
    """
    loudest = tf.argmax(heard.velocities, axis=2, output_type=tf.int32)
    depth = played.hits.shape.as_list()[2]
    is_tap = tf.constant([index == TAP_CLASS for index in range(depth)])
    # Chosen, not multiplied: an early hit's offset times 0.0 would be -0.0.
    return Groove(
        *(
            tf.where(is_tap, tf.gather(part, loudest, axis=2, batch_dims=2)[..., None], 0.0)
            for part in played
        )
    )


def remove_classes(heard: Groove, classes: tuple[int, ...]) -> Groove:
    """Takes whole instruments out of the input."""
    depth = heard.hits.shape.as_list()[2]
    keep = tf.constant([index not in classes for index in range(depth)])
    return Groove(*(tf.where(keep, part, 0.0) for part in heard))
