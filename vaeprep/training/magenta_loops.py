"""Magenta's training and evaluation loops, with a clock and more hooks put into them.

`music_vae_train.train` and `evaluate` make their input tensors and their hooks
themselves. For the time of a call, two names in that module are replaced: the
function that makes the input tensors, and the module `tf_slim` through which it
starts its loops.
"""

import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import tensorflow.compat.v1 as tf
import tf_slim
from magenta.models.music_vae import music_vae_train

from vaeprep.training.batch_source import Source
from vaeprep.training.progress_line import WAIT


def train(train_dir: str, source: Source, hooks: Sequence[Any], **options: Any) -> None:
    """Magenta's `train`.

    Args:
        train_dir: Folder of checkpoints and summaries.
        source: Where the batches come from.
        hooks: Session hooks besides Magenta's.
        options: The further arguments of Magenta's `train`.
    """
    with _with_ours(source, hooks):
        music_vae_train.train(
            train_dir, config=source.config, dataset_fn=source.dataset, **options
        )


def evaluate(
    train_dir: str,
    eval_dir: str,
    source: Source,
    hooks: Sequence[Any],
    num_batches: int,
    master: str,
    once: bool,
) -> None:
    """Magenta's `evaluate`: of every new checkpoint, without end, or of the latest one.

    Args:
        train_dir: Folder of the checkpoints.
        eval_dir: Folder of the summaries.
        source: Where the batches come from.
        hooks: Session hooks besides Magenta's.
        num_batches: Batches of one evaluation.
        master: TensorFlow master.
        once: Evaluate one checkpoint and return.
    """
    with _with_ours(source, hooks, once):
        music_vae_train.evaluate(
            train_dir,
            eval_dir,
            config=source.config,
            dataset_fn=source.dataset,
            num_batches=num_batches,
            master=master,
        )


@contextmanager
def _with_ours(source: Source, hooks: Sequence[Any], once: bool = False) -> Iterator[None]:
    kept = music_vae_train._get_input_tensors, music_vae_train.tf_slim
    music_vae_train._get_input_tensors = _input_tensors(source)
    music_vae_train.tf_slim = _slim(hooks, once)
    try:
        yield
    finally:
        music_vae_train._get_input_tensors, music_vae_train.tf_slim = kept


def _slim(hooks: Sequence[Any], once: bool) -> Any:
    """What `music_vae_train` uses of tf_slim, with these hooks added."""

    def train_with_hooks(**arguments: Any) -> Any:
        arguments["hooks"] = [*arguments["hooks"], *hooks]
        return tf_slim.training.train(**arguments)

    def evaluate_with_hooks(*arguments: Any, **named: Any) -> Any:
        named["hooks"] = [*named["hooks"], *hooks]
        if once:
            named["max_number_of_evaluations"] = 1
        return tf_slim.evaluation.evaluate_repeatedly(*arguments, **named)

    evaluation = types.SimpleNamespace(
        StopAfterNEvalsHook=tf_slim.evaluation.StopAfterNEvalsHook,
        SummaryAtEndHook=tf_slim.evaluation.SummaryAtEndHook,
        evaluate_repeatedly=evaluate_with_hooks,
    )
    return types.SimpleNamespace(
        training=types.SimpleNamespace(train=train_with_hooks), evaluation=evaluation
    )


def _input_tensors(source: Source) -> Any:
    """Magenta's `_get_input_tensors` with a clock around the wait for the batch."""

    def input_tensors(dataset: Any, config: Any) -> dict[str, Any]:
        iterator = tf.data.make_one_shot_iterator(dataset)
        asked = tf.timestamp()
        with tf.control_dependencies([asked]):
            batch = iterator.get_next()
        with tf.control_dependencies(tf.nest.flatten(batch)):
            tf.add_to_collection(WAIT, tf.timestamp() - asked)
        inputs, outputs, controls, lengths = source.expand(batch)
        size, converter = config.hparams.batch_size, config.data_converter
        inputs.set_shape([size, None, converter.input_depth])
        outputs.set_shape([size, None, converter.output_depth])
        controls.set_shape([size, None, converter.control_depth])
        lengths.set_shape([size, *converter.length_shape])
        return {
            "input_sequence": inputs,
            "output_sequence": outputs,
            "control_sequence": controls if converter.control_depth else None,
            "sequence_length": lengths,
        }

    return input_tensors
