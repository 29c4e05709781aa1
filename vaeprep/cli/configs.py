"""`vaeprep configs`: the built-in configurations and what they extract."""

import click

from vaeprep.cli.example_first import ExampleFirst


@click.command("configs", cls=ExampleFirst, example="vaeprep configs")
def command() -> None:
    """List the MusicVAE configurations with what they extract."""
    from vaeprep.configs import CONFIGS

    width = max(len(name) for name in CONFIGS)
    click.echo(f"{'configuration':<{width}}  {'batch':>5}  extracts")
    for config in CONFIGS.values():
        click.echo(f"{config.name:<{width}}  {config.batch_size:>5}  {config.extracts}")
