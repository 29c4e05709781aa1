"""`vaeprep convert`: files of music to a TFRecord of NoteSequences."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vaeprep.cli.cure_flags import lenient_flag
from vaeprep.cli.example_first import ExampleFirst
from vaeprep.cli.local_path import LocalPath
from vaeprep.errors import VaeprepError

if TYPE_CHECKING:
    from vaeprep.inputs.records import SongRecord

_NAMED = 20


class NothingConvertedError(VaeprepError):
    """Not one file could be converted."""


class LostError(VaeprepError):
    """Workers were killed, and what they worked on is missing in the output."""


@click.command(
    "convert", cls=ExampleFirst, example="vaeprep convert my_midi_folder songs.tfrecord"
)
@click.argument("inputs", nargs=-1, required=True, metavar="PATH...")
@click.argument("output", type=LocalPath(dir_okay=False))
@click.option("--workers", type=click.IntRange(min=1), default=None, help="[default: all CPUs]")
@click.option("--overwrite", is_flag=True, help="Replace a file that exists.")
@lenient_flag
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    inputs: tuple[str, ...],
    output: Path,
    workers: int | None,
    overwrite: bool,
    lenient_midi: bool,
    quiet: bool,
) -> None:
    """Convert files of music, and folders of them, to the TFRecord file OUTPUT.

    The NoteSequences equal those of Magenta's convert_dir_to_note_sequences.
    Read are MIDI files (karaoke and RMID too), MusicXML, ABC, packed with gzip or
    zip or not. 'vaeprep run --input' takes them directly and does not need this.
    """
    from vaeprep.job.convert import convert
    from vaeprep.job.pool import available_cpus
    from vaeprep.progress import no_progress, tqdm_progress

    show_bar = sys.stderr.isatty() and not quiet
    done = convert(
        inputs,
        output,
        workers or available_cpus(),
        progress=tqdm_progress if show_bar else no_progress,
        lenient_midi=lenient_midi,
        overwrite=overwrite,
    )
    for bad in done.bad[:_NAMED]:
        click.echo(f"not converted: {bad.path}: {bad.reason}", err=True)
    if len(done.bad) > _NAMED:
        click.echo(f"... and {len(done.bad) - _NAMED:,} more", err=True)
    _tell_remarks(done.remarks)
    for note in done.notes:
        click.echo(note, err=True)
    for part in done.lost:
        click.echo(f"LOST: {part}", err=True)
    if not done.songs and not done.lost:
        raise NothingConvertedError("no file could be converted; the output is empty")
    if not quiet:
        click.echo(f"{done.songs:,} songs written to {output}, {len(done.bad):,} not converted")
    if done.lost:
        raise LostError(
            "parts of the input are missing in the output (see above); "
            "give the command again with --overwrite and fewer --workers"
        )


def _tell_remarks(songs: "Sequence[SongRecord]") -> None:
    """Names the first songs of each kind of remark, and counts the others."""
    by_kind: dict[str, list[str]] = {}
    for song in songs:
        for remark in song.remarks:
            by_kind.setdefault(remark.kind, []).append(f"{song.path}: {remark.text}")
    for kind, lines in by_kind.items():
        for line in lines[:_NAMED]:
            click.echo(f"{kind}: {line}", err=True)
        if len(lines) > _NAMED:
            click.echo(f"... and {len(lines) - _NAMED:,} more {kind}", err=True)
