"""Tensor shards to a tf.data.Dataset of training batches, all in the graph.

No Python runs for an example: records are parsed, transposed and expanded a
batch at a time by TensorFlow operations, on as many threads as there are.
"""

import random
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from vaeprep.checks import Rule, Wrong, checked, flag, optional, whole
from vaeprep.configs import Config
from vaeprep.magenta.definition import usable_config
from vaeprep.tensors.description import check_fits, find_description
from vaeprep.tensors.format import kind_of
from vaeprep.tensors.kinds import Kind
from vaeprep.tensors.reader import Pattern, files
from vaeprep.training.augment import transpose as transpose_batch
from vaeprep.training.batches import (
    WINDOW_BATCHES,
    evaluation_batches,
    require_batch,
    training_batches,
)
from vaeprep.training.expand import Batch, expand_batch
from vaeprep.training.local_copies import local_copies
from vaeprep.training.stored import SEED, Compact, parse_batch

# Seeds plus a few stay in 31 bits, which every operation takes.
_SEEDS = (1 << 31) - 8


def load_dataset(
    pattern: Pattern,
    config: str | Config,
    batch_size: int | None = None,
    is_training: bool = False,
    *,
    seed: int | None = None,
    transpose: tuple[int, int] | str | None = "config",
    note_dropout: bool = True,
    cache: bool = True,
    drop_remainder: bool = True,
    expand: bool = True,
    window_batches: int = WINDOW_BATCHES,
) -> tf.data.Dataset:
    """The training or evaluation data of a configuration.

    Dtypes, shapes and values are those of `get_dataset` in
    `magenta.models.music_vae.data` on the same examples.

    Args:
        pattern: A glob pattern of tensor shards, several with commas, or files. Those
            in object storage are copied to this machine first, see `local_copies`.
        config: The configuration or its name. Shards made for another one fit
            if they store the same (the GrooVAE configurations of two bars do).
        batch_size: Examples in a batch; the configuration's without it.
        is_training: Shuffle, repeat and transpose. Otherwise the dataset is one
            pass in the order of the files.
        seed: Makes shuffling and augmentation repeatable.
        transpose: Lowest and highest number of half steps, None for none, or
            "config": the configuration's range in training.
        note_dropout: False leaves out the random note dropout that one GrooVAE
            configuration has (in training and in evaluation, as in Magenta).
        cache: Keep the records in memory, in compact form, after the first epoch.
        drop_remainder: Drop a last batch that is not full (not in training,
            where every batch is full).
        expand: False delivers the compact form, dictionaries of small integers
            to be expanded with `expander` (on the device, for instance).
        window_batches: Batches that are shuffled together.

    Returns:
        A dataset of (inputs, outputs, controls, lengths), or of compact batches.

    Raises:
        OptionError: A value cannot be.
        UsageError: No file matches, the shards do not fit the configuration, or
            they hold fewer examples than a batch.
    """
    given = checked(
        {
            "batch_size": batch_size,
            "is_training": is_training,
            "seed": seed,
            "transpose": transpose,
            "note_dropout": note_dropout,
            "cache": cache,
            "drop_remainder": drop_remainder,
            "expand": expand,
            "window_batches": window_batches,
        },
        RULES,
    )
    wanted = config if isinstance(config, Config) else usable_config(config)
    shards = local_copies(files(pattern))
    kind = check_fits(find_description(shards), wanted)
    size = given["batch_size"] or wanted.batch_size
    if drop_remainder or is_training:
        require_batch(shards, size)
    first_seed = random.randrange(_SEEDS) if seed is None else given["seed"]
    repeatable = seed is not None or not is_training
    if is_training:
        batches = training_batches(shards, size, first_seed, repeatable, cache, window_batches)
    else:
        batches = evaluation_batches(shards, size, drop_remainder)
    prepare = _preparation(
        kind,
        wanted,
        _amounts(given["transpose"], wanted, is_training),
        note_dropout,
        expand,
        first_seed,
    )
    return (
        batches.enumerate()
        .map(prepare, num_parallel_calls=tf.data.AUTOTUNE, deterministic=repeatable)
        .prefetch(_READY_BATCHES)
    )


# What TensorFlow chooses by itself is fewer, and then steps wait whenever the model holds all
# the cores while a new epoch is shuffled: 10.4 steps a second on two cores, with four 11.1.
_READY_BATCHES = 4


def expander(config: str | Config) -> Callable[[Compact], Batch]:
    """The function that expands what `load_dataset(..., expand=False)` delivers.

    Args:
        config: The configuration or its name.

    Returns:
        A function of tensors, to be called where the batch shall be expanded.
    """
    wanted = usable_config(config) if isinstance(config, str) else config
    kind = kind_of(wanted)
    return lambda batch: expand_batch(batch, kind, wanted.converter)


def _preparation(
    kind: Kind,
    config: Config,
    amounts: tuple[int, int] | None,
    note_dropout: bool,
    expand: bool,
    seed: int,
) -> Callable[[tf.Tensor, tf.Tensor], Compact | Batch]:
    """The function from a batch's number and records to what the dataset delivers."""
    drops = note_dropout and getattr(config.converter, "max_note_dropout_probability", None)

    def prepare(index: tf.Tensor, records: tf.Tensor) -> Compact | Batch:
        batch = parse_batch(records, kind)
        if amounts is not None:
            batch = transpose_batch(batch, kind, amounts, tf.stack([seed + 1, index]))
        if drops is not None and drops is not False:
            batch[SEED] = tf.stack([seed + 2, index])
        return expand_batch(batch, kind, config.converter) if expand else batch

    # Nothing in it is left for autograph to convert, which takes seconds.
    return tf.autograph.experimental.do_not_convert(prepare)  # type: ignore[no-any-return]


def _amounts(
    transpose: tuple[int, int] | str | None, config: Config, is_training: bool
) -> tuple[int, int] | None:
    """The range of transpositions, None for no transposition."""
    if isinstance(transpose, str):
        return config.transpose_range if is_training else None
    return transpose


def _transpose_rule(value: Any) -> Any:
    if value is None or value == "config":
        return value
    is_pair = isinstance(value, tuple | list) and len(value) == 2
    if not is_pair or not all(isinstance(one, int) for one in value) or value[0] > value[1]:
        raise Wrong("must be lowest and highest half steps, 'config' or None")
    return tuple(value)


RULES: dict[str, Rule] = {
    "batch_size": optional(whole(1)),
    "is_training": flag,
    "seed": optional(whole(0, _SEEDS)),
    "transpose": _transpose_rule,
    "note_dropout": flag,
    "cache": flag,
    "drop_remainder": flag,
    "expand": flag,
    "window_batches": whole(1),
}
"""What is asked of each option of `load_dataset`."""
