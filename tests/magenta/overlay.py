"""A changed copy of the installed Magenta, put before it on the path."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
CONFIGS = "models/music_vae/configs.py"
DATA = "models/music_vae/data.py"

FOUR_BARS = """
CONFIG_MAP['my-mel_4bar'] = CONFIG_MAP['cat-mel_2bar_small']._replace(
    data_converter=data.OneHotMelodyConverter(
        valid_programs=data.MEL_PROGRAMS, skip_polyphony=False, max_bars=100, slice_bars=4,
        steps_per_quarter=4))
CONFIG_MAP['cat-mel_2bar_small'] = CONFIG_MAP['my-mel_4bar']
"""


def installed_magenta() -> Path:
    """Where Magenta stands; the test is skipped without it."""
    spec = importlib.util.find_spec("magenta")
    if spec is None or spec.origin is None:
        pytest.skip("Magenta is not installed")
    return Path(spec.origin).parent


def make(folder: Path, *, added: str = "", replaced: tuple[str, str] | None = None) -> Path:
    """Copies Magenta's MusicVAE into a folder.

    Args:
        folder: Where the copy `magenta` shall stand.
        added: Python code at the end of its configs.py.
        replaced: A text in its data.py, and what stands there instead.

    Returns:
        The folder, for PYTHONPATH.
    """
    copy = folder / "magenta"
    other_models = {"music_vae", "shared", "__init__.py"}

    def left_out(path: str, names: list[str]) -> list[str]:
        unused = ["__pycache__"]
        if Path(path).name == "models":
            unused += [name for name in names if name not in other_models]
        return unused

    shutil.copytree(installed_magenta(), copy, ignore=left_out)
    configs, data = copy / CONFIGS, copy / DATA
    configs.write_text(configs.read_text("utf-8") + added, "utf-8")
    if replaced is not None:
        text = data.read_text("utf-8")
        assert replaced[0] in text
        data.write_text(text.replace(*replaced), "utf-8")
    return folder


def run_python(code: str, overlay: Path, cwd: Path) -> str:
    """Runs code with the changed Magenta; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(overlay), str(REPOSITORY)]),
            "TF_USE_LEGACY_KERAS": "1",
            "CUDA_VISIBLE_DEVICES": "",
        },
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
