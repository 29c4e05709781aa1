"""The random note dropout of grooves has Magenta's distribution.

The transforms that are not random are compared with Magenta in test_loader.
"""

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from vaeprep.configs import find
from vaeprep.training.groove_transforms import Groove, drop_notes, transform

SEED = tf.constant([3, 4], tf.int64)


def groove(velocities: NDArray[np.float32], copies: int) -> Groove:
    """Many copies of a groove of one step; each class is hit with its velocity."""
    every = np.tile(velocities, (copies, 1, 1)).astype(np.float32)
    ones = np.ones_like(every)
    return Groove(tf.constant(ones), tf.constant(every), tf.constant(0.5 * ones))


def magenta_dropout(
    velocities: NDArray[np.float32], most: float, copies: int
) -> NDArray[np.int64]:
    """Which notes `GrooveConverter.to_tensors` keeps, drawn as it draws them."""
    rng = np.random.default_rng(1)
    probability = rng.uniform(0.0, most, (copies, 1))
    weights = np.maximum(0.2, 1 - velocities)
    return 1 - rng.binomial(1, weights * probability)


def test_soft_notes_are_dropped_as_often_as_magenta_drops_them() -> None:
    velocities = np.array([0.05, 0.3, 0.6, 0.8, 0.95, 1.0], np.float32)
    ours = drop_notes(groove(velocities, 40_000), 0.8, SEED).hits.numpy()[:, 0]
    theirs = magenta_dropout(velocities, 0.8, 40_000)
    expected = 1 - 0.4 * np.maximum(0.2, 1 - velocities)
    # The standard deviation of each mean is below 0.0025.
    np.testing.assert_allclose(ours.mean(0), expected, atol=0.012)
    np.testing.assert_allclose(theirs.mean(0), expected, atol=0.012)


def test_one_dropout_probability_holds_for_a_whole_example() -> None:
    velocities = np.full(200, 0.2, np.float32)
    ours = 1 - drop_notes(groove(velocities, 5000), 0.8, SEED).hits.numpy()[:, 0].mean(1)
    theirs = 1 - magenta_dropout(velocities, 0.8, 5000).mean(1)
    # The share of dropped notes of an example is uniform from 0 to 0.64, and so
    # spreads far wider than notes dropped one by one would.
    for share in (ours, theirs):
        np.testing.assert_allclose(
            np.quantile(share, [0.25, 0.5, 0.75]), [0.16, 0.32, 0.48], atol=0.02
        )


def test_a_dropped_note_loses_hit_velocity_and_offset_together() -> None:
    left = drop_notes(groove(np.array([0.1, 0.5, 0.9], np.float32), 500), 0.8, SEED)
    gone = left.hits.numpy() == 0
    assert gone.any()
    assert not left.velocities.numpy()[gone].any()
    assert not left.offsets.numpy()[gone].any()
    assert (left.offsets.numpy()[~gone] == 0.5).all()


def test_a_tap_without_any_note_left_is_the_first_classs() -> None:
    # Magenta reads the tapped hit from the notes before dropout, at the loudest
    # class after it: with none left that is class 0.
    played = groove(np.array([0.0] * 4 + [0.7] + [0.0] * 4, np.float32), 4000)
    played = played._replace(hits=tf.cast(played.velocities > 0, tf.float32))
    converter = find("groovae_2bar_tap_fixed_velocity_note_dropout").converter
    hits = transform(played, converter, SEED).hits.numpy()
    assert set(np.unique(hits[:, 0, 3])) == {0.0, 1.0}
    assert not np.delete(hits, 3, axis=2).any()
    kept = transform(played, converter, None).hits.numpy()
    assert (kept[:, 0, 3] == 1).all()


def test_the_dropout_is_new_in_every_epoch_and_repeats_with_the_seed() -> None:
    played = groove(np.full(9, 0.3, np.float32), 64)
    once, again = (drop_notes(played, 0.8, SEED).hits.numpy() for _ in range(2))
    np.testing.assert_array_equal(once, again)
    other = drop_notes(played, 0.8, SEED + 1).hits.numpy()
    assert (once != other).any()


@pytest.mark.parametrize(
    ("config", "velocities", "offsets", "classes"),
    [
        ("groovae_4bar", True, True, range(9)),
        ("groovae_2bar_humanize", False, False, range(9)),
        ("groovae_2bar_tap_fixed_velocity", False, True, [3]),
        ("groovae_2bar_add_closed_hh", True, True, [0, 1, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_what_each_configuration_leaves(
    config: str, velocities: bool, offsets: bool, classes: list[int]
) -> None:
    heard = transform(groove(np.full(9, 0.3, np.float32), 2), find(config).converter, None)
    used = [c for c in range(9) if heard.hits.numpy()[0, 0, c]]
    assert used == list(classes)
    assert bool(heard.velocities.numpy().any()) == velocities
    assert bool(heard.offsets.numpy().any()) == offsets
