"""The benchmark of the start measures processes that work."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks import startup


def test_every_start_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flags = ["--songs", "2", "--repetitions", "1", f"--out={tmp_path}"]
    monkeypatch.setattr(sys, "argv", ["startup", *flags])
    startup.main()
    results = json.loads((tmp_path / "startup.json").read_text("utf-8"))["cpu and wall"]
    assert len(results) == len(startup.IMPORTS) + 4
    assert all(cpu > 0 and wall > 0 for ((cpu, wall),) in results.values())


def test_a_start_that_fails_ends_it(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no_such_module"):
        startup._measure([sys.executable, "-c", "import no_such_module"], tmp_path)
