"""What was found where the user pointed: files to read, and what cannot or will not be read."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from vaeprep.files.remote import is_remote, place
from vaeprep.inputs.kinds import FileKind


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with input files in it, or a zip archive. All its files share the object.

    Attributes:
        path: The folder as it was written or found.
        below: The folder as ids and filenames of songs show it: its path relative to
            the folder that the user named, "" for that folder itself.
        collection: `collection_name` of its songs.
        is_archive: It is a zip archive, and the files are its members.
    """

    path: str
    below: str = ""
    collection: str = ""
    is_archive: bool = False


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file as it was when the run was planned.

    Attributes:
        folder: Where it is.
        name: Its name there; of a member of an archive the whole path in it.
        size: Bytes.
        modified_ns: Time of the last change (of the archive, for a member),
            nanoseconds since 1970; of an object in a store a number that changes
            with its content.
        kind: What it is.
        copy: 1; or 2, 3 ... when its songs would have the ids of another input's.
    """

    folder: Folder
    name: str
    size: int
    modified_ns: int
    kind: FileKind = FileKind.TFRECORD
    copy: int = 1

    @property
    def path(self) -> Path:
        """The file; of a member of an archive the archive's path and the member's."""
        return place(self.text)

    @property
    def text(self) -> str:
        """The path as text."""
        return f"{self.folder.path}{os.sep}{self.name}" if self.folder.path else self.name

    @property
    def relative(self) -> str:
        """The path that ids and filenames of its songs show."""
        return f"{self.folder.below}/{self.name}" if self.folder.below else self.name


@dataclass(frozen=True, slots=True)
class Loss:
    """A file, or a part of one, that cannot be read, and why."""

    path: Path
    offset: int
    reason: str


@dataclass(slots=True)
class Found:
    """What the inputs are.

    Attributes:
        files: Each file once, in the order given.
        losses: What cannot be read although it should be: links that lead nowhere,
            folders without permission.
        not_read: Files that look like music of a kind that is not read, by ending.
        notes: Lines for the user about what was done with the inputs.
        links: Those of the files that are links.
    """

    files: list[InputFile] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    not_read: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    links: set[str] = field(default_factory=set)

    def lines(self) -> list[str]:
        """What the user should know besides the files, a line each."""
        return not_read_lines(self.not_read) + self.notes


def not_read_lines(not_read: Counter[str] | dict[str, int]) -> list[str]:
    """One line that counts the files that were passed over; none without any."""
    total = sum(not_read.values())
    if not total:
        return []
    kinds = sorted(not_read.items(), key=lambda item: (-item[1], item[0]))
    verb = "file was" if total == 1 else "files were"
    return [
        f"{total:,} {verb} not read: " + ", ".join(f"{kind} {count:,}" for kind, count in kinds)
    ]


def changed_files(files: Iterable[InputFile]) -> list[InputFile]:
    """Those that have another size or time now, or are gone."""
    return [file for file in files if not _is_unchanged(file)]


def _is_unchanged(file: InputFile) -> bool:
    try:
        if file.folder.is_archive:
            return os.stat(file.folder.path).st_mtime_ns == file.modified_ns
        status = file.path.stat() if is_remote(file.text) else os.stat(file.text)
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (file.size, file.modified_ns)


def among(path: Path, files: Iterable[InputFile]) -> InputFile | None:
    """The input that is the same file as `path`, by whatever name; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    for file in files:  # the time tells nearly all apart without a look at the disk
        if file.modified_ns == status.st_mtime_ns:
            whole = Path(file.folder.path) if file.folder.is_archive else file.path
            if whole.exists() and path.samefile(whole):
                return file
    return None


def fingerprint(files: Iterable[InputFile]) -> str:
    """A digest of all names, sizes and times, in order."""
    digest = hashlib.blake2b(digest_size=16)
    for file in files:
        line = f"{file.text}\0{file.size}\0{file.modified_ns}\0{file.kind.value}\n"
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
