"""The pages about tensors and training are true: their code runs, their table is complete."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.tensors import shards
from vaeprep.configs import CONFIGS
from vaeprep.tensors.format import kind_of

DOCS = Path(__file__).parents[2] / "docs"
CODE = re.compile(r"```python\n(.*?)```", re.S)


@pytest.mark.parametrize("page", ["format.md", "training.md"])
def test_the_code_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").mkdir()
    pattern = shards.write_tensors(tmp_path / "out", "cat-mel_2bar_small", most=600)
    for path in (tmp_path / "out").iterdir():
        path.rename(path.with_name(path.name.replace("cat-mel_2bar_small", "mel")))
    assert pattern
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"print": lambda *_: None}
    for code in CODE.findall((DOCS / page).read_text("utf-8")):
        # An endless dataset would be read endlessly.
        exec(code.replace("in dataset:\n    ...", "in dataset.take(2):\n    ..."), namespace)
    assert namespace["vaeprep"]


def test_the_table_names_every_feature() -> None:
    page = (DOCS / "format.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    for config in CONFIGS.values():
        kind = kind_of(config)
        for name, feature in kind.features.items():
            assert any(f"`{name}`" in row and f" {feature.dtype} " in row for row in rows), name


def test_the_table_of_fitting_shards_is_true() -> None:
    layouts: dict[str, set[str]] = {}
    for name, config in CONFIGS.items():
        kind = kind_of(config)
        layouts.setdefault(f"{kind.name} {kind.storage}", set()).add(name)
    assert {frozenset(names) for names in layouts.values()} == {
        frozenset({"cat-mel_2bar_small", "cat-mel_2bar_big"}),
        frozenset({"cat-mel_2bar_med_chords"}),
        frozenset({"cat-drums_2bar_small", "cat-drums_2bar_big", "nade-drums_2bar_reduced"}),
        frozenset({"nade-drums_2bar_full"}),
        frozenset({"flat-trio_16bar", "hierdec-trio_16bar", "hier-trio_16bar"}),
        frozenset({"flat-mel_16bar", "hierdec-mel_16bar", "hier-mel_16bar"}),
        frozenset({"hier-multiperf_vel_1bar_med", "hier-multiperf_vel_1bar_big"}),
        frozenset({"hier-multiperf_vel_1bar_med_chords", "hier-multiperf_vel_1bar_big_chords"}),
        frozenset({"groovae_4bar"}),
        frozenset(name for name in CONFIGS if name.startswith("groovae_2bar")),
    }
