"""The example programs, the notebook and the page about Python do what they say."""

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import vaeprep
from vaeprep.demo.songs import write_songs

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
NOTEBOOK = EXAMPLES / "midi_to_piano_roll.ipynb"
PAGE = ROOT / "docs" / "python.md"


def has(*modules: str) -> bool:
    return all(importlib.util.find_spec(module) for module in modules)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("examples")
    write_songs(path / "songs.tfrecord", 12, 7)
    return path


def run(folder: Path, name: str, *arguments: str) -> str:
    """Runs an example in the folder; what it prints."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def prepared(folder: Path) -> str:
    return run(folder, "prepare.py", "songs.tfrecord", "out/mel.tfrecord")


def test_prepare(folder: Path, prepared: str) -> None:
    assert re.search(r"^12 songs gave [1-9]\d+ different examples$", prepared, re.M)
    assert "problems=[]" in prepared
    assert list((folder / "out").glob("tensors-mel.tfrecord*"))


def test_read_with_numpy(folder: Path, prepared: str) -> None:
    printed = run(folder, "read_numpy.py", "out/tensors-mel.tfrecord*")
    assert "one-hot: (32, 90)" in printed
    assert re.search(r"[1-9]\d* melodies, \d+\.\d notes each", printed)


def test_read_with_pytorch(folder: Path, prepared: str) -> None:
    if not has("torch"):
        pytest.skip("PyTorch is not installed")
    assert "batch: (32, 32)" in run(folder, "read_pytorch.py", "out/tensors-mel.tfrecord*")


def test_train(folder: Path, prepared: str) -> None:
    if not has("tensorflow", "magenta"):
        pytest.skip("TensorFlow or Magenta is not installed")
    printed = run(folder, "train.py", "out/tensors-mel.tfrecord*", "runs/mel", "2")
    assert printed.startswith("step 2, checkpoint runs/mel/train/model.ckpt-2")


def test_summary_in_pandas(folder: Path, prepared: str) -> None:
    if not has("pandas"):
        pytest.skip("pandas is not installed")
    printed = run(folder, "summary_pandas.py", "out/vaeprep-mel.tfrecord.json")
    assert "unique-examples" in printed
    assert "notesequences" in printed
    assert "no bad records" in printed


def test_every_example_is_run_here_and_listed() -> None:
    programs = {path.name for path in EXAMPLES.glob("*.py")}
    assert len(programs) == 5
    tests, page = Path(__file__).read_text("utf-8"), (EXAMPLES / "README.md").read_text("utf-8")
    for name in programs:
        assert f'"{name}"' in tests
        assert f"({name})" in page


def cells() -> list[str]:
    found = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    assert all(cell.get("outputs", []) == [] for cell in found), "commit it without outputs"
    return ["".join(cell["source"]) for cell in found if cell["cell_type"] == "code"]


def shown(cell: str, names: dict[str, Any]) -> Any:
    """Runs a cell; the value of its last line, if that is an expression."""
    tree = ast.parse(cell)
    last = tree.body[-1]
    if isinstance(last, ast.Expr):
        exec(compile(ast.Module(tree.body[:-1], []), "cell", "exec"), names)
        return eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    exec(compile(tree, "cell", "exec"), names)
    return None


def test_the_notebook_goes_from_a_midi_folder_to_a_piano_roll(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has("matplotlib"):
        pytest.skip("matplotlib is not installed")
    monkeypatch.setenv("MPLBACKEND", "agg")
    vaeprep.export(folder / "songs.tfrecord", tmp_path / "my_midi_folder", index=range(4))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    values = [shown(cell, names) for cell in cells()]
    assert [value._repr_html_()[:4] for value in values if hasattr(value, "_repr_html_")] == [
        "<pre",
        "<tab",
    ]
    assert names["summary"].records == 4
    roll = names["roll"]
    assert roll.shape == (128, 32)
    assert roll.sum(axis=0).max() == 1, "a melody sounds one note at a time"
    assert roll.any()
    assert [one.path.name for one in values[-1]] == ["example-000000.mid"]


def blocks() -> Iterator[tuple[str, str]]:
    yield from re.findall(
        r"^```python *([^\n]*)\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S
    )


def test_the_code_on_the_page_runs(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "songs.tfrecord").write_bytes((folder / "songs.tfrecord").read_bytes())
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    done = 0
    for note, code in blocks():
        if note == "not-run" or (note == "needs-tensorflow" and not has("tensorflow")):
            compile(code, "page", "exec")
            continue
        exec(compile(code, str(PAGE), "exec"), names)
        done += 1
    assert done >= 7
    printed = capsys.readouterr().out
    assert printed.strip().splitlines()[-1] in PAGE.read_text("utf-8")


def test_the_page_names_every_function_and_error() -> None:
    page = PAGE.read_text("utf-8")
    for name in vaeprep.__all__:
        found = getattr(vaeprep, name)
        is_error = isinstance(found, type) and issubclass(found, Exception)
        is_function = callable(found) and not isinstance(found, type)
        if (is_error or is_function) and name != "expander":
            assert f"`{name}`" in page or f"`vaeprep.{name}`" in page, name
