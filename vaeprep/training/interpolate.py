"""`vaeprep interpolate`: pieces between two pieces."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vaeprep.errors import OptionError, UsageError
from vaeprep.midi.convert import MidiError, midi_to_note_sequence
from vaeprep.training import midi_folder
from vaeprep.training.sample import controls, stem
from vaeprep.training.trained_model import LoadedModel, ModelOptions, draw_by, load, quiet

_PARALLEL = 1e-6


def interpolate(
    options: ModelOptions,
    ends: tuple[Path, Path],
    count: int,
    folder: Path,
    picks: tuple[int, int] = (0, 0),
    overwrite: bool = False,
    show: Callable[[Path, Any], None] = lambda _path, _piece: None,
    tell: Callable[[str], None] = lambda _line: None,
) -> list[Path]:
    """Writes pieces on the way from one MIDI file to another, both ends included.

    The way is the great circle between the means of their latent vectors, as in
    Magenta's `music_vae_generate`.

    Args:
        options: The model.
        ends: Two MIDI files.
        count: How many pieces, at least 2.
        folder: Where they go.
        picks: Which example of each file is taken, if it holds several.
        overwrite: Replace files that exist.
        show: Called with each file and its NoteSequence.
        tell: Called with a line where a choice was made.

    Returns:
        The files.

    Raises:
        UsageError: The model cannot be loaded, or a file holds nothing for it.
    """
    if count < 2:
        raise OptionError("num_outputs", count, "must be at least 2, both ends are among them")
    songs = [_read(path) for path in ends]
    where = midi_folder.paths(folder, f"{stem(options)}-interpolation", count, overwrite)
    trained = load(options, count)
    controls(trained, ())  # a model that plays to chords is refused here
    with quiet():
        tensors = [
            _example(trained, song, path, pick, tell)
            for song, path, pick in zip(songs, ends, picks, strict=True)
        ]
        draw_by(options.seed)
        means = trained.model.encode_tensors(
            [each[0] for each in tensors], [each[3] for each in tensors]
        )[1]
        way = np.array([between(means[0], means[1], part) for part in np.linspace(0, 1, count)])
        pieces = trained.model.decode(
            way, length=trained.steps, temperature=trained.temperature
        )
    midi_folder.write(pieces, where)
    for path, piece in zip(where, pieces, strict=True):
        show(path, piece)
    return where


def between(
    start: NDArray[np.floating], end: NDArray[np.floating], part: float
) -> NDArray[np.floating]:
    """The point on the great circle from one vector to another.

    Args:
        start: float[n], at `part` 0.
        end: float[n], at `part` 1.
        part: From 0 to 1.

    Returns:
        float[n]; on the straight line where there is no one great circle, as
        between equal vectors (Magenta gives NaN there).
    """
    lengths = float(np.linalg.norm(start) * np.linalg.norm(end))
    angle = float(np.arccos(np.clip(np.dot(start, end) / lengths, -1, 1))) if lengths else 0.0
    if np.sin(angle) < _PARALLEL:
        return (1 - part) * start + part * end
    first, last = np.sin((1 - part) * angle), np.sin(part * angle)
    result: NDArray[np.floating] = (first * start + last * end) / np.sin(angle)
    return result


def _read(path: Path) -> Any:
    try:
        return midi_to_note_sequence(path.read_bytes())
    except MidiError as error:
        raise UsageError(f"{path} cannot be read as MIDI: {error}") from error
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def _example(
    trained: LoadedModel, song: Any, path: Path, pick: int, tell: Callable[[str], None]
) -> tuple[Any, ...]:
    """One example of a song: inputs, outputs, controls, length.

    Raises:
        UsageError: There is none, or not the one that is picked.
    """
    try:
        found = list(zip(*trained.model._config.data_converter.to_tensors(song), strict=True))
    except Exception as error:
        raise UsageError(
            f"{trained.name} cannot take {path}: {type(error).__name__}: {error}"
        ) from error
    if not found:
        raise UsageError(
            f"there is no example of {trained.name} in {path}; "
            f"see why: vaeprep inspect --config {trained.name} {path}"
        )
    if pick >= len(found):
        raise UsageError(f"{path} holds {len(found)} examples, from 0 to {len(found) - 1}")
    if len(found) > 1:
        tell(f"{path} holds {len(found)} examples of {trained.name}; number {pick} is taken")
    return found[pick]
