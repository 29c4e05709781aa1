"""Promises of `vaeprep inspect` as it is typed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from vaeprep.cli.inspect import command
from vaeprep.errors import UsageError


def inspect(*arguments: str | Path) -> Any:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_a_table_is_printed(songs: Path) -> None:
    done = inspect(songs)
    assert done.exit_code == 0, done.output
    assert "24 songs (NoteSequences)" in done.output
    for row in ("length", "notes", "instruments", "tempos", "meters", "pitches", "velocities"):
        assert f"\n  {row}  " in done.output
    assert max(map(len, done.output.splitlines())) < 200


def test_json_is_printed_and_nothing_else(songs: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = inspect(songs, "--json", "--config", "cat-mel_2bar_small", "--html", page)
    value = json.loads(done.stdout)
    assert value["songs"]["count"] == 24
    assert value["with_config"]["counters"]["unique-examples"] > 100
    assert len(value["with_config"]["song_by_song"]) == 24
    assert page.read_text("utf-8").startswith("<!doctype html>")


def test_json_and_table_tell_of_examples(shards: Callable[[str], Path]) -> None:
    pattern = f"{shards('hierdec-trio_16bar')}-0*"
    value = json.loads(inspect(pattern, "--json").stdout)["examples"]
    assert value["count"] == value["different_music"] == value["music"]["notes_each"]["count"]
    assert value["source_songs_per_example"]["histogram"]
    assert set(value["music"]["pitches"]) == {"melody", "bass", "drums", "other"}
    assert "examples of a song" in inspect(pattern).output


def test_magentas_spelling_of_the_filters_works(songs: Path) -> None:
    flags = ["--config=cat-mel_2bar_small", "--max_num_notes=300", "--noenable_filtering"]
    assert "filtered-too-many-notes" in inspect(songs, *flags[:2]).output
    assert "filtered-too-many-notes" not in inspect(songs, *flags).output


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--config", "cat-mel_2bar_smal"], "did you mean"),
        (["--max-num-notes", "0"], "--max-num-notes must be at least 1"),
        (["--html", "."], "directory"),
    ],
)
def test_mistakes_are_told_in_a_line(songs: Path, flags: list[str], message: str) -> None:
    done = inspect(songs, *flags)
    assert done.exit_code != 0
    said = getattr(done.exception, "in_shell", str(done.exception))
    assert message in done.output + said


def test_an_input_is_never_written_over(songs: Path) -> None:
    before = songs.read_bytes()
    done = inspect(songs, "--html", songs)
    assert isinstance(done.exception, UsageError)
    assert songs.read_bytes() == before


def test_terminal_commands_in_names_are_not_printed(write: Callable[..., Path]) -> None:
    from vaeprep.music.protos import NoteSequence

    song = NoteSequence(id="\x1b[2J", filename="\x1b]0;owned\x07", total_time=1)
    song.notes.add(pitch=60, velocity=80, end_time=1.0)
    done = inspect(write("songs", song), "--config", "cat-mel_2bar_small")
    assert done.exit_code == 0
    assert "\x1b" not in done.output
    assert "\x07" not in done.output
