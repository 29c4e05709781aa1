"""Compares two sides: what is in both, what is only in one, which songs changed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vaeprep.errors import UsageError
from vaeprep.inspection.comparison.sides import Side, find_side, read_side, run_of
from vaeprep.inspection.items import Kind
from vaeprep.inspection.keys import KeyCounts, hash_key
from vaeprep.inspection.runs import songs_of
from vaeprep.inspection.section import Section
from vaeprep.inspection.statistics import Inspection
from vaeprep.job.songs import SongResult
from vaeprep.job.summary import Summary
from vaeprep.progress import Advance

EXAMPLES = "examples"
WITH_SONGS = "examples with their songs"
"""What is counted in both: the same notes, and the same notes of the same songs."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much two sides have in common.

    Attributes:
        what: What is counted, e.g. "examples".
        both: In both.
        only_a, only_b: In one only.
        exact: Whether it is counted, not estimated from an even sample.
    """

    what: str
    both: int
    only_a: int
    only_b: int
    exact: bool


@dataclass(frozen=True, slots=True)
class ChangedSong:
    """A song that gave another number of examples.

    Attributes:
        a, b: What it gave on each side.
    """

    a: SongResult
    b: SongResult


@dataclass(frozen=True, slots=True)
class Read:
    """One side with all that was read of it.

    Attributes:
        side: What was given.
        inspection: Its records; None if only the summary is there.
        summary: Of its run, None if there is none.
        songs: What each song of that run gave.
        with_songs: Its examples, each together with the songs it is found in.
    """

    side: Side
    inspection: Inspection | None
    summary: Summary | None
    songs: Sequence[SongResult]
    with_songs: KeyCounts

    def section(self, kind: Kind) -> Section | None:
        """Its records of a kind."""
        return self.inspection.sections.get(kind) if self.inspection else None

    @property
    def examples(self) -> Section | None:
        """Its examples, as NoteSequences or as tensors."""
        return self.section(Kind.EXAMPLE) or self.section(Kind.TENSORS)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sides beside each other.

    Attributes:
        a, b: The sides.
        kinds: What both hold.
        overlaps: What they have in common.
        changed: Songs that gave another number of examples, the largest change first,
            of those that both runs list.
        listed: How many songs both runs list.
    """

    a: Read
    b: Read
    kinds: tuple[Kind, ...]
    overlaps: tuple[Overlap, ...]
    changed: tuple[ChangedSong, ...]
    listed: int


def find_sides(a: str, b: str) -> tuple[Side, Side]:
    """Finds both sides.

    Raises:
        UsageError: One leads nowhere, or is of no use.
    """
    return find_side(a), find_side(b)


def compare(
    sides: tuple[Side, Side], seed: int = 0, advance: Advance = lambda _count: None
) -> Comparison:
    """Reads both sides and compares them.

    Memory does not grow with the files: beyond half a million different examples an
    even sample of them is compared (see `keys.KeyCounts`), the same of both sides.

    Args:
        sides: From `find_sides`.
        seed: Decides which examples a page shows.
        advance: Called with the number of bytes read.

    Raises:
        UsageError: They hold nothing of one kind.
        OSError: A file cannot be read.
    """
    a, b = (_read(side, seed, advance) for side in sides)
    kinds = _kinds(a, b)
    changed, listed = _changed(_songs(a, b), _songs(b, a))
    return Comparison(a, b, kinds, tuple(_overlaps(a, b, kinds)), tuple(changed), listed)


def _read(side: Side, seed: int, advance: Advance) -> Read:
    inspection, with_songs = read_side(side, seed, advance)
    run = run_of(side, inspection)
    if run is None:
        return Read(side, inspection, None, (), with_songs)
    return Read(side, inspection, run.summary, songs_of(run), with_songs)


def _kinds(a: Read, b: Read) -> tuple[Kind, ...]:
    """What both hold.

    Raises:
        UsageError: Nothing, though both have files, or nothing can be compared.
    """
    if a.inspection is None or b.inspection is None:
        if a.summary is None or b.summary is None:
            gone, other = (a, b) if a.inspection is None else (b, a)
            raise UsageError(
                f"of {gone.side.name!r} only the summary is there, and {other.side.name!r} "
                "has none; compare two of one kind"
            )
        return ()
    kinds = tuple(kind for kind in a.inspection.sections if kind in b.inspection.sections)
    if not kinds and (a.inspection.count and b.inspection.count):
        raise UsageError(
            f"{a.side.name!r} holds {_held(a.inspection)} and {b.side.name!r} "
            f"{_held(b.inspection)}; compare two of one kind"
        )
    return kinds


def _held(inspection: Inspection) -> str:
    return " and ".join(kind.value for kind in inspection.sections)


def _overlaps(a: Read, b: Read, kinds: Sequence[Kind]) -> Iterator[Overlap]:
    for kind in kinds:
        one, two = a.section(kind), b.section(kind)
        if one is None or two is None:
            continue
        if kind is Kind.SONG:
            yield overlap("songs, by their music", one.contents, two.contents)
            yield overlap("songs, by their ids", one.ids, two.ids)
        else:
            yield overlap(EXAMPLES, one.contents, two.contents)
            yield overlap(WITH_SONGS, a.with_songs, b.with_songs)
            yield overlap("songs that gave examples", one.ids, two.ids)


def overlap(what: str, a: KeyCounts, b: KeyCounts) -> Overlap:
    """How many different keys two sides have in common.

    Each side's sample is cut to the keys that the smaller sample would hold.
    """
    halvings = max(a.halvings, b.halvings)
    one, two = a.sample(halvings), b.sample(halvings)
    both = len(one & two)
    return Overlap(
        what,
        both << halvings,
        len(one) - both << halvings,
        len(two) - both << halvings,
        exact=halvings == 0,
    )


def _songs(this: Read, other: Read) -> Sequence[SongResult]:
    """What the songs of a side gave.

    Of examples without a summary, as Magenta's job leaves them, the songs are counted that
    the other side lists.
    """
    examples = this.examples
    if this.summary is not None or examples is None or not examples.ids.exact:
        return this.songs
    found = examples.ids.kept
    return [
        SongResult(song.source_id, song.name, 0, found[_number(song.source_id)], None, None)
        for song in other.songs
    ]


def _number(source_id: str) -> int:
    """What `KeyCounts` knows a song's id by."""
    return int.from_bytes(hash_key(source_id.encode("utf-8")), "big")


def _changed(a: Sequence[SongResult], b: Sequence[SongResult]) -> tuple[list[ChangedSong], int]:
    others = dict(_by_id(b))
    pairs = [(one, others[key]) for key, one in _by_id(a) if key in others]
    changed = [ChangedSong(one, two) for one, two in pairs if one.examples != two.examples]
    changed.sort(key=lambda song: -abs(song.b.examples - song.a.examples))
    return changed, len(pairs)


def _by_id(songs: Sequence[SongResult]) -> Iterator[tuple[tuple[str, int], SongResult]]:
    """The songs by their ids; those that share one by their order."""
    seen: Counter[str] = Counter()
    for song in songs:
        yield (song.source_id, seen[song.source_id]), song
        seen[song.source_id] += 1
