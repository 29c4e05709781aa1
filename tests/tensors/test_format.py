"""The description next to the shards, and the reader that needs nothing else."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.tensors import shards
from vaeprep.configs import CONFIGS, find
from vaeprep.converters.melody.converter import MelodyConverter
from vaeprep.errors import UsageError
from vaeprep.files.names import summary_beside
from vaeprep.tensors import describe, encoder, find_description, read_examples, read_tensors
from vaeprep.tensors.description import check_fits
from vaeprep.tensors.reader import DamagedShardError, files

MELODY = "cat-mel_2bar_small"


@pytest.mark.parametrize("config", CONFIGS)
def test_shards_are_read_with_their_description_alone(config: str, tmp_path: Path) -> None:
    pattern = shards.write_tensors(tmp_path, config, most=20)
    found = find_description(files(pattern))
    examples = list(read_examples(pattern))
    assert len(examples) == len(shards.examples(config, 20))
    for example in examples:
        assert set(example) == {*found["features"], "length", "ids"}
        for name, feature in found["features"].items():
            assert example[name].dtype == (
                "uint8" if feature["dtype"] == "bits" else feature["dtype"]
            )
            assert example[name].ndim == len(feature["shape"])
        assert np.shape(example["length"]) == tuple(found["tensors"]["lengths"]["shape"])
    for tensors in read_tensors(pattern, config):
        for name, array in tensors._asdict().items():
            described = found["tensors"][name]
            assert list(array.shape) == described["shape"]
            assert array.dtype == described["dtype"]


def test_source_ids_come_with_the_examples(tmp_path: Path) -> None:
    pattern = shards.write_tensors(tmp_path, MELODY, most=30)
    wanted = sorted(ids for _, ids in shards.examples(MELODY, 30))
    assert sorted(tuple(example["ids"]) for example in read_examples(pattern)) == wanted


def test_gzip_shards_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    plain = read_examples(shards.write_tensors(tmp_path / "a", MELODY, 20))
    zipped = read_examples(shards.write_tensors(tmp_path / "b", MELODY, 20, zipped=True))
    for one, other in zip(plain, zipped, strict=True):
        assert one["melody"].tobytes() == other["melody"].tobytes()


def test_descriptions_are_json(tmp_path: Path) -> None:
    for config in CONFIGS.values():
        described = describe(config)
        assert json.loads(json.dumps(described)) == described


def test_encoding_is_deterministic() -> None:
    for name in CONFIGS:
        example = shards.examples(name, 1)[0][0]
        assert encoder(find(name))(example) == encoder(find(name))(example)


def test_shards_of_an_equal_layout_fit(tmp_path: Path) -> None:
    pattern = shards.write_tensors(tmp_path, "groovae_2bar_humanize", most=5)
    tapped = list(read_tensors(pattern, "groovae_2bar_tap_fixed_velocity"))
    assert len(tapped) == 5
    one_hot = shards.write_tensors(tmp_path, "cat-drums_2bar_small", most=5)
    assert next(read_tensors(one_hot, "nade-drums_2bar_reduced")).outputs.shape == (32, 9)


@pytest.mark.parametrize(
    ("config", "difference"),
    [
        ("cat-drums_2bar_small", "their kind is 'melody', wanted is 'drums'"),
        ("flat-mel_16bar", "their steps is 32, wanted is 256"),
        ("cat-mel_2bar_med_chords", "their chord_classes is 0, wanted is 49"),
    ],
)
def test_shards_that_do_not_fit_are_refused(config: str, difference: str) -> None:
    with pytest.raises(UsageError, match=f"made for {MELODY} .* do not fit {config}") as error:
        check_fits(describe(find(MELODY)), find(config))
    assert difference in str(error.value)


def test_a_missing_description_is_named(tmp_path: Path) -> None:
    pattern = shards.write_tensors(tmp_path, MELODY, most=5)
    path = summary_beside(files(pattern)[0])
    path.unlink()
    with pytest.raises(UsageError, match=f"description .*{path.name} .* is missing"):
        list(read_examples(pattern))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ("{}", "does not describe tensor shards"),
        ('{"tensors": null}', "does not describe tensor shards"),
        ('{"tensors": {"format": "vaeprep-tensors", "version": 99}}', "version 99"),
    ],
)
def test_bad_descriptions_are_refused(tmp_path: Path, text: str, message: str) -> None:
    pattern = shards.write_tensors(tmp_path, MELODY, most=5)
    summary_beside(files(pattern)[0]).write_text(text, "utf-8")
    with pytest.raises(UsageError, match=message):
        list(read_examples(pattern))


def test_shards_of_different_kinds_are_not_read_together(tmp_path: Path) -> None:
    patterns = [shards.write_tensors(tmp_path, name, 5) for name in (MELODY, "flat-mel_16bar")]
    with pytest.raises(UsageError, match="of different kinds"):
        list(read_examples(",".join(patterns)))


def test_damage_is_named(tmp_path: Path) -> None:
    pattern = shards.write_tensors(tmp_path, MELODY, most=5)
    path = files(pattern)[0]
    data = bytearray(path.read_bytes())
    data[20] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedShardError, match="at byte 0: wrong checksum"):
        list(read_examples(pattern))


def test_nothing_matching_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        list(read_examples(f"{tmp_path}/none*"))


def test_what_the_format_cannot_hold_is_refused() -> None:
    import dataclasses

    config = dataclasses.replace(find(MELODY), converter=MelodyConverter())
    with pytest.raises(UsageError, match="melodies of one length"):
        encoder(config)
