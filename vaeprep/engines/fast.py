"""The fast engine: songs as columns, vaeprep's own converters.

The songs of a group are cut, filtered and converted together, for that is much cheaper.
A piece that is odd in some way is looked at alone, so that nobody has to think of it
where many are looked at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

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
    count_conversions,
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
    decode,
)
from vaeprep.music.time_changes import TimeChanges, refuse_quantized, time_changes


def fast_engine(
    converter: Converter, filters: Filters | None, cures: SongCures | None = None
) -> Engine:
    """The engine that works on columns; `cures` change the songs first."""
    # Asked once: it takes Python longer than many a song.
    convert_all = converter.convert_all if isinstance(converter, ConvertsAll) else None
    how = _How(converter, convert_all, filters)

    def extract(records: Sequence[bytes]) -> list[Extracted]:
        read = [_read(record, cures) for record in records]
        songs = [one[0] for one in read if not isinstance(one, NotANoteSequence)]
        found = iter(_extract(songs, how) if songs else ())
        return [
            one if isinstance(one, NotANoteSequence) else _with_cures(next(found), one[1])
            for one in read
        ]

    return extract


@dataclass(frozen=True, slots=True)
class _How:
    """How songs are converted.

    Attributes:
        converter: The converter.
        convert_all: Its way to look at many pieces, None if it has none.
        filters: None if all pieces are kept.
    """

    converter: Converter
    convert_all: Callable[[Pieces], list[Outcome]] | None
    filters: Filters | None


def _read(record: bytes, cures: SongCures | None) -> tuple[Columns, Done] | NotANoteSequence:
    """A song and what its cures did to it."""
    try:
        song = decode(record)
    except NotANoteSequence as error:
        return NotANoteSequence(str(error))  # without the frames, which keep songs in memory
    return cure_columns(song, cures) if cures else (song, NOTHING_DONE)


def _with_cures(song: Extraction, done: Done) -> Extraction:
    return song if done is NOTHING_DONE else replace(song, done=done)


def _extract(songs: Sequence[Columns], how: _How) -> list[Extraction]:
    """What each song gives; none raises."""
    try:
        return _extract_together(songs, how)
    except Exception as error:  # a song that cannot be converted ends no run
        if len(songs) == 1:
            return [failed(songs[0].id, error, of_failure(error))]
    return [found for song in songs for found in _extract([song], how)]


def _extract_together(songs: Sequence[Columns], how: _How) -> list[Extraction]:
    looked_at = [_changes(song) for song in songs]
    cut = [
        (song, changes)
        for song, changes in zip(songs, looked_at, strict=True)
        if isinstance(changes, TimeChanges)
    ]
    found = iter(_of_pieces(cut, how) if cut else ())
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


class _Dropped(NamedTuple):
    """A piece that a filter drops: Magenta's counter, and why."""

    counter: str
    reason: Reason


def _of_pieces(cut: Sequence[tuple[Columns, TimeChanges]], how: _How) -> list[Extraction]:
    """What songs give that have pieces."""
    pieces = cut_together([song for song, _ in cut], [changes for _, changes in cut])
    outcomes = _outcomes(pieces, how)
    sizes = pieces.sizes.tolist()
    found = []
    first = 0
    for song, changes in cut:
        stop = first + len(changes.held)
        of_song = zip(range(first, stop), outcomes[first:stop], sizes[first:stop], strict=True)
        found.append(_of_song(song, list(of_song), pieces, how))
        first = stop
    return found


def _outcomes(pieces: Pieces, how: _How) -> list[Outcome | _Dropped]:
    """What each piece gives; None if it has to be looked at alone."""
    outcomes: list[Outcome | _Dropped] = [None] * len(pieces)
    kept = pieces.clean
    if how.filters:
        reasons = drop_reasons(pieces, how.filters)
        kept = kept & np.array([reason is None for reason in reasons], np.bool_)
        for number, dropped in enumerate(reasons):
            if dropped:
                notes = pieces.notes_of(number)
                why = why_not_asked_for(dropped, notes, how.filters)
                outcomes[number] = _Dropped(dropped, why)
    if how.convert_all:
        numbers = kept.nonzero()[0].tolist()
        converted = how.convert_all(pieces.take(kept)) if numbers else []
        for number, outcome in zip(numbers, converted, strict=True):
            outcomes[number] = outcome
    return outcomes


def _of_song(
    song: Columns,
    of_song: Sequence[tuple[int, Outcome | _Dropped, int]],
    pieces: Pieces,
    how: _How,
) -> Extraction:
    """What a song gives: what its pieces give, unless one of them fails.

    Args:
        song: The song.
        of_song: The numbers of its pieces, what each gives and how many notes it has.
        pieces: Those of all songs.
        how: How a piece is converted that has to be looked at alone.
    """
    examples: list[bytes] = []
    empty: Empty = []
    conversions: list[Conversion] = []
    counters = {"sequence-time-splits": len(of_song)}
    for number, outcome, size in of_song:
        alone = None
        if outcome is None:
            alone = pieces.alone(number)
            outcome, size = _convert(alone, how), len(alone.notes)
        if isinstance(outcome, Exception):
            notes = alone.notes if alone else pieces.notes_of(number)
            return failed(song.id, outcome, of_failure(outcome, notes))
        if isinstance(outcome, _Dropped):
            add(counters, outcome.counter)
        else:
            conversions.append(outcome)
            examples += outcome.examples
        if outcome.reason:
            empty.append((outcome.reason, size))
    count_conversions(counters, conversions)
    return extracted(song, examples, counters, empty)


def _convert(piece: Columns, how: _How) -> Conversion | Exception | _Dropped:
    """What a piece gives that is looked at alone."""
    try:
        dropped = drop_reason(piece, how.filters) if how.filters else None
        if how.filters and dropped:
            return _Dropped(dropped, why_dropped(dropped, piece, how.filters))
        _check_limits(piece)
        return how.converter.convert(piece)
    except Exception as error:
        error.__context__ = None  # frames would keep the song in memory, in a circle
        return error.with_traceback(None)


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
