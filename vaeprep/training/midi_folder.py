"""Writes the pieces that a model made as MIDI files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vaeprep.errors import UsageError, option
from vaeprep.files.folder import make_folder
from vaeprep.files.whole import whole_file
from vaeprep.files.writable import check_writable
from vaeprep.midi.writer import midi_bytes

_MIDI = b"mthd"


def paths(folder: Path, stem: str, count: int, overwrite: bool) -> list[Path]:
    """Where the pieces will stand: `STEM-000-of-005.mid` and so on.

    Raises:
        UsageError: One exists and may not be replaced, or the folder cannot be written.
    """
    folder = folder.expanduser()
    found = [folder / f"{stem}-{number:03d}-of-{count:03d}.mid" for number in range(count)]
    if not overwrite:
        for path in found:
            if path.exists():
                raise UsageError(
                    f"{path} exists; add ", option("overwrite", True), " to replace it"
                )
    check_writable(found[0], _MIDI, "MIDI file")
    return found


def write(pieces: Sequence[Any], where: Sequence[Path]) -> None:
    """Writes NoteSequences, each to its path; their folder is made if it is not there.

    Raises:
        UsageError: The folder cannot be made.
        OSError: A file cannot be written.
    """
    make_folder(where[0].parent)
    for piece, path in zip(pieces, where, strict=True):
        with whole_file(path) as file:
            file.write(midi_bytes(piece))
