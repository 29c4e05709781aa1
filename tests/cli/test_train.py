"""`vaeprep train`: what the shell makes of the examples' names is understood."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.tensors import shards
from vaeprep.cli import train
from vaeprep.training import train as training
from vaeprep.training.found_examples import find_examples

MELODY = "cat-mel_2bar_small"


def examples_of(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> Any:
    """The `examples` that the command hands on."""
    asked: list[Any] = []
    monkeypatch.setattr(training, "run", lambda options, show: asked.append(options.examples))
    given = ["--config", MELODY, "--run-dir", "run", *map(str, arguments)]
    done = CliRunner().invoke(train.command, given, standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return asked[0]


def test_a_pattern_that_the_shell_expanded_is_all_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pattern = shards.write_tensors(tmp_path, MELODY, most=10)
    files = sorted(tmp_path.glob(f"{MELODY}*"))
    found = examples_of(monkeypatch, "--examples", *files, "--seed", 1)
    assert find_examples(found, MELODY).files == find_examples(pattern, MELODY).files


def test_a_stray_word_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Exception, match="unexpected arguments: stray"):
        examples_of(monkeypatch, "stray")
