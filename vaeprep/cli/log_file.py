"""`--log-file`: what a command did and when, kept in a file."""

import contextlib
import logging
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from vaeprep.errors import VaeprepError
from vaeprep.files.writable import check_writable
from vaeprep.version import __version__

LOG = logging.getLogger("vaeprep")
"""What the job tells of itself goes here."""

_CENTURY = b"20"


def command_line() -> str:
    """The command as one can paste it into a shell."""
    return shlex.join(["vaeprep", *sys.argv[1:]])


@contextlib.contextmanager
def log_to(path: Path | None) -> Iterator[None]:
    """Adds to a log file what the job tells, a line each, with the time.

    Args:
        path: The file; None keeps no log. What stands in it stays.

    Raises:
        UsageError: The file cannot be written, or is no log.
    """
    if path is None:
        yield
        return
    check_writable(path, _CENTURY, "log")
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(logging.Formatter("%(asctime)s  %(message)s"))
    level = LOG.level
    LOG.setLevel(logging.INFO)
    LOG.addHandler(handler)
    try:
        LOG.info("vaeprep %s: %s", __version__, command_line())
        yield
        LOG.info("done")
    except BaseException as error:
        said = error.in_shell if isinstance(error, VaeprepError) else str(error)
        LOG.info("ended: %s", said or type(error).__name__)
        raise
    finally:
        LOG.removeHandler(handler)
        LOG.setLevel(level)
        handler.close()
