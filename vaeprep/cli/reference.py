"""The command reference docs/cli.md, made from the commands' own help.

`make docs` writes it; a test fails when it is stale.
"""

import sys

import click

from vaeprep.cli.program import cli

_WIDTH = 92

_INTRODUCTION = """# Commands

This page is made from the commands themselves by `make docs`.

Names and flags may be written with hyphens or, as in Magenta, with underscores
(`--output_shards=10`). Magenta's way with booleans works too: `--enable_filtering=false`,
`--noenable_filtering`, `--is_drum=true`. Its logging flags (`--alsologtostderr`) are taken
and have no effect.

Exit codes: 0 done; 1 nothing found, a part of the input lost with its worker, or the disk or
the data are at fault; 2 a mistake in the command, nothing was written; 130 stopped with Ctrl-C.

In the shell, Tab completes commands, flags, files and names of configurations after one of
these lines (put it into your `~/.bashrc`, `~/.zshrc` or `~/.config/fish/config.fish`):

    eval "$(_VAEPREP_COMPLETE=bash_source vaeprep)"
    eval "$(_VAEPREP_COMPLETE=zsh_source vaeprep)"
    _VAEPREP_COMPLETE=fish_source vaeprep | source
"""


def reference() -> str:
    """The text of docs/cli.md."""
    context = click.Context(
        cli, info_name="vaeprep", terminal_width=_WIDTH, **cli.context_settings
    )
    parts = [_INTRODUCTION]
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        of_command = click.Context(
            command, info_name=name, parent=context, terminal_width=_WIDTH
        )
        help_text = "\n".join(
            f"    {line}".rstrip() for line in command.get_help(of_command).splitlines()
        )
        parts.append(f"## vaeprep {name}\n\n{help_text}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(reference())
