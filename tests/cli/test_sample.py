"""`vaeprep sample` and `interpolate`: a wrong command is told in one line, at once."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from vaeprep.cli import interpolate, sample
from vaeprep.cli.model_flags import telling
from vaeprep.errors import UsageError
from vaeprep.music.protos import NoteSequence
from vaeprep.training import run_folder
from vaeprep.training.run_folder import RunRecord

MELODY = RunRecord("cat-mel_2bar_small", {})


def fails(command: object, *arguments: object) -> str:
    done = CliRunner().invoke(command, [str(each) for each in arguments])  # type: ignore[arg-type]
    assert isinstance(done.exception, UsageError), done.output
    assert done.exception.exit_code == 2
    return done.exception.in_shell


def test_a_run_folder_without_a_record_needs_a_configuration(tmp_path: Path) -> None:
    message = fails(sample.command, "--run-dir", tmp_path, "--output-dir", tmp_path / "out")
    assert "name it with --config" in message


def test_a_run_folder_without_a_checkpoint_is_told(tmp_path: Path) -> None:
    pytest.importorskip("magenta.contrib.training")
    run_folder.save(tmp_path, MELODY)
    message = fails(sample.command, "--run-dir", tmp_path, "--output-dir", tmp_path / "out")
    assert "there is no checkpoint in" in message


def test_files_are_not_replaced_unasked(tmp_path: Path) -> None:
    run = tmp_path / "mel"
    (tmp_path / "mel-sample-001-of-002.mid").touch()
    message = fails(
        sample.command, "--run-dir", run, "--output-dir", tmp_path, "--num-outputs", 2
    )
    assert message.endswith("mel-sample-001-of-002.mid exists; add --overwrite to replace it")


@pytest.mark.parametrize(
    ("data", "message"),
    [(None, "cannot read"), (b"no music", "cannot be read as MIDI")],
)
def test_ends_that_are_no_midi_are_told(
    tmp_path: Path, data: bytes | None, message: str
) -> None:
    end = tmp_path / "a.mid"
    if data is not None:
        end.write_bytes(data)
    flags = ["--run-dir", tmp_path, "--output-dir", tmp_path / "out"]
    ends = ["--input-midi-1", end, "--input-midi-2", end]
    assert message in fails(interpolate.command, *flags, *ends)
    assert not (tmp_path / "out").exists()


def test_a_way_has_two_ends(tmp_path: Path) -> None:
    flags = ["--run-dir", tmp_path, "--output-dir", tmp_path, "--num-outputs", 1]
    message = fails(interpolate.command, *flags, "--input-midi-1", "a", "--input-midi-2", "b")
    assert "--num-outputs must be at least 2" in message


def test_the_pieces_that_were_written_are_told_as_lines_or_as_json(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    piece = NoteSequence()
    piece.notes.add(pitch=60, velocity=80, end_time=2.5)
    for as_json in (False, True):
        flags = {"as_json": as_json, "seed": 3, "temperature": 0.5}
        with telling(flags) as show:
            show(tmp_path / "a.mid", piece)
        told = capsys.readouterr().out
        if as_json:
            assert json.loads(told) == {
                "seed": 3,
                "temperature": 0.5,
                "written": [{"path": str(tmp_path / "a.mid"), "seconds": 2.5, "notes": 1}],
            }
        else:
            assert told == f"{tmp_path / 'a.mid'}  0:02.5, 1 note\n"
