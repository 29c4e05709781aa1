"""Lines for the terminal: on a narrow one they are wrapped, and no word is broken."""

import sys

import click

# Not where it is needed: what is said last may be that no more files can be opened.
from vaeprep.job.columns import width_of, wrapped


def say(text: str, err: bool = True, later: str = "") -> None:
    """Prints some lines.

    Args:
        text: One line or several.
        err: On standard error, or on standard output.
        later: Before each line that a line is wrapped into, after the first.
    """
    width = width_of(sys.stderr if err else sys.stdout)
    lines = [part for line in text.split("\n") for part in wrapped(line, width, later=later)]
    click.echo("\n".join(lines), err=err)
