"""The same input gives the same bytes, whatever it runs on.

`VAEPREP_PYTHONS=/path/to/python3.12:/path/to/python3.13` names other interpreters
(with numpy, protobuf, click, tqdm, google-crc32c and note-seq) to compare with.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.robustness import processes
from tests.robustness.processes import command
from vaeprep.demo.songs import write_songs
from vaeprep.files.tfrecord import Record, read_records, write_records

CONFIG = "hier-multiperf_vel_1bar_med"
PYTHONS = [path for path in os.environ.get("VAEPREP_PYTHONS", "").split(":") if path]
ALL_CONVERTERS = (
    "cat-mel_2bar_big",
    "cat-mel_2bar_med_chords",
    "cat-drums_2bar_small",
    "hierdec-trio_16bar",
    "groovae_4bar",
    "hier-multiperf_vel_1bar_med_chords",
)
CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("songs") / "songs.tfrecord"
    write_songs(path, 40, seed=7)
    return path


@pytest.fixture(scope="module")
def expected(songs: Path) -> dict[str, bytes]:
    one = command(songs, songs.parent / "out" / "x", CONFIG, "--workers", "1")
    done = one.finish()
    assert done.returncode == 0, done.stderr
    return processes.output(one.prefix)


@pytest.mark.parametrize("workers", [2, 3, 8])
def test_any_number_of_workers(
    songs: Path, expected: dict[str, bytes], tmp_path: Path, workers: int
) -> None:
    one = command(songs, tmp_path / "x", CONFIG, "--workers", str(workers))
    assert one.finish().returncode == 0
    assert processes.output(one.prefix) == expected


def test_one_input_file_or_many(
    songs: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    payloads = [record.payload for record in read_records(songs) if isinstance(record, Record)]
    for number in range(8):
        write_records(tmp_path / f"in-{number}", payloads[5 * number : 5 * number + 5])
    one = command(tmp_path / "in-*", tmp_path / "out" / "x", CONFIG)
    assert one.finish().returncode == 0
    assert processes.output(one.prefix) == expected


def test_any_hash_seed_and_locale(
    songs: Path, expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "4242")
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    one = command(songs, tmp_path / "x", CONFIG)
    assert one.finish().returncode == 0
    assert processes.output(one.prefix) == expected


@pytest.mark.skipif(not PYTHONS, reason="VAEPREP_PYTHONS names no other interpreters")
@pytest.mark.parametrize("config", ALL_CONVERTERS)
def test_any_python(songs: Path, tmp_path: Path, config: str) -> None:
    outputs = []
    for number, python in enumerate([sys.executable, *PYTHONS]):
        one = command(songs, tmp_path / str(number) / "x", config)
        done = subprocess.run(
            [python, "-m", "vaeprep", "run", *one.arguments],
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (python, done.stderr)
        outputs.append(processes.output(one.prefix))
    assert all(output == outputs[0] for output in outputs)
    assert outputs[0]
