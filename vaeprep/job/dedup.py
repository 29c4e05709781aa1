"""The dedup dictionary of one share of the hash space: each different example once.

A share is some buckets of all spills. Its entries are read into memory, and a
dictionary from hash to the places of the entries with that hash gathers what
belongs together. Examples leave in the order of their hashes, with the ids of
all their songs in input order.
"""

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import accumulate
from typing import NamedTuple

from vaeprep.job.outputs import held_out
from vaeprep.job.spill import ENTRY
from vaeprep.job.spill_index import SpillIndex
from vaeprep.music.limits import MAX_ID_BYTES, MAX_IDS_BYTES

_PLACE_BITS = 40
"""A place is number of the part << 40 | offset in the part; a part is far below 2^40 bytes."""

_FIRST = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides an example's set and its ids.

    Attributes:
        eval_fraction: Share of the songs that is held out for evaluation.
        max_source_ids: Keep at most this many ids of an example, None for all.
    """

    eval_fraction: float = 0.0
    max_source_ids: int | None = None


class Example(NamedTuple):
    """One distinct example, as the payloads of the outputs want it.

    Attributes:
        example: The canonical NoteSequence, without id.
        features: The tensor features without ids, or nothing.
        ids: The source ids that stand with it, in input order.
        is_eval: Whether it belongs to the evaluation set: all its songs do.
    """

    example: bytes
    features: bytes
    ids: Sequence[str]
    is_eval: bool


@dataclass(slots=True)
class Tally:
    """What was counted while examples were taken.

    Attributes:
        entries: Entries of spills that were read.
        in_both: Examples of the training set that songs held out for
            evaluation have too.
        from_many: Examples that come from more than one source id.
        most_sources: The largest number of source ids of one example.
        shortened: Examples whose ids are too many for one record, so that some
            are left out (besides what `max_source_ids` leaves out).
    """

    entries: int = 0
    in_both: int = 0
    from_many: int = 0
    most_sources: int = 0
    shortened: int = 0

    def add(self, other: "Tally") -> None:
        """Adds what another share has counted."""
        most = max(self.most_sources, other.most_sources)
        for field in fields(self):
            both = getattr(self, field.name) + getattr(other, field.name)
            setattr(self, field.name, both)
        self.most_sources = most


def distinct(
    index: SpillIndex, first: int, last: int, rules: Rules, tally: Tally
) -> Iterator[Example]:
    """Gives the examples of the buckets `first` up to, not including, `last`.

    Args:
        index: The spills.
        first: The first bucket.
        last: The bucket after the last.
        rules: What decides an example's set and its ids.
        tally: Is added to while examples are taken.

    Yields:
        Each different example once, in the order of their hashes.

    Raises:
        SpillError: A spill is damaged.
        OSError: A spill cannot be read.
    """
    parts = list(index.read(first, last))
    places, more = _gather(parts, tally)
    is_held_out = held_out(rules.eval_fraction) if rules.eval_fraction else None
    mask = (1 << _PLACE_BITS) - 1
    source_id = index.source_id
    unpack, header_bytes, unpack_first = ENTRY.unpack_from, ENTRY.size, _FIRST.unpack_from
    tally.most_sources = max(tally.most_sources, bool(places))
    for digest in sorted(places):
        place = places.pop(digest)
        data, first_source = parts[place >> _PLACE_BITS]
        at = place & mask
        _, count, example_bytes, feature_bytes = unpack(data, at)
        start = at + header_bytes + 4 * count
        middle = start + example_bytes
        if count == 1 and digest not in more:  # nearly always
            (number,) = unpack_first(data, at + header_bytes)
            ids = [source_id(first_source + number)]
            is_eval = is_held_out is not None and is_held_out(ids[0])
        else:
            ids = _ids(parts, (place, *more.get(digest, ())), source_id)
            is_eval = _is_for_evaluation(ids, is_held_out, tally)
            tally.from_many += len(ids) > 1
            tally.most_sources = max(tally.most_sources, len(ids))
            ids = _kept(ids, rules.max_source_ids, tally)
        yield Example(data[start:middle], data[middle : middle + feature_bytes], ids, is_eval)


def _gather(
    parts: Sequence[tuple[bytes, int]], tally: Tally
) -> tuple[dict[bytes, int], dict[bytes, list[int]]]:
    """Where each hash stands first, and in order where it stands again."""
    places: dict[bytes, int] = {}
    more: dict[bytes, list[int]] = {}
    unpack, header_bytes = ENTRY.unpack_from, ENTRY.size
    for part, (data, _) in enumerate(parts):
        base = part << _PLACE_BITS
        at, end = 0, len(data)
        while at < end:
            digest, count, example_bytes, feature_bytes = unpack(data, at)
            place = base | at
            if places.setdefault(digest, place) != place:
                more.setdefault(digest, []).append(place)
            at += header_bytes + 4 * count + example_bytes + feature_bytes
            tally.entries += 1
    return places, more


def _ids(
    parts: Sequence[tuple[bytes, int]],
    places: Sequence[int],
    source_id: Callable[[int], str],
) -> list[str]:
    """The ids of all sources of an example, each once, in input order."""
    ids: dict[str, None] = {}
    for place in places:
        data, first_source = parts[place >> _PLACE_BITS]
        at = place & (1 << _PLACE_BITS) - 1
        count = ENTRY.unpack_from(data, at)[1]
        for number in struct.unpack_from(f"<{count}I", data, at + ENTRY.size):
            ids[source_id(first_source + number)] = None
    return list(ids)


def _is_for_evaluation(
    ids: Sequence[str], is_held_out: Callable[[str], bool] | None, tally: Tally
) -> bool:
    """Whether all songs are held out; with a single training song it is training's alone."""
    songs_held_out = sum(map(is_held_out, ids)) if is_held_out else 0
    tally.in_both += 0 < songs_held_out < len(ids)
    return songs_held_out == len(ids)


def _kept(ids: list[str], limit: int | None, tally: Tally) -> list[str]:
    """The ids that stand with an example; nearly always all."""
    ids = ids[:limit]
    if len(ids) <= MAX_IDS_BYTES // (MAX_ID_BYTES + 1):
        return ids
    ends = list(accumulate(len(one.encode("utf-8")) + 1 for one in ids))
    fitting = ids[: bisect_right(ends, MAX_IDS_BYTES)]
    tally.shortened += len(fitting) < len(ids)
    return fitting
