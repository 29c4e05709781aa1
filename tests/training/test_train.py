"""Real training for a few steps: every kind, all three inputs, resuming, sampling."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vaeprep.errors import UsageError
from vaeprep.training.options import TrainOptions
from vaeprep.training.train import run

REPOSITORY = Path(__file__).parents[2]
LINE = re.compile(
    r"step (?P<step>[\d,]+) of (?P<last>[\d,]+)  loss (?P<loss>[\d.]+)  \S+ steps/s  "
    r"[\d,]+ examples/s  waited for data (?P<waited>[\d.]+)%"
)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("training")
    environment = {k: v for k, v in os.environ.items() if k != "TF_USE_LEGACY_KERAS"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.training_runs", str(folder)],
        cwd=REPOSITORY,
        env={**environment, "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=1500,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads((folder / "results.json").read_text("utf-8"))


@pytest.mark.parametrize(
    "name", ["melody", "drums", "trio", "groove", "chords", "notes", "raw", "on device"]
)
def test_a_few_steps_train_and_leave_a_checkpoint(results: Any, name: str) -> None:
    assert "error" not in results[name], results[name]
    last = LINE.fullmatch(results[name]["lines"][-1])
    assert last is not None, results[name]["lines"]
    assert last["step"] == last["last"] == "3"
    assert float(last["loss"]) > 0
    assert 0 <= float(last["waited"]) <= 100
    assert "model.ckpt-3.index" in results[name]["checkpoints"]


def test_training_goes_on_from_its_checkpoint(results: Any) -> None:
    lines = results["resumed"]["lines"]
    assert lines[0].startswith("step 4 of 5 ")
    assert any(line.startswith("step 5 of 5 ") for line in lines)
    assert "model.ckpt-5.index" in results["resumed"]["checkpoints"]


def test_the_evaluation_shows_metrics(results: Any) -> None:
    for lines in (results["resumed"]["lines"][-1:], results["evaluated"]["lines"]):
        assert len(lines) == 1
        assert re.match(r"evaluation at step 5  .*metrics/accuracy \S+  .*loss \S+", lines[0])


def test_magentas_trained_model_samples_from_the_checkpoint(results: Any) -> None:
    assert results["sampled"] == {"samples": 2, "tempos": [120.0, 120.0]}


def test_fewer_examples_than_a_batch_are_an_error_for_every_input(results: Any) -> None:
    assert re.match(r"there are 40 examples, fewer than .* 5,000; ", results["few"]["error"])
    for name in ("few notes", "few raw"):
        error = results[name]["error"]
        assert re.match(r"there are \d+ examples in the NoteSequences, fewer than", error)


def test_wrong_hyperparameters_are_named(results: Any) -> None:
    assert results["hparams"]["error"].startswith("hparams: ")
    assert "no_such" in results["hparams"]["error"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "say what to train on with examples"),
        ({"mode": "eval"}, "say what to evaluate on"),
        ({"mode": "test"}, "mode=.test.: must be one of train, eval"),
        ({"examples": "nothing*"}, "nothing"),
        ({"examples": "x", "tfds_name": "groove"}, "not both"),
    ],
)
def test_wrong_options_are_told_before_the_slow_imports(
    options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message):
        run(TrainOptions(config="cat-mel_2bar_small", run_dir=tmp_path, **options))


def test_a_wrong_configuration_is_told_before_the_slow_imports(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'cat-mel_2bar_small'"):
        run(TrainOptions(config="cat-mel_2bar_smal", run_dir=tmp_path, tfds_name="groove"))
