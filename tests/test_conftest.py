"""A test that finds no real music is skipped, but not in CI, where nobody would see it."""

from pathlib import Path

import pytest

from tests.conftest import find_real_music


@pytest.mark.parametrize("ci", ["", "true"])
def test_a_skip_for_want_of_music_fails_in_ci(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ci: str
) -> None:
    monkeypatch.setenv("CI", ci)
    shared = tmp_path / "shared"
    with pytest.raises(pytest.skip.Exception):
        find_real_music(shared)
    shared.mkdir()
    with pytest.raises(pytest.fail.Exception if ci else pytest.skip.Exception):
        find_real_music(shared)
    (shared / "data").mkdir()
    assert find_real_music(shared) == shared / "data"
