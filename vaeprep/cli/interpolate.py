"""`vaeprep interpolate`: music between two pieces."""

from typing import Any

import click

from vaeprep.cli.example_first import ExampleFirst
from vaeprep.cli.local_path import LocalPath
from vaeprep.cli.model_flags import model_flags, options_of, telling

_EXAMPLE = """
vaeprep interpolate --run-dir runs/mel --input-midi-1 a.mid --input-midi-2 b.mid \\
    --num-outputs 5 --output-dir listen
"""


@click.command("interpolate", cls=ExampleFirst, example=_EXAMPLE)
@model_flags
@click.option(
    "--input-midi-1",
    required=True,
    type=LocalPath(dir_okay=False),
    metavar="FILE.mid",
    help="Where to begin.",
)
@click.option(
    "--input-midi-2",
    required=True,
    type=LocalPath(dir_okay=False),
    metavar="FILE.mid",
    help="Where to end.",
)
@click.option(
    "--pick-1",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Which example of the first file, if it holds several.",
)
@click.option(
    "--pick-2",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Which example of the second file.",
)
def command(**flags: Any) -> None:
    """Write pieces on the way from one MIDI file to another, both included."""
    from vaeprep.training.interpolate import interpolate

    with telling(flags) as show:
        interpolate(
            options_of(flags),
            (flags["input_midi_1"], flags["input_midi_2"]),
            flags["num_outputs"],
            flags["output_dir"],
            picks=(flags["pick_1"], flags["pick_2"]),
            overwrite=flags["overwrite"],
            show=show,
            tell=lambda line: click.echo(line, err=True),
        )
