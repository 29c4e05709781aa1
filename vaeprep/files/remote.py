"""Addresses in object storage, `s3://bucket/name` or `gs://bucket/name`, as paths.

A `RemotePath` is a `Path` whose file operations go through fsspec. So what opens, reads
and looks beside a path does the same with an address. Nothing is kept between two
requests: what a path tells is what the store tells now.
"""

import errno
import io
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import blake2b
from pathlib import Path, PosixPath
from typing import IO, Any

from vaeprep.errors import VaeprepError
from vaeprep.extras import needs_extra
from vaeprep.places import address_scheme, local_path

PACKAGES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "memory": "fsspec"}
"""The schemes that are read and written, and what each needs."""

BLOCK_BYTES = 8 << 20
"""What one request reads where the caller does not say."""

_LEAST_BLOCK = 1 << 20
_REGULAR_FILE = 0o100644
_PAST_THE_END = errno.EINVAL


class RemoteError(VaeprepError, OSError):
    """A store does not answer, or refuses; the message names the address."""

    def __init__(self, address: str, why: str) -> None:
        """Takes the address and the store's own words."""
        super().__init__(f"{address}: {why}")
        self.strerror = why


class RemotePath(PosixPath):
    """An address in object storage.

    What a local path does and is not here, an address cannot do.
    """

    def __str__(self) -> str:
        """The address; a path has one slash after the scheme."""
        return super().__str__().replace(":/", "://", 1)

    def __fspath__(self) -> str:
        return str(self)

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Size, and as the time of change a number that changes with the content.

        Raises:
            FileNotFoundError: There is no such object.
            RemoteError: The store does not answer.
        """
        with _told(self):
            info = _store(self).info(str(self))
        if info["type"] != "file":
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(self))
        return as_stat(info)

    def exists(self, *, follow_symlinks: bool = True) -> bool:
        """Whether there is such an object."""
        try:
            self.stat()
        except (FileNotFoundError, IsADirectoryError):
            return False
        return True

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        """As `exists`."""
        return self.exists()

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """Whether there are objects below this name."""
        with _told(self):
            return bool(_store(self).isdir(str(self)))

    def iterdir(self) -> Generator["RemotePath", None, None]:
        """What stands below this name."""
        for path, _ in self.listed():
            yield path

    def listed(self) -> Iterator[tuple["RemotePath", dict[str, Any]]]:
        """The objects right below this name with what the store tells of them: one LIST.

        Raises:
            RemoteError: The store does not answer.
        """
        try:
            with _told(self):
                found = _store(self).ls(str(self), detail=True)
        except FileNotFoundError:
            return
        yield from _files(self, found)

    def walked(self) -> Iterator[tuple["RemotePath", dict[str, Any]]]:
        """The object itself, or all objects below this name, at any depth: one LIST.

        Raises:
            RemoteError: The store does not answer.
        """
        try:
            with _told(self):
                found = _store(self).find(str(self), detail=True)
        except FileNotFoundError:
            return
        yield from _files(self, found.values())

    def resolve(self, strict: bool = False) -> "RemotePath":
        """The address: there are no links."""
        return self

    def absolute(self) -> "RemotePath":
        """The address: it is the same in every folder."""
        return self

    def samefile(self, other: Any) -> bool:
        """Whether it is the same address."""
        return str(self) == str(other)

    def open(self, mode: str = "r", buffering: int = -1, *_: Any, **__: Any) -> Any:
        """Opens the object for reading bytes; each fill of the buffer is one request.

        Args:
            mode: "rb".
            buffering: Bytes of a request; 0 or less is `BLOCK_BYTES`.
        """
        if mode != "rb":
            raise ValueError(f"an address is read with 'rb', not with {mode!r}")
        return io.BufferedReader(_Object(self), buffering if buffering > 0 else BLOCK_BYTES)

    def open_range(self, start: int, stop: int | None, block: int) -> IO[bytes]:
        """Opens the object; what lies from `start` to a `stop` is read in one request."""
        size = max(block, _LEAST_BLOCK) if stop is None else max(stop - start, 1)
        return io.BufferedReader(_Object(self, stop), size)

    def read_bytes(self) -> bytes:
        """The whole object, in one request."""
        return self.read_range(None, None)

    def read_text(self, encoding: str | None = None, *_: Any, **__: Any) -> str:
        """The whole object as text."""
        return self.read_bytes().decode(encoding or "utf-8")

    def read_range(self, start: int | None, stop: int | None) -> bytes:
        """The bytes from `start` to `stop`, as far as there are any.

        Raises:
            FileNotFoundError: There is no such object.
            RemoteError: The store does not answer.
        """
        try:
            with _told(self):
                data: bytes = _store(self).cat_file(str(self), start=start, end=stop)
        except RemoteError as error:
            if start and error.errno == _PAST_THE_END:
                return b""
            raise
        return data

    def write_bytes(self, data: Any) -> int:
        """Writes the object, whole or not at all.

        Raises:
            RemoteError: The store does not answer or refuses.
        """
        with _told(self):
            _store(self).pipe_file(str(self), bytes(data))
        return len(data)

    def create(self, data: bytes) -> bool:
        """Writes the object unless there is one; the store itself decides.

        Returns:
            Whether it was written.

        Raises:
            RemoteError: The store does not answer, or knows no such condition.
        """
        try:
            with _told(self):
                _store(self).pipe_file(str(self), data, mode="create")
        except OSError:
            if self.exists():
                return False
            raise
        return True

    def upload(self, local: Path) -> None:
        """Copies a local file here.

        Raises:
            RemoteError: The store does not answer or refuses.
        """
        with _told(self):
            _store(self).put_file(os.fspath(local), str(self))

    def unlink(self, missing_ok: bool = False) -> None:
        """Deletes the object.

        Raises:
            RemoteError: The store does not answer or refuses.
        """
        if missing_ok and not self.exists():
            return
        with _told(self):
            _store(self).rm_file(str(self))


class _Object(io.RawIOBase):
    """An object's bytes, each read one request."""

    def __init__(self, path: RemotePath, stop: int | None = None) -> None:
        self._path = path
        self._stop = stop
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END:
            offset += self._path.stat().st_size
        elif whence == io.SEEK_CUR:
            offset += self._at
        self._at = offset
        return offset

    def tell(self) -> int:
        return self._at

    def readall(self) -> bytes:
        data = self._path.read_range(self._at, self._stop)
        self._at += len(data)
        return data

    def readinto(self, buffer: Any) -> int:
        stop = self._at + len(buffer)
        stop = stop if self._stop is None else min(stop, self._stop)
        if stop <= self._at:
            return 0
        data = self._path.read_range(self._at, stop)
        buffer[: len(data)] = data
        self._at += len(data)
        if self._at < stop:
            self._stop = self._at  # the end: nothing more is asked for
        return len(data)


def place(text: str) -> Path:
    """A path, or a `RemotePath` where the text is an address of a known scheme."""
    return RemotePath(text) if address_scheme(text) in PACKAGES else Path(text)


def local_or_remote(text: str | Path) -> Path:
    """As `places.local_path`, but an address in object storage is one.

    Raises:
        MissingExtra: What reads such addresses is not installed.
        UsageError: It is an address of another scheme.
    """
    name = str(text)
    if address_scheme(name) not in PACKAGES:
        return local_path(text)
    path = RemotePath(name)
    _store(path)
    return path


def is_remote(text: str) -> bool:
    """Whether a text is an address that a `RemotePath` can be."""
    return address_scheme(text) in PACKAGES


def as_stat(info: dict[str, Any]) -> os.stat_result:
    """What a store tells of an object, as `RemotePath.stat` gives it."""
    version = _version(info)
    values = (_REGULAR_FILE, 0, 0, 1, 0, 0, int(info["size"]), 0, version // 10**9, 0)
    return os.stat_result(values, {"st_mtime_ns": version})


def _version(info: dict[str, Any]) -> int:
    """A number that changes with an object's content: from its ETag or what is like one."""
    names = ("ETag", "etag", "md5Hash", "generation", "mtime", "LastModified", "created")
    said = next((info[name] for name in names if info.get(name) is not None), "")
    text = said.isoformat() if isinstance(said, datetime) else str(said)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def _files(path: RemotePath, found: Any) -> Iterator[tuple[RemotePath, dict[str, Any]]]:
    """The objects among what a store lists; a name that ends in a slash is none."""
    for info in found:
        if info["type"] == "file" and not info["name"].endswith("/"):
            name = info["name"].lstrip("/")
            yield RemotePath(f"{address_scheme(str(path))}://{name}"), info


def _store(path: RemotePath) -> Any:
    """The file system of an address; fsspec keeps one for each process."""
    scheme = address_scheme(str(path))
    needs_extra("remote", PACKAGES[scheme], f"{scheme}://")
    import fsspec

    return fsspec.filesystem(scheme, use_listings_cache=False)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What fails gets the address; a store's errors are of a dozen libraries' classes."""
    try:
        yield
    except FileNotFoundError as error:
        words = "there is no such object or bucket"
        raise FileNotFoundError(errno.ENOENT, words, str(path)) from error
    except Exception as error:
        told = RemoteError(str(path), _words(error))
        told.errno = error.errno if isinstance(error, OSError) else None
        raise told from error


def _words(error: Exception) -> str:
    text = " ".join((getattr(error, "strerror", None) or str(error)).split())
    return text or type(error).__name__
