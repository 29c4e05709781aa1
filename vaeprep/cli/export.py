"""`vaeprep export`: examples as MIDI files."""

from pathlib import Path

import click

from vaeprep.cli.example_first import ExampleFirst
from vaeprep.cli.local_path import LocalPath
from vaeprep.errors import UsageError, VaeprepError

_EXAMPLE = """
vaeprep export 'out/trio.tfrecord*' --random 10 --midi listen
vaeprep export 'out/trio.tfrecord*' --index 1428 --midi listen
"""


class SomeNotExportedError(VaeprepError):
    """Some of the records could not be written."""


@click.command("export", cls=ExampleFirst, example=_EXAMPLE)
@click.argument("patterns", metavar="PATTERN...", nargs=-1, required=True)
@click.option(
    "--index",
    "indices",
    type=click.IntRange(min=0),
    multiple=True,
    metavar="N",
    help="The record with this number, from 0, as on the page of 'vaeprep inspect'. "
    "Repeat it for more.",
)
@click.option(
    "--random",
    "count",
    type=click.IntRange(min=1),
    default=None,
    metavar="K",
    help="K records, drawn by lot.",
)
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="Another seed draws other records.",
)
@click.option(
    "--midi",
    "folder",
    type=LocalPath(file_okay=False),
    required=True,
    metavar="DIR",
    help="The folder for the MIDI files; it is made if it is not there.",
)
@click.option("--overwrite", is_flag=True, help="Replace MIDI files that exist.")
def command(
    patterns: tuple[str, ...],
    indices: tuple[int, ...],
    count: int | None,
    seed: int,
    folder: Path,
    overwrite: bool,
) -> None:
    """Write examples, or songs, as MIDI files to listen to.

    PATTERN names TFRecords of examples (NoteSequences or tensors) or of songs.
    The files are called example-000012.mid or song-000012.mid by the number of
    the record.
    """
    from vaeprep.inspection.export import NotExported, export_all
    from vaeprep.inspection.words import clock, plural

    if bool(indices) == (count is not None):
        raise UsageError("say which: --index N (as often as you like), or --random K")
    failed = records = 0
    for records, done in enumerate(  # noqa: B007 - their number is told at the end
        export_all(
            patterns, folder, index=indices, random=count, seed=seed, overwrite=overwrite
        ),
        1,
    ):
        if isinstance(done, NotExported):
            click.echo(done.in_shell, err=True)
            failed += 1
        else:
            notes = plural(done.notes, "note")
            click.echo(f"{done.path}  {clock(done.seconds)}, {notes}")
    if failed:
        raise SomeNotExportedError(f"{failed} of {records} records were not written")
