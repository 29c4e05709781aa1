"""Finished shards to object storage, each checked there; and the lock of such an output.

A shard counts as uploaded when its bytes, read back, have the CRC-32C that it was
written with. So a run that was killed while it uploaded goes on where it stopped, and
nothing rests on what a store says of its own checks.
"""

import contextlib
import json
import os
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import google_crc32c

from vaeprep.files.names import part_path
from vaeprep.files.remote import BLOCK_BYTES, RemoteError, RemotePath
from vaeprep.files.whole import write_whole
from vaeprep.job.outputs import Output
from vaeprep.job.shards import Shard, remove_parts
from vaeprep.job.workfolder import BusyError
from vaeprep.progress import Progress

_OWNER = ".vaeprep-owner"


def upload(
    staged: Path, remote: RemotePath, shards: Sequence[Shard], progress: Progress
) -> None:
    """Uploads the shards of one output from their hidden names.

    Args:
        staged: The prefix on this machine.
        remote: The prefix in object storage.
        shards: The shards, by number.
        progress: Opens a progress bar.

    Raises:
        RemoteError: The store does not answer or refuses, or a shard came out other
            than it was written.
    """
    total = sum(shard.bytes for shard in shards)
    with progress("uploading", total, "bytes") as advance:
        for number, shard in enumerate(shards):
            part = part_path(staged, number, len(shards))
            upload_file(part, remote.with_name(shard.name), shard)
            advance(shard.bytes)


def upload_file(local: Path, there: RemotePath, described: Shard) -> None:
    """Uploads one file, unless it is there already.

    Args:
        local: The file on this machine.
        there: Where it shall stand.
        described: Its size and checksum.

    Raises:
        RemoteError: The store does not answer or refuses, or the file came out other
            than it was written.
    """
    if _is_there(there, described):
        return
    there.upload(local)
    if not _is_there(there, described):
        raise RemoteError(str(there), "its bytes are not those that were uploaded")


@contextmanager
def lock_remote(remote: RemotePath, staged: Path) -> Iterator[None]:
    """Keeps other machines from writing the same output while this run is at work.

    The lock is an object that the store makes only if there is none. A run that is
    killed leaves it; the same command on the same machine, which finds the work of
    the killed one, takes it over. (On this machine the local lock is held already.)

    Args:
        remote: The output's prefix in object storage.
        staged: Its prefix on this machine.

    Raises:
        BusyError: Another machine's run holds it.
        RemoteError: The store does not answer, or knows no writing on a condition.
    """
    lock = remote.with_name(f".vaeprep-{remote.name}.lock")
    is_known = (staged.parent / _OWNER).exists()
    owner = _owner(staged.parent)
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    content = {"owner": owner, "host": socket.gethostname(), "since": now}
    try:
        if not lock.create(json.dumps(content).encode()):
            _refuse_others(lock, owner)
    except BaseException:
        if not is_known:  # else a killed run's lock may stand there, and is this one's
            _forget_owner(staged.parent)
        raise
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # a lock that stays is taken over by its owner
            lock.unlink(missing_ok=True)
            _forget_owner(staged.parent)


def remove_uploaded(outputs: Iterable[Output]) -> None:
    """Deletes what was uploaded from this machine."""
    for output in outputs:
        if output.remote is not None:
            remove_parts(output.prefix)


def remove_empty_folders(outputs: Iterable[Output]) -> None:
    """Deletes the folders that uploaded outputs were written in, unless work stands there."""
    for output in outputs:
        if output.remote is not None:
            with contextlib.suppress(OSError):
                output.prefix.parent.rmdir()


def _refuse_others(lock: RemotePath, owner: str) -> None:
    try:
        holder = json.loads(lock.read_bytes())
    except (FileNotFoundError, ValueError):
        holder = {}
    if holder.get("owner") != owner:
        who = "on {host} since {since}".format_map({"host": "?", "since": "?"} | holder)
        raise BusyError(
            f"another vaeprep run ({who}) is writing this output; wait for it; if it was "
            f"killed, give its command again there, or delete {lock}"
        )


def _owner(folder: Path) -> str:
    """A random name for whoever works in a folder, kept there while work is unfinished."""
    path = folder / _OWNER
    if not path.exists():
        write_whole(path, os.urandom(16).hex())
    return path.read_text("utf-8")


def _forget_owner(folder: Path) -> None:
    (folder / _OWNER).unlink(missing_ok=True)


def _is_there(path: RemotePath, shard: Shard) -> bool:
    """Whether an object has the shard's size and bytes."""
    try:
        if path.stat().st_size != shard.bytes:
            return False
    except OSError as error:
        if isinstance(error, FileNotFoundError | IsADirectoryError):
            return False
        raise
    crc = 0
    for start in range(0, shard.bytes, BLOCK_BYTES):
        stop = min(start + BLOCK_BYTES, shard.bytes)
        crc = google_crc32c.extend(crc, path.read_range(start, stop))
    return crc == shard.crc32c
