"""Random transposition of a batch in compact form, in the graph.

Magenta transposes an example's NoteSequence by a random number of half steps
and deletes the notes that leave the MIDI range; its converter then passes over
those outside of the configuration's range. Here only those transpositions are
chosen from that keep every note, so no note is ever lost. Drums stay as they
are; chords and keys move with the notes.
"""

import tensorflow as tf

from vaeprep.converters.melody.windows import FIRST_NOTE
from vaeprep.tensors.kinds import Kind
from vaeprep.training.stored import Compact

_OCTAVE = 12


TRANSPOSED = ("melody", "trio", "performance")
AS_THEY_ARE = ("drums", "groove")
"""Kinds of tensor whose pitches are kinds of drums."""


def transpose(batch: Compact, kind: Kind, amounts: tuple[int, int], seed: tf.Tensor) -> Compact:
    """Transposes each example by its own random number of half steps.

    Args:
        batch: The batch.
        kind: What it holds; drums and grooves are returned as they are.
        amounts: Lowest and highest number of half steps. Of those that keep all
            notes of an example in the configuration's range each is equally
            likely; where there is none the example stays as it is.
        seed: int64[2].

    Returns:
        The transposed batch.
    """
    if kind.name in AS_THEY_ARE:
        return batch
    pitches, is_note = _pitches(batch, kind)
    amount = _choose(pitches, is_note, _highest(kind), amounts, seed)
    moved = dict(batch)
    if kind.name == "performance":
        step = tf.where(is_note, amount[:, None], 0)
        moved["tokens"] = batch["tokens"] + step
    else:
        for part in ("melody", "bass"):
            if part in batch:
                events = tf.cast(batch[part], tf.int32)
                events += tf.where(events >= FIRST_NOTE, amount[:, None], 0)
                moved[part] = tf.cast(events, tf.uint8)
    if "chords" in batch:
        moved["chords"] = _move_chords(batch["chords"], amount)
    if "key" in batch:
        key = tf.math.floormod(tf.cast(batch["key"], tf.int32) + amount[:, None], _OCTAVE)
        moved["key"] = tf.cast(key, tf.uint8)
    return moved


def _highest(kind: Kind) -> int:
    return int(kind.storage["max_pitch"] - kind.storage["min_pitch"])


def _pitches(batch: Compact, kind: Kind) -> tuple[tf.Tensor, tf.Tensor]:
    """The pitch of every event above the lowest of the range, and where there is one."""
    if kind.name == "performance":
        return _performance_pitches(batch["tokens"], kind)
    lines = [batch[part] for part in ("melody", "bass") if part in batch]
    events = tf.cast(tf.concat(lines, axis=1), tf.int32) - FIRST_NOTE
    return events, events >= 0


def _performance_pitches(tokens: tf.Tensor, kind: Kind) -> tuple[tf.Tensor, tf.Tensor]:
    """Pitches that start or end in instruments that are no drums."""
    count = _highest(kind) + 1
    drums = kind.depths[0] - 2  # the last token is the end, the one before it the drums
    rows = tf.reshape(tokens, [-1, kind.storage["rows"], kind.storage["row_tokens"]])
    is_drum = tf.repeat(tf.equal(rows[:, :, 0], drums), kind.storage["row_tokens"], axis=1)
    # Every row begins with its program, so a 0 that pads a row is told from
    # pitch 0 by its place: behind the end token.
    # (`==` would compare Python objects in graphs of TensorFlow 1's behaviour.)
    is_end = tf.cast(tf.equal(rows, drums + 1), tf.int32)
    ended = tf.cumsum(is_end, axis=2, exclusive=True) > 0
    there = ~tf.reshape(ended, tf.shape(tokens))
    is_note = (tokens < 2 * count) & there & ~is_drum
    return tf.math.floormod(tokens, count), is_note


def _choose(
    pitches: tf.Tensor,
    is_note: tf.Tensor,
    highest: int,
    amounts: tuple[int, int],
    seed: tf.Tensor,
) -> tf.Tensor:
    """int32[batch]: a random transposition that keeps 0 <= pitch <= highest."""
    lowest_note = tf.reduce_min(tf.where(is_note, pitches, highest), axis=1)
    highest_note = tf.reduce_max(tf.where(is_note, pitches, 0), axis=1)
    has_notes = tf.reduce_any(is_note, axis=1)
    first = tf.where(has_notes, tf.maximum(amounts[0], -lowest_note), amounts[0])
    last = tf.where(has_notes, tf.minimum(amounts[1], highest - highest_note), amounts[1])
    choices = last - first + 1
    draw = tf.random.stateless_uniform(tf.shape(choices), seed)
    # A float32 draw below 1 times the number of choices may round up to it.
    index = tf.cast(draw * tf.cast(choices, tf.float32), tf.int32)
    index = tf.minimum(index, choices - 1)
    return tf.where(choices > 0, first + index, 0)


def _move_chords(chords: tf.Tensor, amount: tf.Tensor) -> tf.Tensor:
    """Moves the roots; class 0 (no chord) stays, as do the qualities."""
    classes = tf.cast(chords, tf.int32) - 1
    root = tf.math.floormod(classes + amount[:, None], _OCTAVE)
    moved = classes - tf.math.floormod(classes, _OCTAVE) + root + 1
    return tf.cast(tf.where(classes < 0, 0, moved), tf.uint8)
