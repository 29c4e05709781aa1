"""Shuffling: every epoch is all examples, in an order that a seed decides."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import tensorflow as tf

from vaeprep.errors import UsageError
from vaeprep.files.tfrecord import write_records
from vaeprep.training.batches import (
    count_records,
    evaluation_batches,
    require_batch,
    training_batches,
)

RECORDS = [b"%03d" % number for number in range(120)]


@pytest.fixture
def shards(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"x-{shard:05d}-of-00004" for shard in range(4)]
    for shard, path in enumerate(paths):
        write_records(path, RECORDS[shard::4])
    return paths


def epochs(
    shards: list[Path], batch_size: int, seed: int, cache: bool, window: int = 128
) -> Iterator[list[bytes]]:
    """The records of one epoch after the other."""
    dataset = training_batches(shards, batch_size, seed, True, cache, window)
    batches = len(RECORDS) // batch_size
    iterator = iter(dataset)
    while True:
        yield [r for _ in range(batches) for r in next(iterator).numpy()]


@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize("window", [1, 3, 128])
def test_every_epoch_is_all_examples(shards: list[Path], cache: bool, window: int) -> None:
    several = epochs(shards, 10, 1, cache, window)
    for _ in range(4):
        assert sorted(next(several)) == RECORDS


@pytest.mark.parametrize("cache", [True, False])
def test_epochs_differ_and_seeds_repeat(shards: list[Path], cache: bool) -> None:
    first, again, other = (epochs(shards, 10, seed, cache) for seed in (1, 1, 2))
    some = [next(first) for _ in range(3)]
    assert some == [next(again) for _ in range(3)]
    assert len({tuple(epoch) for epoch in some}) == 3
    assert next(other) != some[0]
    assert some[0] != RECORDS


def test_the_dropped_remainder_changes_from_epoch_to_epoch(shards: list[Path]) -> None:
    several = epochs(shards, 50, 1, True)
    left = Counter(r for _ in range(20) for r in set(RECORDS) - set(next(several)))
    assert sum(left.values()) == 20 * 20
    assert len(left) > 100


def test_places_are_uniform(shards: list[Path]) -> None:
    several = epochs(shards, 120, 1, True)
    places = [next(several).index(b"007") for _ in range(300)]
    # 300 uniform places of 0..119: the mean is 59.5, its standard deviation 2.
    assert abs(sum(places) / len(places) - 59.5) < 10


def test_examples_of_one_batch_come_from_all_files(shards: list[Path]) -> None:
    batch = next(iter(training_batches(shards, 40, 3, True, True))).numpy()
    assert {int(record) % 4 for record in batch} == {0, 1, 2, 3}


def test_evaluation_keeps_the_order(shards: list[Path]) -> None:
    expected = [record for shard in range(4) for record in RECORDS[shard::4]]
    batches = [batch.numpy().tolist() for batch in evaluation_batches(shards, 50, False)]
    assert [record for batch in batches for record in batch] == expected
    assert [len(batch) for batch in batches] == [50, 50, 20]
    assert [len(batch) for batch in evaluation_batches(shards, 50, True)] == [50, 50]


def test_empty_shards_do_no_harm(shards: list[Path], tmp_path: Path) -> None:
    empty = tmp_path / "x-00004-of-00005"
    write_records(empty, [])
    several = epochs([empty, *shards], 10, 1, True)
    assert sorted(next(several)) == RECORDS
    assert count_records([empty, *shards]) == 120


def test_too_few_records_are_an_error(shards: list[Path], tmp_path: Path) -> None:
    require_batch(shards, 120)
    with pytest.raises(UsageError, match="120 examples, fewer than the batch size 121"):
        require_batch(shards, 121)
    write_records(tmp_path / "none", [])
    with pytest.raises(UsageError, match=r"there are 0 examples, .* 1; add music"):
        require_batch([tmp_path / "none"], 1)


def test_it_works_in_a_graph_of_tensorflow_1(shards: list[Path]) -> None:
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        dataset = training_batches(shards, 60, 1, True, True)
        batch = tf.compat.v1.data.make_one_shot_iterator(dataset).get_next()
        seen = [record for _ in range(4) for record in session.run(batch)]
    assert Counter(seen) == Counter(dict.fromkeys(RECORDS, 2))
