"""`vaeprep sample`: new music from a trained model."""

from typing import Any

import click

from vaeprep.cli.example_first import ExampleFirst
from vaeprep.cli.model_flags import model_flags, options_of, telling

_EXAMPLE = """
vaeprep sample --run-dir runs/mel --num-outputs 5 --output-dir listen
"""


@click.command("sample", cls=ExampleFirst, example=_EXAMPLE)
@model_flags
@click.option(
    "--chords",
    default="",
    metavar="'C G Am F'",
    help="For a model that plays to chords: chord symbols, spread evenly over each piece.",
)
def command(**flags: Any) -> None:
    """Draw new pieces from a trained model, as MIDI files.

    Configuration and hyperparameters come from the run folder. The model is
    Magenta's TrainedModel.
    """
    from vaeprep.training.sample import sample

    with telling(flags) as show:
        sample(
            options_of(flags),
            flags["num_outputs"],
            flags["output_dir"],
            chords=flags["chords"].split(),
            overwrite=flags["overwrite"],
            show=show,
        )
