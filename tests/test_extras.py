"""What is not installed is said in one line, with the command that installs it."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import vaeprep
from vaeprep.cli.program import cli
from vaeprep.errors import UsageError
from vaeprep.extras import MissingExtra, needs_extra

HOW = "pip install 'vaeprep[{}]'"
MAGENTA = " && pip install --no-deps magenta==2.1.4"

Hide = Callable[..., None]


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Hide:
    """Hides packages, as if they were not installed."""
    find_spec = importlib.util.find_spec

    def hide(*packages: str) -> None:
        def found(name: str, package: str | None = None) -> Any:
            return None if name in packages else find_spec(name, package)

        for module in ("vaeprep.extras", "vaeprep.magenta.install"):
            monkeypatch.setattr(f"{module}.find_spec", found)

    return hide


def refused(*line: str) -> str:
    result = CliRunner().invoke(cli, line)
    assert isinstance(result.exception, UsageError)
    assert result.exception.exit_code == 2
    message = str(result.exception)
    assert "\n" not in message
    return message


def test_a_package_that_is_there_is_passed_in_silence() -> None:
    needs_extra("train", "numpy", "counting")


def test_a_missing_package_is_an_import_error_with_the_pip_command() -> None:
    with pytest.raises(ImportError) as caught:
        needs_extra("train", "no_such_package", "counting")
    assert isinstance(caught.value, MissingExtra)
    assert str(caught.value) == (
        f"counting needs no_such_package; install it with: {HOW.format('train')}"
    )


def test_training_without_tensorflow_names_the_extra(without: Hide) -> None:
    without("tensorflow")
    message = refused("train", "--config", "cat-mel_2bar_small", "--run-dir", "x")
    assert message == (
        f"vaeprep train needs tensorflow; install it with: {HOW.format('train')}{MAGENTA}"
    )


def test_the_loader_without_tensorflow_names_the_extra(without: Hide) -> None:
    without("tensorflow")
    with pytest.raises(MissingExtra, match="load_dataset needs tensorflow;"):
        vaeprep.load_dataset  # noqa: B018


@pytest.mark.parametrize("config", ["cat-mel_2bar_small", "my_module:MY_CONFIG"])
def test_magentas_engine_without_magenta_names_the_extra(without: Hide, config: str) -> None:
    without("magenta", "tensorflow")
    line = ["run", "--input", __file__, "--output-tfrecord", "x", "--config", config]
    message = refused(*line, *(["--engine", "magenta"] if ":" not in config else []))
    assert message.endswith(
        f" needs magenta and tensorflow; install it with: {HOW.format('magenta')}{MAGENTA}"
    )


@pytest.mark.parametrize(
    "line",
    [
        [
            "run",
            "--input",
            "s3://b/x",
            "--output-tfrecord",
            "x",
            "--config",
            "cat-mel_2bar_small",
        ],
        ["run", "--input", __file__, "--output-tfrecord", "s3://b/x", "--config", "a"],
        ["verify", "s3://b/x"],
        ["inspect", "s3://b/x*"],
        ["export", "s3://b/x", "--random", "1", "--midi", "x"],
    ],
)
def test_object_storage_without_its_packages_names_the_extra(
    without: Hide, line: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    without("s3fs")
    assert refused(*line) == f"s3:// needs s3fs; install it with: {HOW.format('remote')}"
    assert not list(tmp_path.iterdir())
