"""`vaeprep compare`: two runs, or two collections, beside each other."""

import sys
from typing import Any

import click

from vaeprep.cli.example_first import ExampleFirst
from vaeprep.cli.local_path import LocalPath
from vaeprep.cli.record_flags import json_flag

_EXAMPLE = """
vaeprep compare out/mel.tfrecord out/mel-any-meter.tfrecord --html compare.html
vaeprep compare 'magenta/train.tfrecord-*' out/mel.tfrecord
"""


@click.command("compare", cls=ExampleFirst, example=_EXAMPLE)
@click.argument("a")
@click.argument("b")
@click.option(
    "--html",
    type=LocalPath(dir_okay=False),
    default=None,
    metavar="FILE",
    help="Write a page with both beside each other and what is only in one.",
)
@json_flag
@click.option(
    "--seed",
    type=click.IntRange(min=0, max=2**32 - 1),
    default=0,
    show_default=True,
    help="Another seed shows other examples on the page.",
)
def command(a: str, b: str, **flags: Any) -> None:
    """Tell what is in both A and B, and what is only in one.

    A and B are two runs: their --output-tfrecord or their summaries
    (vaeprep-NAME.json); Magenta's own shards too. Or they are two collections:
    TFRecords of songs or examples, patterns in quotes, folders of music.
    Examples are the same if their notes are, songs by their music and by their ids.
    """
    from vaeprep.inspection.comparison.compare import compare, find_sides
    from vaeprep.progress import no_progress, tqdm_progress

    if flags["html"] is not None:
        from vaeprep.inspection.page.document import check_page_path

        check_page_path(flags["html"])
    sides = find_sides(a, b)
    progress = tqdm_progress if sys.stderr.isatty() else no_progress
    total = sum(file.size for side in sides for file in side.files)
    with progress("comparing", total, "bytes") as advance:
        found = compare(sides, flags["seed"], advance)
    if flags["as_json"]:
        from vaeprep.inspection.comparison.as_json import to_json

        click.echo(to_json(found))
    else:
        from vaeprep.inspection.comparison.text import to_text
        from vaeprep.job.columns import width_of

        click.echo(to_text(found, width_of(sys.stdout)))
    if flags["html"] is not None:
        from vaeprep.inspection.page.comparison import write_comparison

        write_comparison(flags["html"], found, flags["seed"])
        click.echo(f"page written to {flags['html']}", err=flags["as_json"])
