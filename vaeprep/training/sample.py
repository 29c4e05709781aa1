"""`vaeprep sample`: new pieces from a trained model."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vaeprep.errors import UsageError, option
from vaeprep.training import midi_folder
from vaeprep.training.trained_model import LoadedModel, ModelOptions, draw_by, load, quiet

_NO_CHORD = "N.C."


def sample(
    options: ModelOptions,
    count: int,
    folder: Path,
    chords: Sequence[str] = (),
    overwrite: bool = False,
    show: Callable[[Path, Any], None] = lambda _path, _piece: None,
) -> list[Path]:
    """Draws pieces from the prior and writes them as MIDI files.

    Args:
        options: The model.
        count: How many pieces.
        folder: Where they go.
        chords: For a model that plays to chords: chord symbols, spread evenly
            over each piece.
        overwrite: Replace files that exist.
        show: Called with each file and its NoteSequence.

    Returns:
        The files.

    Raises:
        UsageError: The model cannot be loaded, or the chords do not fit it.
    """
    where = midi_folder.paths(folder, f"{stem(options)}-sample", count, overwrite)
    trained = load(options, count)
    given = controls(trained, chords)
    draw_by(options.seed)
    with quiet():
        pieces = trained.model.sample(
            n=count, length=trained.steps, temperature=trained.temperature, c_input=given
        )
    midi_folder.write(pieces, where)
    for path, piece in zip(where, pieces, strict=True):
        show(path, piece)
    return where


def controls(trained: LoadedModel, chords: Sequence[str]) -> Any:
    """What the model is to play to: float32[steps, control depth], or None.

    Raises:
        UsageError: It plays to nothing and chords are given, or to something else
            than chords, or to chords and there are none, or a symbol is unknown.
    """
    converter = trained.config.data_converter
    depth = int(converter.control_depth)
    encoding = getattr(converter, "_chord_encoding", None)
    if not depth:
        if chords:
            raise UsageError(
                f"{trained.name} plays to no chords; leave ", option("chords"), " out"
            )
        return None
    if encoding is None or depth != encoding.num_classes:
        raise UsageError(
            f"{trained.name} plays to something that is no chord, which vaeprep does not make "
            "up; use Magenta's TrainedModel"
        )
    if not chords:
        raise UsageError(
            f"{trained.name} plays to chords; name them with ", option("chords", "C G Am F")
        )
    classes = [_class_of(symbol, encoding) for symbol in chords]
    rows = np.arange(trained.steps) * len(classes) // trained.steps
    given = np.zeros((trained.steps, depth), np.float32)
    given[np.arange(trained.steps), np.array(classes)[rows]] = 1
    return given


def _class_of(symbol: str, encoding: Any) -> int:
    from note_seq import ChordEncodingError, ChordSymbolError

    try:
        return int(encoding.encode_event(symbol))
    except (ChordEncodingError, ChordSymbolError) as error:
        raise UsageError(
            f"there is no chord {symbol!r} for this model; write e.g. C, Am, F#m or {_NO_CHORD}"
        ) from error


def stem(options: ModelOptions) -> str:
    """The model's name in file names: the run folder's, or the checkpoint's."""
    path = options.run_dir.expanduser().resolve()
    return path.name.removesuffix(".tar")
