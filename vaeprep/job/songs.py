"""What each song gave, one by one, for the first songs of a run or a trial."""

from typing import NamedTuple

from vaeprep.engines.engine import Extraction
from vaeprep.job.cause_words import words_of
from vaeprep.music.varint import read_varint

MOST_LISTED = 2000
"""Songs that are listed one by one; all are counted."""

_ID_TAG, _FILENAME_TAG = 0x0A, 0x12
_LONGEST = 300


class SongResult(NamedTuple):
    """One song of the list.

    Attributes:
        source_id: Its id.
        name: Its file name, empty if not stored.
        pieces: Its stretches of one tempo and one meter, 0 if it failed.
        examples: How many different examples it gives.
        failure: Why it fails, or None.
        why: Why it gives nothing or fails, in words; None if it gives examples.
    """

    source_id: str
    name: str
    pieces: int
    examples: int
    failure: str | None
    why: str | None


def song_result(song: Extraction, name: str, examples: int, config: str) -> SongResult:
    """What a song gave, all texts short enough to be told.

    Args:
        song: Its extraction.
        name: Its file name.
        examples: How many different examples are kept of it.
        config: The configuration, for the words of the reason.
    """
    return SongResult(
        _short(song.source_id),
        _short(name),
        song.counters.get("sequence-time-splits", 0),
        examples,
        None if song.failure is None else _short(song.failure),
        None if song.reason is None else words_of(song.reason, config),
    )


def file_name(record: bytes) -> str:
    """The file name that a serialized NoteSequence stores, empty if none.

    Fields are written in the order of their numbers; the id is the first one and the
    file name the second, so the rest need not be read.
    """
    try:
        place = 0
        while record[place] in (_ID_TAG, _FILENAME_TAG):
            field = record[place]
            length, start = read_varint(record, place + 1)
            place = start + length
            if field == _FILENAME_TAG:
                return record[start:place].decode("utf-8", "replace")
    except (IndexError, ValueError):
        pass  # it ends there
    return ""


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
