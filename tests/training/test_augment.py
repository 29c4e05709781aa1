"""Transposition in the graph is Magenta's, and never loses a note."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from note_seq import sequences_lib

from tests.tensors import shards
from tests.training.magenta_tensors import magenta_tensors, multiset, rows_of
from vaeprep.configs import find
from vaeprep.errors import UsageError
from vaeprep.music.protos import NoteSequence
from vaeprep.tensors.format import kind_of
from vaeprep.training import load_dataset
from vaeprep.training.augment import transpose

TRANSPOSED = [
    "cat-mel_2bar_small",
    "cat-mel_2bar_med_chords",
    "flat-trio_16bar",
    "hier-multiperf_vel_1bar_med",
    "hier-multiperf_vel_1bar_med_chords",
]
MELODY = "cat-mel_2bar_small"


def transposed(example: bytes, amount: int, low: int, high: int) -> Any:
    """The NoteSequence as Magenta transposes it; None if a note leaves the range."""
    song = NoteSequence.FromString(example)
    moved = [note.pitch + amount for note in song.notes if not note.is_drum]
    if any(not low <= pitch <= high for pitch in moved):
        return None
    result, deleted = sequences_lib.transpose_note_sequence(song, amount)
    assert not deleted
    return result


@pytest.mark.parametrize("amount", [-7, -1, 4])
@pytest.mark.parametrize("config", TRANSPOSED)
def test_a_fixed_transposition_is_magentas(config: str, amount: int, tmp_path: Path) -> None:
    pattern = shards.write_tensors(tmp_path, config, most=16)
    storage = kind_of(find(config)).storage
    songs = [
        transposed(example, amount, storage["min_pitch"], storage["max_pitch"])
        or NoteSequence.FromString(example)  # stays as it is
        for example, _ in shards.examples(config, 16)
    ]
    dataset = load_dataset(pattern, config, 5, drop_remainder=False, transpose=(amount, amount))
    assert multiset(rows_of(dataset)) == multiset(magenta_tensors(config, songs))


def transpose_melody(events: list[int], amounts: tuple[int, int], draws: int) -> np.ndarray:
    """Many draws of one melody."""
    kind = kind_of(find(MELODY))
    line = np.zeros((draws, 32), np.uint8)
    line[:, : len(events)] = events
    batch = {"melody": tf.constant(line)}
    moved = transpose(batch, kind, amounts, tf.constant([5, 6], tf.int64))
    return moved["melody"].numpy()[:, : len(events)]


def test_every_amount_of_the_range_is_equally_likely() -> None:
    moved = transpose_melody([40, 0, 1], (-5, 5), 11_000)
    counts = Counter((moved[:, 0].astype(int) - 40).tolist())
    assert set(counts) == set(range(-5, 6))
    # 1000 expected of each, standard deviation 30.
    assert all(850 < count < 1150 for count in counts.values())
    assert not moved[:, 1].any(), "nothing-happens stays"
    assert (moved[:, 2] == 1).all(), "note-off stays"


@pytest.mark.parametrize(
    ("events", "amounts"),
    [([2, 50], range(6)), ([88, 89], range(-5, 1)), ([4, 87], range(-2, 3)), ([2, 89], [0])],
)
def test_only_amounts_that_keep_every_note_are_drawn(events: list[int], amounts: Any) -> None:
    moved = transpose_melody(events, (-5, 5), 3000).astype(int)
    assert (moved[:, 1] - moved[:, 0] == events[1] - events[0]).all()
    counts = Counter((moved[:, 0] - events[0]).tolist())
    assert set(counts) == set(amounts)
    expected = 3000 / len(amounts)
    assert all(0.8 * expected < count < 1.2 * expected for count in counts.values())


def test_a_melody_that_fits_no_amount_stays_as_it_is() -> None:
    assert (transpose_melody([3, 88], (4, 9), 50) == [3, 88]).all()


def test_drums_stay_as_they_are(tmp_path: Path) -> None:
    for config in ("cat-drums_2bar_small", "groovae_2bar_humanize"):
        pattern = shards.write_tensors(tmp_path, config, most=10)
        plain = rows_of(load_dataset(pattern, config, 5))
        moved = rows_of(load_dataset(pattern, config, 5, transpose=(3, 3)))
        assert multiset(plain) == multiset(moved)


def test_training_transposes_and_evaluation_does_not(tmp_path: Path) -> None:
    pattern = shards.write_tensors(tmp_path, MELODY, most=10)
    plain = multiset(rows_of(load_dataset(pattern, MELODY, 10)))
    epoch = load_dataset(pattern, MELODY, 10, is_training=True, seed=1).take(1)
    assert multiset(rows_of(epoch)) != plain
    untouched = load_dataset(pattern, MELODY, 10, is_training=True, seed=1, transpose=None)
    assert multiset(rows_of(untouched.take(1))) == plain


def test_a_range_that_is_none_is_refused(tmp_path: Path) -> None:
    pattern = shards.write_tensors(tmp_path, MELODY, most=10)
    for wrong in ((3, -3), "random"):
        with pytest.raises(UsageError, match="must be lowest and highest half steps"):
            load_dataset(pattern, MELODY, 5, transpose=wrong)
