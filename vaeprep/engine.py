"""One song in, its examples out: the two engines behind one function type.

`fast` works on columns with vaeprep's own converters, `magenta` calls Magenta's
converter objects. Both follow `ExtractExamplesDoFn` in
`magenta.models.music_vae.preprocess_tfrecord`, with the cap on examples lifted,
and agree to the byte. Both refuse songs beyond the `limits`, which Magenta does not know.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from vaeprep.converters.conversion import Conversion, Converter
from vaeprep.filters import Filters, drop_reason
from vaeprep.limits import MAX_INSTRUMENTS, check_id, check_instruments, check_length
from vaeprep.notesequence import DEFAULT_QPM, Sequence, decode
from vaeprep.time_changes import cut, time_change_splits

MAX_PIECES = 100
"""A song with more tempo and meter changes than this is dropped, as in Magenta."""

TOO_MANY_PIECES = "filtered-too-many-sequence-time-splits"


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one song gave.

    Attributes:
        source_id: The song's id.
        examples: Canonical bytes of the examples, repeats included.
        counters: Magenta's counter names with their counts.
        failure: Why the song failed ("KeyError: 60"), or None. A failed song
            has no examples and no counters.
    """

    source_id: str
    examples: list[bytes]
    counters: Mapping[str, int] = field(default_factory=dict)
    failure: str | None = None


Engine = Callable[[bytes], Extraction]
"""From the bytes of a serialized NoteSequence to its extraction.

Raises `notesequence.NotANoteSequence` when the bytes are none.
"""


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """Which engine a worker shall build; small and picklable.

    Attributes:
        name: "fast" or "magenta".
        filters: The filters, None when filtering is off.
        converter: The fast engine's converter.
        config: The configuration's name or `module:NAME`, for the magenta engine.
    """

    name: str
    filters: Filters | None
    converter: Converter | None
    config: str


def build(spec: EngineSpec) -> Engine:
    """Makes the engine of a specification; the magenta engine imports Magenta (10 to 20 s)."""
    if spec.converter is not None and spec.name == "fast":
        return fast_engine(spec.converter, spec.filters)
    from vaeprep.converters.magenta import load_converter, magenta_engine

    return magenta_engine(load_converter(spec.config), spec.filters)


def fast_engine(converter: Converter, filters: Filters | None) -> Engine:
    """The engine that works on columns."""

    def extract(record: bytes) -> Extraction:
        song = decode(record)
        try:
            return _extract(song, converter, filters)
        except Exception as error:  # a song that cannot be converted ends no run
            return failed(song.id, error)

    return extract


def failed(source_id: str, error: Exception) -> Extraction:
    """The extraction of a song whose conversion raised."""
    return Extraction(source_id, [], failure=f"{type(error).__name__}: {error}")


def _extract(song: Sequence, converter: Converter, filters: Filters | None) -> Extraction:
    check_id(song.id)
    splits = time_change_splits(song)
    pieces = max(len(splits) - 1, 0)
    if pieces > MAX_PIECES:
        return Extraction(song.id, [], {TOO_MANY_PIECES: 1})
    examples: list[bytes] = []
    counters = {"sequence-time-splits": pieces}
    for piece in cut(song, splits) if pieces else ():
        reason = drop_reason(piece, filters) if filters else None
        if reason:
            _count(counters, reason)
            continue
        _check_limits(piece)
        conversion = converter.convert(piece)
        count_conversion(counters, conversion)
        examples += conversion.examples
    return Extraction(song.id, examples, counters)


def _check_limits(piece: Sequence) -> None:
    """Refuses a piece that is too long or has too many instruments, see `limits`."""
    if len(piece.notes) > MAX_INSTRUMENTS:
        check_instruments(len(np.unique(piece.notes.instrument)))
    last = piece.total_time
    if not piece.calm:  # or else no note starts later
        last = max(float(np.fmax.reduce(piece.notes.start, initial=0.0)), last)
    for text in piece.text_annotations:
        if text.time > last:
            last = text.time
    check_length(last, piece.tempos[0].qpm if piece.tempos else DEFAULT_QPM)


def count_conversion(counters: dict[str, int], conversion: Conversion) -> None:
    """Adds one converted piece to the counters, under Magenta's names."""
    _count(counters, "unfiltered-sequences")
    if not conversion.extracted:
        _count(counters, "empty-extractions")
        return
    _count(counters, "extracted-examples", conversion.extracted)
    for name, count in conversion.dropped.items():
        _count(counters, name, count)
    dropped = sum(conversion.dropped.get(name, 0) for name in _NOT_WRITTEN)
    _count(counters, "all-examples", conversion.extracted - dropped)


def _count(counters: dict[str, int], name: str, by: int = 1) -> None:
    if by:  # a counter that stays 0 is left out, as in Magenta's job
        counters[name] = counters.get(name, 0) + by


_NOT_WRITTEN = ("empty-reextraction", "different-reextraction-count")
