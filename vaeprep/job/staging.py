"""Where a run writes on this machine what it uploads at its end."""

import os
from hashlib import blake2b
from pathlib import Path

from vaeprep.files.remote import RemotePath


def staged_prefix(prefix: RemotePath, work_dir: Path | None) -> Path:
    """Where the shards of an output in object storage are written before they go there.

    The folder's name tells the output's own, so that the same command finds its work
    again, and two outputs of the same name do not meet.

    Args:
        prefix: The output's prefix.
        work_dir: `--work-dir`; None is `cache_folder()`.
    """
    folder = blake2b(os.fsencode(prefix.parent), digest_size=4).hexdigest()
    return (work_dir or cache_folder()) / f"{prefix.name}-{folder}" / prefix.name


def cache_folder() -> Path:
    """`vaeprep` in the user's folder for such files: `$XDG_CACHE_HOME`, else `~/.cache`."""
    folder = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(folder) if folder.startswith("/") else Path.home() / ".cache"
    return base / "vaeprep"
