"""Makes the dataset that a probe reads, in the probe's own process."""

import copy
from pathlib import Path
from typing import Any

from benchmarks.inputs import Input
from vaeprep.training.examples import find_examples
from vaeprep.training.options import TrainOptions
from vaeprep.training.sources import Source, note_sequences, tensors
from vaeprep.user_config import load_magenta_config


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
    examples = find_examples(pattern)
    if wanted.form != "tensors":
        return note_sequences(magenta_config, examples, True, options, lambda _: None)
    source = tensors(magenta_config, examples, True, options)
    return _constant(source) if wanted.constant else source


def _constant(source: Source) -> Source:
    """The same batch for ever: training that never waits for data."""

    def dataset() -> Any:
        return source.dataset().take(1).cache().repeat().prefetch(2)

    return Source(source.config, dataset, source.expand, source.require, source.count)
