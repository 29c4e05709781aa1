"""`vaeprep train`: trains MusicVAE on prepared examples."""

from typing import Any

import click

from vaeprep.cli.completion import ConfigName, FileName
from vaeprep.cli.example_first import ExampleFirst
from vaeprep.cli.local_path import LocalPath

_EXAMPLE = """
vaeprep train --config cat-mel_2bar_small \\
    --examples 'out/mel.tfrecord*' --run-dir runs/mel
"""


@click.command("train", cls=ExampleFirst, example=_EXAMPLE)
@click.option(
    "--config",
    required=True,
    type=ConfigName(),
    metavar="NAME",
    help="A configuration ('vaeprep configs' lists them), or my_module:MY_CONFIG.",
)
@click.option(
    "--examples",
    "--examples-path",
    type=FileName(),
    metavar="PATTERN",
    help="Tensor shards, or NoteSequences (preprocessed or raw) for Magenta's own loader: "
    "a pattern, or the prefix of shards.",
)
@click.argument("more_examples", nargs=-1, type=FileName(), metavar="")
@click.option(
    "--run-dir",
    required=True,
    type=LocalPath(file_okay=False),
    metavar="DIR",
    help="Checkpoints and summaries go to DIR/train and DIR/eval.",
)
@click.option(
    "--eval-examples",
    type=FileName(),
    metavar="PATTERN",
    help="Examples to evaluate on: once after training, or with --mode eval.",
)
@click.option(
    "--mode",
    type=click.Choice(["train", "eval"]),
    default="train",
    show_default=True,
    help="eval waits for new checkpoints and evaluates each.",
)
@click.option(
    "--num-steps",
    type=click.IntRange(min=0),
    default=200_000,
    show_default=True,
    help="Train up to this step; 0 never ends. A run goes on from its last checkpoint.",
)
@click.option(
    "--hparams",
    default="",
    metavar="NAME=VALUE,...",
    help="Over the configuration's, e.g. batch_size=64,learning_rate=0.0005.",
)
@click.option(
    "--warmup-from",
    type=LocalPath(),
    default=None,
    metavar="CHECKPOINT",
    help="Begin a new run with the model of a checkpoint, a run folder or a .tar; "
    "the optimizer and the steps begin anew.",
)
@click.option(
    "--step",
    type=click.Choice(["magenta", "compiled"]),
    default="magenta",
    show_default=True,
    help="How a training step is computed: as Magenta does, or the same mathematics in "
    "another order: on a CPU 1.2 times as fast at the configurations' own sizes, if nothing "
    "else runs there, and 1.3 to 2 times for small models. Evaluation is always Magenta's.",
)
@click.option(
    "--eval-num-batches",
    type=click.IntRange(min=1),
    default=None,
    help="Batches of an evaluation. [default: all]",
)
@click.option("--eval-once", is_flag=True, help="Evaluate the latest checkpoint and end.")
@click.option(
    "--cache-dataset/--no-cache-dataset",
    default=True,
    show_default=True,
    help="Keep the examples in memory after the first epoch.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=None,
    help="Makes the data's order repeatable.",
)
@click.option(
    "--expand-on-device/--no-expand-on-device",
    default=None,
    help="Copy compact batches to the device and expand there. [default: if there is a GPU]",
)
@click.option("--checkpoints-to-keep", type=int, default=100, show_default=True)
@click.option("--keep-checkpoint-every-n-hours", type=int, default=1, show_default=True)
@click.option(
    "--tfds-name",
    default=None,
    metavar="NAME",
    help="A dataset of tensorflow-datasets in place of --examples.",
)
@click.option("--master", default="", help="The TensorFlow master to use.")
@click.option("--task", type=int, default=0, show_default=True, help="Number of this worker.")
@click.option("--num-ps-tasks", type=int, default=0, show_default=True)
@click.option("--num-sync-workers", type=int, default=0, show_default=True)
@click.option("--eval-dir-suffix", default="", metavar="TEXT")
@click.option(
    "--log",
    type=click.Choice(["DEBUG", "INFO", "WARN", "ERROR", "FATAL"], case_sensitive=False),
    default="INFO",
    show_default=True,
    help="Which of TensorFlow's messages are shown.",
)
def command(more_examples: tuple[str, ...], **flags: Any) -> None:
    """Train MusicVAE on examples that `vaeprep run` prepared.

    Model, training and checkpoints are Magenta's; vaeprep brings the data, so
    that no step waits for it. With the same command, tensor shards,
    preprocessed NoteSequences and raw NoteSequences can be compared. Magenta's
    spelling of the flags works too.
    """
    if more_examples:  # a pattern without quotes, which the shell has expanded
        if not flags["examples"]:
            raise click.UsageError(f"got unexpected arguments: {' '.join(more_examples)}")
        flags["examples"] = ",".join([flags["examples"], *more_examples])
    from vaeprep.training.options import TrainOptions
    from vaeprep.training.train import run

    flags["log"] = flags["log"].upper()
    run(TrainOptions(**flags), lambda line: click.echo(line, err=True))
