"""Magenta's own loader runs on today's TensorFlow, and ours delivers the same batches."""

from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from tests import magenta_oracle as oracle
from tests.tensors import shards
from tests.training.magenta_tensors import multiset, rows_of
from vaeprep.errors import UsageError
from vaeprep.files.tfrecord import write_records
from vaeprep.music.protos import NoteSequence
from vaeprep.tensors.reader import files
from vaeprep.training import load_dataset
from vaeprep.training.magenta_input import count_examples, magenta_dataset

# One of each kind; the last has controls of 512 steps.
KINDS = [
    "cat-mel_2bar_med_chords",
    "cat-drums_2bar_small",
    "flat-trio_16bar",
    "groovae_2bar_hits_control_tfds",
    "hier-multiperf_vel_1bar_med",
    "hier-multiperf_vel_1bar_med_chords",
]


def magenta_config(name: str, pattern: str, batch_size: int) -> Any:
    config = oracle.configs.CONFIG_MAP[name]
    hparams = type(config.hparams)(batch_size=batch_size)
    return config._replace(
        hparams=hparams,
        data_converter=oracle.converter(name),
        train_examples_path=pattern,
        eval_examples_path=pattern,
    )


@pytest.mark.parametrize("config", KINDS)
def test_batches_are_magentas(config: str, tmp_path: Path) -> None:
    notes = shards.write_note_sequences(tmp_path, config, most=12)
    theirs = magenta_dataset(magenta_config(config, notes, 4), files(notes), False, False)
    ours = load_dataset(shards.write_tensors(tmp_path, config, most=12), config, 4)
    assert multiset(rows_of(theirs)) == multiset(rows_of(ours))
    for their, our in zip(tf.nest.flatten(theirs.element_spec), ours.element_spec, strict=True):
        assert our.dtype == their.dtype
        assert our.shape.rank == their.shape.rank
        assert our.shape.is_compatible_with(their.shape)


def test_unbatch_is_tensorflows_own_again_afterwards(tmp_path: Path) -> None:
    before = tf.data.Dataset.unbatch, tf.compat.v1.data.Dataset.unbatch
    notes = shards.write_note_sequences(tmp_path, KINDS[0], most=5)
    magenta_dataset(magenta_config(KINDS[0], notes, 2), files(notes), True, True)
    assert (tf.data.Dataset.unbatch, tf.compat.v1.data.Dataset.unbatch) == before


def test_examples_are_counted_by_converting(tmp_path: Path) -> None:
    notes = shards.write_note_sequences(tmp_path, KINDS[0], most=12)
    config = magenta_config(KINDS[0], notes, 4)
    assert count_examples(files(notes), config, print) == 12
    assert 5 <= count_examples(files(notes), config, print, enough=5) < 12


def test_a_song_that_magenta_cannot_convert_is_named(tmp_path: Path) -> None:
    song = NoteSequence(id="strange", total_time=4.0)
    song.notes.add(pitch=60, velocity=80, start_time=0.0, end_time=1.0, is_drum=True)
    write_records(tmp_path / "songs", [song.SerializeToString()])
    config = magenta_config("groovae_2bar_humanize", str(tmp_path / "songs"), 4)
    with pytest.raises(UsageError, match=r"NoteSequence 0 \(strange\): KeyError: 60"):
        count_examples([tmp_path / "songs"], config, print)
