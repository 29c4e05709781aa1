"""What the input is: names, patterns, lists and folders to files."""

import glob
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from vaeprep.errors import UsageError, option
from vaeprep.files import tfrecord
from vaeprep.files.names import existing_shards
from vaeprep.files.remote import is_remote, place
from vaeprep.inputs.found import Folder, Found, InputFile, Loss
from vaeprep.inputs.kinds import (
    ENDINGS,
    FileKind,
    is_other_name,
    is_zip_name,
    kind_by_name,
    midi_by_content,
    unread_ending,
    zip_by_content,
)
from vaeprep.inputs.stores import add_stored, addresses
from vaeprep.inputs.tell_apart import tell_apart
from vaeprep.inputs.walk import add_members, walk
from vaeprep.places import local_name

_NOTES = 10
"""How many lines about the inputs a user is told."""

_LONGEST_NAME = 8
"""How many commas a file name in a list with commas may have."""


def find(tfrecords: Iterable[str], inputs: Iterable[str] = ()) -> Found:
    """Finds the files that names, patterns, lists and folders lead to.

    A file is read as what it is, by its ending or else its first bytes, whichever of
    the two options named it.

    Args:
        tfrecords: Files and patterns, here or in object storage (`s3://`, `gs://`),
            perhaps several with commas, `@LIST` for a file of paths, `-` for such a list
            on standard input, as `--input-tfrecord` takes them.
        inputs: The same, and folders, which are walked for music, as `--input` takes
            them.

    Returns:
        Each file once, in the order given, sorted within a pattern or folder; and
        what cannot or will not be read.

    Raises:
        UsageError: A name or pattern leads nowhere, or there is nothing to read.
    """
    finder = _Finder()
    for text in tfrecords:
        finder.add(text, folders=False)
    for text in inputs:
        finder.add(text, folders=True)
    return finder.finish()


def find_files(tfrecords: Iterable[str], inputs: Iterable[str] = ()) -> list[InputFile]:
    """The files alone that `find` finds; what cannot be read is left out.

    Raises:
        UsageError: As `find`.
    """
    return find(tfrecords, inputs).files


class _Finder:
    """Gathers what the arguments of a command lead to."""

    def __init__(self) -> None:
        self.found = Found()
        self.seen: set[str] = set()
        self.arguments = 0
        self.others: list[InputFile] = []
        self.folders: dict[str, Folder] = {}

    def add(self, text: str, folders: bool) -> None:
        """Adds what one argument names."""
        if is_remote(text):
            self._stored(text, folders)
            return
        listed = _list_of(text)
        if listed is None:
            for path in expand(text):
                self._path(path, folders, is_named=path == local_name(text))
            return
        for line in listed:
            try:
                if is_remote(line):
                    self._stored(line, folders)
                    continue
                paths = expand(line)
            except UsageError as error:
                self._lose(line, f"named in {text}, but {error}")
                continue
            for path in paths:
                self._path(path, folders, is_named=True)

    def finish(self) -> Found:
        """All that was found, each file once."""
        found = self.found
        found.files = found.files or self.others
        if self.arguments > 1 or found.links:
            found.files = _each_once(found.files, found.links)
        if not found.files:
            raise _nothing_found(found)
        found.files = tell_apart(found)
        more = len(found.notes) - _NOTES
        if more > 0:
            found.notes[_NOTES:] = [f"... and {more:,} more such lines"]
        return found

    def _stored(self, text: str, folders: bool) -> None:
        """Adds what addresses in object storage name."""
        for address in addresses(text):
            self.arguments += 1
            add_stored(address, folders, self.found, self.others)

    def _path(self, path: str, folders: bool, is_named: bool) -> None:
        self.arguments += 1
        if not os.path.isdir(path):
            self._file(path, is_named)
        elif folders:
            self._folder(path)
        else:
            raise UsageError(
                f"{path!r} is a folder; name its files, e.g. {os.path.join(path, '*')!r}, "
                "or give a folder of music with ",
                option("input"),
            )

    def _folder(self, path: str) -> None:
        before = len(self.found.files)
        path = path.rstrip("/") or "/"
        known = os.path.realpath(path) in self.seen
        walk(path, os.path.basename(path), self.found, self.seen)
        if len(self.found.files) == before and not known:
            self.found.notes.append(f"there is no music in {path!r}")

    def _file(self, path: str, is_named: bool) -> None:
        try:
            status = os.stat(path)
            if not stat.S_ISREG(status.st_mode):
                self._lose(path, "no regular file but a pipe, a socket or a device")
                return
            with open(path, "rb"):
                pass
        except OSError as error:
            self._lose(path, f"cannot be read: {error.strerror}")
            return
        parent, name = os.path.split(path)
        kind = kind_by_name(name)
        if kind is None and (is_zip_name(name) or zip_by_content(path)):
            archive = Folder(path, name, _collection(parent), is_archive=True)
            before = len(self.found.files) + len(self.found.losses)
            add_members(archive, status.st_mtime_ns, self.found.files, self.found)
            if len(self.found.files) + len(self.found.losses) == before:
                self.found.notes.append(f"there is no music in {path!r}")
            return
        if kind is None:
            kind = FileKind.MIDI if midi_by_content(path) else FileKind.TFRECORD
        ending = unread_ending(name)
        if kind is FileKind.TFRECORD and ending and not tfrecord.begins_well(Path(path)):
            self.found.not_read[ending] += 1
            return
        if os.path.islink(path):
            self.found.links.add(path)
        folder = self.folders.get(parent)
        if folder is None:
            folder = self.folders[parent] = Folder(parent, "", _collection(parent))
        file = InputFile(folder, name, status.st_size, status.st_mtime_ns, kind)
        is_other = kind is FileKind.TFRECORD and is_other_name(name) and not is_named
        (self.others if is_other else self.found.files).append(file)

    def _lose(self, path: str, reason: str) -> None:
        self.found.losses.append(Loss(place(path), 0, reason))


def expand(text: str) -> list[str]:
    """The paths of one argument: a plain name, a pattern, or several with commas.

    Raises:
        UsageError: It leads nowhere.
    """
    found = _matches(text)
    if found is None and "," in text:
        return list(_with_commas(text))
    if found is None:
        raise UsageError(_nothing_there(text))
    return found


def _matches(text: str) -> list[str] | None:
    """What one name, pattern or prefix of shards stands for; None if there is nothing."""
    if not text:
        raise UsageError("an input is empty; was a variable not set?")
    path = local_name(text)
    if os.path.lexists(path):
        return [path]
    found = sorted(glob.glob(path), key=lambda match: Path(match).parts)
    return found or [str(shard) for shard in existing_shards(Path(path))] or None


def _with_commas(text: str) -> Iterator[str]:
    """Names and patterns between commas, of which some may be part of a name."""
    parts = [part for part in text.split(",") if part]
    while parts:
        for count in range(min(len(parts), _LONGEST_NAME), 0, -1):
            found = _matches(",".join(parts[:count]))
            if found is not None:
                yield from found
                parts = parts[count:]
                break
        else:
            raise UsageError(_nothing_there(parts[0]))


def _nothing_there(text: str) -> str:
    if "\\" in text:
        return f"there is no file {text!r}; write / between folders, not \\"
    if glob.has_magic(text):
        return f"no file matches the pattern {text!r}; check the path"
    return f"there is no file {text!r}; check the path"


def _list_of(text: str) -> list[str] | None:
    """The lines of a list of paths; None if the argument is no list.

    Paths are separated by line ends, or by zero bytes as `find -print0` writes them.
    """
    if text == "-":
        data = sys.stdin.buffer.read()
    elif text.startswith("@") and not os.path.lexists(text):
        try:
            data = Path(local_name(text[1:])).read_bytes()
        except OSError as error:
            raise UsageError(f"cannot read the list {text[1:]!r}: {error.strerror}") from error
    else:
        return None
    between = b"\0" if b"\0" in data else b"\n"
    lines = data.removeprefix(b"\xef\xbb\xbf").split(between)
    return [os.fsdecode(line.removesuffix(b"\r")) for line in lines if line.strip()]


def _collection(parent: str) -> str:
    """The collection of files that were named themselves: the name of their folder."""
    return os.path.basename(os.path.abspath(parent))


def _each_once(files: list[InputFile], links: set[str]) -> list[InputFile]:
    """The files without those that another one is too, by a link or named twice."""
    real: dict[str, str] = {}
    seen: set[str] = set()
    kept = []
    for file in files:
        folder = file.folder.path
        if folder not in real:
            real[folder] = os.path.realpath(folder)
        path = f"{real[folder]}/{file.name}"
        if file.text in links:
            path = os.path.realpath(path)
        if path not in seen:
            seen.add(path)
            kept.append(file)
    return kept


def _nothing_found(found: Found) -> UsageError:
    if found.losses:
        loss = found.losses[0]
        return UsageError(f"cannot read {loss.path}: {loss.reason}")
    said = "; ".join(found.lines())
    if said:
        return UsageError(f"{said}; what is read ends in {ENDINGS}")
    return UsageError(
        "there is no input; name files with ", option("input"), " or ", option("input_tfrecord")
    )
