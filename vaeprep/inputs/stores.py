"""Addresses and patterns in object storage to files: one listing each, nothing opened.

What a local file's first bytes would tell is not looked for, because each look is a
request: a name without a known ending is taken for a TFRecord where it is named, and
passed over in a folder.
"""

import fnmatch
import glob
import os
import posixpath
from collections import Counter
from collections.abc import Iterable

from vaeprep.errors import UsageError, option
from vaeprep.files.names import shard_name
from vaeprep.files.remote import RemotePath, as_stat, local_or_remote
from vaeprep.inputs.found import Folder, Found, InputFile
from vaeprep.inputs.kinds import (
    FileKind,
    is_other_name,
    is_tfrecord_name,
    is_zip_name,
    kind_by_name,
    unread_ending,
)


def addresses(text: str) -> list[str]:
    """The addresses of one argument: one, or several with commas."""
    parts = [part for part in text.split(",") if part]
    scheme = text.partition("://")[0]
    if all(part.startswith(f"{scheme}://") for part in parts):
        return parts
    return [text]


def add_stored(text: str, folders: bool, found: Found, others: list[InputFile]) -> None:
    """Adds what an address names to what was found.

    Args:
        text: An object, a pattern, a prefix of shards, or the name that objects stand
            below.
        folders: Whether such a name may be given: it is read as a local folder is.
        found: Files, and what is not read, are added here.
        others: Files of a pattern that have nothing to do with music are added here.

    Raises:
        UsageError: There is nothing, or a name that objects stand below was given.
        MissingExtra: What reads such addresses is not installed.
        RemoteError: The store does not answer.
    """
    path = local_or_remote(text)
    assert isinstance(path, RemotePath)
    if glob.has_magic(str(path)):
        _add_pattern(path, found, others)
        return
    files = [(one, as_stat(info)) for one, info in path.walked()]
    if not files and (shards := _shards(path)):
        folder = Folder(str(path.parent), "", path.parent.name)
        found.files += [_file(folder, one, status) for one, status in shards]
        return
    if not files:
        raise UsageError(f"there is no object {text!r}; check the address and the bucket")
    if [one for one, _ in files] == [path]:
        parent = path.parent
        folder = Folder(str(parent), "", parent.name)
        _add(_file(folder, path, files[0][1]), False, found, others)
    elif folders:
        _add_folder(path, files, found)
    else:
        raise UsageError(
            f"{text!r} is a folder; name its files, e.g. {posixpath.join(text, '*')!r}, "
            "or give a folder of music with ",
            option("input"),
        )


def _shards(prefix: RemotePath) -> list[tuple[RemotePath, os.stat_result]]:
    """The shards of a prefix, by number."""
    found = [
        (path, as_stat(info))
        for path, info in prefix.parent.listed()
        if (named := shard_name(path)) and named.prefix == prefix
    ]
    return sorted(found)


def _add_pattern(pattern: RemotePath, found: Found, others: list[InputFile]) -> None:
    """Files whose names match, part by part, as `glob` matches them."""
    wanted = pattern.parts
    fixed = next(at for at, part in enumerate(wanted) if glob.has_magic(part))
    if fixed < 2:
        raise UsageError(f"{str(pattern)!r}: a bucket cannot be a pattern; name it")
    root = RemotePath(*wanted[:fixed])
    matching = [
        (path, as_stat(info))
        for path, info in (root.listed() if fixed == len(wanted) - 1 else root.walked())
        if _matches(path.parts[fixed:], wanted[fixed:])
    ]
    if not matching:
        raise UsageError(f"no object matches the pattern {str(pattern)!r}; check the address")
    folders: dict[RemotePath, Folder] = {}
    for path, status in sorted(matching, key=lambda match: match[0].parts):
        parent = path.parent
        folder = folders.setdefault(parent, Folder(str(parent), "", parent.name))
        _add(_file(folder, path, status), True, found, others)


def _matches(names: tuple[str, ...], patterns: tuple[str, ...]) -> bool:
    return len(names) == len(patterns) and all(
        fnmatch.fnmatchcase(name, pattern) and (name[0] != "." or pattern[0] == ".")
        for name, pattern in zip(names, patterns, strict=True)
    )


def _add(file: InputFile, matched: bool, found: Found, others: list[InputFile]) -> None:
    """Adds a file that was named, or matched by a pattern."""
    name = file.name
    ending = ".zip" if is_zip_name(name) else unread_ending(name)
    if ending and file.kind is FileKind.TFRECORD:
        found.not_read[ending] += 1
    elif matched and file.kind is FileKind.TFRECORD and is_other_name(name):
        others.append(file)
    else:
        found.files.append(file)


def _add_folder(
    root: RemotePath, files: Iterable[tuple[RemotePath, os.stat_result]], found: Found
) -> None:
    """The music below a name; TFRecords where it holds nothing else, as in a local folder."""
    music: list[InputFile] = []
    tfrecords: list[InputFile] = []
    folders: dict[str, Folder] = {}
    for path, status in files:
        below = "/".join(path.parts[len(root.parts) : -1])
        folder = folders.setdefault(below, Folder(str(path.parent), below, root.name))
        file = _file(folder, path, status)
        if file.kind is not FileKind.TFRECORD:
            music.append(file)
        elif is_zip_name(file.name) or unread_ending(file.name):
            found.not_read[unread_ending(file.name) or ".zip"] += 1
        elif is_tfrecord_name(file.name):
            tfrecords.append(file)
    if music:
        found.not_read += Counter({".tfrecord": len(tfrecords)})
    elif not tfrecords:
        found.notes.append(f"there is no music in {str(root)!r}")
    found.files += sorted(music or tfrecords, key=_place_in_folder)


def _place_in_folder(file: InputFile) -> tuple[str, ...]:
    return (*filter(None, file.folder.below.split("/")), file.name)


def _file(folder: Folder, path: RemotePath, status: os.stat_result) -> InputFile:
    kind = kind_by_name(path.name) or FileKind.TFRECORD
    return InputFile(folder, path.name, status.st_size, status.st_mtime_ns, kind)
