"""A summary says when, with what and from what a run was made."""

import json
import sys
from pathlib import Path

import google_crc32c
import numpy as np
import pytest

from vaeprep.demo.songs import write_songs
from vaeprep.inputs.find import find_files
from vaeprep.job import provenance
from vaeprep.job.options import RunOptions
from vaeprep.job.provenance import input_list, versions
from vaeprep.job.run import run


def test_the_summary_tells_date_command_versions_and_inputs(tmp_path: Path) -> None:
    songs = tmp_path / "songs"
    write_songs(songs, 3, seed=7)
    options = RunOptions((str(songs),), tmp_path / "x", "cat-mel_2bar_small", output_shards=1)
    run(options, command="vaeprep run --config cat-mel_2bar_small")
    summary = json.loads((tmp_path / "vaeprep-x.json").read_text())
    assert summary["date"].endswith("+00:00")
    assert summary["command"] == "vaeprep run --config cat-mel_2bar_small"
    assert summary["folder"] == str(Path.cwd())
    assert summary["versions"]["numpy"] == np.__version__
    (file,) = summary["input_files"]["files"]
    assert (file["path"], file["bytes"]) == (str(songs), songs.stat().st_size)
    head = songs.read_bytes()[: provenance.HEAD_BYTES]
    assert file["crc32c_64k"] == f"{google_crc32c.value(head):08x}"


def test_other_bytes_other_sizes_and_other_names_show(tmp_path: Path) -> None:
    def listed(name: str, data: bytes) -> tuple[object, object]:
        path = tmp_path / name
        path.write_bytes(data)
        found = input_list(find_files([str(path)]))
        return found["sha256"], found["files"][0]["crc32c_64k"]

    first = listed("a", b"one")
    assert listed("a", b"one") == first
    assert listed("a", b"two")[1] != first[1]
    assert listed("a", b"three")[0] != first[0]
    assert listed("b", b"one")[0] != first[0]


def test_of_very_many_files_none_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provenance, "MOST_LISTED", 3)
    for number in range(4):
        (tmp_path / f"{number}.mid").write_bytes(b"MThd")
    files = find_files((), [str(tmp_path)])
    monkeypatch.setattr(provenance, "_checksum", None)
    found = input_list(files)
    assert (found["count"], found["bytes"]) == (4, 16)
    assert "files" not in found


def test_magentas_own_packages_count_where_magenta_converts() -> None:
    assert versions("fast")["python"] == sys.version.split()[0]
    assert set(versions("fast")) <= set(versions("magenta"))
