"""Infers the chords (and keys) of a piece from its notes.

Every half bar or bar gets the chord that fits its notes best, where the chord
before and the key have a say: a hidden Markov model of 12 keys times 97 chords,
solved with the Viterbi algorithm. The model, every floating-point operation and
the way ties are broken are those of note_seq's `chord_inference`, so the chords
are always the same.

note_seq rebuilds its 1164 x 1164 transition matrix for every piece and adds all
of it at every frame. Here it stays in pieces. Within a key, the probability of
a transition depends only on which of a few *classes* the two chords belong to
(how many of their pitches are in the key); a change of key depends only on the
target. Rounding never changes the order of two sums (a <= b means that
a + c <= b + c after rounding too), so the best sum over a class is the sum with
the class's best, to the bit. Which predecessor was the best, with ties going to
the lowest index, is asked only along the best path, and there of all 1164.
"""

import math
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vaeprep.music.chord_kinds import pitches
from vaeprep.music.pitch_names import CHORD_ROOTS
from vaeprep.music.protos import CHORD_SYMBOL
from vaeprep.music.quantization import Quantized
from vaeprep.music.sequence import Floats, Ints, KeySignature, Notes

NO_CHORD = "N.C."

_KEY_PITCHES = frozenset((0, 2, 4, 5, 7, 9, 11))
_KIND_PITCHES = {
    kind: pitches(kind) for kind in ("", "m", "+", "dim", "7", "maj7", "m7", "m7b5")
}
# Chord 0 is "no chord"; the others are every kind on every root.
_ROOTS_AND_KINDS = tuple(product(range(12), _KIND_PITCHES))
_NUM_CHORDS = 1 + len(_ROOTS_AND_KINDS)
_FIGURES = (NO_CHORD, *(CHORD_ROOTS[root] + kind for root, kind in _ROOTS_AND_KINDS))

# The defaults of note_seq's `infer_chords_for_sequence`.
_KEY_CHANGE = 0.001
_CHORD_CHANGE = 0.5
_OUT_OF_KEY = 0.01
_CONCENTRATION = 100.0
_MAX_FRAMES = 1000
_CHORDS_PER_BAR = {(2, 2): 1, (2, 4): 1, (3, 4): 1, (4, 4): 2, (6, 8): 2}

_UNPITCHED_PROGRAMS = np.array([*range(96, 104), *range(112, 128)])
_NOTES_AT_ONCE = 1024  # bounds the memory where long notes span many frames


class ChordInferenceError(Exception):
    """Chords cannot be inferred; Magenta then has no examples of the piece."""


class SequenceAlreadyHasChordsError(ChordInferenceError):
    """The piece brings chords."""


class UncommonTimeSignatureError(ChordInferenceError):
    """It is not known how many chords a bar of this meter has."""


class NonIntegerStepsPerChordError(ChordInferenceError):
    """A chord would not last a whole number of steps."""


class EmptySequenceError(ChordInferenceError):
    """The piece has no length."""


class SequenceTooLongError(ChordInferenceError):
    """The piece has more than 1,000 chords."""


class Chord(NamedTuple):
    """A chord from `step` (at `time`, in seconds) on."""

    step: int
    time: float
    figure: str


@dataclass(frozen=True, slots=True)
class Harmony:
    """The chords of a piece and its keys, both in stored order."""

    chords: tuple[Chord, ...]
    keys: tuple[KeySignature, ...]


def infer_harmony(quantized: Quantized) -> Harmony:
    """Infers one or two chords a bar, and the keys.

    Follows note_seq's `infer_chords_for_sequence` with `add_key_signatures`.
    Drums and programs without pitch have no say.

    Args:
        quantized: A piece without chords.

    Returns:
        The chords where they change and the keys where they change. The first
        of each is at time 0.

    Raises:
        SequenceAlreadyHasChordsError: If the piece has chords.
        UncommonTimeSignatureError: If the meter is not 2/2, 2/4, 3/4, 4/4 or 6/8.
        NonIntegerStepsPerChordError: If a chord's length is not whole steps.
        EmptySequenceError: If the piece has no length.
        SequenceTooLongError: If there would be more than 1,000 chords.
    """
    piece = quantized.piece
    for annotation in piece.text_annotations:
        if annotation.annotation_type == CHORD_SYMBOL:
            raise SequenceAlreadyHasChordsError(
                f"NoteSequence already has chord(s): {annotation.text}"
            )
    steps_per_chord = _steps_per_chord(quantized)
    seconds_per_chord = steps_per_chord / quantized.steps_per_second
    num_frames = math.ceil(piece.total_time / seconds_per_chord)
    if num_frames == 0:
        raise EmptySequenceError("NoteSequence is empty.")
    if num_frames > _MAX_FRAMES:
        raise SequenceTooLongError(
            f"NoteSequence too long for chord inference: {num_frames} frames"
        )
    boundaries = seconds_per_chord * np.arange(1, num_frames, dtype=np.float64)
    path = _best_path(_chord_log_likelihood(_pitch_vectors(piece.notes, boundaries)))

    chords: list[Chord] = []
    keys: list[KeySignature] = []
    for frame, state in enumerate(path):
        key, chord = divmod(state, _NUM_CHORDS)
        time = frame * seconds_per_chord
        if not keys or key != keys[-1].key:
            keys.append(KeySignature(time, key, 0))
        if not chords or _FIGURES[chord] != chords[-1].figure:
            chords.append(Chord(frame * steps_per_chord, time, _FIGURES[chord]))
    return Harmony(tuple(chords), tuple(keys))


def _steps_per_chord(quantized: Quantized) -> int:
    meter = (quantized.numerator, quantized.denominator)
    if meter not in _CHORDS_PER_BAR:
        raise UncommonTimeSignatureError(
            f"No default chords per bar for time signature: ({meter[0]}, {meter[1]})"
        )
    steps_per_chord = quantized.steps_per_bar / _CHORDS_PER_BAR[meter]
    if steps_per_chord != round(steps_per_chord):
        raise NonIntegerStepsPerChordError(
            f"Non-integer number of steps per chord: {steps_per_chord:f}"
        )
    return int(steps_per_chord)


# --- What sounds in each frame ---------------------------------------------------


def _pitch_vectors(notes: Notes, boundaries: Floats) -> Floats:
    """float64[frames, 12]: how long each pitch class sounds, as unit vectors.

    `boundaries` are the times (seconds) between the frames. Durations are summed
    note by note in stored order, as in note_seq: another order would round
    differently. (Within one note every frame occurs once.)
    """
    pitched = ~notes.is_drum & ~np.isin(notes.program, _UNPITCHED_PROGRAMS)
    start, end = notes.start[pitched], notes.end[pitched]
    pitch_class = notes.pitch[pitched] % 12
    first = np.searchsorted(boundaries, start, side="right")
    # A note of no or negative length stays in the frame where it starts.
    last = np.maximum(np.searchsorted(boundaries, end, side="left"), first)

    vectors = np.zeros((len(boundaries) + 1, 12))
    cells = vectors.reshape(-1)  # the same memory
    for lo in range(0, len(start), _NOTES_AT_ONCE):
        block = slice(lo, lo + _NOTES_AT_ONCE)
        cell, seconds = _durations(
            start[block], end[block], first[block], last[block], boundaries
        )
        span = last[block] - first[block] + 1
        np.add.at(cells, 12 * cell + np.repeat(pitch_class[block], span), seconds)

    norm = np.linalg.norm(vectors, axis=1)
    sounding = norm > 0
    vectors[sounding, :] /= norm[sounding, np.newaxis]
    return vectors


def _durations(
    start: Floats, end: Floats, first: Ints, last: Ints, boundaries: Floats
) -> tuple[Ints, Floats]:
    """Cuts notes at the frame boundaries: each part's frame and its seconds."""
    span = last - first + 1
    stop = np.cumsum(span)
    frame = np.arange(stop[-1]) - np.repeat(stop - span - first, span)
    # Every part ends where the next one starts, except at the note's own ends.
    part_start = np.concatenate(([0.0], boundaries))[frame]
    part_end = np.concatenate((boundaries, [0.0]))[frame]
    part_start[stop - span] = start
    part_end[stop - 1] = end
    return frame, part_end - part_start


def _chord_log_likelihood(pitch_vectors: Floats) -> Floats:
    """float64[frames, 97]: how well each chord fits the notes of each frame."""
    likelihood: Floats = _CONCENTRATION * np.dot(pitch_vectors, _model().chord_vectors.T)
    return likelihood


# --- The model: constants, made once a process -----------------------------------


class _Model(NamedTuple):
    """Log probabilities, with the chords of a key sorted by class.

    Attributes:
        chord_vectors: float64[97, 12], unit vectors of the chords' pitches.
        chord_in_key: float64[12, 97], log P(chord | key).
        order: int64[12, 97], the chords of each key, sorted by class.
        rank: int64[1164], where (key, chord) lies after sorting.
        class_starts: int64[classes], where each class begins in `order`.
        class_of_rank: int64[97], the class of each place in `order`.
        stay: log P of keeping key and chord.
        move: float64[12, classes, classes], log P of another chord in the same
            key, from class to class.
        modulate: float64[12, classes], log P of a chord in a new key.
    """

    chord_vectors: Floats
    chord_in_key: Floats
    order: Ints
    rank: Ints
    class_starts: Ints
    class_of_rank: Ints
    stay: float
    move: Floats
    modulate: Floats


@cache
def _model() -> _Model:
    inside, outside = _pitches_in_key()
    probability = _chord_in_key_probability(inside, outside)
    # The class of a chord: chords of the same counts have the same probability.
    order = np.argsort(8 * inside + outside, axis=1, kind="stable")
    counts = np.take_along_axis(8 * inside + outside, order, axis=1)[0]
    class_starts = np.flatnonzero(np.diff(counts, prepend=-1))
    class_of_rank = np.cumsum(np.diff(counts, prepend=-1) != 0) - 1
    by_class = np.take_along_axis(probability, order, axis=1)[:, class_starts]
    target, origin = by_class[:, np.newaxis, :], by_class[:, :, np.newaxis]
    return _Model(
        chord_vectors=_chord_vectors(),
        chord_in_key=np.log(probability),
        order=order,
        rank=(np.argsort(order, axis=1) + _NUM_CHORDS * np.arange(12)[:, np.newaxis]).ravel(),
        class_starts=class_starts,
        class_of_rank=class_of_rank,
        stay=float(np.log((1 - _KEY_CHANGE) * (1 - _CHORD_CHANGE))),
        move=np.log(
            (1 - _KEY_CHANGE) * (_CHORD_CHANGE * (target + origin / (_NUM_CHORDS - 1)))
        ),
        modulate=np.log((_KEY_CHANGE / 11) * by_class),
    )


def _pitches_in_key() -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """int32[12, 97] twice: how many of a chord's pitches are in and out of a key."""
    inside = np.zeros((12, _NUM_CHORDS), np.int32)
    outside = np.zeros((12, _NUM_CHORDS), np.int32)
    for key in range(12):
        for i, (root, kind) in enumerate(_ROOTS_AND_KINDS, start=1):
            degrees = [(root + offset - key) % 12 for offset in _KIND_PITCHES[kind]]
            inside[key, i] = sum(degree in _KEY_PITCHES for degree in degrees)
            outside[key, i] = len(degrees) - inside[key, i]
    return inside, outside


def _chord_in_key_probability(inside: NDArray[np.int32], outside: NDArray[np.int32]) -> Floats:
    """float64[12, 97]: P(chord | key)."""
    probability: Floats = (1 - _OUT_OF_KEY) ** inside * _OUT_OF_KEY**outside
    probability /= probability.sum(axis=1)[:, np.newaxis]
    return probability


def _chord_vectors() -> Floats:
    vectors = np.zeros((_NUM_CHORDS, 12))
    for i, (root, kind) in enumerate(_ROOTS_AND_KINDS, start=1):
        for offset in _KIND_PITCHES[kind]:
            vectors[i, (root + offset) % 12] = 1
    vectors[1:, :] /= np.linalg.norm(vectors[1:, :], axis=1)[:, np.newaxis]
    return vectors


@cache
def _transitions_into(state: int) -> Floats:
    """float64[1164]: log P of every transition into one (key, chord)."""
    model = _model()
    key = state // _NUM_CHORDS
    rank = model.rank.reshape(12, _NUM_CHORDS)[key] - key * _NUM_CHORDS
    classes = model.class_of_rank[rank]
    target = classes[state % _NUM_CHORDS]
    column = np.full(12 * _NUM_CHORDS, model.modulate[key, target])
    column[key * _NUM_CHORDS : (key + 1) * _NUM_CHORDS] = model.move[key, classes, target]
    column[state] = model.stay
    return column


# --- Viterbi ---------------------------------------------------------------------


def _best_path(chord_log_likelihood: Floats) -> list[int]:
    """The most likely (key, chord) of each frame, as 97 * key + chord."""
    model = _model()
    log_likelihood = _forward(chord_log_likelihood)[:, model.rank]
    path = [int(log_likelihood[-1].argmax())]
    for frame in range(len(log_likelihood) - 2, -1, -1):
        path.append(int((log_likelihood[frame] + _transitions_into(path[-1])).argmax()))
    return path[::-1]


def _forward(chord_log_likelihood: Floats) -> Floats:
    """float64[frames, 1164]: the best path that ends in each state, sorted by class.

    A chord that stays where it is, and a "change" of key into the same key, are
    among the candidates of `move` and `modulate` here although the model has
    them not; both are less likely than what the model has in their place
    (`stay`, `move`), so they never are the best.
    """
    model = _model()
    num_frames = len(chord_log_likelihood)
    observed = chord_log_likelihood[:, model.order]
    best = np.empty((num_frames, 12, _NUM_CHORDS))
    best[0] = (
        -np.log(12) + np.take_along_axis(model.chord_in_key, model.order, axis=1)
    ) + observed[0]
    for frame in range(1, num_frames):
        before = best[frame - 1]
        best_of_class = np.maximum.reduceat(before, model.class_starts, axis=1)
        into = (best_of_class[:, :, np.newaxis] + model.move).max(axis=1)
        np.maximum(into, best_of_class.max() + model.modulate, out=into)
        np.maximum(before + model.stay, into[:, model.class_of_rank], out=best[frame])
        best[frame] += observed[frame]
    return best.reshape(num_frames, -1)
