"""The fast engine: songs as columns, vaeprep's own converters."""

from dataclasses import replace

import numpy as np

from vaeprep.converters.conversion import Converter
from vaeprep.converters.reasons import of_failure
from vaeprep.cures.song import SongCures, cure_columns
from vaeprep.engines.engine import (
    MAX_PIECES,
    Empty,
    Engine,
    Extraction,
    add,
    count_conversion,
    extracted,
    failed,
    too_many_pieces,
)
from vaeprep.engines.filters import Filters, drop_reason, why_dropped
from vaeprep.music.limits import MAX_INSTRUMENTS, check_id, check_instruments, check_length
from vaeprep.music.sequence import DEFAULT_QPM, Sequence, decode
from vaeprep.music.time_changes import cut, time_change_splits


def fast_engine(
    converter: Converter, filters: Filters | None, cures: SongCures | None = None
) -> Engine:
    """The engine that works on columns; `cures` change the songs first."""

    def extract(record: bytes) -> Extraction:
        song = decode(record)
        try:
            return _extract(song, converter, filters)
        except Exception as error:  # a song that cannot be converted ends no run
            return failed(song.id, error, of_failure(error))

    if cures is None:
        return extract

    def cure_and_extract(record: bytes) -> Extraction:
        song, done = cure_columns(decode(record), cures)
        try:
            return replace(_extract(song, converter, filters), done=done)
        except Exception as error:
            return replace(failed(song.id, error, of_failure(error)), done=done)

    return cure_and_extract


def _extract(song: Sequence, converter: Converter, filters: Filters | None) -> Extraction:
    check_id(song.id)
    splits = time_change_splits(song)
    pieces = max(len(splits) - 1, 0)
    if pieces > MAX_PIECES:
        return too_many_pieces(song)
    examples: list[bytes] = []
    empty: Empty = []
    counters = {"sequence-time-splits": pieces}
    for piece in cut(song, splits) if pieces else ():
        dropped = drop_reason(piece, filters) if filters else None
        if filters and dropped:
            add(counters, dropped)
            empty.append((why_dropped(dropped, piece, filters), len(piece.notes)))
            continue
        _check_limits(piece)
        try:
            conversion = converter.convert(piece)
        except Exception as error:
            return failed(song.id, error, of_failure(error, piece))
        count_conversion(counters, conversion)
        if conversion.reason:
            empty.append((conversion.reason, len(piece.notes)))
        examples += conversion.examples
    return extracted(song, examples, counters, empty)


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
