"""Chords: from the annotations of a piece to the class that conditions each step.

A *figure* is a chord as text, "Cm7" or "N.C." (no chord). A piece brings its
figures as text annotations, or they are inferred from its notes
(`vaeprep.music.chord_inference`). A chord sounds until the next one, so a
`Progression` knows the figure at every step. MusicVAE conditions on the triad
alone: a `ChordEncoding` maps a figure to root and quality, "Cm7" to C minor.

Follows note_seq's `chords_lib`, `chord_symbols_lib` and `chords_encoder_decoder`.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from vaeprep.music.chord_inference import (
    NO_CHORD,
    Chord,
    Harmony,
    infer_harmony,
)
from vaeprep.music.chord_kinds import DEGREES, accidentals
from vaeprep.music.pitch_names import CHORD_ROOTS, NATURALS
from vaeprep.music.protos import CHORD_SYMBOL
from vaeprep.music.quantization import Quantized
from vaeprep.music.sequence import Ints, KeySignature


class ChordSymbolError(Exception):
    """The figure is not a chord symbol."""


class ChordEncodingError(Exception):
    """The figure is a chord, but of a quality that the encoding does not have."""


class CoincidentChordsError(Exception):
    """Two different figures fall on the same step."""


# --- What a piece says -----------------------------------------------------------


def annotated_chords(quantized: Quantized) -> tuple[Chord, ...]:
    """The chord annotations of a piece, in stored order."""
    return tuple(
        Chord(step, annotation.time, annotation.text)
        for annotation, step in zip(
            quantized.piece.text_annotations, quantized.annotation_steps, strict=True
        )
        if annotation.annotation_type == CHORD_SYMBOL
    )


def harmony(quantized: Quantized, with_keys: bool = False) -> Harmony:
    """The chords (and keys) of a piece: those it brings, else inferred ones.

    Follows `to_tensors` of Magenta's `LegacyEventListOneHotConverter`: chords
    are inferred if the piece has none, or if it has no key but needs one. (A
    piece with chords but without a needed key is refused.)

    Args:
        quantized: The piece.
        with_keys: Whether keys are needed too. Where they are inferred they
            take the place of those in the piece.

    Returns:
        Chords in stored order, and key signatures in stored order.

    Raises:
        ChordInferenceError: If they must be inferred and cannot be. Magenta
            then has no examples.
    """
    chords = annotated_chords(quantized)
    keys = quantized.piece.key_signatures
    if chords and not (with_keys and not keys):
        return Harmony(chords, keys)
    inferred = infer_harmony(quantized)
    return inferred if with_keys else Harmony(inferred.chords, keys)


# --- The figure at each step -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progression:
    """The figure at every step of a piece.

    Attributes:
        starts: The steps where a chord begins, ascending; the first is 0.
        labels: For each start, the chord's index in `figures`.
        figures: The figures, each once. So equal labels mean equal figures.
    """

    starts: tuple[int, ...]
    labels: tuple[int, ...]
    figures: tuple[str, ...]

    def label_at(self, step: int) -> int:
        """The index in `figures` of the chord at `step` (0 or later)."""
        return self.labels[bisect_right(self.starts, step) - 1]

    def at(self, step: int) -> str:
        """The figure at `step` (0 or later). The last chord never ends."""
        return self.figures[self.label_at(step)]

    def step_labels(self, num_steps: int) -> Ints:
        """int64[num_steps]: the index in `figures` of the chord at each step."""
        bounds = np.minimum([*self.starts, num_steps], num_steps)
        return np.repeat(np.array(self.labels, np.int64), np.diff(bounds))


def progression(chords: Iterable[Chord], total_steps: int) -> Progression:
    """Which chord sounds at which step.

    Follows `ChordProgression.from_quantized_sequence` for the steps from 0 to
    the end of the piece and `event_list_chords`, which lets the last chord
    sound on after the end. Before the first chord there is none ("N.C.").

    Args:
        chords: Chords in any order. Of chords on the same step the stored
            order counts, as in note_seq.
        total_steps: Length of the piece (`Quantized.total_steps`). Chords at or
            after the end are not looked at.

    Raises:
        CoincidentChordsError: Two different chords on one step.
    """
    starts, figures = [0], [NO_CHORD]
    previous_step = -1  # no chord yet: steps are never negative
    for chord in sorted(chords, key=lambda chord: chord.step):
        if chord.step >= total_steps:
            break
        if chord.step == previous_step:
            if chord.figure == figures[-1]:
                continue
            raise CoincidentChordsError(
                f"chords {figures[-1]} and {chord.figure} are coincident"
            )
        previous_step = chord.step
        if chord.step == 0:
            figures[0] = chord.figure
        else:
            starts.append(chord.step)
            figures.append(chord.figure)
    index = {figure: i for i, figure in enumerate(dict.fromkeys(figures))}
    return Progression(tuple(starts), tuple(index[f] for f in figures), tuple(index))


def keys_at(
    keys: Sequence[KeySignature], steps_per_second: float, steps: Iterable[int]
) -> list[int]:
    """The key (0 = C .. 11 = B) at each of some steps.

    Follows `chords_lib.event_list_keys`: before the first key signature its key
    holds already. A stored key is an open enum, so it is not always in 0..11.

    Args:
        keys: At least one.
        steps_per_second: Grid, `steps_per_quarter * qpm / 60.0`.
        steps: Steps of events.

    Raises:
        ValueError: If there are no keys.
    """
    if not keys:
        raise ValueError("Sequence has no key signatures.")
    changes = sorted((steps_per_second * key.time, key.key) for key in keys)
    times = [time for time, _ in changes]
    return [changes[max(bisect_right(times, step) - 1, 0)][1] for step in steps]


def changes(values: Sequence[str] | Sequence[int]) -> list[int]:
    """Positions where a value differs from the one before; the first always.

    Only these become annotations or key signatures in an example, as in
    note_seq's `add_chords_to_sequence` and `add_keys_to_sequence`.
    """
    return [i for i in range(len(values)) if i == 0 or values[i] != values[i - 1]]


# --- Chord symbols ---------------------------------------------------------------

_MODIFIERS = "|".join(re.escape(text) for text in ("add", "add#", "addb", "no", "#", "b"))
_ROOT = r"[A-G](?:#*|b*)(?![#b])"
_FIGURE = re.compile(
    rf"({_ROOT})"
    rf"({'|'.join(re.escape(kind) for kind in DEGREES)})"
    rf"((?:\(?(?:{_MODIFIERS})[0-9]+\)?)*)"
    rf"(|/{_ROOT})$"
)
_MODIFICATION = re.compile(rf"\(?({_MODIFIERS})([0-9]+)\)?")
_TRIADS: dict[tuple[int | None, int | None, int | None], int] = {
    (0, 0, 0): 0,
    (0, -1, 0): 1,
    (0, 0, 1): 2,
    (0, -1, -1): 3,
}

OTHER_QUALITY = 4


def _modify(degrees: dict[int, int], modifier: str, degree: int) -> None:
    if modifier == "no":
        if degree not in degrees:
            raise ChordSymbolError(f"Scale degree not in chord: {degree}")
        del degrees[degree]
    elif modifier.startswith("add"):
        if degree in degrees:
            raise ChordSymbolError(f"Scale degree already in chord: {degree}")
        degrees[degree] = accidentals(modifier[3:])
    else:
        degrees[degree] = degrees.get(degree, 0) + accidentals(modifier)


def root_and_quality(figure: str) -> tuple[int, int]:
    """Reads a chord symbol, as `chord_symbol_root` and `chord_symbol_quality` do.

    Args:
        figure: For example "Ebm7b5/Gb". "N.C." is not a chord symbol.

    Returns:
        The root's pitch class (0 = C), and the quality: 0 major, 1 minor,
        2 augmented, 3 diminished, 4 any other.

    Raises:
        ChordSymbolError: If it is not a chord symbol, or adds a degree that is
            there or takes away one that is not.
    """
    match = _FIGURE.match(figure)
    if match is None:
        raise ChordSymbolError(f"Unable to parse chord symbol: {figure}")
    root, kind, modifications, _ = match.groups()
    degrees = dict(DEGREES[kind])
    # All numbers are read before the first one is applied: which error comes
    # first, a number of too many digits or a degree that is not there, matters.
    read = [(m, int(degree)) for m, degree in _MODIFICATION.findall(modifications)]
    for modifier, degree in read:
        _modify(degrees, modifier, degree)
    triad = (degrees.get(1), degrees.get(3), degrees.get(5))
    pitch_class = (NATURALS[root[0]] + accidentals(root)) % 12
    return pitch_class, _TRIADS.get(triad, OTHER_QUALITY)


# --- The classes that MusicVAE is conditioned on ---------------------------------


@dataclass(frozen=True, slots=True)
class ChordEncoding:
    """Chords as classes: class 0 is "no chord", then twelve roots a quality.

    Attributes:
        suffixes: What follows the root's name in the figure of each quality,
            in the order major, minor, augmented, diminished.
    """

    suffixes: tuple[str, ...]

    @property
    def num_classes(self) -> int:
        """How many classes there are, "no chord" included."""
        return 12 * len(self.suffixes) + 1

    def encode(self, figure: str) -> int:
        """The class of a figure.

        Raises:
            ChordSymbolError: If the figure is not a chord symbol.
            ChordEncodingError: If the chord has no class.
        """
        return _encode(figure, len(self.suffixes))

    def decode(self, index: int) -> str:
        """The figure of a class, e.g. "Ebm"."""
        if index == 0:
            return NO_CHORD
        quality, root = divmod(index - 1, 12)
        return CHORD_ROOTS[root] + self.suffixes[quality]


@lru_cache(maxsize=4096)
def _encode(figure: str, num_qualities: int) -> int:
    if figure == NO_CHORD:
        return 0
    root, quality = root_and_quality(figure)
    if quality >= num_qualities:
        raise ChordEncodingError(f"chord has none of the {num_qualities} qualities: {figure}")
    return 12 * quality + root + 1


MAJOR_MINOR = ChordEncoding(("", "m"))
"""note_seq's `MajorMinorChordOneHotEncoding`: 25 classes."""

TRIAD = ChordEncoding(("", "m", "aug", "dim"))
"""note_seq's `TriadChordOneHotEncoding`: 49 classes."""
