"""Batches of serialized records from shards: interleaved, cached, shuffled, repeated.

Records travel in thousands, never one by one: tf.data spends microseconds on
every element it hands on, so a chain of single records ends at some 200,000 a
second whatever the records are. Here an element is a *window* of many records,
shuffled as a whole by one operation and cut into batches.
"""

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path

import tensorflow as tf

from vaeprep.errors import UsageError, option
from vaeprep.files.tfrecord import Damage, Range, is_gzip, read_records, walk

WINDOW_BATCHES = 128
"""Batches that are shuffled together (Magenta shuffles 10)."""

_CHUNK = 256
_FILES_AT_ONCE = 16


def training_batches(
    shards: Sequence[Path],
    batch_size: int,
    seed: int,
    deterministic: bool,
    cache: bool,
    window_batches: int = WINDOW_BATCHES,
) -> tf.data.Dataset:
    """Endless shuffled batches.

    Every epoch reads the files in a new order, several at once, and shuffles
    windows of `window_batches` batches. The examples left over at the end of a
    window that is not full (the last of an epoch) are dropped; they are others
    in every epoch.

    Args:
        shards: TFRecord files, gzip or not.
        batch_size: Records in a batch.
        seed: Of all shuffling.
        deterministic: Whether the same seed must give the same batches; without
            it, files that are read faster come sooner.
        cache: Keep the records in memory after the first epoch. Files are then
            not read again, and the windows are the same in every epoch (the
            order in them is not).
        window_batches: Size of a window.

    Returns:
        A dataset of string[batch_size].
    """
    files = tf.data.Dataset.from_tensor_slices(_names(shards))
    files = files.shuffle(len(shards), seed=seed)
    chunks = files.interleave(
        _read_chunks,
        cycle_length=min(len(shards), _FILES_AT_ONCE),
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=deterministic,
    )
    windows = chunks.rebatch(batch_size * window_batches)
    windows = windows.cache() if cache else windows.prefetch(1)
    numbered = windows.repeat().enumerate()
    shuffle = functools.partial(_shuffled, batch_size=batch_size, seed=seed)
    return numbered.flat_map(tf.autograph.experimental.do_not_convert(shuffle))


def evaluation_batches(
    shards: Sequence[Path], batch_size: int, drop_remainder: bool
) -> tf.data.Dataset:
    """The batches of one pass in the order of the files.

    Args:
        shards: TFRecord files, gzip or not.
        batch_size: Records in a batch.
        drop_remainder: Whether a last batch that is not full is dropped.

    Returns:
        A dataset of string[batch_size].
    """
    files = tf.data.Dataset.from_tensor_slices(_names(shards))
    return files.flat_map(_read_chunks).rebatch(batch_size, drop_remainder=drop_remainder)


def require_batch(shards: Sequence[Path], batch_size: int) -> None:
    """Checks that there are as many records as a batch takes.

    Only record headers are read, and only until there are enough.

    Raises:
        UsageError: There are fewer. Training would wait without end.
    """
    found = 0
    for path in shards:
        for count in _counts(path):
            found += count
            if found >= batch_size:
                return
    raise too_few(found, batch_size, "examples")


def too_few(found: int, batch_size: int, what: str) -> UsageError:
    """The error that says how many there are and what to do."""
    message = f"there are {found:,} {what}, fewer than the batch size {batch_size:,}; "
    if not found:
        return UsageError(message, "add music")
    smaller = option("hparams", f"batch_size={found}")
    return UsageError(message, "train with ", smaller, " or less, or add music")


def count_records(shards: Sequence[Path]) -> int:
    """The number of records in some files."""
    return sum(count for path in shards for count in _counts(path))


def _counts(path: Path) -> Iterator[int]:
    """Numbers of records that add up to the file's. Damage is left to the reading."""
    if is_gzip(path):
        yield from (1 for record in read_records(path) if not isinstance(record, Damage))
    else:
        yield from (part.records for part in walk(path, 1 << 20) if isinstance(part, Range))


def _names(shards: Sequence[Path]) -> tuple[list[str], list[str]]:
    """File names, and how each is compressed in TensorFlow's words."""
    return [str(path) for path in shards], ["GZIP" if is_gzip(path) else "" for path in shards]


def _read_chunks(name: tf.Tensor, compression: tf.Tensor) -> tf.data.Dataset:
    return tf.data.TFRecordDataset(name, compression).batch(_CHUNK)


def _shuffled(
    number: tf.Tensor, window: tf.Tensor, batch_size: int, seed: int
) -> tf.data.Dataset:
    """The full batches of one window in a random order of its records."""
    count = tf.size(window, out_type=tf.int64)
    order = tf.random.experimental.stateless_shuffle(
        tf.range(count), seed=tf.stack([tf.constant(seed, tf.int64), number])
    )

    def batch(index: tf.Tensor) -> tf.Tensor:
        first = index * batch_size
        return tf.ensure_shape(
            tf.gather(window, order[first : first + batch_size]), [batch_size]
        )

    batches = tf.data.Dataset.range(count // batch_size)
    return batches.map(tf.autograph.experimental.do_not_convert(batch))
