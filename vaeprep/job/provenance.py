"""By what, when and from what a run was made: what its summary needs to be repeated."""

import datetime
import hashlib
import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import google.protobuf
import google_crc32c
import numpy as np

from vaeprep.inputs.found import InputFile
from vaeprep.version import __version__

MOST_LISTED = 2000
"""Input files that are listed one by one; of more there is a digest of the list."""

HEAD_BYTES = 1 << 16
"""How much of a file its checksum is made of."""

_MAGENTA_PACKAGES = ("magenta", "note-seq", "tensorflow")


def now() -> str:
    """Date and time in UTC, e.g. "2026-03-01T12:30:05+00:00"."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


def versions(engine: str) -> dict[str, str]:
    """The versions of what decides the examples: vaeprep, Python, packages.

    Args:
        engine: "fast", or "magenta", which names Magenta and its packages too.
    """
    found = {
        "vaeprep": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "protobuf": google.protobuf.__version__,
    }
    return {**found, **_magenta_versions()} if engine == "magenta" else found


def _magenta_versions() -> dict[str, str]:
    """Of those packages that are installed."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in _MAGENTA_PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def input_list(files: Iterable[InputFile]) -> dict[str, Any]:
    """The input files, so that one can tell later whether they are still the same.

    No file is read a second time for it: the checksum is that of its first 64 KiB,
    which is all of most MIDI files. Beyond `MOST_LISTED` files none is opened.

    Args:
        files: The input. Of a zip archive the archive counts, once.

    Returns:
        "count", "bytes", and "sha256", the SHA-256 of the lines "SIZE PATH" in order.
        Of up to 2,000 files "files" too: "path", "bytes", "modified" (UTC) and
        "crc32c_64k", the CRC-32C of the first 64 KiB as 8 digits (None if it is gone).
    """
    listed = list(_real_files(files))
    digest = hashlib.sha256()
    for path, size, _ in listed:
        digest.update(os.fsencode(f"{size} {path}\n"))
    found: dict[str, Any] = {
        "count": len(listed),
        "bytes": sum(size for _, size, _ in listed),
        "sha256": digest.hexdigest(),
    }
    if len(listed) <= MOST_LISTED:
        found["files"] = _with_checksums(listed)
    return found


def _real_files(files: Iterable[InputFile]) -> Iterator[tuple[str, int, int]]:
    """Path, size and time of each file on the disk."""
    archives = set()
    for file in files:
        if not file.folder.is_archive:
            yield file.text, file.size, file.modified_ns
        elif file.folder.path not in archives:
            archives.add(file.folder.path)
            yield file.folder.path, _size(file.folder.path), file.modified_ns


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0


def _with_checksums(listed: Sequence[tuple[str, int, int]]) -> list[dict[str, Any]]:
    return [
        {
            "path": path,
            "bytes": size,
            "modified": _time(modified_ns),
            "crc32c_64k": _checksum(path),
        }
        for path, size, modified_ns in listed
    ]


def _time(modified_ns: int) -> str:
    try:
        when = datetime.datetime.fromtimestamp(modified_ns / 1e9, datetime.timezone.utc)
    except (ValueError, OverflowError):  # a disk may tell any time
        return f"{modified_ns} ns"
    return when.isoformat(timespec="milliseconds")


def _checksum(path: str) -> str | None:
    try:
        with Path(path).open("rb", buffering=0) as file:
            return f"{google_crc32c.value(os.read(file.fileno(), HEAD_BYTES)):08x}"
    except OSError:
        return None
