"""`vaeprep convert`: files of music to a TFRecord of NoteSequences."""

import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vaeprep.cli.completion import FileName
from vaeprep.cli.cure_flags import lenient_flag
from vaeprep.cli.example_first import ExampleFirst
from vaeprep.cli.local_path import LocalPath
from vaeprep.cli.log_file import log_to
from vaeprep.cli.record_flags import check_apart, faults_flag, json_flag, log_flag
from vaeprep.cli.say import say
from vaeprep.errors import UsageError, VaeprepError
from vaeprep.inputs.kinds import is_zip_name, kind_by_name

if TYPE_CHECKING:
    from vaeprep.inputs.records import SongRecord
    from vaeprep.job.convert import Converted

_NAMED = 20


class NothingConvertedError(VaeprepError):
    """Not one file could be converted."""


class LostError(VaeprepError):
    """Workers were killed, and what they worked on is missing in the output."""


@click.command(
    "convert", cls=ExampleFirst, example="vaeprep convert my_midi_folder songs.tfrecord"
)
@click.argument("inputs", nargs=-1, type=FileName(), metavar="PATH...")
@click.argument("output", type=LocalPath(), required=False)
@click.option("--workers", type=click.IntRange(min=1), default=None, help="[default: all CPUs]")
@click.option("--overwrite", is_flag=True, help="Replace a file that exists.")
@lenient_flag
@faults_flag
@log_flag
@json_flag
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(inputs: tuple[str, ...], output: Path | None, **flags: Any) -> None:
    """Convert files of music, and folders of them, to the TFRecord file OUTPUT.

    The NoteSequences equal those of Magenta's convert_dir_to_note_sequences.
    Read are MIDI files (karaoke and RMID too), MusicXML, ABC, packed with gzip or
    zip or not. 'vaeprep run --input' takes them directly and does not need this.
    """
    from vaeprep.job.convert import convert, faults_of
    from vaeprep.job.fault_lines import check_faults_path, faults_file
    from vaeprep.job.pool import available_cpus
    from vaeprep.progress import no_progress, tqdm_progress

    output = _output_of(inputs, output)
    check_apart({**flags, "output": output})
    if flags["faults"] is not None:
        check_faults_path(flags["faults"])
    show_bar = sys.stderr.isatty() and not flags["quiet"]
    with log_to(flags["log_file"]):
        done = convert(
            inputs,
            output,
            flags["workers"] or available_cpus(),
            progress=tqdm_progress if show_bar else no_progress,
            lenient_midi=flags["lenient_midi"],
            overwrite=flags["overwrite"],
        )
        with faults_file(flags["faults"]) as add:
            for fault in faults_of(done):
                add(fault)
        _tell(done, output, flags)
        _refuse_missing(done)


def _output_of(inputs: tuple[str, ...], output: Path | None) -> Path:
    """The last path, if it can be what is meant as OUTPUT.

    Raises:
        UsageError: It is music, or there is no other path.
    """
    if output is None:
        raise UsageError(
            "PATH and OUTPUT are missing; e.g. vaeprep convert my_midi_folder songs.tfrecord"
        )
    songs = " ".join(shlex.quote(str(path)) for path in (*inputs, output)[:3])
    more = " ..." if len(inputs) > 2 else ""
    advice = f"add a file to write, e.g. vaeprep convert {songs}{more} songs.tfrecord"
    if not inputs:
        raise UsageError(f"OUTPUT is missing; {advice}")
    if output.is_dir():
        raise UsageError(f"OUTPUT is missing, the last path, {output}, is a folder; {advice}")
    if kind_by_name(output.name) or is_zip_name(output.name):
        raise UsageError(
            f"OUTPUT is missing, the last path, {output}, is a file of music; {advice}"
        )
    return output


def _tell(done: "Converted", output: Path, flags: dict[str, Any]) -> None:
    from vaeprep.inspection.words import plural

    for bad in done.bad[:_NAMED]:
        say(f"not converted: {bad.path}: {bad.reason}", later="  ")
    if len(done.bad) > _NAMED:
        faults = flags["faults"]
        where = f"{faults} lists all" if faults else "--faults FILE.jsonl would list all"
        say(f"... and {len(done.bad) - _NAMED:,} more ({where})", later="  ")
    _tell_remarks(done.remarks)
    for note in done.notes:
        say(note, later="  ")
    for part in done.lost:
        say(f"LOST: {part}", later="  ")
    if flags["as_json"]:
        click.echo(json.dumps(_as_json(done, output), indent=2))
    elif done.songs and not flags["quiet"]:
        songs = plural(done.songs, "song")
        click.echo(f"{songs} written to {output}, {len(done.bad):,} not converted")


def _as_json(done: "Converted", output: Path) -> dict[str, Any]:
    return {
        "output": str(output) if done.songs else None,
        "songs": done.songs,
        "not_converted": [asdict(bad) for bad in done.bad],
        "lost": done.lost,
        "notes": done.notes,
        "remarks": [
            {"kind": remark.kind, "path": song.path, "offset": song.offset, "text": remark.text}
            for song in done.remarks
            for remark in song.remarks
        ],
    }


def _refuse_missing(done: "Converted") -> None:
    """Ends with an error if nothing was converted, or a part was lost."""
    if not done.songs and not done.lost:
        raise NothingConvertedError("no file could be converted; nothing was written")
    if done.lost:
        again = "--overwrite and fewer --workers" if done.songs else "fewer --workers"
        raise LostError(
            "parts of the input are missing in the output (see above); "
            f"give the command again with {again}"
        )


def _tell_remarks(songs: "Sequence[SongRecord]") -> None:
    """Names the first songs of each kind of remark, and counts the others."""
    by_kind: dict[str, list[str]] = {}
    for song in songs:
        for remark in song.remarks:
            by_kind.setdefault(remark.kind, []).append(f"{song.path}: {remark.text}")
    for kind, lines in by_kind.items():
        for line in lines[:_NAMED]:
            say(f"{kind}: {line}", later="  ")
        if len(lines) > _NAMED:
            click.echo(f"... and {len(lines) - _NAMED:,} more {kind}", err=True)
