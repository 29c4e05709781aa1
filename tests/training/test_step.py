"""The compiled step is Magenta's step: loss, gradients, variables, checkpoints."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
COMPARED = (
    "categorical ragged",
    "sampled ragged",
    "sampled full",
    "chords ragged",
    "trio ragged",
    "nade ragged",
    "hierarchical full",
    "groove ragged",
    "groove full",
    "performance ragged",
)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("step")
    environment = {k: v for k, v in os.environ.items() if k != "TF_USE_LEGACY_KERAS"}
    environment |= {"CUDA_VISIBLE_DEVICES": "", "TF_USE_LEGACY_KERAS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.step_runs", str(folder)],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=1500,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads((folder / "results.json").read_text("utf-8"))


@pytest.mark.parametrize("name", COMPARED)
def test_loss_gradients_and_one_optimizer_step_are_magentas(results: Any, name: str) -> None:
    found = results["compared"][name]
    assert found["loss"] < 1e-5
    assert max(found["gradients"].values()) < 1e-4, found["gradients"]
    assert max(found["after"].values()) < 1e-4, found["after"]
    assert found["moved"] > 1e-4
    assert min(found["largest"].values()) > 0, "a gradient that is zero compares nothing"


@pytest.mark.parametrize("name", COMPARED)
def test_a_training_loses_what_magentas_loses(results: Any, name: str) -> None:
    found = results["compared"][name]
    losses = zip(found["magenta"], found["compiled"], found["another seed"], strict=True)
    _, *later = losses
    assert len(later) == 3
    for theirs, ours, seeded in later:
        assert abs(ours - theirs) < 1e-4 * theirs
        assert abs(ours - theirs) < abs(seeded - theirs) / 10


def test_all_of_magentas_configurations_can_be_trained(results: Any) -> None:
    reasons = {k: v for k, v in results["why not"].items() if "-" in k or "_" in k}
    assert len(reasons) == 23
    assert not any(reasons.values()), reasons


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ("autoregression", "its segments depend on one another"),
        ("dropout", "it has dropout and scheduled sampling"),
        ("encoder", "its encoder is a LstmEncoder"),
    ],
)
def test_a_model_that_is_not_computed_alike_has_a_reason(
    results: Any, changed: str, reason: str
) -> None:
    assert results["why not"][changed] == reason


def test_such_a_model_is_refused_in_one_line(results: Any) -> None:
    assert results["refused"]["error"] == (
        "step compiled cannot train this model of cat-mel_2bar_small: "
        "it has residual connections; the step magenta can"
    )


def test_its_checkpoint_samples_in_magentas_trained_model(results: Any) -> None:
    assert "error" not in results["trained"]
    assert "model.ckpt-3.index" in results["trained"]["checkpoints"]
    assert results["sampled"] == 2


@pytest.mark.parametrize(
    "decoder", ["categorical", "trio", "hierarchical", "groove", "performance"]
)
def test_its_run_folder_is_sampled_from(results: Any, decoder: str) -> None:
    found = results["pieces"][decoder]
    assert "error" not in found
    assert len(found["files"]) == 2
    assert all(found["notes"]), "a piece has no note"


def test_magentas_step_goes_on_from_its_checkpoint(results: Any) -> None:
    assert "error" not in results["gone on"]
    assert "model.ckpt-5.index" in results["gone on"]["checkpoints"]
