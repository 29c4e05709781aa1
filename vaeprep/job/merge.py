"""The single-process reducer: spills in, each distinct example once, round-robin shards out.

The hash space is taken a share at a time, so memory holds one share and not the
data set. Within a share a dictionary from hash to example gathers the source
ids of all spills. Examples leave in the order of their hashes, and example i
goes to shard i mod N: a deterministic shuffle that no worker count, split size
or resume can change.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

from vaeprep.job import spill
from vaeprep.job.shards import ShardSet
from vaeprep.job.spill import BUCKETS, Spill
from vaeprep.music.limits import MAX_ID_BYTES, MAX_IDS_BYTES

SHARE_BYTES = 48 << 20
"""Entry bytes that a share aims at; as a Python dictionary they take about three times that."""

_IDS_BYTES = 192 << 20
"""Source ids that are held in memory; beyond, they are read when they are wanted."""

_SOURCE_BITS = 32


@dataclass(slots=True)
class _Merged:
    """One example while its share is read; `sources` are spill << 32 | number."""

    example: bytes
    features: bytes
    sources: "array[int]"


@dataclass(frozen=True, slots=True)
class MergeCounts:
    """What the reducer wrote.

    Attributes:
        unique: Distinct examples, those for evaluation included.
        evaluation: Distinct examples of the evaluation set.
        in_both: Examples of the training set that songs held out for
            evaluation have too.
        from_many: Examples that come from more than one source id.
        most_sources: The largest number of source ids of one example.
        shortened: Examples whose ids are too many for one record, so that some
            are left out (besides what `max_source_ids` leaves out).
    """

    unique: int
    evaluation: int
    in_both: int
    from_many: int
    most_sources: int
    shortened: int = 0


def merge(
    spill_paths: Sequence[Path],
    training: Sequence[ShardSet],
    on_share: Callable[[int], None],
    *,
    evaluation: Sequence[ShardSet] = (),
    held_out: Callable[[str], bool] | None = None,
    max_source_ids: int | None = None,
    share_bytes: int = SHARE_BYTES,
) -> MergeCounts:
    """Merges the spills and writes the shards.

    Args:
        spill_paths: In the order of the splits, which is input order.
        training: The shard sets to write, e.g. NoteSequences and tensors.
        on_share: Called with the number of entries read after each share.
        evaluation: The shard sets of the evaluation set.
        held_out: Whether a song belongs to the evaluation set. An example goes
            there when all its songs do; with a single training song it is
            training's alone.
        max_source_ids: Keep at most this many ids of an example, None for all.
        share_bytes: Entry bytes of a share.

    Returns:
        What was written.

    Raises:
        SpillError: A spill is damaged.
        OSError: A spill cannot be read or a shard cannot be written.
    """
    spills = _open(spill_paths)
    written = {False: 0, True: 0}  # by whether it is for evaluation
    in_both = from_many = most_sources = shortened = 0
    for first, last in shares(spills, share_bytes):
        gathered, entries = _gather(spills, first, last)
        for digest in sorted(gathered):
            merged = gathered.pop(digest)
            ids = source_ids(spills, merged.sources)
            songs_held_out = sum(map(held_out, ids)) if held_out else 0
            is_eval = songs_held_out == len(ids)
            in_both += 0 < songs_held_out < len(ids)
            from_many += len(ids) > 1
            most_sources = max(most_sources, len(ids))
            kept = _fitting(ids[:max_source_ids])
            shortened += len(kept) < len(ids[:max_source_ids])
            for output in evaluation if is_eval else training:
                output.add(written[is_eval], merged.example, merged.features, kept)
            written[is_eval] += 1
        on_share(entries)
    unique = written[False] + written[True]
    return MergeCounts(unique, written[True], in_both, from_many, most_sources, shortened)


def shares(spills: Sequence[Spill], share_bytes: int) -> Iterator[tuple[int, int]]:
    """Cuts the buckets into shares of about `share_bytes` over all spills.

    Yields:
        First bucket, and the bucket after the last.
    """
    first = size = 0
    for bucket in range(BUCKETS):
        size += sum(s.bucket_offsets[bucket + 1] - s.bucket_offsets[bucket] for s in spills)
        if size >= share_bytes:
            yield first, bucket + 1
            first, size = bucket + 1, 0
    if first < BUCKETS:
        yield first, BUCKETS


def source_ids(spills: Sequence[Spill], sources: Sequence[int]) -> list[str]:
    """The ids of an example's sources, each once, in input order."""
    mask = (1 << _SOURCE_BITS) - 1
    names = (spills[source >> _SOURCE_BITS].source_id(source & mask) for source in sources)
    return list(dict.fromkeys(names))


def _fitting(ids: list[str]) -> list[str]:
    """The first ids, as many as a record can hold; nearly always all."""
    if len(ids) <= MAX_IDS_BYTES // (MAX_ID_BYTES + 1):
        return ids
    ends = list(accumulate(len(one.encode("utf-8")) + 1 for one in ids))
    return ids[: bisect_right(ends, MAX_IDS_BYTES)]


def _open(paths: Sequence[Path]) -> list[Spill]:
    """All spills' tables, and as many of their ids as there is room for."""
    spills = []
    room = _IDS_BYTES
    for path in paths:
        one = spill.open_spill(path)
        room -= len(one.ids or b"")
        spills.append(one if room >= 0 else replace(one, ids=None))
    return spills


def _gather(spills: Sequence[Spill], first: int, last: int) -> tuple[dict[bytes, _Merged], int]:
    """The dedup dictionary of one share, and the number of entries read."""
    gathered: dict[bytes, _Merged] = {}
    entries = 0
    for number, one in enumerate(spills):
        base = number << _SOURCE_BITS
        for entry in spill.read_entries(one, first, last):
            entries += 1
            merged = gathered.get(entry.hash)
            if merged is None:
                merged = _Merged(entry.example, entry.features, array("Q"))
                gathered[entry.hash] = merged
            merged.sources.extend(base | source for source in entry.sources)
    return gathered, entries
