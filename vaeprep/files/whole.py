"""A file that is there whole or not at all."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from vaeprep.errors import UsageError

_BUFFER_BYTES = 1 << 20

_RANDOM_BYTES = 8

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Errors that writing to an open file raises, which then do not say which one."""


@contextmanager
def whole_file(path: Path, sync: bool = True, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """Opens a file for writing that appears under its name only when it is complete.

    Until then it stands beside it as `.NAME.RANDOM.part`, so that two processes
    that write the same file, on two machines perhaps, do not write into each other.

    Args:
        path: Where the file shall stand. What stands there is replaced.
        sync: Wait until the bytes are on the disk, so that not even a power cut
            leaves half a file. Only a file that carries checksums can do without.
        mode: The permissions of the new file; those that the umask takes are left out.

    Yields:
        The file, open for bytes.

    Raises:
        UsageError: A folder, a device or a pipe stands there, which is left alone.
        OSError: The disk is full or the folder cannot be written; nothing new
            stands at `path` then.
    """
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is a folder, a pipe or a device; choose a file's name")
    part = path.with_name(f".{path.name}.{os.urandom(_RANDOM_BYTES).hex()}.part")
    try:
        with open(part, "xb", _BUFFER_BYTES, opener=partial(os.open, mode=mode)) as file:
            yield file
            if sync:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in _FULL:
            error.filename = error.filename or str(part)
        raise


def write_whole(path: Path, data: str | bytes) -> None:
    """Writes a file (text as UTF-8) that is never seen half-written.

    Raises:
        OSError: As for `whole_file`.
    """
    with whole_file(path) as file:
        file.write(_encoded(data) if isinstance(data, str) else data)


def _encoded(text: str) -> bytes:
    """UTF-8; bytes of a file's name that are none are shown with a backslash."""
    return text.encode("utf-8", "backslashreplace")


def remove_unfinished(path: Path) -> None:
    """Deletes what killed writers of this file have left. None may be at work on it."""
    own = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{{2 * _RANDOM_BYTES}}}\.part")
    for part in path.parent.iterdir():
        if own.fullmatch(part.name):
            part.unlink(missing_ok=True)
