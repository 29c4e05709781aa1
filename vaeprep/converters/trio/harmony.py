"""The chords and keys that trios are conditioned on, step by step.

Follows Magenta's `TrioConverter` and the melody converters inside it.
"""

import numpy as np

from vaeprep.converters.chords import (
    ChordEncoding,
    ChordEncodingError,
    ChordSymbolError,
    CoincidentChordsError,
    annotated_chords,
    keys_at,
    progression,
)
from vaeprep.converters.signs import Signs
from vaeprep.converters.trio.lines import notes_of_melody
from vaeprep.music.chord_inference import Chord, Harmony, infer_harmony
from vaeprep.music.quantization import Quantized


def harmony_of_band(quantized: Quantized, with_chords: bool, with_keys: bool) -> Harmony:
    """The chords and keys of a piece; what is inferred is added to what is there.

    Args:
        quantized: The piece.
        with_chords: Whether chords are inferred if there are none.
        with_keys: Whether keys are inferred if there are none.

    Raises:
        ChordInferenceError: There is nothing to infer them from.
    """
    chords, keys = annotated_chords(quantized), quantized.piece.key_signatures
    no_chords = with_chords and not chords
    if not no_chords and not (with_keys and not keys):
        return Harmony(chords, keys)
    inferred = infer_harmony(quantized)
    # Magenta takes over the times, and quantizes them again.
    on_grid = tuple(
        Chord(int(chord.time * quantized.steps_per_second + 0.5), chord.time, chord.figure)
        for chord in inferred.chords
    )
    return Harmony((*chords, *on_grid), (*keys, *inferred.keys))


def signs_of_line(
    quantized: Quantized,
    instrument: int,
    harmony: Harmony,
    steps: int,
    encoding: ChordEncoding | None,
    with_keys: bool,
) -> Signs | None:
    """Chord classes and keys for the melody of an instrument.

    Args:
        quantized: The piece.
        instrument: A melody or bass that has a line.
        harmony: The chords and keys of the piece.
        steps: So many steps at least.
        encoding: The chord classes; None for no chords.
        with_keys: Whether there are keys.

    Returns:
        None if two chords coincide or a chord has no class. Magenta then
        takes the instrument for silent.

    Raises:
        IndexError: A key is none of the twelve.
    """
    ends = quantized.end[notes_of_melody(quantized, instrument)]
    steps = max(steps, int(ends.max()))
    chords = keys = None
    if encoding is not None:
        try:
            figures = progression(harmony.chords, steps)
            classes = [encoding.encode(f) for f in figures.figures]
        except (CoincidentChordsError, ChordSymbolError, ChordEncodingError):
            return None
        if not with_keys:
            # Magenta leaves out the last 12 columns even if they are no keys.
            known = encoding.num_classes - 12
            classes = [c if c < known else 0 for c in classes]
        chords = np.array(classes)[figures.step_labels(steps)]
    if with_keys:
        keys = np.array(keys_at(harmony.keys, quantized.steps_per_second, range(steps)))
        outside = np.flatnonzero((keys < -12) | (keys > 11))
        if len(outside):
            raise IndexError(
                f"index {keys[outside[0]]} is out of bounds for axis 1 with size 12"
            )
        keys %= 12
    return Signs(chords, keys)
