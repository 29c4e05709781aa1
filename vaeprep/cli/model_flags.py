"""The options that say which trained model a command takes."""

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from vaeprep.cli.completion import ConfigName
from vaeprep.cli.local_path import LocalPath
from vaeprep.cli.record_flags import json_flag

Command = Callable[..., Any]

_FLAGS = (
    click.option(
        "--run-dir",
        required=True,
        type=LocalPath(),
        metavar="DIR",
        help="The folder of the training; or a checkpoint, or a .tar of one.",
    ),
    click.option(
        "--config",
        default=None,
        type=ConfigName(),
        metavar="NAME",
        help="The model's configuration. [default: the one in the run folder]",
    ),
    click.option(
        "--hparams",
        default="",
        metavar="NAME=VALUE,...",
        help="Over those in the run folder, for a model that vaeprep did not train.",
    ),
    click.option(
        "--output-dir",
        required=True,
        type=LocalPath(file_okay=False),
        metavar="DIR",
        help="The folder for the MIDI files; it is made if it is not there.",
    ),
    click.option("--num-outputs", type=click.IntRange(min=1), default=5, show_default=True),
    click.option(
        "--temperature",
        type=click.FloatRange(min=0, min_open=True),
        default=0.5,
        show_default=True,
        help="How freely the decoder draws.",
    ),
    click.option(
        "--seed",
        type=click.IntRange(min=0),
        default=None,
        help="The same seed, the same pieces.",
    ),
    click.option("--overwrite", is_flag=True, help="Replace MIDI files that exist."),
    json_flag,
)


def model_flags(command: Command) -> Command:
    """Adds the options to a command, in the order above."""
    for flag in reversed(_FLAGS):
        command = flag(command)
    return command


def options_of(flags: dict[str, Any]) -> Any:
    """The model's options from the parsed flags."""
    from vaeprep.training.trained_model import ModelOptions

    return ModelOptions(
        run_dir=flags["run_dir"],
        config=flags["config"],
        hparams=flags["hparams"],
        temperature=flags["temperature"],
        seed=flags["seed"],
    )


@contextlib.contextmanager
def telling(flags: dict[str, Any]) -> Iterator[Callable[[Path, Any], None]]:
    """Tells of each file that is written: in a line, or of all of them as JSON.

    Yields:
        Takes a file and the NoteSequence in it.
    """
    from vaeprep.inspection.words import clock, plural

    written: list[dict[str, Any]] = []

    def show(path: Path, piece: Any) -> None:
        last = max((note.end_time for note in piece.notes), default=0.0)
        if not flags["as_json"]:
            click.echo(f"{path}  {clock(last)}, {plural(len(piece.notes), 'note')}")
        written.append({"path": str(path), "seconds": last, "notes": len(piece.notes)})

    yield show
    if flags["as_json"]:
        told = {"seed": flags["seed"], "temperature": flags["temperature"], "written": written}
        click.echo(json.dumps(told, indent=2))
