"""`vaeprep.run(...)`: the main job from Python."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import fields
from os import PathLike
from typing import Any

from vaeprep import checks
from vaeprep.engines.filters import Filters
from vaeprep.job.options import RULES, RunOptions
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
        UnknownOptionError: An option does not exist.
        OptionError: An option's value cannot be.
        UsageError: The run cannot start for another reason; nothing was written.
        StrictError: With `strict=True`, at the first bad record.
        OSError: A disk is full or a folder cannot be written.
    """
    checks.checked(
        {"enable_filtering": enable_filtering, "show_progress": show_progress},
        {"enable_filtering": checks.flag, "show_progress": checks.flag},
    )
    given = {
        "input_tfrecord": input_tfrecord,
        "input": input,
        "output_tfrecord": output_tfrecord,
        "config": config,
        "filters": (Filters() if filters is None else filters) if enable_filtering else None,
        "workers": available_cpus() if workers is None else workers,
        **options,
    }
    checks.refuse_unknown(given, (one.name for one in fields(RunOptions)), "vaeprep.run")
    wanted = RunOptions(**checks.checked(given, RULES))
    return run_job(wanted, executor, tqdm_progress if show_progress else no_progress)
