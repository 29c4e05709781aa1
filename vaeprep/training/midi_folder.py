"""Writes the pieces that a model made as MIDI files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vaeprep.errors import UsageError, option
from vaeprep.files.whole import whole_file
from vaeprep.midi.writer import midi_bytes


def paths(folder: Path, stem: str, count: int, overwrite: bool) -> list[Path]:
    """Where the pieces will stand: `STEM-000-of-005.mid` and so on.

    Raises:
        UsageError: One exists and may not be replaced, or the folder cannot be made.
    """
    folder = folder.expanduser()
    found = [folder / f"{stem}-{number:03d}-of-{count:03d}.mid" for number in range(count)]
    if not overwrite:
        for path in found:
            if path.exists():
                raise UsageError(
                    f"{path} exists; add ", option("overwrite", True), " to replace it"
                )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder {folder}: {error.strerror}") from error
    return found


def write(pieces: Sequence[Any], where: Sequence[Path]) -> None:
    """Writes NoteSequences, each to its path.

    Raises:
        OSError: A file cannot be written.
    """
    for piece, path in zip(pieces, where, strict=True):
        with whole_file(path) as file:
            file.write(midi_bytes(piece))
