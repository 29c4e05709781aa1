"""Progress bars show numbers that can be read, and move while one task takes long."""

import time

import pytest

from vaeprep import progress


@pytest.mark.parametrize(
    ("total", "shown"), [(2_500_000, "2.50M/2.50M"), (24, "24/24 "), (None, "500k ")]
)
def test_large_numbers_are_scaled_and_small_ones_whole(
    total: int | None, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress.tqdm_progress("reading", total, "records") as advance:
        time.sleep(0.12)
        advance(total or 500_000)
    assert shown in capsys.readouterr().err


def test_a_bar_moves_without_any_progress(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_SECONDS", 0.01)
    with progress.tqdm_progress("reading", 10, "records"):
        time.sleep(0.3)
    assert capsys.readouterr().err.count("reading:") > 4
