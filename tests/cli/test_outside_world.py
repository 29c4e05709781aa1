"""Whatever the outside world does to a command, it ends without a traceback.

Closed and full streams, names in another encoding, files where folders are wanted and the other
way round, devices, disks that are full: each of these for each command it can meet.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vaeprep.cli.program import cli
from vaeprep.demo.songs import write_songs

CONFIG = "cat-mel_2bar_small"
ODD = os.fsdecode(b"b\xffd")
RUN = ("run", "--config", CONFIG, "--output-shards", "1", "--workers", "1", "--overwrite")
REFUSED = (1, 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("world")
    write_songs(path / "songs", 2, 7)
    (path / f"{ODD}.tfrecord").write_bytes((path / "songs").read_bytes())
    (path / "empty").mkdir()
    return path


def vaeprep(folder: Path, *arguments: str, redirect: str = "") -> tuple[int, str]:
    """Exit code and standard error of a command in a shell."""
    done = subprocess.run(
        ["bash", "-c", f'"$@" {redirect}', "bash", sys.executable, "-m", "vaeprep", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=100,
        check=False,
    )
    err = done.stderr.decode("utf-8", "replace")
    assert "Traceback" not in err, err
    assert "Exception ignored" not in err, err
    return done.returncode, err


STREAMS = {
    "stdout is closed": (">&-", 0),
    "both are closed": (">&- 2>&-", 0),
    "stdin is closed": ("<&-", 0),
    "stdout is full": (">/dev/full", 1),
    "the reader has gone": ("| true", 0),
    "stderr is full": ("2>/dev/full", 0),
}


@pytest.mark.parametrize("name", list(STREAMS))
def test_every_stream_may_be_closed_or_full(folder: Path, name: str) -> None:
    redirect, expected = STREAMS[name]
    code, err = vaeprep(folder, "inspect", "songs", redirect=redirect)
    assert code == expected, err
    if name == "stdout is full":
        assert err == "Error: what is printed cannot be written: the disk is full\n"


READERS = {
    "inspect": ("inspect", "{}"),
    "inspect --html": ("inspect", "{}", "--html", "page.html"),
    "compare": ("compare", "{}", "songs"),
    "compare with": ("compare", "songs", "{}"),
    "export": ("export", "{}", "--random", "1", "--midi", "midi", "--overwrite"),
    "convert": ("convert", "{}", "converted", "--overwrite", "--workers", "1"),
    "run": (*RUN, "--input", "{}", "--output-tfrecord", "out/x"),
    "run --input-tfrecord": (*RUN, "--input-tfrecord", "{}", "--output-tfrecord", "out/x"),
    "run --report": (*RUN, "--input", "{}", "--output-tfrecord", "out/x", "--report", "r.html"),
    "run --dry-run": (*RUN, "--input", "{}", "--output-tfrecord", "out/x", "--dry-run"),
    "verify": ("verify", "{}"),
    "train": ("train", "--config", CONFIG, "--examples", "{}", "--run-dir", "runs"),
    "sample": ("sample", "--run-dir", "{}", "--output-dir", "midi"),
    "interpolate": ("interpolate", "--run-dir", "{}", "--input-midi-1", "songs",
                    "--input-midi-2", "songs", "--output-dir", "midi"),
}  # fmt: skip
UNREADABLE = ("missing", "empty", "/dev/full", "/proc/self/mem", "", "[", "songs/x", "x" * 5000)
WRITERS = {
    "demo-songs": ("demo-songs", "{}", "--songs", "1"),
    "convert": ("convert", "songs", "{}", "--workers", "1"),
    "export": ("export", "songs", "--random", "1", "--midi", "{}"),
    "inspect --html": ("inspect", "songs", "--html", "{}"),
    "compare --html": ("compare", "songs", "songs", "--html", "{}"),
    "run": (*RUN, "--input", "songs", "--output-tfrecord", "{}"),
    "run --work-dir": (*RUN, "--input", "songs", "--output-tfrecord", "o/x",
                       "--work-dir", "{}"),
    "run --report": (*RUN, "--input", "songs", "--output-tfrecord", "o/x", "--report", "{}"),
    "run --eval-prefix": (*RUN, "--input", "songs", "--output-tfrecord", "o/x",
                          "--eval-fraction", "0.5", "--eval-prefix", "{}"),
}  # fmt: skip
UNWRITABLE = ("songs/x", "/proc/x", "y" * 300)
"""Real devices are not among them: a mistake would replace them where root runs the tests."""


def in_process(
    monkeypatch: pytest.MonkeyPatch, folder: Path, command: tuple[str, ...], value: str
) -> int:
    """Runs `main` with a value in the command's place; its exit code."""
    from vaeprep.cli import program

    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["vaeprep", *(part.format(value) for part in command)])
    monkeypatch.setattr(program, "_mend_streams", lambda: None)  # pytest's own are sound
    monkeypatch.setattr(program.signal, "signal", lambda *_args: None)
    with pytest.raises(SystemExit) as end:
        program.main()
    return int(end.value.code or 0)


@pytest.mark.parametrize("name", [name for name in READERS if name != "run --dry-run"])
@pytest.mark.parametrize("value", UNREADABLE, ids=lambda value: repr(value)[:16])
def test_what_cannot_be_read_gets_one_line(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
) -> None:
    assert in_process(monkeypatch, folder, READERS[name], value) in REFUSED
    err = capsys.readouterr().err
    assert len([line for line in err.splitlines() if line.startswith("Error: ")]) == 1, err


@pytest.mark.parametrize("name", list(WRITERS))
@pytest.mark.parametrize("value", UNWRITABLE, ids=lambda value: repr(value)[:16])
def test_what_cannot_be_written_gets_one_line(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
) -> None:
    assert in_process(monkeypatch, folder, WRITERS[name], value) in REFUSED
    err = capsys.readouterr().err
    assert len([line for line in err.splitlines() if line.startswith("Error: ")]) == 1, err


@pytest.mark.parametrize("name", ["demo-songs", "convert"])
def test_a_pipe_or_device_is_not_replaced(folder: Path, tmp_path: Path, name: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    more = ("--overwrite",) if name == "convert" else ()
    code, err = vaeprep(folder, *(part.format(pipe) for part in WRITERS[name]), *more)
    assert code == 2
    assert "is a folder, a pipe or a device" in err
    assert pipe.is_fifo()


def test_every_command_with_files_is_among_these() -> None:
    tried = {name.split()[0] for name in (*READERS, *WRITERS)}
    assert tried == set(cli.list_commands(None)) - {"configs"}  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["inspect --html", "export", "run --report", "run --dry-run"])
def test_a_name_in_another_encoding_is_read_and_shown(folder: Path, name: str) -> None:
    command = (part.format(f"{ODD}.tfrecord") for part in READERS[name])
    code, err = vaeprep(folder, *command)
    assert code == 0, err
