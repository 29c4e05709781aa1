"""The magenta engine: Magenta's own converter objects, unchanged, one song after the other.

This is the reference that the fast engine must equal, and the engine for a
user's own converter class. It follows `ExtractExamplesDoFn` in
`magenta.models.music_vae.preprocess_tfrecord`, with three differences: the cap
on examples per sequence is really lifted, a song that raises fails alone, and
the chord controls of the multi-track configurations work on NumPy 1.24 and later.
"""

import copy
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from vaeprep.converters.conversion import Conversion, Converter
from vaeprep.converters.reasons import Kind, Reason, of_failure
from vaeprep.cures.song import NOTHING_DONE, SongCures, cure_proto
from vaeprep.engines.engine import (
    MAX_PIECES,
    Empty,
    Engine,
    Extracted,
    Extraction,
    count_conversions,
    extracted,
    failed,
    too_many_pieces,
)
from vaeprep.engines.filters import Filters, why_dropped
from vaeprep.errors import UsageError
from vaeprep.magenta.config import load_magenta_config
from vaeprep.magenta.install import import_magenta, mend_ragged_controls
from vaeprep.music.limits import check_id, check_instruments, check_length
from vaeprep.music.protos import NoteSequence
from vaeprep.music.sequence import (
    DEFAULT_QPM,
    Columns,
    NotANoteSequence,
    Tempo,
    TimeSignature,
    from_proto,
)
from vaeprep.music.time_changes import time_change_splits

# Filters quantize to this grid, whatever the converter's own is.
_FILTER_STEPS_PER_QUARTER = 16
_MANY_CHANGES = 1000
_NO_NOTES = from_proto(NoteSequence()).notes


def load_converter(config: str) -> Any:
    """The data converter of a configuration, ready for extraction.

    Args:
        config: A name in Magenta's `CONFIG_MAP` or `module:NAME`.

    Returns:
        A copy of the converter that gives every example of a piece.

    Raises:
        UsageError: There is no such configuration, or Magenta is not installed.
    """
    import_magenta()
    mend_ragged_controls()
    converter = copy.deepcopy(load_magenta_config(config).data_converter)
    if converter is None:
        raise UsageError(f"{config} has no data_converter; give the configuration one")
    converter.max_tensors_per_notesequence = None
    return converter


def magenta_engine(
    converter: Any,
    filters: Filters | None,
    cures: SongCures | None = None,
    explain: Converter | None = None,
) -> Engine:
    """The engine that calls a Magenta converter object.

    Args:
        converter: Any `BaseNoteSequenceConverter`.
        filters: None when filtering is off.
        cures: How songs are changed first, None if they are not.
        explain: The fast engine's converter of the same parameters, asked why a
            piece has no example: Magenta's does not say. None if there is none.

    Returns:
        The engine.
    """

    def extract(record: bytes) -> Extracted:
        song = NoteSequence()
        try:
            song.ParseFromString(record)
        except Exception as error:  # protobuf's DecodeError, by whichever runtime
            return NotANoteSequence(str(error))
        done = cure_proto(song, cures) if cures else NOTHING_DONE
        try:
            return replace(_extract(song, converter, filters, explain), done=done)
        except Exception as error:  # a song that cannot be converted ends no run
            return replace(failed(song.id, error, of_failure(error)), done=done)

    def extract_all(records: Sequence[bytes]) -> list[Extracted]:
        return [extract(record) for record in records]

    return extract_all


def _extract(
    song: Any, converter: Any, filters: Filters | None, explain: Converter | None
) -> Extraction:
    from note_seq import sequences_lib

    check_id(song.id)
    changes = len(song.tempos) + len(song.time_signatures)
    # note_seq would copy the song for each change, and that takes for ever.
    if changes > _MANY_CHANGES and _pieces(song) > MAX_PIECES:
        return too_many_pieces(song)
    pieces = sequences_lib.split_note_sequence_on_time_changes(song)
    if len(pieces) > MAX_PIECES:
        return too_many_pieces(song)
    counters: Counter[str] = Counter({"sequence-time-splits": len(pieces)})
    examples: list[bytes] = []
    empty: Empty = []
    conversions: list[Conversion] = []
    for piece in pieces:
        dropped = _drop_reason(piece, filters) if filters else None
        if filters and dropped:
            counters[dropped] += 1
            why = why_dropped(dropped, from_proto(piece), filters)
            empty.append((why, len(piece.notes)))
            continue
        _check_limits(piece)
        try:
            conversion = _explained(convert(piece, converter), piece, explain)
        except Exception as error:
            return failed(song.id, error, of_failure(error, from_proto(piece).notes))
        conversions.append(conversion)
        if conversion.reason:
            empty.append((conversion.reason, len(piece.notes)))
        examples += conversion.examples
    count_conversions(counters, conversions)
    return extracted(song, examples, counters, empty)


def _explained(conversion: Conversion, piece: Any, explain: Converter | None) -> Conversion:
    """The conversion with its reason, if nothing was extracted."""
    if conversion.extracted:
        return conversion
    why = explain.convert(from_proto(piece)).why if explain else None
    return replace(conversion, why=why or Reason(Kind.OWN_CONVERTER))


def _pieces(song: Any) -> int:
    """How many pieces note_seq would cut a song into."""
    changes = Columns(
        song.id,
        song.total_time,
        _NO_NOTES,
        tuple(Tempo(tempo.time, tempo.qpm) for tempo in song.tempos),
        tuple(
            TimeSignature(meter.time, meter.numerator, meter.denominator)
            for meter in song.time_signatures
        ),
    )
    return len(time_change_splits(changes)) - 1


def _check_limits(piece: Any) -> None:
    """Refuses a piece that is too long or has too many instruments, see `limits`."""
    check_instruments(len({note.instrument for note in piece.notes}))
    times = [note.start_time for note in piece.notes if note.start_time > 0]
    times += [text.time for text in piece.text_annotations if text.time > 0]
    qpm = piece.tempos[0].qpm if piece.tempos else DEFAULT_QPM
    check_length(max([0.0, piece.total_time, *times]), qpm)


def convert(piece: Any, converter: Any) -> Conversion:
    """Extracts the examples of one piece (a NoteSequence proto).

    Raises:
        Exception: What the converter raises; AssertionError when an example
            gives more than one example again.
    """
    tensors = converter.to_tensors(piece)
    examples: list[bytes] = []
    dropped: Counter[str] = Counter()
    for _, outputs, controls, _ in zip(*tensors, strict=False):
        if controls.size:
            example = converter.from_tensors([outputs], [controls])[0]
        else:
            example = converter.from_tensors([outputs])[0]
        reason = _reextraction_fault(converter, example, outputs, dropped)
        if reason:
            dropped[reason] += 1
        else:
            examples.append(example.SerializeToString(deterministic=True))
    return Conversion(examples, len(tensors.outputs), dropped)


def _reextraction_fault(
    converter: Any, example: Any, outputs: Any, counters: Counter[str]
) -> str | None:
    """Why an example that is converted again is not itself; None when it is."""
    again = converter.to_tensors(example).inputs
    assert len(again) <= 1
    if not again:
        return "empty-reextraction"
    if isinstance(outputs, list):
        if len(outputs) != len(again[0]):
            return "different-reextraction-count"
        for new, old in zip(again[0], outputs, strict=True):
            if not np.array_equal(new, old):  # counted, and kept all the same
                counters["different-reextraction"] += 1
    return None


def _drop_reason(piece: Any, filters: Filters) -> str | None:
    """`_process_ns` of Magenta's DoFn up to the conversion, on protos."""
    from note_seq import sequences_lib

    if piece.total_time > filters.max_total_time:
        return "filtered-too-long"
    if len(piece.notes) > filters.max_num_notes:
        return "filtered-too-many-notes"
    try:
        quantized = sequences_lib.quantize_note_sequence(piece, _FILTER_STEPS_PER_QUARTER)
    except (
        sequences_lib.BadTimeSignatureError,
        sequences_lib.NegativeTimeError,
    ):  # Magenta names NonIntegerStepsPerBarError too, which is never raised here
        return "quantize-failed"
    sounding = [
        note
        for note in quantized.notes
        if filters.is_drum in (None, note.is_drum) and note.velocity > 0
    ]
    if len({note.velocity for note in sounding}) < filters.min_velocities:
        return "filtered-min-velocities"
    positions = {note.quantized_start_step % 16 for note in sounding}
    if len(positions) < filters.min_metric_positions:
        return "filtered-min-metric-positions"
    if filters.drums_only and not all(note.is_drum for note in quantized.notes):
        return "filtered-drums-only"
    return None
