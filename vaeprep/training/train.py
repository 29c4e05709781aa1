"""Trains and evaluates MusicVAE with Magenta's own loops on whichever examples.

Model, losses, optimizer, checkpoints and summaries are Magenta's
`music_vae_train.train` and `evaluate`, called with another dataset. Three things
are put into them for the time of the call: a clock around the step's wait for
its batch, the line that shows it, and a look whether the checkpoint fits; with the
compiled step also another order of computation (`vaeprep.training.step`).
"""

import contextlib
import copy
import datetime
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vaeprep.errors import UsageError, option
from vaeprep.magenta.definition import check_name
from vaeprep.magenta.install import needs_magenta
from vaeprep.training import given_hparams, run_folder
from vaeprep.training.found_examples import Examples, find_examples
from vaeprep.training.options import Show, TrainOptions
from vaeprep.training.run_folder import RunRecord
from vaeprep.version import __version__


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
        UsageError: An option is wrong, the examples do not fit or are too few, the
            run folder is of another model or has no checkpoint to evaluate, or
            Magenta or TensorFlow cannot be used.
    """
    options = options.checked()
    needs_magenta("train", "vaeprep train")
    check_name(options.config)
    examples, eval_examples = _find_examples(options)
    run_dir = options.run_dir.expanduser()
    before = run_folder.load(run_dir)
    if options.mode == "eval" and options.eval_once:
        run_folder.require_checkpoint(run_dir)
    from vaeprep.training.tensorflow_one import import_tensorflow_one, show_device

    import_tensorflow_one(options.log)
    config = _magenta_config(options, before if options.mode == "eval" else None)
    show_device(show)
    if options.mode == "train":
        _train(options, config, examples, before, show)
        if eval_examples is not None:
            _evaluate(options, config, eval_examples, before, show, once=True)
    else:
        wanted = eval_examples or examples
        _evaluate(options, config, wanted, before, show, once=options.eval_once)
    return _trained(options)


def _trained(options: TrainOptions) -> Trained:
    """What stands in the run's folder."""
    folder = run_folder.checkpoints_of(options.run_dir.expanduser())
    latest = run_folder.latest_checkpoint(folder)
    step = latest.name.rpartition("-")[2] if latest else "0"
    return Trained(options.run_dir, latest, int(step))


def _find_examples(options: TrainOptions) -> tuple[Examples | None, Examples | None]:
    if options.examples and options.tfds_name:
        raise UsageError("give ", option("examples"), " or ", option("tfds_name"), ", not both")
    if options.warmup_from is not None and options.mode != "train":
        raise UsageError(option("warmup_from"), " is for training; evaluation reads the run")
    wanted = options.examples or options.tfds_name
    if options.mode == "train" and not wanted:
        raise UsageError("say what to train on with ", option("examples"))
    if options.mode == "eval" and not (wanted or options.eval_examples):
        raise UsageError("say what to evaluate on with ", option("eval_examples"))
    return tuple(  # type: ignore[return-value]
        find_examples(pattern, options.config) if pattern else None
        for pattern in (options.examples, options.eval_examples)
    )


def _magenta_config(options: TrainOptions, stored: RunRecord | None = None) -> Any:
    """A copy of Magenta's Config with the hyperparameters asked for, over the stored ones."""
    from vaeprep.magenta.config import load_magenta_config

    config = copy.deepcopy(load_magenta_config(options.config))
    if stored is not None and stored.config == options.config:
        given_hparams.restore(config.hparams, stored.hparams)
    given_hparams.parse(config.hparams, options.hparams)
    if options.num_sync_workers:
        config.hparams.batch_size //= options.num_sync_workers
    return config


def _train(
    options: TrainOptions,
    config: Any,
    examples: Examples | None,
    before: RunRecord | None,
    show: Show,
) -> None:
    import tensorflow.compat.v1 as tf

    from vaeprep.training import checkpoints, magenta_loops
    from vaeprep.training.progress_line import ProgressLine

    step = _step(options, config)
    batch_size = config.hparams.batch_size
    source = _source(options, config, examples, is_training=True, show=show)
    source.require(batch_size)
    line = ProgressLine(
        config.model, batch_size, options.num_steps or None, show, options.progress_seconds
    )
    run_dir = options.run_dir.expanduser()
    record = _record(options, config, examples)
    with contextlib.ExitStack() as opened:
        opened.enter_context(_no_empty_folders(run_dir))
        warmup = None
        if options.warmup_from is not None:
            path = options.warmup_from.expanduser()
            warmup = opened.enter_context(checkpoints.open_checkpoint(path))

        def start() -> None:
            latest = run_folder.latest_checkpoint(run_folder.checkpoints_of(run_dir))
            trained = tf.trainable_variables()
            if latest is not None:
                checkpoints.check_resumable(
                    str(latest), tf.global_variables(), trained, before, record
                )
                _show_resumed(latest, before, record, options.warmup_from, show)
            elif warmup is not None:
                checkpoints.check_same_model(warmup, trained, _made_by(options), record)
                checkpoints.start_from(warmup, trained)
                show(f"begins with the {len(trained)} variables of {options.warmup_from}")
            if options.task == 0:
                run_folder.save(run_dir, record)

        opened.enter_context(step)
        magenta_loops.train(
            str(run_folder.checkpoints_of(run_dir)),
            source,
            [line],
            start,
            checkpoints_to_keep=options.checkpoints_to_keep,
            keep_checkpoint_every_n_hours=options.keep_checkpoint_every_n_hours,
            num_steps=options.num_steps,
            master=options.master,
            num_sync_workers=options.num_sync_workers,
            num_ps_tasks=options.num_ps_tasks,
            task=options.task,
        )


def _step(options: TrainOptions, config: Any) -> contextlib.AbstractContextManager[None]:
    """Within it, Magenta's training graph is built with the step asked for."""
    if options.step == "magenta":
        return contextlib.nullcontext()
    from vaeprep.training import step

    reason = step.why_not(config)
    if reason is not None:
        raise UsageError(
            option("step"),
            f" compiled cannot train this model of {options.config}: {reason}; "
            "the step magenta can",
        )
    return step.compiled(config.hparams)


@contextlib.contextmanager
def _no_empty_folders(run_dir: Path) -> Iterator[None]:
    """Takes folders away that were made for a training that could not begin."""
    try:
        yield
    except UsageError:
        with contextlib.suppress(OSError):  # they are not empty: an earlier training's
            run_folder.checkpoints_of(run_dir).rmdir()
            run_dir.rmdir()
        raise


def _show_resumed(
    latest: Path, before: RunRecord | None, now: RunRecord, warmup: Path | None, show: Show
) -> None:
    """Says where a training goes on, and with what else than before."""
    show(f"goes on from {latest}")
    if warmup is not None:
        show(f"{warmup} is not read again; only a new run begins with it")
    for name, (was, value) in given_hparams.changes(
        before.hparams if before else {}, now.hparams
    ).items():
        show(f"{name} was {was} and is {value} from now on")


def _made_by(options: TrainOptions) -> RunRecord | None:
    """What is known of the run that a checkpoint to begin with is of."""
    assert options.warmup_from is not None
    path = options.warmup_from.expanduser()
    for folder in (path, path.parent, path.parent.parent):
        if (folder / run_folder.NAME).exists():
            return run_folder.load(folder)
    return None


def _record(options: TrainOptions, config: Any, examples: Examples | None) -> RunRecord:
    from importlib.metadata import PackageNotFoundError, version

    from vaeprep.tensors.description import find_description

    data: dict[str, Any] = {"tfds_name": options.tfds_name}
    if examples is not None:
        data = {
            "examples": examples.pattern,
            "files": len(examples.files),
            "format": "tensors" if examples.are_tensors else "notesequences",
        }
        if examples.are_tensors:
            data["description"] = find_description(examples.files)
    versions = {"vaeprep": __version__}
    for name in ("magenta", "tensorflow", "note-seq"):
        with contextlib.suppress(PackageNotFoundError):
            versions[name] = version(name)
    return RunRecord(
        config=options.config,
        hparams=dict(config.hparams.values()),
        data=data,
        versions=versions,
        warmup_from=str(options.warmup_from) if options.warmup_from else None,
        started=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    )


def _evaluate(
    options: TrainOptions,
    config: Any,
    examples: Examples | None,
    before: RunRecord | None,
    show: Show,
    once: bool,
) -> None:
    import tensorflow.compat.v1 as tf

    from vaeprep.training import checkpoints, magenta_loops
    from vaeprep.training.progress_line import EvaluationLine

    batch_size = config.hparams.batch_size
    source = _source(options, config, examples, is_training=False, show=show)
    source.require(batch_size)
    run_dir = options.run_dir.expanduser()
    folder = run_folder.checkpoints_of(run_dir)
    record = RunRecord(options.config, dict(config.hparams.values()))

    def start() -> None:
        latest = run_folder.latest_checkpoint(folder)
        if latest is None:
            show(f"waits for the first checkpoint in {folder}")
        else:
            checkpoints.check_same_model(str(latest), tf.global_variables(), before, record)

    magenta_loops.evaluate(
        str(folder),
        str(run_dir / f"eval{options.eval_dir_suffix}"),
        source,
        [EvaluationLine(show)],
        start,
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
