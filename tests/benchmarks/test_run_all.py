"""The benchmark harness runs, its contestants agree, its results are complete.

Times are not looked at: a test machine is no place for them.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.limit import BLOCK

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the quick benchmark wrote, by question."""
    out = tmp_path_factory.mktemp("benchmarks")
    flags = ["--quick", "--without-beam", f"--out={out}"]
    subprocess.run(
        [sys.executable, "-m", "benchmarks.run_all", *flags], cwd=REPO, check=True, timeout=900
    )
    pictures = {path.name for path in out.glob("*.png")}
    assert pictures == {
        "engines.png",
        "preprocessing-wall.png",
        "preprocessing-cpu.png",
        "loading-rate.png",
        "loading-first.png",
        "training-rate.png",
        "training-time.png",
        "growth.png",
    }
    assert {path.stem for path in out.glob("*.md")} == {
        path.stem for path in out.glob("*.json")
    }
    return {path.stem: json.loads(path.read_text("utf-8")) for path in out.glob("*.json")}


def test_the_engines_agree_on_every_song(results: dict[str, Any]) -> None:
    pairs = results["engines"]["pairs"]
    assert [pair["config"] for pair in pairs] == ["cat-mel_2bar_small", "flat-trio_16bar"]
    assert all(pair["differing"] == [] and pair["examples"] > 0 for pair in pairs)


def test_every_worker_count_writes_the_same_shards(results: dict[str, Any]) -> None:
    rows = results["preprocessing"]["rows"]
    assert rows
    assert {row["agreement"] for row in rows} == {"same shards"}
    assert len({row["examples"] for row in rows}) == 1
    assert all(row["peak_bytes"][0] > 0 and row["cpu"][0] > 0 for row in rows)


def test_every_input_is_read_and_trained_from(results: dict[str, Any]) -> None:
    loaded = results["loading"]["results"]["cat-mel_2bar_small"]
    assert set(loaded) == {"NoteSequence shards, cached", "tensor shards"}
    assert all(answer["rate"] > 0 for answers in loaded.values() for answer in answers)
    trained = results["training"]["results"]["cat-mel_2bar_small"]
    assert set(trained) == {"tensor shards", "one constant batch"}
    assert all(answer["steps"] for answers in trained.values() for answer in answers)
    (in_turn,) = results["limit"]["results"]["cat-mel_2bar_small"]
    assert len(in_turn["steps"]) == 5 * BLOCK


def test_growth_counts_examples_and_the_reducer_writes_each_once(
    results: dict[str, Any],
) -> None:
    sizes = results["growth"]["sizes"]
    assert [size["songs"] for size in sizes] == [6, 24]
    assert sizes[0]["unique"] < sizes[1]["unique"]
    merged = results["million_songs"]["merged"]
    assert [one["examples_per_song"] for one in merged] == [5, 5, 75, 75]
    assert all(0 < one["unique"] <= one["entries"] for one in merged)
    model = results["growth_model"]
    assert [one["songs"] for one in model["extracted"]] == [6, 24]
    walls = [row["wall"] for row in model["model"]]
    assert walls == sorted(walls, reverse=True)


def test_more_workers_write_the_same_shards(results: dict[str, Any]) -> None:
    jobs = results["workers"]["jobs"]
    assert [job["workers"] for job in jobs] == [1, 2]
    assert len({digest for job in jobs for digest in job["digests"]}) == 1
    assert all(job["examples"] > 0 for job in jobs)


def test_results_say_where_they_come_from(results: dict[str, Any]) -> None:
    for result in results.values():
        assert {"date", "command", "commit", "processor", "cpus", "python"} <= set(
            result["machine"]
        )
        assert "--out=/path/benchmarks" in result["machine"]["command"]
