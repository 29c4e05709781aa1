"""Makes the dataset that a probe reads, in the probe's own process."""

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.inputs import Input
from vaeprep.magenta.config import load_magenta_config
from vaeprep.training.batch_source import Source, note_sequences, tensors
from vaeprep.training.found_examples import find_examples
from vaeprep.training.options import TrainOptions


def make_source(config: str, hparams: str, pattern: str, wanted: Input) -> Source:
    """The source of training batches, as `vaeprep train` makes it.

    Args:
        config: Name of the configuration.
        hparams: `name=value,...` over the configuration's.
        pattern: The files, of the form that `wanted` names.
        wanted: How to feed the model.
    """
    magenta_config = copy.deepcopy(load_magenta_config(config))
    magenta_config.hparams.parse(hparams)
    options = TrainOptions(
        config=config,
        run_dir=Path(),
        examples=pattern,
        hparams=hparams,
        cache_dataset=wanted.cache,
        expand_on_device=False,
    )
    examples = find_examples(pattern, config)
    if wanted.form != "tensors":
        return note_sequences(magenta_config, examples, True, options, lambda _: None)
    source = tensors(magenta_config, examples, True, options, lambda _: None)
    if wanted.constant:
        return replace(source, dataset=lambda: _constant(source))
    if wanted.block:
        return replace(source, dataset=lambda: _in_turn(source, wanted.block))
    return source


def _constant(source: Source) -> Any:
    """The same batch for ever: training that never waits for data."""
    return source.dataset().take(1).cache().repeat().prefetch(2)


def _in_turn(source: Source, block: int) -> Any:
    """`block` batches from the source, `block` times one constant batch, and so on."""
    from tensorflow import data

    turns = data.Dataset.range(2).flat_map(
        lambda turn: data.Dataset.from_tensors(turn).repeat(block)
    )
    return data.Dataset.choose_from_datasets(
        [source.dataset(), _constant(source)], turns.repeat()
    )
