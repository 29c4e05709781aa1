"""The cures on the command line: asked for, told, and refused in one line."""

import json
from pathlib import Path

import pytest

from tests.midi.test_lenient import END, NOTES, TEMPO, WRONG, midi
from vaeprep.cli.program import cli
from vaeprep.errors import UsageError

BARS = (NOTES + NOTES) * 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A song in 2/4, one that is refused for a byte, and one with its tempo elsewhere."""
    songs = tmp_path / "songs"
    songs.mkdir()
    two_four = b"\x00\xff\x58\x04\x02\x02\x18\x08"
    (songs / "two_four.mid").write_bytes(midi(TEMPO + two_four + BARS + END))
    (songs / "wrong.mid").write_bytes(WRONG["a controller of 255"])
    (songs / "elsewhere.mid").write_bytes(midi(END, TEMPO + BARS + END))
    return songs


def ran(*arguments: object) -> None:
    cli.main([str(argument) for argument in arguments], standalone_mode=False)


def run_with(folder: Path, *arguments: object) -> dict[str, object]:
    """A run's summary, as JSON."""
    output = folder.parent / "out" / "m"
    usual = ("--config", "cat-mel_2bar_small", "--workers", 1, "--overwrite")
    ran("run", "--input", folder, "--output-tfrecord", output, *usual, *arguments)
    summary: dict[str, object] = json.loads((output.parent / "vaeprep-m.json").read_text())
    return summary


def test_a_run_tells_which_songs_the_cures_changed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without = run_with(folder)
    assert without["departs_from_magenta"] == {}
    assert without["remark_counts"] == {"unread": 1}
    assert "departs from Magenta" not in capsys.readouterr().out
    cured = run_with(folder, "--meter", "4/4", "--lenient-midi", "--merge-tempo-changes")
    assert cured["departs_from_magenta"] == {
        "--meter 4/4": 1,
        "--merge-tempo-changes": 0,
        "--lenient-midi": 2,
    }
    assert cured["records"] == 3
    assert cured["counters"]["extracted-examples"] > without["counters"]["extracted-examples"]  # type: ignore[index]
    printed = capsys.readouterr().out
    assert "departs from Magenta" in printed
    assert "wrong.mid at byte 0): a data byte above 127, read as 127" in printed


def test_the_page_of_a_run_tells_that_it_departs_from_magenta(folder: Path) -> None:
    page = folder.parent / "page.html"
    run_with(folder, "--meter", "4/4", "--report", page)
    told = "The run departs from Magenta: --meter 4/4 (1 song changed)."
    assert told in page.read_text("utf-8")
    run_with(folder, "--report", page)
    assert "departs from Magenta" not in page.read_text("utf-8")


def test_convert_tells_what_it_mended(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = folder.parent / "songs.tfrecord"
    ran("convert", folder, output, "--workers", 1)
    told = capsys.readouterr()
    assert "not converted" in told.err
    assert "unread: " in told.err
    ran("convert", folder, output, "--workers", 1, "--overwrite", "--lenient-midi")
    told = capsys.readouterr()
    assert "3 songs written" in told.out
    assert told.err.count("mended: ") == 2


def test_inspect_tells_what_was_mended_and_what_a_cure_would_change(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--config", "cat-mel_2bar_small", "--meter", "4/4", "--lenient-midi", "--json")
    ran("inspect", folder, *asked)
    told = json.loads(capsys.readouterr().out)
    assert told["remarks"] == {"mended": 2}
    assert told["with_config"]["departs_from_magenta"] == {"--meter 4/4": 1}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--meter", "waltz"), "--meter must be a time signature such as 4/4"),
        (("--meter", ""), "--meter must be a time signature"),
        (("--drum-map", ""), "--drum-map must be gm or a file"),
        (("--drum-map", "no-such-file"), "--drum-map must be gm or a file; cannot read"),
        (("--drum-map", "gm"), "--drum-map gm is for the GrooVAE configurations"),
        (("--unknown-drums", "skip"), "--unknown-drums skip is for the GrooVAE"),
    ],
)
def test_a_cure_that_cannot_be_is_refused_in_one_line(
    folder: Path, arguments: tuple[str, ...], told: str
) -> None:
    with pytest.raises(UsageError) as raised:
        run_with(folder, *arguments)
    assert raised.value.in_shell.startswith(told)
    assert "\n" not in raised.value.in_shell


def test_inspect_without_a_configuration_asks_for_one(folder: Path) -> None:
    with pytest.raises(UsageError, match="add --config"):
        ran("inspect", folder, "--meter", "4/4")
