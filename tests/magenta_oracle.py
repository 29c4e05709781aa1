"""Magenta's own converters and the logic of its Beam job, without Beam: the reference.

Import this module only in tests that compare with Magenta: it loads TensorFlow
and Magenta (10 to 20 seconds, once a process).

The logic follows `magenta.models.music_vae.preprocess_tfrecord`
(`ExtractExamplesDoFn`), with one difference: the cap on examples per sequence
is lifted, as the job meant to do.
"""

import copy
import functools
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import note_seq
import numpy as np
from magenta.models.music_vae import configs, data, data_hierarchical
from note_seq import chord_inference, sequences_lib

from vaeprep.converters.conversion import Conversion, Converter
from vaeprep.music.protos import NoteSequence
from vaeprep.music.sequence import from_proto
from vaeprep.music.time_changes import split_on_time_changes

DEFAULT_FILTERS: dict[str, Any] = {
    "max_total_time": 1800,
    "max_num_notes": 10000,
    "min_velocities": 1,
    "min_metric_positions": 1,
    "is_drum": None,
    "drums_only": False,
}

CONFIG_NAMES = tuple(configs.CONFIG_MAP)


class _MendedNumpy:
    """NumPy as `data_hierarchical` expects it: `size` also takes a ragged list.

    `hierarchical_pad_tensors` asks `np.size` of a list of arrays of different
    lengths. NumPy below 1.24 answered with the size of an array of objects;
    later ones raise ValueError.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    @staticmethod
    def size(value: Any) -> int:
        if isinstance(value, np.ndarray):
            return value.size
        return int(np.size(np.asarray(value, dtype=object)))


data_hierarchical.np = _MendedNumpy()

_transitions = chord_inference._key_chord_transition_distribution
_known_transitions: dict[tuple[Any, ...], Any] = {}


def _transitions_once(
    distribution: Any, key_change_prob: float, chord_change_prob: float
) -> Any:
    """note_seq's own matrix, computed once and not anew (half a second) for every song."""
    key = (distribution.tobytes(), key_change_prob, chord_change_prob)
    if key not in _known_transitions:
        _known_transitions[key] = _transitions(distribution, key_change_prob, chord_change_prob)
    return _known_transitions[key]


chord_inference._key_chord_transition_distribution = _transitions_once


@functools.cache
def converter(config_name: str) -> Any:
    """A copy of the configuration's Magenta converter, the cap on examples lifted."""
    return lifted(configs.CONFIG_MAP[config_name].data_converter)


def lifted(magenta_converter: Any) -> Any:
    """A copy of any Magenta converter, the cap on examples lifted."""
    result = copy.deepcopy(magenta_converter)
    result.max_tensors_per_notesequence = None
    return result


def extract(
    magenta_converter: Any, ns: Any, filters: Mapping[str, Any] | None = DEFAULT_FILTERS
) -> tuple[list[bytes], Counter[str]]:
    """What the Beam job makes of one song.

    Args:
        magenta_converter: As `converter` gives it.
        ns: The song, a NoteSequence.
        filters: The six filters, or None for no filtering.

    Returns:
        The serialized examples in Magenta's order, and its counters.

    Raises:
        Exception: Whatever Magenta raises (the Beam job would end).
    """
    pieces = sequences_lib.split_note_sequence_on_time_changes(ns)
    if len(pieces) > 100:
        return [], Counter({"filtered-too-many-sequence-time-splits": 1})
    examples: list[bytes] = []
    counters = Counter({"sequence-time-splits": len(pieces)})
    for piece in pieces:
        reason = drop_reason(piece, filters)
        if reason is not None:
            counters[reason] += 1
            continue
        counters["unfiltered-sequences"] += 1
        of_piece, more = extract_piece(magenta_converter, piece)
        examples += of_piece
        counters += more
    counters["all-examples"] += len(examples)
    return examples, +counters


def drop_reason(piece: Any, filters: Mapping[str, Any] | None) -> str | None:
    """The name of the counter of the filter that drops a piece, or None.

    Raises:
        Exception: Where quantizing raises what the Beam job does not catch.
    """
    if filters is None:
        return None
    if piece.total_time > filters["max_total_time"]:
        return "filtered-too-long"
    if len(piece.notes) > filters["max_num_notes"]:
        return "filtered-too-many-notes"
    try:
        quantized = note_seq.quantize_note_sequence(piece, steps_per_quarter=16)
    except (
        note_seq.BadTimeSignatureError,
        note_seq.NonIntegerStepsPerBarError,
        note_seq.NegativeTimeError,
    ):
        return "quantize-failed"
    heard = [
        note
        for note in quantized.notes
        if filters["is_drum"] in (None, note.is_drum) and note.velocity > 0
    ]
    if len({note.velocity for note in heard}) < filters["min_velocities"]:
        return "filtered-min-velocities"
    positions = {note.quantized_start_step % 16 for note in heard}
    if len(positions) < filters["min_metric_positions"]:
        return "filtered-min-metric-positions"
    if filters["drums_only"] and not all(note.is_drum for note in quantized.notes):
        return "filtered-drums-only"
    return None


def extract_piece(magenta_converter: Any, piece: Any) -> tuple[list[bytes], Counter[str]]:
    """What the Beam job makes of one piece that passed the filters.

    `piece` is not changed (converters that do not cut change their argument).

    Returns:
        The serialized examples in Magenta's order, and its counters:
        `extracted-examples` or `empty-extractions`, `empty-reextraction`,
        `different-reextraction-count`, `different-reextraction`.
    """
    tensors = magenta_converter.to_tensors(copy.deepcopy(piece))
    if not tensors.outputs:
        return [], Counter({"empty-extractions": 1})
    counters = Counter({"extracted-examples": len(tensors.outputs)})
    examples = []
    for _, outputs, controls, _ in zip(*tensors, strict=True):
        decoded = magenta_converter.from_tensors(
            [outputs], *([[controls]] if controls.size else [])
        )[0]
        reextracted = magenta_converter.to_tensors(decoded).inputs
        assert len(reextracted) <= 1
        if not reextracted:
            counters["empty-reextraction"] += 1
            continue
        if isinstance(outputs, list):
            if len(outputs) != len(reextracted[0]):
                counters["different-reextraction-count"] += 1
                continue
            counters["different-reextraction"] += sum(
                not np.array_equal(a, b) for a, b in zip(reextracted[0], outputs, strict=True)
            )
        examples.append(decoded.SerializeToString())
    return examples, +counters


Outcome = tuple[Any, ...]


def failure(error: BaseException) -> Outcome:
    """An error as the two engines must agree on it."""
    return ("failed", f"{type(error).__name__}: {error}")


def magenta_outcome(magenta_converter: Any, ns: Any) -> Outcome:
    """Of every piece of a song: examples (as a set), count and drops; or the failure."""
    pieces = []
    try:
        for piece in sequences_lib.split_note_sequence_on_time_changes(ns):
            examples, counters = extract_piece(magenta_converter, piece)
            extracted = counters.pop("extracted-examples", 0)
            counters.pop("empty-extractions", None)
            pieces.append((frozenset(examples), extracted, dict(counters)))
    except Exception as error:
        return failure(error)
    return tuple(pieces)


def fast_outcome(fast_converter: Converter, ns: Any) -> Outcome:
    """The same of a fast converter."""
    pieces = []
    try:
        for piece in split_on_time_changes(from_proto(ns)):
            conversion: Conversion = fast_converter.convert(piece)
            dropped = {name: count for name, count in conversion.dropped.items() if count}
            pieces.append((frozenset(conversion.examples), conversion.extracted, dropped))
    except Exception as error:
        return failure(error)
    return tuple(pieces)


def assert_same(fast_converter: Converter, magenta_converter: Any, ns: Any) -> Outcome:
    """Asserts that both engines make the same of a song, and returns what.

    Compared: the example bytes, how many were extracted, how many were dropped
    for which reason, piece by piece; or the error's type and message.
    """
    expected = magenta_outcome(magenta_converter, ns)
    got = fast_outcome(fast_converter, ns)
    if got == expected:
        return got
    if "MemoryError" in str(expected[1:2]):
        return got  # a song that is too long for Magenta; `limits` keeps such from converters
    if "failed" in (*expected[:1], *got[:1]):
        raise AssertionError(f"Magenta: {_short(expected)}\nfast: {_short(got)}")
    assert len(got) == len(expected), f"{len(expected)} pieces, fast {len(got)}"
    for index, (theirs, ours) in enumerate(zip(expected, got, strict=True)):
        assert ours[1:] == theirs[1:], f"piece {index}: {theirs[1:]}, fast {ours[1:]}"
        assert ours[0] == theirs[0], (
            f"piece {index}:\nonly Magenta: {_shown(theirs[0] - ours[0])}\n"
            f"only fast: {_shown(ours[0] - theirs[0])}"
        )
    raise AssertionError("outcomes differ")


def _short(outcome: Outcome) -> str:
    if outcome and outcome[0] == "failed":
        return str(outcome[1])
    return str([(len(examples), *rest) for examples, *rest in outcome])


def _shown(examples: frozenset[bytes]) -> str:
    first = "".join(str(NoteSequence.FromString(e)) for e in sorted(examples)[:1])
    return f"{len(examples)} {first}"


def songs(path: Path) -> list[Any]:
    """The NoteSequences of a TFRecord file."""
    import tensorflow as tf

    return [NoteSequence.FromString(r.numpy()) for r in tf.data.TFRecordDataset(str(path))]


__all__ = [
    "CONFIG_NAMES",
    "DEFAULT_FILTERS",
    "assert_same",
    "converter",
    "data",
    "data_hierarchical",
    "drop_reason",
    "extract",
    "extract_piece",
    "fast_outcome",
    "lifted",
    "magenta_outcome",
    "note_seq",
    "songs",
]
