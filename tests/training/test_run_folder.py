"""A run folder says what its model is, and which checkpoint is the latest."""

from pathlib import Path

import pytest

from tests.tensors import shards
from vaeprep.errors import UsageError
from vaeprep.training import run_folder
from vaeprep.training.options import TrainOptions
from vaeprep.training.run_folder import RunRecord, latest_checkpoint
from vaeprep.training.train import run


def checkpoint(folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "checkpoint").write_text(
        f'model_checkpoint_path: "{name}"\nall_model_checkpoint_paths: "{name}"\n', "utf-8"
    )


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = RunRecord("a", {"z_size": 4, "enc_rnn_size": [8]}, {"files": 3}, {"vaeprep": "1"})
    run_folder.save(tmp_path / "new" / "run", record)
    assert run_folder.load(tmp_path / "new" / "run") == record


def test_a_folder_without_a_record_is_magentas(tmp_path: Path) -> None:
    assert run_folder.load(tmp_path) is None
    assert run_folder.load(tmp_path / "nowhere") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"config": "a"}', "null"])
def test_a_damaged_record_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / run_folder.NAME).write_text(text, "utf-8")
    with pytest.raises(UsageError, match="cannot be read"):
        run_folder.load(tmp_path)


def test_a_record_of_a_later_version_is_read_as_far_as_it_is_known(tmp_path: Path) -> None:
    text = '{"config": "a", "hparams": {}, "new": 1}'
    (tmp_path / run_folder.NAME).write_text(text, "utf-8")
    assert run_folder.load(tmp_path) == RunRecord("a", {})


def test_the_latest_checkpoint_is_the_one_that_is_named_and_there(tmp_path: Path) -> None:
    assert latest_checkpoint(tmp_path) is None
    checkpoint(tmp_path, "model.ckpt-7")
    assert latest_checkpoint(tmp_path) is None
    (tmp_path / "model.ckpt-7.index").touch()
    assert latest_checkpoint(tmp_path) == tmp_path / "model.ckpt-7"
    checkpoint(tmp_path / "moved", str(tmp_path / "model.ckpt-7"))
    assert latest_checkpoint(tmp_path / "moved") == tmp_path / "model.ckpt-7"


def test_an_evaluation_without_checkpoint_ends_at_once_and_makes_nothing(
    tmp_path: Path,
) -> None:
    pattern = shards.write_tensors(tmp_path, "cat-mel_2bar_small", most=10)
    options = TrainOptions(
        "cat-mel_2bar_small",
        tmp_path / "run",
        eval_examples=pattern,
        mode="eval",
        eval_once=True,
    )
    with pytest.raises(UsageError, match=r"there is no checkpoint in .*train"):
        run(options)
    assert not (tmp_path / "run").exists()
