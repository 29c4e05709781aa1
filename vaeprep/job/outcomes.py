"""What became of the songs, and why some of them and of their pieces gave nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vaeprep.converters.reasons import Kind, Reason
from vaeprep.engines.engine import Extraction

GAVE, NOTHING, FAILED = "gave examples", "gave nothing", "failed"
OUTCOMES = (GAVE, NOTHING, FAILED)
"""What can become of a song."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason why there is no example, counted.

    Attributes:
        kind: A `Kind`.
        detail: Which meter, pitch and so on; empty where there is none.
        songs: Songs that gave nothing, or failed, mainly for it.
        pieces: Pieces that gave nothing for it, in whatever songs. Where a song
            fails or has too many changes, no piece is counted.
    """

    kind: str
    detail: str
    songs: int
    pieces: int


def outcome_of(song: Extraction) -> str:
    """What became of a song."""
    if song.failure is not None:
        return FAILED
    return GAVE if song.examples else NOTHING


def causes_of(songs: Mapping[Reason, int], pieces: Mapping[Reason, int]) -> list[Cause]:
    """The causes, those of most songs first, and of equal ones those of most pieces."""
    reasons = {*songs, *pieces}
    causes = [
        Cause(str(reason.kind), reason.detail, songs.get(reason, 0), pieces.get(reason, 0))
        for reason in reasons
    ]
    return sorted(causes, key=lambda one: (-one.songs, -one.pieces, one.kind, one.detail))


def joined(parts: Iterable[list[Cause]]) -> list[Cause]:
    """The causes of some parts of the input together."""
    songs: Counter[Reason] = Counter()
    pieces: Counter[Reason] = Counter()
    for part in parts:
        for cause in part:
            reason = Reason(Kind(cause.kind), cause.detail)
            songs[reason] += cause.songs
            pieces[reason] += cause.pieces
    return causes_of(songs, pieces)


@dataclass(frozen=True, slots=True)
class CauseOfKind:
    """All causes of one kind.

    Attributes:
        kind: Of all of them.
        songs, pieces: Of all of them together.
        details: The details that are not empty, those of most songs first.
    """

    kind: Kind
    songs: int
    pieces: int
    details: tuple[str, ...]


def by_kind(causes: Iterable[Cause]) -> list[CauseOfKind]:
    """The causes by kind, those of most songs first."""
    songs: Counter[Kind] = Counter()
    pieces: Counter[Kind] = Counter()
    details: dict[Kind, list[str]] = {}
    for cause in causes:
        kind = Kind(cause.kind)
        songs[kind] += cause.songs
        pieces[kind] += cause.pieces
        details.setdefault(kind, []).extend([cause.detail] if cause.detail else [])
    found = [
        CauseOfKind(kind, songs[kind], pieces[kind], tuple(details[kind])) for kind in songs
    ]
    return sorted(found, key=lambda one: (-one.songs, -one.pieces, one.kind))
