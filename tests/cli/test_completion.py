"""Tab completes files and names of configurations, in each shell that click knows."""

import pytest
from click.shell_completion import get_completion_class

from vaeprep.cli.program import cli


def completed(shell: str, line: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the shell is told for the last word of a line."""
    words = line.split(" ")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", words[-1] if shell == "fish" else str(len(words) - 1))
    kind = get_completion_class(shell)
    assert kind is not None
    return kind(cli, {}, "vaeprep", "_VAEPREP_COMPLETE").complete()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    "command",
    ["run --config", "train --config", "inspect x --config", "configs", "sample --config"],
)
def test_names_of_configurations(
    shell: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = completed(shell, f"vaeprep {command} cat-mel", monkeypatch)
    assert [name in told for name in ("cat-mel_2bar_small", "flat-mel_16bar")] == [True, False]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    "command",
    [
        "run --input", "run --input-tfrecord", "run --report", "run --output-tfrecord",
        "run --faults", "train --examples", "train --run-dir", "inspect", "export", "verify",
        "convert", "convert x", "inspect x --html",
    ],
)  # fmt: skip
def test_files(shell: str, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = completed(shell, f"vaeprep {command} so", monkeypatch)
    assert told.split("\n")[0].split(",")[0] in ("file", "dir")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_commands_and_flags(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "demo-songs" in completed(shell, "vaeprep de", monkeypatch)
    assert "--eval-fraction" in completed(shell, "vaeprep run --eval-f", monkeypatch)
