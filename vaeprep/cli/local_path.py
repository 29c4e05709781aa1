"""Paths on the command line: `~` is the home folder, most refuse an address by name.

A shell expands `--input ~/songs` but not `--input=~/songs`.
"""

from pathlib import Path
from typing import Any

import click

from vaeprep.errors import UsageError
from vaeprep.files.remote import RemotePath, local_or_remote
from vaeprep.places import local_path


class LocalPath(click.Path):
    """A path for writing, or the beginning of one."""

    def __init__(self, *, file_okay: bool = True, dir_okay: bool = True) -> None:
        """Takes what may stand there already."""
        super().__init__(file_okay=file_okay, dir_okay=dir_okay, path_type=Path)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """The path.

        Raises:
            UsageError: It is empty, or an address such as `s3://bucket/name`.
        """
        if value == "":
            name = param.opts[0] if isinstance(param, click.Option) else "a path"
            raise UsageError(f"{name} is empty; was a variable not set?")
        return super().convert(str(local_path(value)), param, ctx)


class LocalOrRemotePath(LocalPath):
    """A path, or an address in object storage."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """The path or address.

        Raises:
            UsageError: It is an address of a scheme that is not supported.
            MissingExtra: What reads such addresses is not installed.
        """
        if value == "":
            return super().convert(value, param, ctx)
        path = local_or_remote(value)
        return path if isinstance(path, RemotePath) else super().convert(value, param, ctx)
