"""Whether a file can be written where the user wants it, asked before any work is done."""

import os
from pathlib import Path

from vaeprep.errors import UsageError


def check_writable(path: Path, begins: bytes, what: str) -> None:
    """Refuses a path that cannot be written, or where something of another kind stands.

    Args:
        path: Where a file is to be written. Its folder need not be there yet.
        begins: How files of its kind begin, in small letters; one that does, or is
            empty, is replaced.
        what: What is written, e.g. "HTML page".

    Raises:
        UsageError: Says what stands in the way.
    """
    if path.is_dir():
        raise UsageError(f"{str(path)!r} is a folder; add a file name")
    folder = next(above for above in path.absolute().parents if above.exists())
    if not folder.is_dir():
        raise UsageError(f"cannot write {str(path)!r}: {str(folder)!r} is no folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(
            f"cannot write {str(path)!r}: no permission for {str(folder)!r}; "
            "choose another folder"
        )
    if not path.exists():
        return
    if not path.is_file():
        raise UsageError(f"{str(path)!r} is a pipe or a device; choose a file's name")
    try:
        with path.open("rb") as file:
            head = file.read(len(begins)).lower()
    except OSError as error:
        raise UsageError(f"cannot replace {str(path)!r}: {error.strerror}") from error
    if head and head != begins:
        raise UsageError(f"{str(path)!r} exists and is no {what}; choose another name")
