"""`vaeprep export`: examples as MIDI files."""

import json
from pathlib import Path
from typing import Any

import click

from vaeprep.cli.completion import FileName
from vaeprep.cli.example_first import ExampleFirst
from vaeprep.cli.local_path import LocalPath
from vaeprep.cli.record_flags import json_flag
from vaeprep.errors import UsageError, VaeprepError

_EXAMPLE = """
vaeprep export 'out/trio.tfrecord*' --random 10 --midi listen
vaeprep export 'out/trio.tfrecord*' --index 1428 --midi listen
"""


class SomeNotExportedError(VaeprepError):
    """Some of the records could not be written."""


@click.command("export", cls=ExampleFirst, example=_EXAMPLE)
@click.argument("patterns", metavar="PATTERN...", nargs=-1, required=True, type=FileName())
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
@json_flag
@click.option("--overwrite", is_flag=True, help="Replace MIDI files that exist.")
def command(
    patterns: tuple[str, ...],
    indices: tuple[int, ...],
    count: int | None,
    seed: int,
    folder: Path,
    as_json: bool,
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
    options = {"index": indices, "random": count, "seed": seed, "overwrite": overwrite}
    drawn_with = seed if count is not None else None
    told: list[dict[str, Any]] = []
    failed: list[str] = []
    try:
        for done in export_all(patterns, folder, **options):  # type: ignore[arg-type]
            if isinstance(done, NotExported):
                click.echo(done.in_shell, err=True)
                failed.append(done.in_shell)
                continue
            told.append({"path": str(done.path), "seconds": done.seconds, "notes": done.notes})
            if not as_json:
                click.echo(f"{done.path}  {clock(done.seconds)}, {plural(done.notes, 'note')}")
    finally:  # what was written before an error is told too
        if as_json and (told or failed):
            value = {"seed": drawn_with, "written": told, "failed": failed}
            click.echo(json.dumps(value, indent=2))
    if not as_json and drawn_with is not None:
        click.echo(f"drawn by lot with --seed {seed}; another seed draws others")
    if failed:
        total = len(told) + len(failed)
        raise SomeNotExportedError(f"{len(failed)} of {total} records were not written")
