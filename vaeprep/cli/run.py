"""`vaeprep run`: the main job."""

import gc
import json
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import click

from vaeprep.cli.completion import ConfigName, FileName
from vaeprep.cli.cure_flags import cure_flags, cures_of
from vaeprep.cli.example_first import ExampleFirst
from vaeprep.cli.filter_flags import filter_flags, filters_of
from vaeprep.cli.local_path import LocalOrRemotePath, LocalPath
from vaeprep.cli.log_file import LOG, command_line, log_to
from vaeprep.cli.record_flags import check_apart, faults_flag, json_flag, log_flag
from vaeprep.cli.say import say
from vaeprep.errors import UsageError, VaeprepError

if TYPE_CHECKING:
    from vaeprep.job.run import Preview
    from vaeprep.job.summary import Summary

_EXAMPLE = """
vaeprep run --input-tfrecord songs.tfrecord \\
    --output-tfrecord out/mel.tfrecord --config cat-mel_2bar_small
"""

NO_BEAM = (
    "--pipeline-options has no effect: there is no Beam here; use --workers to choose "
    "how many processes work"
)


_LISTED = 20


class StoppedError(VaeprepError):
    """Ctrl-C, or a polite kill."""

    exit_code = 130


class NoExamplesError(VaeprepError):
    """The run found no examples."""


class LostError(VaeprepError):
    """Workers were killed, and what they worked on is missing in the output."""


@click.command("run", cls=ExampleFirst, example=_EXAMPLE)
@click.option(
    "--input-tfrecord",
    multiple=True,
    type=FileName(),
    metavar="PATTERN",
    help="TFRecord files of NoteSequences (gzip too). Repeat it, or separate with commas.",
)
@click.option(
    "--input",
    multiple=True,
    type=FileName(),
    metavar="PATH",
    help="Files of music, folders and zip archives of them, TFRecords, patterns, @LIST of "
    "paths; several may follow.",
)
@click.argument("more_input", nargs=-1, type=FileName(), metavar="")
@click.option(
    "--output-tfrecord",
    required=True,
    type=LocalOrRemotePath(),
    metavar="PREFIX",
    help="The shards are PREFIX-00000-of-00010 and so on; a path, or s3://... or gs://...",
)
@click.option(
    "--config",
    required=True,
    type=ConfigName(),
    metavar="NAME",
    help="A configuration ('vaeprep configs' lists them), or my_module:MY_CONFIG.",
)
@click.option("--output-shards", type=int, default=32, show_default=True)
@filter_flags
@cure_flags
@click.option("--pipeline-options", hidden=True, multiple=True)
@click.option(
    "--workers",
    type=int,
    default=None,
    help="Processes that extract. [default: the CPUs this process may use]",
)
@click.option(
    "--cluster",
    default=None,
    metavar="ADDRESS",
    help="A Dask cluster to work on: tcp://host:8786, or its scheduler.json.",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "fast", "magenta"]),
    default="auto",
    show_default=True,
    help="auto is fast wherever it applies; magenta calls Magenta's own converters.",
)
@click.option(
    "--format",
    type=click.Choice(["notesequences", "tensors", "both"]),
    default="notesequences",
    show_default=True,
    help="tensors are for vaeprep's own loader; Magenta reads notesequences.",
)
@click.option(
    "--tensor-compression",
    type=click.Choice(["gzip", "none"]),
    default=None,
    help="Of tensor shards; every reader of vaeprep reads both. [default: gzip]",
)
@click.option(
    "--eval-fraction",
    type=float,
    default=0.0,
    show_default=True,
    help="Hold this share of the songs out as a second set, for evaluation.",
)
@click.option(
    "--eval-prefix",
    type=LocalOrRemotePath(),
    default=None,
    metavar="PREFIX",
    help="Where that set stands. [default: eval-NAME beside the output]",
)
@click.option(
    "--max-examples-per-sequence",
    type=int,
    default=None,
    metavar="N",
    help="Keep at most N examples of each song. [default: all]",
)
@click.option(
    "--max-source-ids",
    type=int,
    default=None,
    metavar="N",
    help="Keep at most N source ids with an example. [default: all]",
)
@click.option(
    "--work-dir",
    type=LocalPath(),
    default=None,
    help="Where unfinished work is kept. [default: next to the output; of an output in "
    "object storage ~/.cache/vaeprep]",
)
@click.option(
    "--report",
    type=LocalPath(dir_okay=False),
    default=None,
    metavar="FILE.html",
    help="Write a page about the run: what was kept and dropped, and examples to look at.",
)
@faults_flag
@log_flag
@json_flag
@click.option("--overwrite", is_flag=True, help="Replace shards that exist.")
@click.option("--restart", is_flag=True, help="Throw unfinished work of this output away.")
@click.option("--strict", is_flag=True, help="Stop at the first bad record.")
@click.option("--dry-run", is_flag=True, help="Show what would be read and written.")
@click.option("--verbose", is_flag=True, help="Name every fault that the summary keeps.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(**flags: Any) -> None:
    """Prepare the training examples of a configuration.

    Splits every song into examples as Magenta's preprocess_tfrecord means to,
    keeps each different example once with the ids of its songs, and writes
    them as TFRecord shards. An interrupted run goes on when the same command
    is given again. Magenta's spelling of the flags works too.
    """
    if flags["pipeline_options"]:
        click.echo(NO_BEAM, err=True)
    check_apart(flags)
    if flags["report"]:
        from vaeprep.inspection.page.document import check_page_path

        check_page_path(flags["report"])
    if flags["dry_run"]:
        _dry_run(flags)
    else:
        _run(flags)


def _import_the_job() -> None:
    """Imports what takes long; it is no garbage, so none is looked for meanwhile."""
    gc.disable()
    try:
        import vaeprep.job.run  # noqa: F401
    finally:
        gc.enable()


def _run(flags: dict[str, Any]) -> None:
    _import_the_job()
    from vaeprep.job.summary_text import likely_reasons
    from vaeprep.progress import no_progress, tqdm_progress

    options = _options(flags)
    show_bar = sys.stderr.isatty() and not flags["quiet"]
    with log_to(flags["log_file"]):
        try:
            summary = _on_workers(
                flags,
                options,
                progress=tqdm_progress if show_bar else no_progress,
                tell=LOG.info if flags["quiet"] else _tell,
                command=command_line(),
            )
        except KeyboardInterrupt:
            raise StoppedError(
                "stopped; give the same command again to go on from here"
            ) from None
        _tell_end(flags, summary)
        if not summary.unique:
            raise NoExamplesError(likely_reasons(summary))
        if summary.lost_splits:
            raise LostError(
                "parts of the input are missing in the output (see above); "
                "give the command again with --overwrite and fewer --workers"
            )


def _tell_end(flags: dict[str, Any], summary: "Summary") -> None:
    """Shows the numbers and what was written; warnings come last, the page before them."""
    from vaeprep.files.names import summary_path
    from vaeprep.job.columns import width_of
    from vaeprep.job.summary import to_json
    from vaeprep.job.summary_text import last_words, to_text

    prefix, width = flags["output_tfrecord"], width_of(sys.stdout)
    for line in to_text(summary, prefix).splitlines():
        LOG.info("%s", line)
    if flags["report"]:
        from vaeprep.inspection.page.page import write_report

        write_report(flags["report"], summary, prefix)
    if flags["as_json"]:
        click.echo(to_json(summary), nl=False)
    if flags["quiet"]:
        return
    written = [(summary_path(prefix), "this summary as JSON")] if summary.unique else []
    written += [
        (flags[name], what)
        for name, what in (
            ("report", "the report"),
            ("faults", "all faults, and songs that gave nothing"),
            ("log_file", "the log"),
        )
        if flags[name]
    ]
    if not flags["as_json"]:
        click.echo(to_text(summary, prefix, flags["verbose"], width, flags["faults"]))
    for path, what in written:
        click.echo(f"{path}  {what}", err=flags["as_json"])
    if last := last_words(summary, width):
        click.echo(f"\n{last}", err=flags["as_json"])


def _on_workers(flags: dict[str, Any], options: Any, **others: Any) -> Any:
    """Runs the job on this machine's processes, or on the cluster that is asked for."""
    from vaeprep.job.run import run

    if not flags["cluster"]:
        return run(options, **others)
    if flags["workers"] is not None:
        raise UsageError(
            "--workers is for this machine's processes; leave it out with --cluster"
        )
    from vaeprep.job.cluster import connect

    with connect(flags["cluster"]) as cluster:
        return run(replace(options, workers=cluster.cores), cluster.executor, **others)


def _tell(line: str) -> None:
    LOG.info("%s", line)
    say(line)


def _dry_run(flags: dict[str, Any]) -> None:
    from vaeprep.job.run import preview

    found = preview(_options(flags))
    if flags["as_json"]:
        click.echo(json.dumps(_preview_as_json(found), indent=2))
        return
    plan = found.plan
    reason = f" ({found.choice.reason})" if found.choice.reason else ""
    click.echo(f"{flags['config']}, {found.choice.spec.name} engine{reason}")
    for file in plan.files[:_LISTED]:
        click.echo(f"read   {file.path}  {file.size:,} bytes")
    if len(plan.files) > _LISTED:
        click.echo(f"read   ... and {len(plan.files) - _LISTED:,} more files")
    for loss in plan.losses:
        click.echo(f"lost   {loss.path} from byte {loss.offset}: {loss.reason}")
    for line in found.notes:
        click.echo(f"note   {line}")
    unknown = " and those in gzip files" if any(not s.records for s in plan.splits) else ""
    click.echo(f"       {plan.records:,} records{unknown} in {len(plan.splits)} splits")
    count = flags["output_shards"]
    for first in range(0, len(found.shard_paths), count):
        of_output = found.shard_paths[first : first + count]
        more = f" ... {of_output[-1].name}" if count > 1 else ""
        click.echo(f"write  {of_output[0]}{more}")
    for path in found.summary_paths:
        click.echo(f"write  {path}")
    click.echo(f"use    {found.work_path} while at work")


def _preview_as_json(found: "Preview") -> dict[str, Any]:
    from vaeprep.job.summary import damaged

    plan, choice = found.plan, found.choice
    return {
        "config": choice.spec.config,
        "engine": choice.spec.name,
        "engine_reason": choice.reason,
        "read": [{"path": file.text, "bytes": file.size} for file in plan.files],
        "lost": [asdict(damaged(loss)) for loss in plan.losses],
        "notes": found.notes,
        "records": plan.records,
        "records_are_all": all(split.records for split in plan.splits),
        "splits": len(plan.splits),
        "write": [str(path) for path in (*found.shard_paths, *found.summary_paths)],
        "work_folder": str(found.work_path),
    }


def _options(flags: dict[str, Any]) -> Any:
    from vaeprep.job.options import RunOptions
    from vaeprep.job.pool import available_cpus

    return RunOptions(
        input_tfrecord=flags["input_tfrecord"],
        input=(*flags["input"], *flags["more_input"]),
        format=flags["format"],
        tensor_compression=flags["tensor_compression"],
        eval_fraction=flags["eval_fraction"],
        eval_prefix=flags["eval_prefix"],
        output_tfrecord=flags["output_tfrecord"],
        config=flags["config"],
        output_shards=flags["output_shards"],
        filters=filters_of(flags),
        cures=cures_of(flags),
        engine=flags["engine"],
        workers=flags["workers"] if flags["workers"] is not None else available_cpus(),
        max_examples_per_sequence=flags["max_examples_per_sequence"],
        max_source_ids=flags["max_source_ids"],
        work_dir=flags["work_dir"],
        overwrite=flags["overwrite"],
        restart=flags["restart"],
        strict=flags["strict"],
        faults=flags["faults"],
    )
