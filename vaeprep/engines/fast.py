"""The fast engine: songs as columns, vaeprep's own converters."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from vaeprep.converters.conversion import Conversion, Converter, ConvertsAll
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
from vaeprep.music.sequence import DEFAULT_QPM, Columns, decode
from vaeprep.music.time_changes import cut, time_change_splits


def fast_engine(
    converter: Converter, filters: Filters | None, cures: SongCures | None = None
) -> Engine:
    """The engine that works on columns; `cures` change the songs first."""
    # Asked once: it takes Python longer than many a song.
    convert_all = converter.convert_all if isinstance(converter, ConvertsAll) else None

    def extract(record: bytes) -> Extraction:
        song = decode(record)
        try:
            return _extract(song, converter, convert_all, filters)
        except Exception as error:  # a song that cannot be converted ends no run
            return failed(song.id, error, of_failure(error))

    if cures is None:
        return extract

    def cure_and_extract(record: bytes) -> Extraction:
        song, done = cure_columns(decode(record), cures)
        try:
            return replace(_extract(song, converter, convert_all, filters), done=done)
        except Exception as error:
            return replace(failed(song.id, error, of_failure(error)), done=done)

    return cure_and_extract


_ConvertAll = Callable[[list[Columns]], list[Conversion]]


def _extract(
    song: Columns,
    converter: Converter,
    convert_all: _ConvertAll | None,
    filters: Filters | None,
) -> Extraction:
    check_id(song.id)
    splits = time_change_splits(song)
    pieces = max(len(splits) - 1, 0)
    if pieces > MAX_PIECES:
        return too_many_pieces(song)
    parts = cut(song, splits) if pieces else []
    converted = _together(parts, convert_all, filters) if convert_all else None
    if converted is None:
        converted = []
        for piece in parts:
            try:
                converted.append(_convert(piece, converter, filters))
            except Exception as error:
                return failed(song.id, error, of_failure(error, piece))
    examples: list[bytes] = []
    empty: Empty = []
    counters = {"sequence-time-splits": pieces}
    for piece, conversion in zip(parts, converted, strict=True):
        if isinstance(conversion, str):
            assert filters is not None
            add(counters, conversion)
            empty.append((why_dropped(conversion, piece, filters), len(piece.notes)))
            continue
        count_conversion(counters, conversion)
        if conversion.reason:
            empty.append((conversion.reason, len(piece.notes)))
        examples += conversion.examples
    return extracted(song, examples, counters, empty)


def _convert(piece: Columns, converter: Converter, filters: Filters | None) -> Conversion | str:
    """What a piece gives, or Magenta's counter if a filter drops it."""
    dropped = drop_reason(piece, filters) if filters else None
    if dropped:
        return dropped
    _check_limits(piece)
    return converter.convert(piece)


def _together(
    pieces: list[Columns], convert_all: _ConvertAll, filters: Filters | None
) -> list[Conversion | str] | None:
    """What `_convert` gives for each piece, all of them looked at together.

    Returns:
        None if one of the pieces raises an error: the first that does is found one by one.
    """
    try:
        dropped = [drop_reason(piece, filters) if filters else None for piece in pieces]
        kept = [piece for piece, why in zip(pieces, dropped, strict=True) if why is None]
        for piece in kept:
            _check_limits(piece)
        converted = iter(convert_all(kept))
    except Exception:
        return None
    return [next(converted) if why is None else why for why in dropped]


def _check_limits(piece: Columns) -> None:
    """Refuses a piece that is too long or has too many instruments, see `limits`."""
    if len(piece.notes) > MAX_INSTRUMENTS:
        check_instruments(len(set(piece.notes.instrument.tolist())))
    last = piece.total_time
    if not piece.calm:  # or else no note starts later
        last = max(float(np.fmax.reduce(piece.notes.start, initial=0.0)), last)
    for text in piece.text_annotations:
        if text.time > last:
            last = text.time
    check_length(last, piece.tempos[0].qpm if piece.tempos else DEFAULT_QPM)
