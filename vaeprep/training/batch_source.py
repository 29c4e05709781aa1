"""Where training's batches come from: tensor shards, NoteSequences, TensorFlow's datasets."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tensorflow.compat.v1 as tf

from vaeprep.configs import Config
from vaeprep.errors import UsageError
from vaeprep.magenta.definition import Definition, of_magenta
from vaeprep.tensors.description import check_fits, find_description, other_choices
from vaeprep.training import magenta_input
from vaeprep.training.batches import count_records, require_batch, too_few
from vaeprep.training.found_examples import Examples, check_notes_fit
from vaeprep.training.loader import expander, load_dataset
from vaeprep.training.options import Show, TrainOptions


@dataclass(frozen=True, slots=True)
class Source:
    """Where batches come from.

    Attributes:
        config: Magenta's Config with the examples' path in it.
        dataset: Makes the dataset, in the graph of the moment.
        expand: From what the dataset gives to inputs, outputs, controls, lengths.
        require: Raises UsageError if there are fewer examples than this.
        count: Counts the examples.
    """

    config: Any
    dataset: Callable[[], Any]
    expand: Callable[[Any], tuple[Any, Any, Any, Any]]
    require: Callable[[int], None]
    count: Callable[[], int]


def tensors(
    magenta_config: Any,
    examples: Examples,
    is_training: bool,
    options: TrainOptions,
    show: Show,
) -> Source:
    """Tensor shards through vaeprep's loader.

    Raises:
        UsageError: The shards do not fit the configuration.
    """
    config = vaeprep_config(options.config, magenta_config)
    description = find_description(examples.files)
    check_fits(description, config)
    others = other_choices(description, config)
    if others:
        show(
            f"the shards were made with another choice of music than {options.config} makes "
            f"now: {', '.join(others)}"
        )
    on_device = options.expand_on_device
    if on_device is None:
        on_device = bool(tf.config.list_physical_devices("GPU"))
    size = magenta_config.hparams.batch_size

    def dataset() -> Any:
        return load_dataset(
            examples.files,
            config,
            size,
            is_training,
            seed=options.seed,
            cache=options.cache_dataset,
            expand=not on_device,
        )

    return Source(
        config=_with_path(magenta_config, examples.pattern, is_training),
        dataset=dataset,
        expand=expander(config) if on_device else _as_it_is,
        require=lambda least: require_batch(examples.files, least),
        count=lambda: count_records(examples.files),
    )


def note_sequences(
    magenta_config: Any,
    examples: Examples,
    is_training: bool,
    options: TrainOptions,
    show: Show,
) -> Source:
    """NoteSequences, raw or preprocessed, through Magenta's own pipeline."""
    paths = [str(path) for path in examples.files]
    config = _with_path(magenta_config, paths, is_training)
    known = _definition(options.config, magenta_config).config
    if known is not None:
        check_notes_fit(examples, known)

    def count(enough: float = float("inf")) -> int:
        return magenta_input.count_examples(examples.files, magenta_config, show, enough)

    def require(least: int) -> None:
        found = count(least)
        if found < least:
            raise too_few(found, least, "examples in the NoteSequences")

    return Source(
        config=config,
        dataset=lambda: magenta_input.magenta_dataset(
            config, examples.files, is_training, options.cache_dataset
        ),
        expand=_as_it_is,
        require=require,
        count=count,
    )


def tensorflow_dataset(
    magenta_config: Any, name: str | None, is_training: bool, options: TrainOptions
) -> Source:
    """A dataset of tensorflow-datasets through Magenta's own pipeline."""
    from magenta.models.music_vae import data

    config = magenta_config._replace(
        tfds_name=name, train_examples_path=None, eval_examples_path=None
    )
    return Source(
        config=config,
        dataset=lambda: magenta_input.magenta_dataset(
            config, (), is_training, options.cache_dataset
        ),
        expand=_as_it_is,
        require=lambda _: None,
        count=lambda: data.count_examples(None, name, config.data_converter),
    )


def vaeprep_config(name: str, magenta_config: Any) -> Config:
    """The configuration as vaeprep knows it, read from the Magenta object that is trained.

    Raises:
        UsageError: Its converter is of a class that tensors are not made of.
    """
    found = _definition(name, magenta_config)
    if found.config is None:
        raise UsageError(f"{name} cannot be trained on tensor shards: {found.not_fast}")
    return found.config


def _definition(name: str, magenta_config: Any) -> Definition:
    converter = copy.deepcopy(magenta_config.data_converter)
    converter.set_mode("train")  # as Magenta's loader does before it converts
    return of_magenta(name, magenta_config._replace(data_converter=converter))


def _with_path(magenta_config: Any, path: Any, is_training: bool) -> Any:
    name = "train_examples_path" if is_training else "eval_examples_path"
    return magenta_config._replace(tfds_name=None, **{name: path})


def _as_it_is(batch: Any) -> Any:
    return batch
