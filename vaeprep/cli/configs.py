"""`vaeprep configs`: the built-in configurations and what they extract."""

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from vaeprep.cli.completion import ConfigName
from vaeprep.cli.example_first import ExampleFirst
from vaeprep.cli.papers import paper_of
from vaeprep.cli.record_flags import json_flag
from vaeprep.cli.say import say

if TYPE_CHECKING:
    from vaeprep.configs import Config

_EXAMPLE = """
vaeprep configs
vaeprep configs cat-mel_2bar_small
"""


@click.command("configs", cls=ExampleFirst, example=_EXAMPLE)
@click.argument("names", nargs=-1, type=ConfigName(), metavar="[NAME...]")
@json_flag
def command(names: tuple[str, ...], as_json: bool) -> None:
    """List the MusicVAE configurations with what they extract.

    With NAME, show all of one: the parameters that decide its examples, the
    model's hyperparameters, its batch size, and what it was published for.
    """
    from vaeprep.configs import CONFIGS, find

    chosen = [find(name) for name in names]
    if as_json:
        listed = [_as_json(config) for config in chosen or CONFIGS.values()]
        click.echo(json.dumps(listed, indent=2))
        return
    if chosen:
        click.echo("\n\n".join(map(_details, chosen)))
        return
    width = max(len(name) for name in CONFIGS)
    click.echo(f"{'configuration':<{width}}  {'batch':>5}  extracts")
    for config in CONFIGS.values():
        head = f"{config.name:<{width}}  {config.batch_size:>5}  "
        say(f"{head}{config.extracts}", err=False, later=" " * len(head))


def _as_json(config: "Config") -> dict[str, Any]:
    paper, use = paper_of(config.name)
    return {
        "name": config.name,
        "extracts": config.extracts,
        "converter": type(config.converter).__name__,
        "parameters": config.parameters(),
        "transpose_range": config.transpose_range,
        "batch_size": config.batch_size,
        "hparams": config.hparams,
        "paper": paper,
        "use": use,
    }


def _details(config: "Config") -> str:
    """All of a configuration as two tables, in lines that fit the terminal."""
    from vaeprep.job.columns import width_of, wrapped

    width = width_of(sys.stdout)
    lines = wrapped(f"{config.name}: {config.extracts}", width)
    lines += ["", f"batch size {config.batch_size}, {config.max_seq_len} steps at most"]
    if config.transpose_range:
        lowest, highest = config.transpose_range
        lines += wrapped(
            f"transposed at random by {lowest} to +{highest} half steps in training", width
        )
    parts = {type(config.converter).__name__: config.parameters(), "hparams": config.hparams}
    for title, values in parts.items():
        lines += ["", title]
        size = max(map(len, values))
        for name, value in values.items():
            lines += wrapped(_shown(value), width, f"  {name:<{size}}  ", " " * (size + 4))
    paper, use = paper_of(config.name)
    lines += ["", *wrapped(f"published for {use}", width), *wrapped(paper, width, "  ", "  ")]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    """A value in words; numbers in a row as ranges, for a set of programs."""
    if not isinstance(value, list) or not all(type(one) is int for one in value):
        return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)
    rows: list[list[int]] = []
    for number in value:
        if rows and number == rows[-1][-1] + 1:
            rows[-1].append(number)
        else:
            rows.append([number])
    return ", ".join(map(_range, rows))


def _range(row: list[int]) -> str:
    return f"{row[0]} to {row[-1]}" if len(row) > 2 else ", ".join(map(str, row))
