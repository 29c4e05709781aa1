"""The options that say which trained model a command takes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from vaeprep.cli.completion import ConfigName
from vaeprep.cli.local_path import LocalPath

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


def show_piece(path: Path, piece: Any) -> None:
    """One line about a file that was written."""
    from vaeprep.inspection.words import clock, plural

    last = max((note.end_time for note in piece.notes), default=0.0)
    click.echo(f"{path}  {clock(last)}, {plural(len(piece.notes), 'note')}")
