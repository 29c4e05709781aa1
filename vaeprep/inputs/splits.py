"""What the input is: patterns and folders to files, files to splits of about equal cost.

A split is what one task of the pool works on: a range of one TFRecord file's
records, several small TFRecord files, or some MIDI files. One big file becomes many
splits, so that one file keeps all the cores busy.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vaeprep.files import tfrecord
from vaeprep.inputs.find import InputFile

# A byte of MIDI holds several times the notes of a byte of NoteSequence.
_MIDI_WEIGHT = 4
_MIDI_FILES_PER_SPLIT = 200


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
class MidiSplit:
    """Some MIDI files of one folder.

    Attributes:
        index: Place among all splits.
        root: The folder that their ids and filenames are relative to.
        files: The files.
        collection: Their `collection_name`.
    """

    index: int
    root: Path
    files: tuple[str, ...]
    collection: str

    @property
    def records(self) -> int:
        """Number of files: each is one song."""
        return len(self.files)


Split = RecordSplit | MidiSplit


@dataclass(frozen=True, slots=True)
class Loss:
    """A part of a file that no split covers, and why."""

    path: Path
    offset: int
    reason: str


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


def plan(files: Sequence[InputFile], split_bytes: int) -> Plan:
    """Cuts the files into splits; TFRecords by walking their record headers.

    Args:
        files: The input, in order.
        split_bytes: Size at which a split of a TFRecord ends, and up to which small
            TFRecords are read together; MIDI files are grouped to a quarter of it.

    Returns:
        The plan. A gzip file cannot be walked and is one split. A file that
        ends in damage keeps its good records; the rest is among the losses.

    Raises:
        OSError: A file cannot be read.
    """
    splits: list[Split] = []
    losses: list[Loss] = []
    for root, group in itertools.groupby(files, lambda file: file.midi_root):
        if root is None:
            parts = list(_ranges(group, split_bytes))
            losses += [part for part in parts if isinstance(part, Loss)]
            found = [part for part in parts if isinstance(part, FileRange)]
            for ranges in _together(found, split_bytes):
                splits.append(RecordSplit(len(splits), ranges))
        else:
            for some in _midi_groups(group, split_bytes // _MIDI_WEIGHT):
                splits.append(_midi_split(len(splits), root, some))
    return Plan(tuple(files), tuple(splits), tuple(losses))


def whole_file(file: InputFile) -> Split:
    """One split that is all of a file."""
    if file.midi_root is not None:
        return _midi_split(0, file.midi_root, (str(file.path),))
    return RecordSplit(0, (FileRange(file.path, 0, None, 0),))


def _midi_split(index: int, root: Path, files: tuple[str, ...]) -> MidiSplit:
    return MidiSplit(index, root, files, root.resolve().name)


def name_of(split: Split) -> str:
    """A split as the user knows it: its files, and which part of them."""
    if isinstance(split, MidiSplit):
        more = len(split.files) - 1
        return split.files[0] + (f" and the {more} MIDI files after it" if more else "")
    first, more = split.ranges[0], len(split.ranges) - 1
    if first.stop is None:
        return f"{first.path}, the whole file"
    others = f" and the {more} files after it" if more else ""
    part = f"{first.path}, bytes {first.start} to {first.stop}"
    return f"{part}{others} ({split.records} records)"


def first_loss(file: InputFile) -> Loss | None:
    """Why nothing of a file can be read; None when its beginning is in order."""
    if file.midi_root is not None:
        return None
    for part in _parts(file.path, 1):
        if isinstance(part, tfrecord.Damage):
            return Loss(file.path, part.offset, part.reason)
        return None
    return None


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


def _midi_groups(files: Iterable[InputFile], limit: int) -> Iterator[tuple[str, ...]]:
    """MIDI files in a row, until they have `limit` bytes or are many."""
    group: list[str] = []
    size = 0
    for file in files:
        if group and (size >= limit or len(group) == _MIDI_FILES_PER_SPLIT):
            yield tuple(group)
            group, size = [], 0
        group.append(str(file.path))
        size += file.size
    if group:
        yield tuple(group)


def _parts(path: Path, split_bytes: int) -> Iterator[tfrecord.Range | tfrecord.Damage]:
    if path.stat().st_size == 0:
        yield tfrecord.Damage(0, "an empty file: it holds no records", rest_lost=True)
        return
    if tfrecord.is_gzip(path):
        yield tfrecord.Range(0, 0, 0)
        return
    for part in tfrecord.walk(path, split_bytes):
        if isinstance(part, tfrecord.Damage) and part.offset == 0:
            yield tfrecord.Damage(0, tfrecord.explain(path, part), rest_lost=True)
        else:
            yield part
