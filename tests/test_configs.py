"""vaeprep's table of configurations is Magenta's, parameter by parameter."""

import json
from dataclasses import fields

import pytest

from vaeprep.configs import CONFIGS, find
from vaeprep.errors import UsageError
from vaeprep.magenta.parameters import NotFast, fast_converter

configs = pytest.importorskip("magenta.models.music_vae.configs")
data = pytest.importorskip("magenta.models.music_vae.data")


def test_the_same_configurations_in_the_same_order() -> None:
    assert list(CONFIGS) == list(configs.CONFIG_MAP)
    assert len(CONFIGS) == 23


@pytest.mark.parametrize("name", list(CONFIGS))
def test_every_parameter_is_magentas(name: str) -> None:
    theirs, ours = configs.CONFIG_MAP[name], CONFIGS[name]
    assert ours.converter == fast_converter(theirs.data_converter)
    assert ours.batch_size == theirs.hparams.batch_size
    assert ours.max_seq_len == theirs.hparams.max_seq_len
    augmenter = theirs.note_sequence_augmenter
    assert ours.transpose_range == (augmenter._transpose_range if augmenter else None)
    if augmenter:
        assert augmenter._stretch_range is None
    assert ours.hparams == theirs.hparams.values()


@pytest.mark.parametrize("name", list(CONFIGS))
def test_what_a_configuration_is_can_be_had_as_data(name: str) -> None:
    config = find(name)
    parameters = config.parameters()
    assert json.loads(json.dumps(parameters)) == parameters
    assert json.loads(json.dumps(config.hparams)) == config.hparams
    assert set(parameters) == {one.name for one in fields(config.converter)}  # type: ignore[arg-type]
    config.hparams["enc_rnn_size"].append(1)
    assert config.hparams["enc_rnn_size"][-1] != 1, "each caller has a dictionary of its own"


def test_a_converter_is_read_as_it_is() -> None:
    for options in (
        {"slice_bars": 4, "gap_bars": 2.5, "min_pitch": 40, "max_pitch": 90},
        {"max_bars": 8, "skip_polyphony": True, "add_end_token": True, "gap_bars": None},
        {"valid_programs": [1, 2], "pad_to_total_time": True, "dedupe_event_lists": False},
        {"quarters_per_bar": 3, "steps_per_quarter": 8, "condition_on_key": True},
    ):
        ours = fast_converter(data.OneHotMelodyConverter(**options))
        for field, value in options.items():
            expected = frozenset(value) if field == "valid_programs" else value
            assert getattr(ours, field) == expected


def test_a_subclass_is_not_taken_for_its_base() -> None:
    class Special(data.OneHotMelodyConverter):  # type: ignore[misc]
        pass

    with pytest.raises(NotFast, match="Special"):
        fast_converter(Special())


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("cat-mel_2bar_smal", "cat-mel_2bar_small"),
        ("cat_mel_2bar_small", "cat-mel_2bar_small"),
        ("hierdec-trio", "hierdec-trio_16bar"),
    ],
)
def test_a_wrong_name_gets_the_nearest(typo: str, meant: str) -> None:
    with pytest.raises(UsageError, match=meant):
        find(typo)


def test_parameters_that_only_magenta_can_make_sense_of_are_left_to_it() -> None:
    with pytest.raises(NotFast, match="no whole number"):
        fast_converter(data.OneHotMelodyConverter(slice_bars=2, quarters_per_bar=4.0))
    with pytest.raises(NotFast, match="gap_bars must not be negative"):
        fast_converter(data.OneHotMelodyConverter(slice_bars=2, gap_bars=-1))
