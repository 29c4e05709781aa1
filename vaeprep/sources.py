"""What the input is: patterns to files, files to splits of about equal cost.

A split is a file and a range of its records: what one task of the pool works
on. One big file becomes many splits, so that one file keeps all the cores busy.
"""

import glob
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vaeprep import tfrecord
from vaeprep.errors import UsageError


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file as it was when the run was planned.

    Attributes:
        path: The file.
        size: Bytes.
        modified_ns: Time of the last change, nanoseconds since 1970.
    """

    path: Path
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Split:
    """A range of one file's records.

    Attributes:
        index: Place among all splits; splits in this order are the input in order.
        path: The file.
        start: Byte offset of the first record's frame.
        stop: Byte offset after the last record; None reads to the end (gzip).
        records: Number of records, 0 where only reading tells (gzip).
    """

    index: int
    path: Path
    start: int
    stop: int | None
    records: int


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


def find_files(patterns: Iterable[str]) -> list[InputFile]:
    """Expands file names and patterns, comma-separated ones too.

    Args:
        patterns: As given on the command line. A file whose name contains a
            comma or a star is found by its plain name first.

    Returns:
        Each file once, in the order of the patterns, sorted within a pattern.

    Raises:
        UsageError: A pattern matches nothing, or a folder, or the file cannot be read.
    """
    found: dict[Path, InputFile] = {}
    for pattern in patterns:
        for path in _expand(pattern):
            key = path.resolve()
            if key not in found:
                found[key] = _describe(path)
    return list(found.values())


def plan(files: Sequence[InputFile], split_bytes: int) -> Plan:
    """Cuts the files into splits by walking their record headers.

    Args:
        files: The input, in order.
        split_bytes: Size at which a split ends.

    Returns:
        The plan. A gzip file cannot be walked and is one split. A file that
        ends in damage keeps its good records; the rest is among the losses.

    Raises:
        OSError: A file cannot be read.
    """
    splits: list[Split] = []
    losses: list[Loss] = []
    for file in files:
        for part in _parts(file.path, split_bytes):
            if isinstance(part, tfrecord.Damage):
                losses.append(Loss(file.path, part.offset, part.reason))
            else:
                stop = part.stop if part.records else None
                splits.append(Split(len(splits), file.path, part.start, stop, part.records))
    return Plan(tuple(files), tuple(splits), tuple(losses))


def first_loss(path: Path) -> Loss | None:
    """Why nothing of a file can be read; None when its beginning is in order."""
    for part in _parts(path, 1):
        return (
            Loss(path, part.offset, part.reason) if isinstance(part, tfrecord.Damage) else None
        )
    return None


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
    raise UsageError(f"there is no file {pattern!r}; check --input-tfrecord")


def _describe(path: Path) -> InputFile:
    if path.is_dir():
        raise UsageError(f"{str(path)!r} is a folder; name its files, e.g. {str(path / '*')!r}")
    try:
        with path.open("rb"):
            status = path.stat()
    except OSError as error:
        raise UsageError(f"cannot read {str(path)!r}: {error.strerror}") from error
    return InputFile(path, status.st_size, status.st_mtime_ns)
