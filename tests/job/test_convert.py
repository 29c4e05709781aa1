"""`vaeprep convert` writes what Magenta's script writes, in order, whatever is wrong."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vaeprep.cli.convert import LostError
from vaeprep.cli.program import cli
from vaeprep.errors import UsageError
from vaeprep.files.tfrecord import Record, read_records
from vaeprep.inputs.records import BadRecord, SongRecord
from vaeprep.inputs.splits import MusicSplit, Split
from vaeprep.job import convert as module
from vaeprep.music.protos import NoteSequence

SONG = bytes.fromhex(
    "4d546864000000060000000100dc"  # format 0, one track, 220 ticks a quarter
    "4d54726b0000000d" + "00903c50" + "815c803c40" + "00ff2f00"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "tunes"
    for name in ("b.mid", "a.MIDI", "deep/er/c.mid", "notes.txt"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(SONG)
    (root / "broken.mid").write_bytes(SONG[:30])
    return root


def run(inputs: list[str], output: Path) -> module.Converted:
    with ThreadPoolExecutor(2) as executor:
        return module.convert(inputs, output, 2, executor)


def test_a_folder_is_walked_and_written_in_order(folder: Path, tmp_path: Path) -> None:
    done = run([str(folder)], tmp_path / "out.tfrecord")
    assert done.songs == 3
    assert [Path(bad.path).name for bad in done.bad] == ["broken.mid"]
    payloads = [r.payload for r in read_records(tmp_path / "out.tfrecord") if type(r) is Record]
    names = ["a.MIDI", "b.mid", "deep/er/c.mid"]
    songs = [NoteSequence.FromString(payload) for payload in payloads]
    assert [song.filename for song in songs] == names
    assert all(song.id.startswith("/id/midi/tunes/") for song in songs)
    assert all(song.collection_name == "tunes" for song in songs)


def test_files_and_folders_mix_and_a_file_counts_once(folder: Path, tmp_path: Path) -> None:
    inputs = [str(folder / "b.mid"), str(folder), str(folder / "*.MIDI")]
    assert run(inputs, tmp_path / "out.tfrecord").songs == 3


def test_an_output_among_the_inputs_is_refused(folder: Path, tmp_path: Path) -> None:
    first = tmp_path / "out.tfrecord"
    run([str(folder)], first)
    before = first.read_bytes()
    with pytest.raises(UsageError, match="input too"):
        run([str(first)], first)
    assert first.read_bytes() == before


def test_a_folder_without_music_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no music in"):
        run([str(tmp_path)], tmp_path / "out.tfrecord")


def killed_by_the_deadly_file(split: Split, lenient_midi: bool) -> list[SongRecord | BadRecord]:
    """Stands in for read_all: one file takes more memory than there is."""
    assert isinstance(split, MusicSplit)
    if any("deadly" in file.name for file in split.files):
        os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does
    return module.read_all(split, lenient_midi)


def test_a_killed_worker_costs_its_split_alone_which_is_named(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (folder / "c-deadly.mid").write_bytes(SONG)
    output = tmp_path / "out.tfrecord"
    monkeypatch.setattr(module, "read_all", killed_by_the_deadly_file)
    monkeypatch.setattr(module, "_SPLIT_BYTES", 1)  # a split for each file
    arguments = ["convert", str(folder), str(output), "--workers", "2"]
    with pytest.raises(LostError, match="--overwrite and fewer --workers") as raised:
        cli.main(arguments, standalone_mode=False)
    assert raised.value.exit_code == 1
    printed = capsys.readouterr()
    assert f"LOST: {folder / 'c-deadly.mid'}: its worker was killed twice" in printed.err
    assert "3 songs written" in printed.out
    payloads = [r.payload for r in read_records(output) if type(r) is Record]
    names = [NoteSequence.FromString(payload).filename for payload in payloads]
    assert names == ["a.MIDI", "b.mid", "deep/er/c.mid"]
