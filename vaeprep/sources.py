"""What the input is: patterns and folders to files, files to splits of about equal cost.

A split is what one task of the pool works on: a range of one TFRecord file's
records, or a few MIDI files. One big file becomes many splits, so that one file
keeps all the cores busy.
"""

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vaeprep import tfrecord
from vaeprep.errors import UsageError

MIDI_ENDINGS = (".mid", ".midi")
_MIDI_MAGIC = b"MThd"

# A byte of MIDI holds several times the notes of a byte of NoteSequence.
_MIDI_WEIGHT = 4
_MIDI_FILES_PER_SPLIT = 200


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file as it was when the run was planned.

    Attributes:
        path: The file.
        size: Bytes.
        modified_ns: Time of the last change, nanoseconds since 1970.
        midi_root: For a MIDI file the folder that its id and filename are
            relative to; None for a TFRecord.
    """

    path: Path
    size: int
    modified_ns: int
    midi_root: Path | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """A range of one TFRecord file's records, or some MIDI files of one folder.

    Attributes:
        index: Place among all splits; splits in this order are the input in order.
        path: The TFRecord file, or the root folder of the MIDI files.
        start: Byte offset of the first record's frame.
        stop: Byte offset after the last record; None reads to the end (gzip).
        records: Number of records, 0 where only reading tells (gzip).
        midi_files: The MIDI files; empty for a TFRecord.
        collection: Their `collection_name`.
    """

    index: int
    path: Path
    start: int
    stop: int | None
    records: int
    midi_files: tuple[str, ...] = ()
    collection: str = ""


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


def find_files(tfrecords: Iterable[str], inputs: Iterable[str] = ()) -> list[InputFile]:
    """Expands names and patterns, comma-separated ones too.

    Args:
        tfrecords: TFRecord files and patterns, as `--input-tfrecord` takes them.
        inputs: TFRecords, MIDI files, patterns of both, and folders, which are
            walked for MIDI files, as `--input` takes them.

    Returns:
        Each file once, in the order given, sorted within a pattern or folder.

    Raises:
        UsageError: A name or pattern leads to nothing that can be read.
    """
    found: dict[Path, InputFile] = {}
    for pattern in tfrecords:
        for path in _expand(pattern):
            _add(found, _tfrecord(path))
    for pattern in inputs:
        for path in _expand(pattern):
            for file in _any_kind(path):
                _add(found, file)
    if not found:
        raise UsageError("there is no input; name files with --input or --input-tfrecord")
    return list(found.values())


def plan(files: Sequence[InputFile], split_bytes: int) -> Plan:
    """Cuts the files into splits; TFRecords by walking their record headers.

    Args:
        files: The input, in order.
        split_bytes: Size at which a split of a TFRecord ends; MIDI files are
            grouped to a quarter of it.

    Returns:
        The plan. A gzip file cannot be walked and is one split. A file that
        ends in damage keeps its good records; the rest is among the losses.

    Raises:
        OSError: A file cannot be read.
    """
    splits: list[Split] = []
    losses: list[Loss] = []
    group: list[InputFile] = []
    for file in files:
        if group and not _joins(group, file, split_bytes // _MIDI_WEIGHT):
            splits.append(_midi_split(len(splits), group))
            group = []
        if file.midi_root is not None:
            group.append(file)
            continue
        for part in _parts(file.path, split_bytes):
            if isinstance(part, tfrecord.Damage):
                losses.append(Loss(file.path, part.offset, part.reason))
            else:
                stop = part.stop if part.records else None
                splits.append(Split(len(splits), file.path, part.start, stop, part.records))
    if group:
        splits.append(_midi_split(len(splits), group))
    return Plan(tuple(files), tuple(splits), tuple(losses))


def changed_files(files: Iterable[InputFile]) -> list[InputFile]:
    """Those that have another size or time now, or are gone."""
    return [file for file in files if not _is_unchanged(file)]


def first_loss(file: InputFile) -> Loss | None:
    """Why nothing of a file can be read; None when its beginning is in order."""
    if file.midi_root is not None:
        return None
    for part in _parts(file.path, 1):
        if isinstance(part, tfrecord.Damage):
            return Loss(file.path, part.offset, part.reason)
        return None
    return None


def _is_unchanged(file: InputFile) -> bool:
    try:
        status = file.path.stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (file.size, file.modified_ns)


def _joins(group: list[InputFile], file: InputFile, limit: int) -> bool:
    """Whether a file belongs to the MIDI files that are being gathered for a split."""
    return (
        file.midi_root == group[0].midi_root
        and len(group) < _MIDI_FILES_PER_SPLIT
        and sum(one.size for one in group) < limit
    )


def _midi_split(index: int, group: list[InputFile]) -> Split:
    root = group[0].midi_root
    assert root is not None
    return Split(
        index=index,
        path=root,
        start=0,
        stop=None,
        records=len(group),
        midi_files=tuple(str(file.path) for file in group),
        collection=root.resolve().name,
    )


def _parts(path: Path, split_bytes: int) -> Iterator[tfrecord.Range | tfrecord.Damage]:
    if path.stat().st_size == 0:
        yield tfrecord.Damage(0, "an empty file: it holds no records", rest_lost=True)
        return
    if tfrecord.is_gzip(path):
        yield tfrecord.Range(0, 0, 0)
        return
    for part in tfrecord.walk(path, split_bytes):
        if isinstance(part, tfrecord.Damage) and part.offset == 0:
            reason = f"not a TFRecord, it looks like {tfrecord.looks_like(path)}"
            yield tfrecord.Damage(0, f"{reason} ({part.reason})", rest_lost=True)
        else:
            yield part


def _expand(pattern: str) -> list[Path]:
    """The files of one argument: a plain name, a pattern, or several with commas."""
    if Path(pattern).exists():
        return [Path(pattern)]
    matches = sorted(glob.glob(pattern))
    if matches:
        return [Path(match) for match in matches]
    if "," in pattern:
        return [path for part in pattern.split(",") if part for path in _expand(part)]
    if glob.has_magic(pattern):
        raise UsageError(f"no file matches the pattern {pattern!r}; check the path")
    raise UsageError(f"there is no file {pattern!r}; check the path")


def _any_kind(path: Path) -> Iterator[InputFile]:
    """A file by what it is, a folder as the MIDI files in it."""
    if path.is_dir():
        names = _walk_midi(path)
        if not names:
            raise UsageError(f"there are no MIDI files (.mid, .midi) in {str(path)!r}")
        yield from (_describe(name, midi_root=path) for name in names)
    elif _is_midi(path):
        yield _describe(path, midi_root=path.parent)
    else:
        yield _describe(path)


def _walk_midi(folder: Path) -> list[Path]:
    """All MIDI files below a folder, sorted by path."""
    return sorted(
        Path(parent, name)
        for parent, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith(MIDI_ENDINGS)
    )


def _is_midi(path: Path) -> bool:
    if path.suffix.lower() in MIDI_ENDINGS:
        return True
    try:
        with path.open("rb") as file:
            return file.read(len(_MIDI_MAGIC)) == _MIDI_MAGIC
    except OSError:
        return False  # `_describe` says why it cannot be read


def _tfrecord(path: Path) -> InputFile:
    if path.is_dir():
        raise UsageError(
            f"{str(path)!r} is a folder; name its files, e.g. {str(path / '*')!r}, "
            "or give a folder of MIDI files with --input"
        )
    return _describe(path)


def _describe(path: Path, midi_root: Path | None = None) -> InputFile:
    try:
        with path.open("rb"):
            status = path.stat()
    except OSError as error:
        raise UsageError(f"cannot read {str(path)!r}: {error.strerror}") from error
    return InputFile(path, status.st_size, status.st_mtime_ns, midi_root)


def _add(found: dict[Path, InputFile], file: InputFile) -> None:
    found.setdefault(file.path.resolve(), file)
