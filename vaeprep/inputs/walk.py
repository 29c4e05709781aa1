"""A folder to the files of music in it: links followed, each real folder once."""

import os
import stat
from collections import Counter
from pathlib import Path

from vaeprep.files import tfrecord
from vaeprep.inputs.archives import members
from vaeprep.inputs.found import Folder, Found, InputFile, Loss
from vaeprep.inputs.kinds import (
    FileKind,
    is_other_xml,
    is_tfrecord_name,
    is_zip_name,
    kind_by_name,
    midi_by_content,
    unread_ending,
)


def walk(root: str, collection: str, found: Found, seen: set[str]) -> None:
    """Adds the music in a folder, sorted by path, to what was found.

    A folder of music is read as Magenta's `convert_dir_to_note_sequences --recursive`
    reads it. TFRecords are read where a folder holds nothing else; beside music they
    count as files that were not read.

    Args:
        root: The folder.
        collection: `collection_name` of its songs.
        found: Files, losses and what is not read are added here.
        seen: Real paths of folders that were walked; added to, so that each real
            folder is read once, by whatever way it is reached.
    """
    walker = _Walker(root, collection, found, seen)
    walker.walk()
    files = walker.files
    if not files and walker.tfrecords:
        files = walker.tfrecords
    else:
        found.not_read += Counter({".tfrecord": len(walker.tfrecords)})
    parts = {below: tuple(filter(None, below.split("/"))) for below in walker.belows}
    files.sort(key=lambda file: (*parts[file.folder.below], file.name))
    found.files += files


class _Walker:
    """One walk; real folders first, then what only links lead to."""

    def __init__(self, root: str, collection: str, found: Found, seen: set[str]) -> None:
        self.collection = collection
        self.found = found
        self.seen = seen
        self.files: list[InputFile] = []
        self.tfrecords: list[InputFile] = []
        self.belows: set[str] = set()
        # (path, path below the root, real path): folders to read, and linked ones.
        self.open = [(root, "", os.path.realpath(root))]
        self.links: list[tuple[str, str]] = []

    def walk(self) -> None:
        while self.open or self.links:
            if self.open:
                self._folder(*self.open.pop())
                continue
            self.links.sort(reverse=True)
            path, below = self.links.pop()
            real = os.path.realpath(path)
            if real in self.seen:
                self.found.notes.append(f"{path} is a link to {real}, which is read once only")
            else:
                self.open.append((path, below, real))

    def _folder(self, path: str, below: str, real: str) -> None:
        if real in self.seen:
            return
        self.seen.add(real)
        folder = Folder(path, below, self.collection)
        self.belows.add(below)
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    self._entry(entry, folder, real)
        except OSError as error:
            self._lose(path, f"this folder cannot be read: {error.strerror}")

    def _entry(self, entry: "os.DirEntry[str]", folder: Folder, real: str) -> None:
        name = entry.name
        try:
            if entry.is_dir():
                below = f"{folder.below}/{name}" if folder.below else name
                if entry.is_symlink():
                    self.links.append((entry.path, below))
                else:
                    self.open.append((entry.path, below, os.path.join(real, name)))
                return
            kind = kind_by_name(name)
            if kind is None:
                self._other(entry, folder)
            elif kind is not FileKind.MUSICXML or not _is_other_xml(entry):
                self._file(entry, folder, kind)
        except OSError as error:
            self._lose(entry.path, f"cannot be read: {error.strerror}")

    def _file(self, entry: "os.DirEntry[str]", folder: Folder, kind: FileKind) -> None:
        try:
            status = entry.stat()
        except FileNotFoundError:
            self._lose(entry.path, _leads_nowhere(entry))
            return
        if not stat.S_ISREG(status.st_mode):
            self._lose(entry.path, "no regular file but a pipe, a socket or a device")
            return
        if entry.is_symlink():
            self.found.links.add(entry.path)
        file = InputFile(folder, entry.name, status.st_size, status.st_mtime_ns, kind)
        (self.tfrecords if kind is FileKind.TFRECORD else self.files).append(file)

    def _other(self, entry: "os.DirEntry[str]", folder: Folder) -> None:
        """A file whose ending is not that of music which is read."""
        name = entry.name
        if not entry.is_file():
            if entry.is_symlink() and (is_zip_name(name) or "." not in name):
                self._lose(entry.path, _leads_nowhere(entry))
        elif is_zip_name(name):
            self._zip(entry, folder)
        elif is_tfrecord_name(name):
            if tfrecord.begins_well(Path(entry.path)):
                self._file(entry, folder, FileKind.TFRECORD)
        elif (ending := unread_ending(name)) is not None:
            self.found.not_read[ending] += 1
        elif "." not in name and midi_by_content(entry.path):
            self._file(entry, folder, FileKind.MIDI)

    def _zip(self, entry: "os.DirEntry[str]", folder: Folder) -> None:
        below = f"{folder.below}/{entry.name}" if folder.below else entry.name
        archive = Folder(entry.path, below, self.collection, is_archive=True)
        self.belows.add(below)
        add_members(archive, entry.stat().st_mtime_ns, self.files, self.found)

    def _lose(self, path: str, reason: str) -> None:
        self.found.losses.append(Loss(Path(path), 0, reason))


def add_members(
    archive: Folder, modified_ns: int, files: list[InputFile], found: Found
) -> None:
    """Adds the music in a zip archive to some files, and the rest to what was found."""
    for member in members(archive, modified_ns):
        if isinstance(member, InputFile):
            files.append(member)
        elif isinstance(member, Loss):
            found.losses.append(member)
        else:
            found.not_read[member] += 1


def _leads_nowhere(entry: "os.DirEntry[str]") -> str:
    if entry.is_symlink():
        return f"a link that leads nowhere (to {os.readlink(entry.path)})"
    return "it was deleted just now"


def _is_other_xml(entry: "os.DirEntry[str]") -> bool:
    """Whether an `.xml` file holds something else; a compressed score is not looked into."""
    return entry.name.lower().endswith(".xml") and is_other_xml(entry.path)
