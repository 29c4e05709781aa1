"""What is kept on record: a log, JSON in place of the table, no two outputs in one file."""

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from vaeprep.cli.program import cli
from vaeprep.cli.record_flags import check_apart
from vaeprep.demo.songs import write_songs
from vaeprep.errors import UsageError


def vaeprep(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(one) for one in arguments])


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("songs") / "songs.tfrecord"
    write_songs(path, 4, seed=7)
    return path


def test_two_outputs_in_one_file_are_refused(tmp_path: Path) -> None:
    check_apart({"report": tmp_path / "a", "faults": tmp_path / "b", "html": None})
    with pytest.raises(UsageError, match="are one file") as error:
        check_apart({"report": tmp_path / "a", "log_file": tmp_path / "." / "a"})
    assert "--report and --log-file" in error.value.in_shell


def test_json_is_all_that_stands_on_standard_output(songs: Path, tmp_path: Path) -> None:
    log = tmp_path / "log" / "run.log"
    done = vaeprep(
        "run", "--input", songs, "--output-tfrecord", tmp_path / "x", "--output-shards=1",
        "--workers=1", "--config=cat-mel_2bar_small", "--json", "--log-file", log,
        "--report", tmp_path / "report.html",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    summary = json.loads(done.stdout)
    assert summary == json.loads((tmp_path / "vaeprep-x.json").read_text())
    text = log.read_text()
    for said in ("stage plan", "stage extract", "stage merge", "unique examples", "done"):
        assert said in text


def test_a_log_keeps_what_stood_in_it_and_tells_how_a_command_ended(
    tmp_path: Path,
) -> None:
    log = tmp_path / "log"
    (tmp_path / "bad.mid").write_bytes(b"MThd" + bytes(60))
    for _ in range(2):
        failed = vaeprep("convert", tmp_path / "bad.mid", tmp_path / "x", "--log-file", log)
        assert "nothing was written" in str(failed.exception)
    lines = log.read_text().splitlines()
    assert sum("damaged: " in line and "bad.mid" in line for line in lines) == 2
    assert sum("ended: " in line for line in lines) == 2
    refused = vaeprep("convert", log, "x", "--log-file", tmp_path / "bad.mid")
    assert "is no log" in str(refused.exception)


def test_convert_tells_in_json_what_it_wrote(songs: Path, tmp_path: Path) -> None:
    done = vaeprep("convert", songs, tmp_path / "x", "--json", "--workers=1")
    told: dict[str, Any] = json.loads(done.stdout)
    assert (told["songs"], told["not_converted"]) == (4, [])


def test_inspect_lists_the_songs_that_a_configuration_makes_nothing_of(
    songs: Path, tmp_path: Path
) -> None:
    faults = tmp_path / "faults.jsonl"
    done = vaeprep(
        "inspect", songs, "--config=cat-mel_2bar_small", "--max-total-time=1",
        "--faults", faults, "--json",
    )  # fmt: skip
    assert json.loads(done.stdout)["with_config"]["songs"] == 4
    listed = [json.loads(line) for line in faults.read_text().splitlines()]
    assert [one["kind"] for one in listed] == ["nothing"] * 4


@pytest.mark.parametrize("given", [["songs"], [], ["a.mid", "b.mid"], ["a.mid", "music"]])
def test_convert_without_an_output_says_that_it_is_missing(
    given: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "music").mkdir()
    for name in ("a.mid", "b.mid"):
        (tmp_path / name).write_bytes(b"MThd")
    error = vaeprep("convert", *given, "--overwrite").exception
    assert isinstance(error, UsageError | click.UsageError)
    assert "OUTPUT" in str(error)
    assert "songs.tfrecord" in str(error)
    assert (tmp_path / "b.mid").read_bytes() == b"MThd"


def test_what_was_exported_before_an_error_is_told_in_json(songs: Path, tmp_path: Path) -> None:
    done = vaeprep("export", songs, "--index=1", "--index=99", "--midi", tmp_path, "--json")
    assert isinstance(done.exception, UsageError)
    told = json.loads(done.stdout)
    assert [Path(one["path"]).name for one in told["written"]] == ["song-000001.mid"]
    assert vaeprep("export", songs, "--index=99", "--midi", tmp_path, "--json").stdout == ""


def test_export_says_with_which_seed_it_drew(songs: Path, tmp_path: Path) -> None:
    flags = ["export", songs, "--random=2", "--seed=5", "--overwrite", "--midi", tmp_path]
    assert "--seed 5" in vaeprep(*flags).stdout
    assert json.loads(vaeprep(*flags, "--json").stdout)["seed"] == 5


def test_a_dry_run_tells_in_json_what_it_would_read_and_write(
    songs: Path, tmp_path: Path
) -> None:
    done = vaeprep(
        "run", "--input", songs, "--output-tfrecord", tmp_path / "x", "--output-shards=2",
        "--config=cat-mel_2bar_small", "--json", "--dry-run",
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert told["read"] == [{"path": str(songs), "bytes": songs.stat().st_size}]
    assert told["records"] == 4
    assert [Path(path).name for path in told["write"]] == [
        "x-00000-of-00002",
        "x-00001-of-00002",
        "vaeprep-x.json",
    ]
    assert not list(tmp_path.iterdir())


def test_a_run_without_examples_tells_its_json_and_its_log(songs: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    done = vaeprep(
        "run", "--input", songs, "--output-tfrecord", tmp_path / "x", "--workers=1",
        "--config=cat-mel_2bar_small", "--max-total-time=1", "--json", "--log-file", log,
    )  # fmt: skip
    assert done.exit_code != 0
    assert json.loads(done.stdout)["outcomes"]["gave nothing"] == 4
    assert "ended: no examples were found" in log.read_text()


TABLES = {
    "run": ["--input", "MISSING", "--output-tfrecord", "x", "--config", "cat-mel_2bar_small"],
    "verify": ["MISSING"],
    "configs": ["MISSING"],
    "convert": ["MISSING", "x"],
    "export": ["MISSING", "--random", "1", "--midi", "x"],
    "inspect": ["MISSING"],
    "compare": ["MISSING", "MISSING"],
    "sample": ["--run-dir", "MISSING", "--output-dir", "x"],
    "interpolate": [
        "--run-dir", "MISSING", "--output-dir", "x", "--input-midi-1", "MISSING",
        "--input-midi-2", "MISSING",
    ],
}  # fmt: skip


@pytest.mark.parametrize("command", TABLES)
def test_every_command_with_a_table_knows_json_and_prints_none_of_a_bad_command_line(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = vaeprep(command, *TABLES[command], "--json")
    assert isinstance(done.exception, UsageError), done.output
    assert done.exception.exit_code == 2
    assert done.stdout == ""
    assert not list(tmp_path.iterdir())
