"""`vaeprep inspect`: what is in some files."""

import sys
from typing import TYPE_CHECKING, Any

import click

from vaeprep.cli.completion import ConfigName, FileName
from vaeprep.cli.cure_flags import cure_flags, cures_of
from vaeprep.cli.example_first import ExampleFirst
from vaeprep.cli.filter_flags import filter_flags, filters_of
from vaeprep.cli.local_path import LocalPath
from vaeprep.cli.log_file import log_to
from vaeprep.cli.record_flags import check_apart, faults_flag, json_flag, log_flag
from vaeprep.cli.say import say
from vaeprep.errors import UsageError

if TYPE_CHECKING:
    from vaeprep.inspection.statistics import Inspection
    from vaeprep.inspection.trial import Trial

_EXAMPLE = """
vaeprep inspect my_midi_folder --config cat-mel_2bar_small --html report.html
vaeprep inspect 'out/mel.tfrecord*'
"""


@click.command("inspect", cls=ExampleFirst, example=_EXAMPLE)
@click.argument("inputs", metavar="PATTERN...", nargs=-1, required=True, type=FileName())
@click.option(
    "--config",
    default=None,
    type=ConfigName(),
    metavar="NAME",
    help="Tell what this configuration would make of the songs.",
)
@filter_flags
@cure_flags
@click.option(
    "--html",
    type=LocalPath(dir_okay=False),
    default=None,
    metavar="FILE",
    help="Write a page with charts and piano rolls, to be opened in a browser.",
)
@json_flag
@faults_flag
@log_flag
@click.option(
    "--shown",
    type=click.IntRange(min=0, max=100),
    default=6,
    show_default=True,
    help="How many random and how many frequent examples the page draws.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0, max=2**32 - 1),
    default=0,
    show_default=True,
    help="Another seed draws other random examples.",
)
def command(inputs: tuple[str, ...], **flags: Any) -> None:
    """Tell what is in files: songs, examples or tensors.

    PATTERN is a file, a pattern in quotes, or a folder of music; TFRecords and
    files of music are told apart, and so is what the records hold. With
    --config, every song is tried: which filter would drop it, and how many
    examples it would give.
    """
    check_apart(flags)
    if flags["html"] is not None:
        from vaeprep.inspection.page.document import check_page_path

        check_page_path(flags["html"])
    with log_to(flags["log_file"]):
        _tell(flags, _inspect(inputs, flags))


def _inspect(inputs: tuple[str, ...], flags: dict[str, Any]) -> "Inspection":
    from vaeprep.inputs.find import find
    from vaeprep.inspection.statistics import inspect_files
    from vaeprep.job.fault_lines import faults_file
    from vaeprep.progress import no_progress, tqdm_progress

    found = find((), inputs)
    files = found.files
    trial = _trial(flags)
    progress = tqdm_progress if sys.stderr.isatty() else no_progress
    with (
        faults_file(flags["faults"]) as told,
        progress("inspecting", sum(file.size for file in files), "bytes") as advance,
    ):
        inspection = inspect_files(
            files,
            flags["seed"],
            flags["shown"],
            trial,
            advance,
            flags["lenient_midi"],
            found.losses,
            told,
        )
    for line in found.lines():
        say(line)
    return inspection


def _tell(flags: dict[str, Any], inspection: "Inspection") -> None:
    if flags["as_json"]:
        from vaeprep.inspection.as_json import to_json

        click.echo(to_json(inspection))
    else:
        from vaeprep.inspection.text import to_text
        from vaeprep.job.columns import width_of

        click.echo(to_text(inspection, width_of(sys.stdout)))
    if flags["html"] is not None:
        from vaeprep.inspection.page.page import write_page

        write_page(flags["html"], inspection)
        click.echo(f"page written to {flags['html']}", err=flags["as_json"])
    if flags["faults"] is not None:
        click.echo(f"all faults written to {flags['faults']}", err=flags["as_json"])


def _trial(flags: dict[str, Any]) -> "Trial | None":
    """A trial of the configuration, with the engine that a run would choose."""
    filters, cures = filters_of(flags), cures_of(flags)
    if flags["config"] is None:
        if cures.needs_config:
            raise UsageError(
                "--meter, --merge-tempo-changes, --drum-map and --unknown-drums show what they "
                "do for a configuration; add --config, e.g. --config cat-mel_2bar_small"
            )
        return None
    from vaeprep.engines.choice import choose_engine, with_cures
    from vaeprep.inspection.trial import new_trial

    choice = with_cures(choose_engine(flags["config"], "auto", filters), cures)
    return new_trial(choice, filters, flags["shown"], cures)
