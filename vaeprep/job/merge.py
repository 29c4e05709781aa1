"""The single-process reducer: spills in, each distinct example once, round-robin shards out.

The hash space is taken a share at a time, so memory holds one share and not the
data set. Examples leave in the order of their hashes, and example i goes to
shard i mod N: a deterministic shuffle that no worker count, split size or
resume can change. `parallel_merge` writes the same bytes on all cores.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from vaeprep.job.dedup import Rules, Tally, distinct
from vaeprep.job.shards import ShardSet
from vaeprep.job.spill import BUCKETS
from vaeprep.job.spill_index import SpillIndex

_LEAST_SHARE_BYTES = 8 << 20
_MOST_SHARE_BYTES = 48 << 20
_SPILL_BYTES = 4 << 10


@dataclass(frozen=True, slots=True)
class MergeCounts:
    """What was written.

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
    index: SpillIndex,
    training: Sequence[ShardSet],
    on_share: Callable[[int], None],
    *,
    evaluation: Sequence[ShardSet] = (),
    rules: Rules = Rules(),  # noqa: B008
    share_bytes: int | None = None,
) -> MergeCounts:
    """Merges the spills and writes the shards.

    Args:
        index: The spills.
        training: The shard sets to write, e.g. NoteSequences and tensors.
        on_share: Called with the number of entries read after each share.
        evaluation: The shard sets of the evaluation set. An example goes there
            when all its songs do; with a single training song it is training's
            alone.
        rules: What decides an example's set and its ids.
        share_bytes: Entry bytes of a share, None to choose.

    Returns:
        What was written.

    Raises:
        SpillError: A spill is damaged.
        OSError: A spill cannot be read or a shard cannot be written.
    """
    total = Tally()
    written = [0, 0]  # for training, for evaluation
    share_bytes = share_bytes or worthwhile_share_bytes(len(index.paths))
    for first, last in shares(index.bucket_bytes, share_bytes):
        tally = Tally()
        for one in distinct(index, first, last, rules, tally):
            for output in evaluation if one.is_eval else training:
                output.add(written[one.is_eval], one.example, one.features, one.ids)
            written[one.is_eval] += 1
        total.add(tally)
        on_share(tally.entries)
    return counts_of(written, total)


def counts_of(written: Sequence[int], tally: Tally) -> MergeCounts:
    """The counts of a merge that wrote so many examples for training and evaluation."""
    return MergeCounts(
        unique=sum(written),
        evaluation=written[1],
        in_both=tally.in_both,
        from_many=tally.from_many,
        most_sources=tally.most_sources,
        shortened=tally.shortened,
    )


def worthwhile_share_bytes(spills: int) -> int:
    """Entry bytes that a share aims at; with its dictionary it takes about twice that.

    In a small share what the dictionary points to stays in a core's cache: 48 MB take
    a fifth longer an example than 8 MB. But every share opens every spill.

    Args:
        spills: How many spills there are.
    """
    return min(max(spills * _SPILL_BYTES, _LEAST_SHARE_BYTES), _MOST_SHARE_BYTES)


def shares(bucket_bytes: Iterable[int], share_bytes: int) -> Iterator[tuple[int, int]]:
    """Cuts the buckets into shares of about `share_bytes`.

    Args:
        bucket_bytes: The bytes of each bucket over all spills.
        share_bytes: A share ends with the first bucket that reaches this size.

    Yields:
        First bucket, and the bucket after the last.
    """
    first = size = 0
    for bucket, more in enumerate(bucket_bytes):
        size += int(more)
        if size >= share_bytes:
            yield first, bucket + 1
            first, size = bucket + 1, 0
    if first < BUCKETS:
        yield first, BUCKETS
