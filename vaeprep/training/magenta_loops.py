"""Magenta's training and evaluation loops, with a clock and more hooks put into them.

`music_vae_train.train` and `evaluate` make their input tensors and their hooks
themselves. For the time of a call, three names in that module are replaced: the
function that makes the input tensors, the module `tf_slim` through which it starts its
loops, and the function that writes hyperparameters for TensorBoard, which is called
only when the graph is found to fit the checkpoint.
"""

import types
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import tensorflow.compat.v1 as tf
import tf_slim
from magenta.models.music_vae import music_vae_train

from vaeprep.training.batch_source import Source
from vaeprep.training.progress_line import WAIT

Before = Callable[[], None]
"""Called when the graph is built and nothing was written yet; raises if it does not fit."""


def train(
    train_dir: str, source: Source, hooks: Sequence[Any], before: Before, **options: Any
) -> None:
    """Magenta's `train`.

    Args:
        train_dir: Folder of checkpoints and summaries.
        source: Where the batches come from.
        hooks: Session hooks besides Magenta's.
        before: Called in the finished graph, before its session.
        options: The further arguments of Magenta's `train`.
    """
    with _with_ours(source, hooks, before):
        music_vae_train.train(
            train_dir, config=source.config, dataset_fn=source.dataset, **options
        )


def evaluate(
    train_dir: str,
    eval_dir: str,
    source: Source,
    hooks: Sequence[Any],
    before: Before,
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
        before: Called in the finished graph, before its session.
        num_batches: Batches of one evaluation.
        master: TensorFlow master.
        once: Evaluate one checkpoint and return.
    """
    with _with_ours(source, hooks, before, once):
        music_vae_train.evaluate(
            train_dir,
            eval_dir,
            config=source.config,
            dataset_fn=source.dataset,
            num_batches=num_batches,
            master=master,
        )


@contextmanager
def _with_ours(
    source: Source, hooks: Sequence[Any], before: Before, once: bool = False
) -> Iterator[None]:
    kept = {name: getattr(music_vae_train, name) for name in _REPLACED}
    write_summary = kept["_trial_summary"]
    summaries: list[tuple[Any, ...]] = []

    def start() -> None:
        before()
        for summary in summaries:
            with tf.Graph().as_default():  # it must not stand in the graph that is trained
                write_summary(*summary)

    music_vae_train._get_input_tensors = _input_tensors(source)
    music_vae_train._trial_summary = lambda *summary: summaries.append(summary)
    music_vae_train.tf_slim = _slim(hooks, start, once)
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(music_vae_train, name, value)


_REPLACED = ("_get_input_tensors", "_trial_summary", "tf_slim")


def _slim(hooks: Sequence[Any], start: Before, once: bool) -> Any:
    """What `music_vae_train` uses of tf_slim, with these hooks added."""

    def train_with_hooks(**arguments: Any) -> Any:
        start()
        arguments["hooks"] = [*arguments["hooks"], *hooks]
        return tf_slim.training.train(**arguments)

    def evaluate_with_hooks(*arguments: Any, **named: Any) -> Any:
        start()
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
