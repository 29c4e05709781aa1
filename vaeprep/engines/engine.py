"""Songs in, their examples out: the two engines behind one function type.

`fast` works on columns with vaeprep's own converters, on many songs at once; `magenta`
calls Magenta's converter objects. Both follow `ExtractExamplesDoFn` in
`magenta.models.music_vae.preprocess_tfrecord`, with the cap on examples lifted,
and agree to the byte. Both refuse songs beyond the `limits`, which Magenta does not know.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from vaeprep.converters.conversion import Conversion
from vaeprep.converters.reasons import NO_NOTES, Kind, Reason
from vaeprep.cures.song import NOTHING_DONE, Done
from vaeprep.music.sequence import NotANoteSequence

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
        done: What the cures did to the song.
        reasons: Why pieces gave no example, and how many pieces each; those that
            Magenta's counters call filtered, too.
        reason: Why the whole song gave none or failed; None if it gave any.
    """

    source_id: str
    examples: list[bytes]
    counters: Mapping[str, int] = field(default_factory=dict)
    failure: str | None = None
    done: Done = NOTHING_DONE
    reasons: Mapping[Reason, int] = field(default_factory=dict)
    reason: Reason | None = None


Extracted = Extraction | NotANoteSequence
"""What the bytes of a song gave, or why they are no NoteSequence."""

Engine = Callable[[Sequence[bytes]], list[Extracted]]
"""From the bytes of some serialized NoteSequences to what each of them gives, in order.

No song changes what another one gives, and none raises.
"""

GROUP_SONGS = 64
"""The songs that an engine is given at once. What songs cost together is shared by them."""

GROUP_BYTES = 1 << 19
"""The size of songs from which on an engine is given no more at once, to spare memory."""

_Item = TypeVar("_Item")


def groups(items: Iterable[_Item], size: Callable[[_Item], int]) -> Iterator[list[_Item]]:
    """Songs in groups for an engine, in order.

    Args:
        items: The songs, or what stands for them.
        size: The bytes of one.
    """
    group: list[_Item] = []
    total = 0
    for item in items:
        group.append(item)
        total += size(item)
        if len(group) >= GROUP_SONGS or total >= GROUP_BYTES:
            yield group
            group, total = [], 0
    if group:
        yield group


def extract_one(engine: Engine, record: bytes) -> Extraction:
    """What one song gives.

    Raises:
        NotANoteSequence: The bytes are none.
    """
    (found,) = engine([record])
    if isinstance(found, NotANoteSequence):
        raise found
    return found


def failed(source_id: str, error: Exception, reason: Reason) -> Extraction:
    """The extraction of a song whose conversion raised."""
    failure = f"{type(error).__name__}: {error}"
    return Extraction(source_id, [], failure=failure, reason=reason)


def too_many_pieces(song: Any) -> Extraction:
    """The extraction of a song with more changes than `MAX_PIECES`."""
    reason = Reason(Kind.TOO_MANY_CHANGES, _changing(song))
    return Extraction(song.id, [], {TOO_MANY_PIECES: 1}, reason=reason)


Empty = list[tuple[Reason, int]]
"""The pieces of a song without an example: why, and how many notes they have."""


def extracted(
    song: Any, examples: list[bytes], counters: Mapping[str, int], empty: Empty
) -> Extraction:
    """The extraction of a song that was converted.

    Args:
        song: A `Sequence` or a NoteSequence: only its id, its tempos and its time
            signatures are looked at.
        examples: Of all its pieces.
        counters: Magenta's.
        empty: The pieces that gave none. The reason of most of their notes is the
            song's, if it has no example; of equal ones the first.
    """
    reasons: dict[Reason, int] = {}
    notes: dict[Reason, int] = {}
    for reason, count in empty:
        reasons[reason] = reasons.get(reason, 0) + 1
        notes[reason] = notes.get(reason, 0) + count
    main = None if examples else max(notes, key=notes.__getitem__, default=NO_NOTES)
    changes = counters.get("sequence-time-splits", 0) - 1
    if changes > 0 and any(reason.kind is Kind.TOO_SHORT for reason in reasons):
        reasons = {_cut_short(reason, song, changes): reasons[reason] for reason in reasons}
        main = main and _cut_short(main, song, changes)
    return Extraction(song.id, examples, counters, reasons=reasons, reason=main)


def _cut_short(reason: Reason, song: Any, changes: int) -> Reason:
    """Says of a piece that is too short that its song was cut by so many changes."""
    if reason.kind is not Kind.TOO_SHORT:
        return reason
    return Reason(Kind.CUT_SHORT, f"{changes} {_changing(song)} change{'s'[: changes > 1]}")


def _changing(song: Any) -> str:
    """What changes in a song that was cut."""
    meters = len({(one.numerator, one.denominator) for one in song.time_signatures}) > 1
    tempos = len({one.qpm for one in song.tempos}) > 1
    if meters == tempos:  # both, or one that begins late
        return "tempo or meter"
    return "tempo" if tempos else "meter"


def count_conversions(counters: dict[str, int], conversions: Sequence[Conversion]) -> None:
    """Adds the converted pieces of a song to its counters, under Magenta's names."""
    add(counters, "unfiltered-sequences", len(conversions))
    add(counters, "empty-extractions", sum([not one.extracted for one in conversions]))
    count = sum([one.extracted for one in conversions])
    add(counters, "extracted-examples", count)
    for one in conversions:
        for name, dropped in one.dropped.items():
            add(counters, name, dropped)
            if name in _NOT_WRITTEN:
                count -= dropped
    add(counters, "all-examples", count)


def add(counters: dict[str, int], name: str, by: int = 1) -> None:
    """Counts under a name."""
    if by:  # a counter that stays 0 is left out, as in Magenta's job
        counters[name] = counters.get(name, 0) + by


_NOT_WRITTEN = ("empty-reextraction", "different-reextraction-count")
