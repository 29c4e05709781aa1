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
    assert lines[1].startswith("goes on from ")
    assert lines[2].startswith("step 4 of 5 ")
    assert any(line.startswith("step 5 of 5 ") for line in lines)
    assert "model.ckpt-5.index" in results["resumed"]["checkpoints"]


def test_the_evaluation_shows_metrics(results: Any) -> None:
    for lines in (results["resumed"]["lines"], results["evaluated"]["lines"]):
        assert re.match(r"evaluation at step 5  .*metrics/accuracy \S+  .*loss \S+", lines[-1])


@pytest.mark.parametrize("kind", ["melody", "groove"])
def test_a_model_of_any_size_is_sampled_from_its_run_folder_alone(
    results: Any, kind: str
) -> None:
    found = results[f"sampled {kind}"]
    assert found.get("files") == [f"{kind}-sample-{n:03d}-of-002.mid" for n in range(2)], found
    assert any(found["notes"])
    drums = {is_drum for notes in found["notes"] for _, _, is_drum in notes}
    assert drums == {kind == "groove"}


def test_a_seed_gives_the_same_pieces_again(results: Any) -> None:
    assert results["sampled again"] == results["sampled melody"]
    one, other = results["sampled melody"]["notes"]
    assert one != other


def test_pieces_between_two_are_written(results: Any) -> None:
    found = results["between"]
    assert found.get("files") == [f"melody-interpolation-{n:03d}-of-003.mid" for n in range(3)]
    assert all(found["notes"])


def test_what_cannot_be_sampled_is_said_in_one_line(results: Any) -> None:
    assert re.search(r"exists; add overwrite=True", results["not replaced"]["error"])
    assert "was trained with z_size=4, this is z_size=5" in results["of another size"]["error"]
    assert "plays to chords; name them with chords=" in results["no chords"]["error"]


def test_other_hyperparameters_than_the_run_folders_are_named(results: Any) -> None:
    error = results["other size melody"]["error"]
    assert "was trained with z_size=4, this is z_size=5; add --hparams=z_size=4" in error
    assert "learning_rate" not in error  # it does not decide what fits
    assert "\n" not in error


def test_a_run_folder_of_magentas_that_does_not_fit_names_a_variable(results: Any) -> None:
    error = results["other size by magenta"]["error"]
    assert re.search(r"its \S+ has the shape \[.*\], this one's has another", error)


def test_a_checkpoint_without_optimizer_says_how_to_begin_with_it(results: Any) -> None:
    error = results["stripped"]["error"]
    assert re.search(r"has no variables of the optimizer \(.*--warmup-from .*ckpt-1", error)


def test_a_fine_tuning_begins_with_the_model_and_at_step_0(results: Any) -> None:
    tuned = results["fine-tuned"]
    assert "error" not in tuned, tuned
    assert tuned["first"][:-1] == tuned["source"][:-1]
    assert tuned["first"][-1] == 0
    assert any(line.startswith("begins with the ") for line in tuned["lines"])
    assert tuned["lines"][-1].startswith("step 1 of 1 ")
    resumed = results["fine-tuned on"]["lines"]
    assert any("is not read again" in line for line in resumed)
    assert resumed[-1].startswith("step 2 of 2 ")


def test_a_fine_tuning_of_another_model_leaves_nothing_behind(results: Any) -> None:
    assert "was trained with" in results["misfit"]["error"] or (
        "has the shape" in results["misfit"]["error"]
    )
    assert not results["misfit"]["left"]


def test_the_evaluation_takes_the_hyperparameters_of_the_run(results: Any) -> None:
    assert "error" not in results["evaluated"], results["evaluated"]


def test_fewer_examples_than_a_batch_are_an_error_for_every_input(results: Any) -> None:
    assert re.match(r"there are 40 examples, fewer than .* 5,000; ", results["few"]["error"])
    for name in ("few notes", "few raw"):
        error = results[name]["error"]
        assert re.match(r"there are \d+ examples in the NoteSequences, fewer than", error)


def test_wrong_hyperparameters_are_named(results: Any) -> None:
    assert results["hparams"]["error"].startswith("hparams: there is no 'no_such'; ")


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
