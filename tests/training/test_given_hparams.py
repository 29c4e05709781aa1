"""Hyperparameters: a wrong name or value is told with what was meant."""

import pytest

from vaeprep.errors import UsageError
from vaeprep.training import given_hparams

HParams = pytest.importorskip("magenta.contrib.training").HParams


def some() -> object:
    return HParams(batch_size=512, enc_rnn_size=[512], learning_rate=0.001, clip_mode="value")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bach_size=8", r"no 'bach_size'; did you mean 'batch_size'\?"),
        ("batch_size=8,enc_rn_size=[4]", "did you mean 'enc_rnn_size'"),
        ("lr=1", "there is no 'lr'; "),
        ("xyzzy=1", "there are batch_size, clip_mode, enc_rnn_size, learning_rate"),
        ("enc_rnn_siz[0]=4", "did you mean 'enc_rnn_size'"),
        ("batch_size=many", "batch_size is now 512"),
        ("batch_size", "write name=value"),
        ("batch_size=[1,2]", "batch_size"),
    ],
)
def test_what_was_meant_is_said(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        given_hparams.parse(some(), text)


def test_a_flag_of_the_values_gives_the_values() -> None:
    wanted = {"batch_size": 8, "enc_rnn_size": [4, 5], "learning_rate": 0.5, "clip_mode": "x"}
    changed = some()
    given_hparams.parse(changed, given_hparams.as_flag(wanted))
    assert changed.values() == wanted  # type: ignore[attr-defined]


def test_stored_values_are_restored_and_unknown_ones_passed_over() -> None:
    changed = some()
    given_hparams.restore(changed, {"batch_size": 8, "gone": 1})
    assert changed.batch_size == 8  # type: ignore[attr-defined]
    assert not hasattr(changed, "gone")


def test_changes_are_those_that_both_know() -> None:
    stored, now = {"a": 1, "b": 2, "old": 3}, {"a": 1, "b": 5, "new": 4}
    assert given_hparams.changes(stored, now) == {"b": (2, 5)}
