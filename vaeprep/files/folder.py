"""A folder for what is written."""

from pathlib import Path

from vaeprep.errors import UsageError


def make_folder(path: Path) -> None:
    """Makes a folder with those above it, unless it is there.

    Raises:
        UsageError: It cannot be made, or is a file.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder {str(path)!r}: {error.strerror}") from error
