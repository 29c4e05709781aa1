"""What is typed wrong gets one line that says what to do next."""

import json
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from click.testing import CliRunner, Result

from vaeprep.cli.program import cli
from vaeprep.demo.songs import write_songs
from vaeprep.errors import UsageError, VaeprepError
from vaeprep.job.options import RunOptions
from vaeprep.job.run import run

MELODY = "cat-mel_2bar_small"


def vaeprep(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(one) for one in arguments])


def told(*arguments: object) -> str:
    error = vaeprep(*arguments).exception
    assert isinstance(error, VaeprepError), error
    return error.in_shell


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Songs and the shards of a run with two outputs."""
    path = tmp_path_factory.mktemp("messages")
    write_songs(path / "songs", 4, seed=7)
    options = RunOptions(
        (str(path / "songs"),), path / "out" / "m", MELODY, output_shards=2, format="both"
    )
    run(options)
    return path


def config_told(folder: Path, config: str) -> str:
    return told(
        "run",
        "--input",
        folder / "songs",
        "--output-tfrecord",
        folder / "x",
        "--config",
        config,
    )


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("", "was a variable not set"),
        ("melody", "there are cat-mel_2bar_small, cat-mel_2bar_big"),
        ("drums", "there are cat-drums_2bar_small"),
        ("humanize", "did you mean 'groovae_2bar_humanize'"),
        ("CAT_MEL_2BAR_SMALL", "did you mean 'cat-mel_2bar_small'"),
        ("cat-mel_2bar_smal", "cat-mel_2bar_small"),
        ("xyzzy", "'vaeprep configs' lists all 23"),
        (":X", "write --config MODULE:NAME"),
        ("module:", "write --config MODULE:NAME"),
        ("module.py:X", "write --config module:X"),
        ("some/module.py:X", "run vaeprep in the folder some and write --config module:X"),
    ],
)
def test_a_configuration_that_does_not_exist(folder: Path, config: str, words: str) -> None:
    if ":" in config:
        pytest.importorskip("magenta")
        pytest.importorskip("tensorflow")
    assert words in config_told(folder, config)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a = 1\n\n1 / 0\n", "line 3: ZeroDivisionError: division by zero"),
        ("import nothing_like_it\n", "line 1: ModuleNotFoundError"),
        ("def f(:\n", "line 1: SyntaxError"),
        ("import json\njson.loads('x')\n", "line 2: JSONDecodeError"),
        ("raise SystemExit(3)\n", "line 1: SystemExit"),
        ("X = 3\n", "not a Magenta Config; it has no Config at all"),
    ],
)
def test_a_module_with_a_fault_is_told_with_file_and_line(
    text: str, words: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("magenta")
    pytest.importorskip("tensorflow")
    name = f"faulty_{crc32(text.encode())}"
    (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert words in config_told(folder, f"{name}:X")


@pytest.mark.parametrize("option", ["--output-tfrecord", "--report", "--faults", "--work-dir"])
def test_an_empty_path_hints_at_an_unset_variable(folder: Path, option: str) -> None:
    given = {"--output-tfrecord": str(folder / "x"), option: ""}
    flags = [f"{name}={value}" for name, value in given.items()]
    words = told("run", "--input", folder / "songs", "--config", MELODY, *flags)
    assert f"{option} is empty; was a variable not set?" in words


@pytest.mark.parametrize(
    "given",
    [
        ["m"], ["tensors-m"], ["m-00000-of-00002"], ["m-*"], ["m", "tensors-m"], ["."],
        ["m-00000-of-00002", "m-00001-of-00002"], ["vaeprep-m.json"], ["*"],
    ],
)  # fmt: skip
def test_verify_takes_whatever_names_a_run(folder: Path, given: list[str]) -> None:
    done = vaeprep("verify", *[folder / "out" / one for one in given], "--json")
    verdicts: list[dict[str, Any]] = json.loads(done.stdout)
    assert [(one["shards"], one["problems"]) for one in verdicts] == [(4, [])]


def test_verify_of_a_wrong_prefix_names_the_right_ones(folder: Path) -> None:
    assert "finished there: m, tensors-m" in told("verify", folder / "out" / "n")


def test_copies_of_a_run_are_each_verified(folder: Path, tmp_path: Path) -> None:
    for path in (folder / "out").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "m-00001-of-00002").write_bytes(b"")
    assert "problem" in told("verify", folder / "out" / "m", tmp_path / "m")


@pytest.mark.parametrize("name", ["m", "tensors-m", "m-00000-of-00002"])
def test_examples_are_no_songs(folder: Path, name: str) -> None:
    words = told(
        "run", "--input", folder / "out" / name, "--output-tfrecord", folder / "x",
        "--config", "cat-drums_2bar_small",
    )  # fmt: skip
    assert f"these are already examples of {MELODY}" in words
    assert not list(folder.glob("x*"))


@pytest.mark.parametrize("output", ["x*", "x-00000-of-00004", "x-?????-of-00004"])
def test_an_output_is_the_beginning_of_names(folder: Path, output: str) -> None:
    words = told(
        "run", "--input", folder / "songs", "--config", MELODY,
        "--output-tfrecord", folder / output,
    )  # fmt: skip
    assert f"only how the names begin, e.g. '{folder / 'x'}" in words


def test_export_tells_its_seed_and_json(folder: Path, tmp_path: Path) -> None:
    given = ["export", folder / "out" / "m", "--random=2", "--seed=5", "--midi", tmp_path]
    assert "--seed 5" in vaeprep(*given).stdout
    value = json.loads(vaeprep(*given, "--overwrite", "--json").stdout)
    assert value["seed"] == 5
    assert [Path(one["path"]).exists() for one in value["written"]] == [True, True]


def test_a_resume_conflict_shows_the_earlier_command(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    options = RunOptions((str(folder / "songs"),), tmp_path / "x", MELODY)
    with monkeypatch.context() as patched:
        patched.setattr("vaeprep.job.run.merge_spills", stop)
        with pytest.raises(KeyboardInterrupt):
            run(options, command="vaeprep run --config cat-mel_2bar_small 'and so on'")
    other = RunOptions((str(folder / "songs"),), tmp_path / "x", "cat-mel_2bar_big")
    with pytest.raises(UsageError, match=r"The earlier command: vaeprep run .* 'and so on'"):
        run(other)
