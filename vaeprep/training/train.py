"""Trains and evaluates MusicVAE with Magenta's own loops on whichever examples.

Model, losses, optimizer, checkpoints and summaries are Magenta's
`music_vae_train.train` and `evaluate`, called with another dataset. Two things
are put into them for the time of the call: a clock around the step's wait for
its batch, and the line that shows it.
"""

import copy
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vaeprep.errors import UsageError, option
from vaeprep.magenta.definition import check_name
from vaeprep.magenta.install import needs_magenta
from vaeprep.training.found_examples import Examples, find_examples
from vaeprep.training.options import Show, TrainOptions


@dataclass(frozen=True, slots=True)
class Trained:
    """Where a training has come to.

    Attributes:
        run_dir: The run's folder, with `train` and `eval` in it.
        checkpoint: The prefix of the latest checkpoint's files; None if there is none.
        step: The step of that checkpoint.
    """

    run_dir: Path
    checkpoint: Path | None
    step: int


def run(
    options: TrainOptions, show: Show = lambda line: print(line, file=sys.stderr)
) -> Trained:
    """Trains or evaluates.

    Args:
        options: What to do.
        show: Gets the progress lines.

    Returns:
        Where the training has come to.

    Raises:
        UsageError: An option is wrong, the examples do not fit or are too few,
            or Magenta or TensorFlow cannot be used.
    """
    options = options.checked()
    needs_magenta("train", "vaeprep train")
    examples, eval_examples = _find_examples(options)
    check_name(options.config)
    from vaeprep.training.tensorflow_one import import_tensorflow_one

    import_tensorflow_one(options.log)
    config = _magenta_config(options)
    if options.mode == "train":
        _train(options, config, examples, show)
        if eval_examples is not None:
            _evaluate(options, config, eval_examples, show, once=True)
    else:
        wanted = eval_examples or examples
        _evaluate(options, config, wanted, show, once=options.eval_once)
    return _trained(options)


def _trained(options: TrainOptions) -> Trained:
    """What stands in the run's folder."""
    import tensorflow as tf

    latest = tf.train.latest_checkpoint(str(options.run_dir.expanduser() / "train"))
    step = latest.rpartition("-")[2] if latest else "0"
    return Trained(options.run_dir, Path(latest) if latest else None, int(step))


def _find_examples(options: TrainOptions) -> tuple[Examples | None, Examples | None]:
    if options.examples and options.tfds_name:
        raise UsageError("give ", option("examples"), " or ", option("tfds_name"), ", not both")
    wanted = options.examples or options.tfds_name
    if options.mode == "train" and not wanted:
        raise UsageError("say what to train on with ", option("examples"))
    if options.mode == "eval" and not (wanted or options.eval_examples):
        raise UsageError("say what to evaluate on with ", option("eval_examples"))
    return tuple(  # type: ignore[return-value]
        find_examples(pattern) if pattern else None
        for pattern in (options.examples, options.eval_examples)
    )


def _magenta_config(options: TrainOptions) -> Any:
    """A copy of Magenta's Config with the hyperparameters asked for."""
    from vaeprep.magenta.config import load_magenta_config

    config = copy.deepcopy(load_magenta_config(options.config))
    if options.hparams:
        try:
            config.hparams.parse(options.hparams)
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(option("hparams"), f": {error}") from error
    if options.num_sync_workers:
        config.hparams.batch_size //= options.num_sync_workers
    return config


def _train(options: TrainOptions, config: Any, examples: Examples | None, show: Show) -> None:
    from vaeprep.training import magenta_loops
    from vaeprep.training.progress_line import ProgressLine

    batch_size = config.hparams.batch_size
    source = _source(options, config, examples, is_training=True, show=show)
    source.require(batch_size)
    line = ProgressLine(
        config.model, batch_size, options.num_steps or None, show, options.progress_seconds
    )
    magenta_loops.train(
        str(options.run_dir.expanduser() / "train"),
        source,
        [line],
        checkpoints_to_keep=options.checkpoints_to_keep,
        keep_checkpoint_every_n_hours=options.keep_checkpoint_every_n_hours,
        num_steps=options.num_steps,
        master=options.master,
        num_sync_workers=options.num_sync_workers,
        num_ps_tasks=options.num_ps_tasks,
        task=options.task,
    )


def _evaluate(
    options: TrainOptions, config: Any, examples: Examples | None, show: Show, once: bool
) -> None:
    from vaeprep.training import magenta_loops
    from vaeprep.training.progress_line import EvaluationLine

    batch_size = config.hparams.batch_size
    source = _source(options, config, examples, is_training=False, show=show)
    source.require(batch_size)
    run_dir = options.run_dir.expanduser()
    magenta_loops.evaluate(
        str(run_dir / "train"),
        str(run_dir / f"eval{options.eval_dir_suffix}"),
        source,
        [EvaluationLine(show)],
        num_batches=options.eval_num_batches or source.count() // batch_size,
        master=options.master,
        once=once,
    )


def _source(
    options: TrainOptions,
    config: Any,
    examples: Examples | None,
    is_training: bool,
    show: Show,
) -> Any:
    """Where the batches come from."""
    from vaeprep.training import batch_source

    if examples is None:
        return batch_source.tensorflow_dataset(config, options.tfds_name, is_training, options)
    if not examples.are_tensors:
        return batch_source.note_sequences(config, examples, is_training, options, show)
    return batch_source.tensors(config, examples, is_training, options, show)
