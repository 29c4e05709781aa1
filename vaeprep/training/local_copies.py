"""Examples in object storage as files of this machine: what TensorFlow reads again and again.

TensorFlow reads `gs://` only where it was built so, and `s3://` with another package.
So the shards are copied once, with the summaries beside them, and read here.
"""

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from shutil import copyfileobj

from vaeprep.files.names import summary_beside
from vaeprep.files.remote import BLOCK_BYTES, RemotePath
from vaeprep.files.whole import whole_file
from vaeprep.job.staging import cache_folder


def local_copies(paths: Iterable[Path]) -> list[Path]:
    """The same files, those in object storage replaced by copies in the cache folder.

    An object that has changed since is copied again.

    Args:
        paths: Shards or other files.

    Returns:
        Paths on this machine, in the same order.

    Raises:
        OSError: An object cannot be read, or the disk is full.
    """
    return [_copied(path) if isinstance(path, RemotePath) else path for path in paths]


def _copied(path: RemotePath) -> Path:
    summary = summary_beside(path)
    assert isinstance(summary, RemotePath)
    # One folder for the shards of a run; another one when the run was made again.
    run = [str(path.parent), _version(summary) or _version(path)]
    name = blake2b("\n".join(run).encode(), digest_size=8).hexdigest()
    folder = cache_folder() / "examples" / name
    folder.mkdir(parents=True, exist_ok=True)
    for one in (summary, path):
        _copy(one, folder / one.name)
    return folder / path.name


def _copy(path: RemotePath, copy: Path) -> None:
    if not path.exists() or (copy.exists() and copy.stat().st_size == path.stat().st_size):
        return
    with path.open("rb") as source, whole_file(copy) as file:
        copyfileobj(source, file, BLOCK_BYTES)


def _version(path: RemotePath) -> str:
    return str(path.stat().st_mtime_ns) if path.exists() else ""
