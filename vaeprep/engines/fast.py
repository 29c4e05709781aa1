"""The fast engine: songs as columns, vaeprep's own converters.

The songs of a group are cut, filtered and converted together, for that is much cheaper.
A piece that is odd in some way is looked at alone, so that nobody has to think of it
where many are looked at.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from vaeprep.converters.conversion import Conversion, Converter, ConvertsAll, Outcome
from vaeprep.converters.reasons import Reason, of_failure
from vaeprep.cures.song import NOTHING_DONE, Done, SongCures, cure_columns
from vaeprep.engines.engine import (
    MAX_PIECES,
    Empty,
    Engine,
    Extracted,
    Extraction,
    add,
    count_conversion,
    extracted,
    failed,
    too_many_pieces,
)
from vaeprep.engines.filters import (
    Filters,
    drop_reason,
    drop_reasons,
    why_dropped,
    why_not_asked_for,
)
from vaeprep.music.limits import MAX_INSTRUMENTS, check_id, check_instruments, check_length
from vaeprep.music.pieces import Pieces, cut_together
from vaeprep.music.sequence import (
    DEFAULT_QPM,
    Columns,
    NotANoteSequence,
    Notes,
    decode,
)
from vaeprep.music.time_changes import TimeChanges, refuse_quantized, time_changes


def fast_engine(
    converter: Converter, filters: Filters | None, cures: SongCures | None = None
) -> Engine:
    """The engine that works on columns; `cures` change the songs first."""
    # Asked once: it takes Python longer than many a song.
    convert_all = converter.convert_all if isinstance(converter, ConvertsAll) else None

    def extract(records: Sequence[bytes]) -> list[Extracted]:
        read = [_read(record, cures) for record in records]
        songs = [one[0] for one in read if not isinstance(one, NotANoteSequence)]
        found = iter(_extract(songs, converter, convert_all, filters))
        return [
            one if isinstance(one, NotANoteSequence) else _with_cures(next(found), one[1])
            for one in read
        ]

    return extract


def _read(record: bytes, cures: SongCures | None) -> tuple[Columns, Done] | NotANoteSequence:
    """A song and what its cures did to it."""
    try:
        song = decode(record)
    except NotANoteSequence as error:
        return error
    return cure_columns(song, cures) if cures else (song, NOTHING_DONE)


def _with_cures(song: Extraction, done: Done) -> Extraction:
    return song if done is NOTHING_DONE else replace(song, done=done)


_ConvertAll = Callable[[Pieces], list[Outcome]]


def _extract(
    songs: Sequence[Columns],
    converter: Converter,
    convert_all: _ConvertAll | None,
    filters: Filters | None,
) -> list[Extraction]:
    """What each song gives; none raises."""
    try:
        return _extract_together(songs, converter, convert_all, filters)
    except Exception as error:  # a song that cannot be converted ends no run
        if len(songs) == 1:
            return [failed(songs[0].id, error, of_failure(error))]
    return [
        found for song in songs for found in _extract([song], converter, convert_all, filters)
    ]


def _extract_together(
    songs: Sequence[Columns],
    converter: Converter,
    convert_all: _ConvertAll | None,
    filters: Filters | None,
) -> list[Extraction]:
    looked_at = [_changes(song) for song in songs]
    cut = [
        (song, changes)
        for song, changes in zip(songs, looked_at, strict=True)
        if isinstance(changes, TimeChanges)
    ]
    found = iter(_of_pieces(cut, converter, convert_all, filters) if cut else ())
    return [next(found) if isinstance(seen, TimeChanges) else seen for seen in looked_at]


def _changes(song: Columns) -> TimeChanges | Extraction:
    """Where a song is to be cut; or what it gives, if it is not to be cut."""
    try:
        check_id(song.id)
        changes = time_changes(song)
        if len(changes.held) > MAX_PIECES:
            return too_many_pieces(song)
        if not changes.held:
            return extracted(song, [], {"sequence-time-splits": 0}, [])
        refuse_quantized(song)
    except Exception as error:
        return failed(song.id, error, of_failure(error))
    return changes


def _of_pieces(
    cut: Sequence[tuple[Columns, TimeChanges]],
    converter: Converter,
    convert_all: _ConvertAll | None,
    filters: Filters | None,
) -> list[Extraction]:
    """What songs give that have pieces."""
    pieces = cut_together([song for song, _ in cut], [changes for _, changes in cut])
    outcomes = _outcomes(pieces, convert_all, filters)
    found = []
    first = 0
    for song, changes in cut:
        of_song = range(first, first + len(changes.held))
        found.append(_of_song(song, of_song, pieces, outcomes, converter, filters))
        first = of_song.stop
    return found


def _outcomes(
    pieces: Pieces, convert_all: _ConvertAll | None, filters: Filters | None
) -> list[Outcome | str]:
    """What each piece gives, or Magenta's counter if a filter drops it; None if not known."""
    outcomes: list[Outcome | str] = [None] * len(pieces)
    kept = pieces.clean
    if filters:
        outcomes[:] = drop_reasons(pieces, filters)
        kept = kept & np.array([why is None for why in outcomes], np.bool_)
    if convert_all:
        numbers = kept.nonzero()[0].tolist()
        converted = convert_all(pieces.take(kept)) if numbers else []
        for number, outcome in zip(numbers, converted, strict=True):
            outcomes[number] = outcome
    return outcomes


def _of_song(
    song: Columns,
    of_song: range,
    pieces: Pieces,
    outcomes: Sequence[Outcome | str],
    converter: Converter,
    filters: Filters | None,
) -> Extraction:
    """What a song gives: what its pieces give, unless one of them fails."""
    examples: list[bytes] = []
    empty: Empty = []
    counters = {"sequence-time-splits": len(of_song)}
    for number in of_song:
        outcome = outcomes[number]
        alone = pieces.alone(number) if outcome is None else None
        if alone is not None:
            outcome = _convert(alone, converter, filters)
        if isinstance(outcome, Conversion):
            count_conversion(counters, outcome)
            examples += outcome.examples
            reason = outcome.reason
            if reason is None:
                continue
            count = len(alone.notes) if alone else pieces.size(number)
        else:
            notes = alone.notes if alone else pieces.notes_of(number)
            if not isinstance(outcome, str):
                assert outcome is not None
                return failed(song.id, outcome, of_failure(outcome, notes))
            add(counters, outcome)
            reason = _why_dropped(outcome, alone or notes, filters)
            count = len(notes)
        empty.append((reason, count))
    return extracted(song, examples, counters, empty)


def _why_dropped(dropped: str, piece: Columns | Notes, filters: Filters | None) -> Reason:
    assert filters is not None
    if isinstance(piece, Columns):
        return why_dropped(dropped, piece, filters)
    return why_not_asked_for(dropped, piece, filters)


def _convert(
    piece: Columns, converter: Converter, filters: Filters | None
) -> Conversion | str | Exception:
    """What a piece gives that is looked at alone, as an `Outcome` or Magenta's counter."""
    try:
        dropped = drop_reason(piece, filters) if filters else None
        if dropped:
            return dropped
        _check_limits(piece)
        return converter.convert(piece)
    except Exception as error:
        return error


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
