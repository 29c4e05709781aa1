"""Magenta's training graph on one constant batch, with Magenta's step or the compiled one.

As `music_vae_train.train` builds it, without input, checkpoints and summaries.
The batch is random: the time of a step does not depend on what it holds.
"""

import contextlib
import copy
from typing import Any, NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf
from magenta.models.music_vae import configs

from vaeprep.training.step import compiled


class Batch(NamedTuple):
    """What a step reads: [batch, time, depth] of 0 and 1, and lengths."""

    inputs: np.ndarray[Any, Any]
    outputs: np.ndarray[Any, Any]
    controls: np.ndarray[Any, Any]
    lengths: np.ndarray[Any, Any]


class StepGraph(NamedTuple):
    """A graph and its handles.

    Attributes:
        graph: The graph.
        model: Magenta's model.
        inputs: The tensors of a `Batch`, to be fed with another; None for no controls.
        gradients: By the name of a variable, before they are clipped.
        variables: By name, those that are trained.
        train: Runs a step.
        initialize: Runs first.
        saver: Of a checkpoint.
    """

    graph: Any
    model: Any
    inputs: Any
    gradients: dict[str, Any]
    variables: dict[str, Any]
    train: Any
    initialize: Any
    saver: Any


def configuration(name: str, hparams: str = "") -> Any:
    """A copy of one of Magenta's configurations with these hyperparameters."""
    config = copy.deepcopy(configs.CONFIG_MAP[name])
    config.hparams.parse(hparams)
    return config


def random_batch(config: Any, seed: int = 0, full: bool = True) -> Batch:
    """A batch of the configuration's shapes.

    Args:
        config: Magenta's Config.
        seed: Of its content.
        full: Every sequence is as long as it may be; otherwise their lengths differ.
    """
    random = np.random.default_rng(seed)
    converter, size = config.data_converter, config.hparams.batch_size
    shape = (size, config.hparams.max_seq_len)
    outputs = _events(random, shape, _parts(config))
    if converter.input_depth == converter.output_depth:
        inputs = outputs
    else:
        inputs = random.random((*shape, converter.input_depth)) < 0.1
    controls = _events(random, shape, [converter.control_depth])
    longest = shape[1] // int(np.prod(converter.length_shape, dtype=int))
    lengths = np.full((size, *converter.length_shape), longest, np.int32)
    if not full:
        lengths[1:] = random.integers(1, longest, lengths[1:].shape)
    return Batch(inputs, outputs, controls, lengths)


def _parts(config: Any) -> list[int]:
    """The depths of the one-hot parts of an output."""
    decoder = config.model.decoder
    core = getattr(decoder, "_core_decoder", decoder)
    return getattr(core, "_output_depths", None) or [config.data_converter.output_depth]


def _events(random: Any, shape: tuple[int, int], depths: list[int]) -> np.ndarray[Any, Any]:
    parts = [
        np.arange(depth) == random.integers(0, depth or 1, (*shape, 1)) for depth in depths
    ]
    return np.concatenate(parts, axis=2)


def build(config: Any, batch: Batch, is_compiled: bool) -> StepGraph:
    """The training graph.

    Args:
        config: Magenta's Config.
        batch: What every step reads.
        is_compiled: With the compiled step.
    """
    config = copy.deepcopy(config)
    model, hparams = config.model, config.hparams
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1)
        model.build(hparams, config.data_converter.output_depth, is_training=True)
        inputs = [tf.constant(each) if each.size else None for each in batch]
        with compiled(hparams) if is_compiled else contextlib.nullcontext():
            given, wanted, controls, lengths = inputs
            optimizer = model.train(given, wanted, lengths, controls)
        gradients, variables = zip(*optimizer.compute_gradients(model.loss), strict=True)
        clipped, _ = tf.clip_by_global_norm(gradients, hparams.grad_clip)
        train = optimizer.apply_gradients(
            list(zip(clipped, variables, strict=True)), global_step=model.global_step
        )
        names = [variable.op.name for variable in variables]
        return StepGraph(
            graph,
            model,
            inputs,
            dict(zip(names, gradients, strict=True)),
            dict(zip(names, variables, strict=True)),
            train,
            tf.global_variables_initializer(),
            tf.train.Saver(),
        )
