"""The loader delivers what Magenta's converter gives for the same examples."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.tensors import shards
from tests.training.magenta_tensors import magenta_tensors, multiset, rows_of
from vaeprep.configs import CONFIGS
from vaeprep.errors import UsageError
from vaeprep.music.protos import NoteSequence
from vaeprep.tensors import read_tensors
from vaeprep.training import expander, load_dataset

MELODY = "cat-mel_2bar_small"
COMPACT = [
    "cat-mel_2bar_med_chords",
    "flat-trio_16bar",
    "groovae_4bar",
    "groovae_2bar_tap_fixed_velocity_note_dropout",
    "hier-multiperf_vel_1bar_med_chords",
]


@pytest.mark.parametrize("config", CONFIGS)
def test_examples_are_those_of_magentas_converter(config: str, tmp_path: Path) -> None:
    pattern = shards.write_tensors(tmp_path, config, most=24)
    examples = [NoteSequence.FromString(e) for e, _ in shards.examples(config, 24)]
    expected = magenta_tensors(config, examples)
    dataset = load_dataset(pattern, config, 7, drop_remainder=False, note_dropout=False)
    got = rows_of(dataset)
    if "dropout" in config:  # Magenta's inputs are random there, and tested by distribution
        expected = [row[1:] for row in expected]
        got = [row[1:] for row in got]
    assert len(got) == len(examples)
    assert multiset(got) == multiset(expected)


@pytest.mark.parametrize("config", CONFIGS)
def test_training_batches_have_full_known_shapes(config: str, tmp_path: Path) -> None:
    pattern = shards.write_tensors(tmp_path, config, most=12)
    dataset = load_dataset(pattern, config, 5, is_training=True, seed=1)
    batch = next(iter(dataset))
    for spec, part in zip(dataset.element_spec, batch, strict=True):
        assert spec.shape.is_fully_defined()
        assert part.shape == spec.shape
        assert part.dtype == spec.dtype


@pytest.mark.parametrize("config", COMPACT)
def test_compact_batches_expand_to_the_same(config: str, tmp_path: Path) -> None:
    pattern = shards.write_tensors(tmp_path, config, most=12)
    options = {"batch_size": 6, "is_training": True, "seed": 3}
    whole = load_dataset(pattern, config, **options).take(3)
    compact = load_dataset(pattern, config, expand=False, **options).take(3)
    expand = tf.function(expander(config))
    for expected, small in zip(whole, compact, strict=True):
        assert sum(part.numpy().nbytes for part in small.values()) < sum(
            part.numpy().nbytes for part in expected
        )
        for one, other in zip(expected, expand(small), strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_order_without_training_is_that_of_the_files(tmp_path: Path) -> None:
    pattern = shards.write_tensors(tmp_path, MELODY, most=20)
    got = rows_of(load_dataset(pattern, MELODY, 4, drop_remainder=False))
    for row, expected in zip(got, read_tensors(pattern, MELODY), strict=True):
        np.testing.assert_array_equal(row[0], expected.inputs)


def test_the_remainder_is_dropped_or_kept(tmp_path: Path) -> None:
    pattern = shards.write_tensors(tmp_path, MELODY, most=20)
    assert [len(b[0]) for b in load_dataset(pattern, MELODY, 8)] == [8, 8]
    kept = load_dataset(pattern, MELODY, 8, drop_remainder=False)
    assert [len(b[0]) for b in kept] == [8, 8, 4]


def test_shards_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    pattern = shards.write_tensors(tmp_path, MELODY, most=20)
    with pytest.raises(UsageError, match=r"made for cat-mel_2bar_small .* do not fit"):
        load_dataset(pattern, "flat-mel_16bar", 8)


def test_fewer_examples_than_a_batch_are_an_error(tmp_path: Path) -> None:
    pattern = shards.write_tensors(tmp_path, MELODY, most=20)
    for is_training in (True, False):
        with pytest.raises(UsageError, match=r"are 20 examples, fewer than .* 512; .*=20"):
            load_dataset(pattern, MELODY, is_training=is_training)


def test_gzip_shards_are_read(tmp_path: Path) -> None:
    (tmp_path / "zipped").mkdir()
    pattern = shards.write_tensors(tmp_path / "zipped", MELODY, most=20, zipped=True)
    plain = shards.write_tensors(tmp_path, MELODY, most=20)
    one, other = (rows_of(load_dataset(p, MELODY, 5)) for p in (pattern, plain))
    assert multiset(one) == multiset(other)
    with pytest.raises(UsageError, match="there are 20 examples"):
        load_dataset(pattern, MELODY, 21, is_training=True)


def test_damage_is_an_error_and_no_garbage(tmp_path: Path) -> None:
    pattern = shards.write_tensors(tmp_path, MELODY, most=20)
    path = sorted(tmp_path.glob("*-00001-*"))[0]
    data = bytearray(path.read_bytes())
    data[30] ^= 1
    path.write_bytes(data)
    with pytest.raises(tf.errors.DataLossError):
        list(load_dataset(pattern, MELODY, 5))
