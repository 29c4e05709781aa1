"""What the input is: names, patterns and folders to files."""

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vaeprep.errors import UsageError, option

MIDI_ENDINGS = (".mid", ".midi")


_MIDI_MAGIC = b"MThd"


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
        raise UsageError(
            "there is no input; name files with ",
            option("input"),
            " or ",
            option("input_tfrecord"),
        )
    return list(found.values())


def changed_files(files: Iterable[InputFile]) -> list[InputFile]:
    """Those that have another size or time now, or are gone."""
    return [file for file in files if not _is_unchanged(file)]


def _is_unchanged(file: InputFile) -> bool:
    try:
        status = file.path.stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (file.size, file.modified_ns)


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
            "or give a folder of MIDI files with ",
            option("input"),
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
