"""The flags for what is kept on record: all faults, a log, JSON."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from vaeprep.cli.local_path import LocalPath
from vaeprep.errors import UsageError, option

faults_flag = click.option(
    "--faults",
    type=LocalPath(dir_okay=False),
    default=None,
    metavar="FILE.jsonl",
    help="List every fault, and every song that gave nothing, one a line.",
)

log_flag = click.option(
    "--log-file",
    type=LocalPath(dir_okay=False),
    default=None,
    metavar="FILE",
    help="Write the stages, with their times, and all faults at the end of this file.",
)

json_flag = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON instead of the table."
)

_FILES = ("report", "html", "faults", "log_file", "output")


def check_apart(flags: Mapping[str, Any]) -> None:
    """Refuses two outputs in one file.

    Raises:
        UsageError: Names the two options.
    """
    seen: dict[Path, str] = {}
    for name in _FILES:
        path = flags.get(name)
        if path is None:
            continue
        real = path.resolve()
        if real in seen:
            raise UsageError(
                option(seen[real]), " and ", option(name), f" are one file, {path}; name two"
            )
        seen[real] = name
