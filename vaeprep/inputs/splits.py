"""What the input is: patterns and folders to files, files to splits of about equal cost.

A split is what one task of the pool works on: a range of one TFRecord file's
records, several small TFRecord files, or some files of music. One big file becomes many
splits, so that one file keeps all the cores busy.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vaeprep.files import tfrecord
from vaeprep.files.remote import place
from vaeprep.inputs.found import InputFile, Loss
from vaeprep.inputs.kinds import FileKind

# A byte of MIDI holds several times the notes of a byte of NoteSequence.
_MUSIC_WEIGHT = 4
_MUSIC_FILES_PER_SPLIT = 200


@dataclass(frozen=True, slots=True)
class FileRange:
    """Records in a row of one TFRecord file.

    Attributes:
        path: The file.
        start: Byte offset of the first record's frame.
        stop: Byte offset after the last record; None reads to the end (gzip).
        records: Number of records, 0 where only reading tells (gzip).
    """

    path: Path
    start: int
    stop: int | None
    records: int


@dataclass(frozen=True, slots=True)
class RecordSplit:
    """A range of one TFRecord file, or ranges of several that are small.

    Attributes:
        index: Place among all splits; splits in this order are the input in order.
        ranges: What is read, in order. A gzip file is always alone.
    """

    index: int
    ranges: tuple[FileRange, ...]

    @property
    def records(self) -> int:
        """Number of records, 0 where only reading tells (gzip)."""
        return sum(part.records for part in self.ranges)


@dataclass(frozen=True, slots=True)
class MusicSplit:
    """Some files of music: MIDI, scores.

    Attributes:
        index: Place among all splits.
        files: The files.
    """

    index: int
    files: tuple[InputFile, ...]

    @property
    def records(self) -> int:
        """Number of files: nearly each is one song."""
        return len(self.files)


Split = RecordSplit | MusicSplit


def absolute(split: Split) -> Split:
    """The split with absolute paths, for a process that works in another folder."""
    if isinstance(split, RecordSplit):
        ranges = tuple(replace(one, path=one.path.absolute()) for one in split.ranges)
        return replace(split, ranges=ranges)
    # One object for all files of a folder, as it was: it is sent once then.
    folders = {
        one: replace(one, path=str(place(one.path).absolute()))
        for one in dict.fromkeys(file.folder for file in split.files)
    }
    files = tuple(replace(file, folder=folders[file.folder]) for file in split.files)
    return replace(split, files=files)


@dataclass(frozen=True, slots=True)
class Plan:
    """All the work of a run: the splits in input order, and what is lost already."""

    files: tuple[InputFile, ...]
    splits: tuple[Split, ...]
    losses: tuple[Loss, ...]

    @property
    def records(self) -> int:
        """Records in all splits whose number is known."""
        return sum(split.records for split in self.splits)


def plan(files: Sequence[InputFile], split_bytes: int, losses: Iterable[Loss] = ()) -> Plan:
    """Cuts the files into splits; TFRecords by walking their record headers.

    Args:
        files: The input, in order.
        split_bytes: Size at which a split of a TFRecord ends, and up to which small
            TFRecords are read together; files of music are grouped to a quarter of it.
        losses: What is lost already, before the files are looked at.

    Returns:
        The plan. A gzip file cannot be walked and is one split. A file that
        ends in damage keeps its good records; the rest is among the losses.

    Raises:
        OSError: A file cannot be read.
    """
    splits: list[Split] = []
    lost = list(losses)
    for is_tfrecord, group in itertools.groupby(files, _is_tfrecord):
        if is_tfrecord:
            parts = list(_ranges(group, split_bytes))
            lost += [part for part in parts if isinstance(part, Loss)]
            found = [part for part in parts if isinstance(part, FileRange)]
            for ranges in _together(found, split_bytes):
                splits.append(RecordSplit(len(splits), ranges))
        else:
            for some in _music_groups(group, split_bytes // _MUSIC_WEIGHT):
                splits.append(MusicSplit(len(splits), some))
    return Plan(tuple(files), tuple(splits), tuple(lost))


def whole_file(file: InputFile) -> Split:
    """One split that is all of a file."""
    if _is_tfrecord(file):
        return RecordSplit(0, (FileRange(file.path, 0, None, 0),))
    return MusicSplit(0, (file,))


def _is_tfrecord(file: InputFile) -> bool:
    return file.kind is FileKind.TFRECORD


def name_of(split: Split) -> str:
    """A split as the user knows it: its files, and which part of them."""
    if isinstance(split, MusicSplit):
        more = len(split.files) - 1
        return split.files[0].text + (f" and the {more} files after it" if more else "")
    first, more = split.ranges[0], len(split.ranges) - 1
    if first.stop is None:
        return f"{first.path}, the whole file"
    others = f" and the {more} files after it" if more else ""
    part = f"{first.path}, bytes {first.start} to {first.stop}"
    return f"{part}{others} ({split.records} records)"


def _ranges(files: Iterable[InputFile], split_bytes: int) -> Iterator[FileRange | Loss]:
    """The ranges of TFRecord files, in order, and what of the files is lost."""
    for file in files:
        for part in _parts(file.path, split_bytes):
            if isinstance(part, tfrecord.Damage):
                yield Loss(file.path, part.offset, part.reason)
            else:
                stop = part.stop if part.records else None
                yield FileRange(file.path, part.start, stop, part.records)


def _together(ranges: Iterable[FileRange], split_bytes: int) -> Iterator[tuple[FileRange, ...]]:
    """Ranges in a row, together not larger than a split. What is zipped stays alone."""
    group: list[FileRange] = []
    room = 0
    for part in ranges:
        size = split_bytes if part.stop is None else part.stop - part.start
        if group and size > room:
            yield tuple(group)
            group = []
        room = (room if group else split_bytes) - size
        group.append(part)
    if group:
        yield tuple(group)


def _music_groups(files: Iterable[InputFile], limit: int) -> Iterator[tuple[InputFile, ...]]:
    """Files of music in a row, until they have `limit` bytes or are many."""
    group: list[InputFile] = []
    size = 0
    for file in files:
        if group and (size >= limit or len(group) == _MUSIC_FILES_PER_SPLIT):
            yield tuple(group)
            group, size = [], 0
        group.append(file)
        size += file.size
    if group:
        yield tuple(group)


def _parts(path: Path, split_bytes: int) -> Iterator[tfrecord.Range | tfrecord.Damage]:
    """Ranges of a file. An empty one has none: a TFRecord without records, as Beam writes."""
    for part in tfrecord.walk(path, split_bytes):
        if isinstance(part, tfrecord.Damage) and part.offset == 0:
            yield tfrecord.Damage(0, tfrecord.explain(path, part), rest_lost=True)
        else:
            yield part
