"""What each song gave, one by one.

The summary lists the first songs. Of more than that, all stand in a file beside it, one a
line, as JSON:

    id        the song's id
    filename  its file name, empty if not stored
    pieces    its stretches of one tempo and one meter, 0 if it failed
    examples  how many different examples it gives
    failure   why it fails, or null
    why       why it gives nothing or fails, in words; null if it gives examples
"""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import google_crc32c

from vaeprep.engines.engine import Extraction
from vaeprep.job.cause_words import words_of
from vaeprep.job.shards import Shard
from vaeprep.music.varint import read_varint

MOST_LISTED = 2000
"""Songs that a summary lists."""

MOST_SHOWN = 100_000
"""Songs that an inspection, a page or a comparison holds one by one (some 40 MB)."""

KIND = "songs"

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


def as_values(song: SongResult) -> dict[str, Any]:
    """A song by the names that stand in JSON."""
    return {
        "id": song.source_id,
        "filename": song.name,
        "pieces": song.pieces,
        "examples": song.examples,
        "failure": song.failure,
        "why": song.why,
    }


def line_of(song: SongResult) -> bytes:
    """A song as a line of JSON."""
    return json.dumps(as_values(song)).encode("ascii") + b"\n"


class Listed(NamedTuple):
    """The songs of a run.

    Attributes:
        first: Those that stand in the summary.
        whole: The file of all of them; None if they are not more.
    """

    first: list[SongResult]
    whole: Shard | None


def look_through(collected: Path, name: str) -> Listed:
    """Counts the songs of a run, and takes the first of them.

    Args:
        collected: The list of all songs in the work folder.
        name: What the file will be called.

    Raises:
        OSError: The file cannot be read.
    """
    crc = size = count = 0
    with collected.open("rb") as lines:
        for line in lines:
            crc = google_crc32c.extend(crc, line)
            size += len(line)
            count += 1
    whole = Shard(name, count, size, crc) if count > MOST_LISTED else None
    return Listed(read_songs(collected, MOST_LISTED), whole)


def read_songs(path: Path, most: int) -> list[SongResult]:
    """The first songs of a whole list.

    Raises:
        ValueError: A line is none of a list of songs.
        OSError: The file cannot be read.
    """
    with path.open("rb") as lines:
        return list(_parsed(islice(lines, most)))


def _parsed(lines: Iterator[bytes]) -> Iterator[SongResult]:
    for line in lines:
        try:
            yield SongResult(*json.loads(line).values())
        except (TypeError, AttributeError) as error:
            raise ValueError(f"no list of songs: {error}") from error


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
