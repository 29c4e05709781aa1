"""An edited or added entry of the installed CONFIG_MAP is what runs and trainings use."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.magenta import overlay
from tests.tensors import shards
from vaeprep.configs import CONFIGS
from vaeprep.engines.choice import choose_engine
from vaeprep.errors import UsageError
from vaeprep.magenta import definition, parameters, releases
from vaeprep.magenta.definition import find_definition, usable_config

magenta_configs = pytest.importorskip("magenta.models.music_vae.configs")
data = pytest.importorskip("magenta.models.music_vae.data")

MELODY = "cat-mel_2bar_small"
CONFIG_MAP = magenta_configs.CONFIG_MAP


@pytest.fixture
def edited(monkeypatch: pytest.MonkeyPatch) -> Any:
    """CONFIG_MAP as after an edit of configs.py: gives a function that sets an entry."""
    monkeypatch.setattr(definition, "changed_files", lambda: [releases.CONFIGS])
    config_map = dict(CONFIG_MAP)
    monkeypatch.setattr(magenta_configs, "CONFIG_MAP", config_map)

    def set_entry(name: str, converter: Any, **hparams: Any) -> None:
        hparams_of = CONFIG_MAP[MELODY].hparams
        copied = type(hparams_of)(**{**hparams_of.values(), **hparams})
        entry = CONFIG_MAP[MELODY]._replace(data_converter=converter, hparams=copied)
        config_map[name] = entry

    return set_entry


def melody(**options: Any) -> Any:
    return data.OneHotMelodyConverter(
        **{
            "valid_programs": data.MEL_PROGRAMS,
            "max_bars": 100,
            "slice_bars": 2,
            "steps_per_quarter": 4,
            **options,
        }
    )


def test_an_untouched_magenta_leaves_the_table_as_the_truth() -> None:
    for name, config in CONFIGS.items():
        assert find_definition(name) == definition.Definition(config, config.batch_size)


@pytest.mark.parametrize(
    ("options", "notice"),
    [
        ({"slice_bars": 4}, "slice_bars is 4, not 2"),
        ({"gap_bars": None}, "gap_bars is None, not 1"),
        ({"valid_programs": [0]}, r"valid_programs is \[0\], not \[0, 1, 2"),
        ({"min_pitch": 40, "max_pitch": 90}, "min_pitch is 40, not 21, max_pitch is 90, not"),
    ],
)
def test_an_edited_entry_is_used_and_what_differs_is_said(
    edited: Any, options: dict[str, Any], notice: str
) -> None:
    edited(MELODY, melody(**options))
    choice = choose_engine(MELODY, "auto", None)
    assert choice.spec.name == "fast"
    assert choice.spec.converter == parameters.fast_converter(melody(**options))
    assert re.search(f"as the installed Magenta defines it: {notice}", choice.reason)


def test_an_edited_batch_size_is_used(edited: Any) -> None:
    edited(MELODY, melody(), batch_size=64)
    choice = choose_engine(MELODY, "auto", None)
    assert choice.batch_size == 64
    assert "batch_size is 64, not 512" in choice.reason


def test_edited_hyperparameters_are_used(edited: Any) -> None:
    edited(MELODY, melody(), z_size=64)
    found = find_definition(MELODY)
    assert found.config is not None
    assert found.config.hparams["z_size"] == 64
    assert "hparams z_size is 64, not 256" in found.notice


def test_an_edit_of_something_else_says_nothing(edited: Any) -> None:
    edited("other", melody())
    assert choose_engine(MELODY, "auto", None).reason == ""


def test_an_added_entry_just_works(edited: Any) -> None:
    edited("my-mel_4bar", melody(slice_bars=4))
    assert usable_config("my-mel_4bar").converter.slice_bars == 4  # type: ignore[attr-defined]
    assert choose_engine("my-mel_4bar", "auto", None).reason == ""


def test_a_wrong_name_suggests_added_entries_too(edited: Any) -> None:
    edited("my-mel_4bar", melody(slice_bars=4))
    with pytest.raises(UsageError, match="did you mean 'my-mel_4bar'"):
        find_definition("my-mel-4bar")


def test_a_converter_of_another_class_goes_to_magenta(edited: Any) -> None:
    class Mine(data.OneHotMelodyConverter):  # type: ignore[misc]
        pass

    edited(MELODY, Mine(slice_bars=2))
    choice = choose_engine(MELODY, "auto", None)
    assert (choice.spec.name, choice.config) == ("magenta", None)
    assert "Mine" in choice.reason
    with pytest.raises(UsageError, match=r"engine=.fast. cannot run .*Mine"):
        choose_engine(MELODY, "fast", None)
    with pytest.raises(UsageError, match="tensors are not made of cat-mel_2bar_small"):
        usable_config(MELODY)


@pytest.mark.usefixtures("edited")
def test_a_name_that_the_installed_magenta_lacks_is_the_tables() -> None:
    del magenta_configs.CONFIG_MAP["groovae_4bar"]
    found = find_definition("groovae_4bar")
    assert found.config == CONFIGS["groovae_4bar"]
    assert "the installed Magenta has no such" in found.notice


def test_edited_converters_are_left_to_magenta(monkeypatch: pytest.MonkeyPatch) -> None:
    file = "magenta/models/music_vae/data.py"
    for module in (definition, parameters):
        monkeypatch.setattr(module, "changed_files", lambda: [file])
    choice = choose_engine(MELODY, "auto", None)
    assert choice.spec.name == "magenta"
    assert f"the installed {file} is not that of a release" in choice.reason


def test_a_changed_magenta_that_cannot_be_imported_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails() -> None:
        raise UsageError("Magenta cannot be imported (no module named x)")

    monkeypatch.setattr(definition, "changed_files", lambda: [releases.CONFIGS])
    monkeypatch.setattr(definition, "import_magenta", fails)
    with pytest.raises(UsageError, match=r"configs\.py is not that .* cannot be imported"):
        find_definition(MELODY)


RUNS = """
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from vaeprep.demo.songs import write_songs
from vaeprep.errors import UsageError
from vaeprep.job.options import RunOptions
from vaeprep.job.run import run
from vaeprep.training.options import TrainOptions
from vaeprep.training.train import run as train

def examples(config, engine, name, **options):
    asked = RunOptions(("songs.tfrecord",), Path(name), config, 1, engine=engine, **options)
    with ThreadPoolExecutor(1) as executor:
        summary = run(asked, executor)
    shard = Path(f"{name}-00000-of-00001").read_bytes()
    return {"engine": summary.engine, "reason": summary.engine_reason,
            "examples": summary.unique, "bytes": shard.hex()}

write_songs(Path("songs.tfrecord"), 6, seed=7)
found = {
    engine: examples("cat-mel_2bar_small", engine, engine) for engine in ("auto", "magenta")
}
found["added"] = examples("my-mel_4bar", "auto", "added")
try:
    train(TrainOptions("cat-mel_2bar_small", Path("runs"), "old/*.tfrecord-*", log="ERROR"))
except UsageError as error:
    found["train"] = str(error)
Path("found.json").write_text(json.dumps(found))
"""


def test_runs_and_training_follow_an_edited_configs_py(tmp_path: Path) -> None:
    changed = overlay.make(tmp_path / "overlay", added=overlay.FOUR_BARS)
    (tmp_path / "old").mkdir()
    shards.write_tensors(tmp_path / "old", MELODY, most=20)
    overlay.run_python(RUNS, changed, tmp_path)
    found = json.loads((tmp_path / "found.json").read_text("utf-8"))
    assert found["auto"]["engine"] == found["added"]["engine"] == "fast"
    assert found["magenta"]["engine"] == "magenta"
    assert found["auto"]["examples"] > 0
    assert found["auto"]["bytes"] == found["magenta"]["bytes"] == found["added"]["bytes"]
    assert "slice_bars is 4, not 2" in found["auto"]["reason"]
    assert "do not fit cat-mel_2bar_small as it is now: their steps is 32" in found["train"]
