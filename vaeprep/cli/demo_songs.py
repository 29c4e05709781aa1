"""`vaeprep demo-songs`: composes the sample."""

from pathlib import Path

import click

from vaeprep.cli.example_first import ExampleFirst
from vaeprep.cli.local_path import LocalPath
from vaeprep.errors import UsageError


@click.command(
    "demo-songs",
    cls=ExampleFirst,
    example="vaeprep demo-songs songs.tfrecord --songs 60 --seed 7",
)
@click.argument("output", type=LocalPath(dir_okay=False))
@click.option("--songs", type=click.IntRange(min=0), default=60, show_default=True)
@click.option("--seed", type=int, default=7, show_default=True)
def command(output: Path, songs: int, seed: int) -> None:
    """Compose band songs into the TFRecord file OUTPUT.

    The same number and seed give the same file on every machine. The music is
    made by a program and free to use for anything.
    """
    from vaeprep.demo.songs import write_songs

    if not output.parent.is_dir():
        raise UsageError(f"there is no folder {str(output.parent)!r}; make it first")
    write_songs(output, songs, seed)
    click.echo(f"{songs} songs written to {output}")
