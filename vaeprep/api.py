"""`vaeprep.run(...)`: the main job from Python."""

from collections.abc import Sequence
from concurrent.futures import Executor
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from vaeprep.engines.filters import Filters
from vaeprep.job.options import RunOptions
from vaeprep.job.pool import available_cpus
from vaeprep.job.run import run as run_job
from vaeprep.job.summary import Summary
from vaeprep.progress import no_progress, tqdm_progress

Paths = str | PathLike[str] | Sequence[str | PathLike[str]]


def run(
    *,
    output_tfrecord: str | PathLike[str],
    config: str,
    input: Paths = (),
    input_tfrecord: Paths = (),
    filters: Filters | None = None,
    enable_filtering: bool = True,
    workers: int | None = None,
    executor: Executor | None = None,
    show_progress: bool = False,
    **options: Any,
) -> Summary:
    """Prepares the training examples of a configuration, as `vaeprep run` does.

    In a script, call it below `if __name__ == "__main__":`, because the worker
    processes import the script's module.

    Args:
        output_tfrecord: Prefix of the shards.
        config: A configuration's name, or `module:NAME`.
        input: MIDI files, folders, TFRecords, patterns: one or several.
        input_tfrecord: TFRecord files and patterns: one or several.
        filters: The filters; None takes the defaults.
        enable_filtering: False keeps all music.
        workers: Processes that extract; None takes the CPUs this process may use.
        executor: Takes the place of the process pool.
        show_progress: Draw a progress bar on standard error.
        **options: Further fields of `vaeprep.job.options.RunOptions`, e.g.
            `output_shards=10`, `format="tensors"`, `overwrite=True`.

    Returns:
        The summary, which also stands next to the shards.

    Raises:
        UsageError: The run cannot start; nothing was written.
        OSError: A disk is full or a folder cannot be written.
        TypeError: An option does not exist.
    """
    given = RunOptions(
        input_tfrecord=_strings(input_tfrecord),
        input=_strings(input),
        output_tfrecord=Path(output_tfrecord),
        config=config,
        filters=(filters or Filters()) if enable_filtering else None,
        workers=workers if workers is not None else available_cpus(),
        **options,
    )
    return run_job(given, executor, tqdm_progress if show_progress else no_progress)


def _strings(paths: Paths) -> tuple[str, ...]:
    if isinstance(paths, str | PathLike):
        return (fspath(paths),)
    return tuple(fspath(path) for path in paths)
