"""The click command class of all commands: Magenta's spelling, an example first in the help."""

from typing import Any

import click

from vaeprep.cli.magenta_flags import rewrite


class ExampleFirst(click.Command):
    """A command whose help begins with an example, and that knows absl's spelling."""

    def __init__(self, *args: Any, example: str = "", **kwargs: Any) -> None:
        """Takes what click.Command takes, and the example as shown in the help."""
        kwargs.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        super().__init__(*args, **kwargs)
        self.example = example

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the example, then click's own help."""
        if self.example:
            with formatter.section("Example"):
                for line in self.example.strip().splitlines():
                    formatter.write(f"  {line}\n")
            formatter.write("\n")
        super().format_help(ctx, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Rewrites Magenta's spelling of flags, then parses as click does."""
        booleans: set[str] = set()
        options: set[str] = set()
        for parameter in self.get_params(ctx):
            if isinstance(parameter, click.Option):
                names = {name[2:] for name in parameter.opts if name.startswith("--")}
                (booleans if parameter.is_flag else options).update(names)
        return super().parse_args(ctx, rewrite(args, booleans, options))
