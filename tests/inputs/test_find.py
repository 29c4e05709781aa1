"""Names, patterns, lists and folders lead to all music in them; nothing is left out."""

import gzip
import io
import os
import random
import socket
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.inputs.music import MIDI, SCORE, every_kind, zipped
from vaeprep.errors import UsageError
from vaeprep.files.tfrecord import write_records
from vaeprep.inputs.archives import members
from vaeprep.inputs.find import find
from vaeprep.inputs.found import Folder, Found, InputFile, among, changed_files
from vaeprep.inputs.kinds import FileKind


def look(*inputs: object) -> Found:
    return find((), map(str, inputs))


def names(found: Found) -> list[str]:
    return [file.relative for file in found.files]


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    root = tmp_path / "songs"
    for name in ("b.mid", "a/x.mid", "a.mid", "a-b/y.kar", "named.mid/z.MIDI"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(MIDI)
    return root


# --- folders -----------------------------------------------------------------------------


def slow_walk(folder: Path) -> list[Path]:
    """What was read before scores and links were: every MIDI file, sorted by path."""
    return sorted(
        Path(parent, name)
        for parent, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith((".mid", ".midi"))
    )


def make_tree(root: Path, rng: random.Random) -> None:
    endings = (".mid", ".MID", ".midi", ".txt", "", ".mid.mid", " .mid")
    for _ in range(rng.randrange(30)):
        folder = root.joinpath(*(rng.choice("ab.-Zé ") + "x" for _ in range(rng.randrange(4))))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / (rng.choice("ab.-Zé") + "y" + rng.choice(endings))).write_bytes(MIDI[:4] * 0)


@settings(max_examples=50)
@given(st.integers(0, 10**6))
def test_a_folder_of_midi_files_gives_what_a_plain_slow_walk_gives(seed: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        make_tree(Path(name), random.Random(seed))
        expected = slow_walk(Path(name))
        if not expected:
            with pytest.raises(UsageError, match="there is no music in"):
                look(name)
            return
        files = look(name).files
    assert [file.path for file in files] == expected
    assert [file.relative for file in files] == [str(p.relative_to(name)) for p in expected]


def test_a_folder_is_sorted_by_path_and_a_folder_may_be_named_like_a_file(songs: Path) -> None:
    assert names(look(songs)) == ["a/x.mid", "a-b/y.kar", "a.mid", "b.mid", "named.mid/z.MIDI"]


def test_links_to_folders_and_files_are_followed(songs: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "o.mid").write_bytes(MIDI)
    (tmp_path / "one.mid").write_bytes(MIDI)
    (songs / "linked").symlink_to(outside)
    (songs / "a" / "one.mid").symlink_to(tmp_path / "one.mid")
    found = look(songs)
    assert {"linked/o.mid", "a/one.mid"} <= set(names(found))
    assert len(found.files) == 7
    assert not found.notes


def test_each_real_folder_is_read_once_and_loops_are_named(songs: Path) -> None:
    (songs / "a" / "loop").symlink_to(songs)
    (songs / "0-first").symlink_to(songs / "named.mid")
    found = look(songs)
    assert names(found) == names(look(songs))
    assert len(found.files) == 5
    assert sorted(note.split(" is a link to ")[0] for note in found.notes) == [
        str(songs / "0-first"),
        str(songs / "a" / "loop"),
    ]


def test_of_many_links_to_one_folder_some_are_named_and_the_rest_counted(songs: Path) -> None:
    for number in range(30):
        (songs / f"link-{number}").symlink_to(songs / "a")
    notes = look(songs).notes
    assert len(notes) == 11
    assert notes[-1] == "... and 20 more such lines"


def test_a_file_and_a_link_to_it_are_one_song(songs: Path) -> None:
    (songs / "z.mid").symlink_to("b.mid")
    assert names(look(songs)) == names(look(songs, songs / "b.mid", songs / "z.mid"))
    assert len(look(songs).files) == 5


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(songs: Path) -> None:
    (songs / "dangling.mid").symlink_to("nowhere")
    (songs / "dangling-folder").symlink_to("nowhere")
    (songs / "self.mid").symlink_to("self.mid")
    os.mkfifo(songs / "pipe.mid")
    with socket.socket(socket.AF_UNIX) as one:
        before = Path.cwd()
        os.chdir(songs)  # the path of a socket must be short
        try:
            one.bind("socket.mid")
        finally:
            os.chdir(before)
        found = look(songs)
    assert len(found.files) == 5
    reasons = {loss.path.name: loss.reason for loss in found.losses}
    assert reasons.keys() == {
        "dangling.mid", "dangling-folder", "self.mid", "pipe.mid", "socket.mid"
    }  # fmt: skip
    assert "leads nowhere (to nowhere)" in reasons["dangling.mid"]
    assert "a pipe, a socket or a device" in reasons["pipe.mid"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_named(songs: Path) -> None:
    (songs / "a").chmod(0)
    found = look(songs)
    (songs / "a").chmod(0o700)
    assert len(found.files) == 4
    assert "this folder cannot be read" in found.losses[0].reason


def test_music_that_is_not_read_is_counted_by_kind_and_the_rest_is_not(songs: Path) -> None:
    for name in (
        "1.mscz",
        "2.MSCZ",
        "a/3.wav",
        "4.tar.gz",
        "5.txt",
        "6.jpg",
        "README",
        "7.xml",
    ):
        (songs / name).write_bytes(b"<?xml version='1.0'?><!-- <score-partwise> --><project/>")
    found = look(songs)
    assert len(found.files) == 5
    assert found.lines() == ["4 files were not read: .mscz 2, .tar.gz 1, .wav 1"]


def test_a_folder_without_music_says_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.mscz").touch()
    (tmp_path / "b.txt").touch()
    with pytest.raises(UsageError, match=r"1 file was not read: \.mscz 1; .*\.mid, \.midi"):
        look(tmp_path)


def test_an_xml_file_that_may_be_a_score_is_read(tmp_path: Path) -> None:
    for number, text in enumerate(
        [SCORE, SCORE.decode().replace("UTF-8", "UTF-16").encode("utf-16"), SCORE[:30], b""]
    ):
        (tmp_path / f"{number}.xml").write_bytes(text)
    assert len(look(tmp_path).files) == 4


def test_a_folder_of_tfrecords_is_read_as_what_it_is(tmp_path: Path) -> None:
    write_records(tmp_path / "a.tfrecord", [b"one"])
    write_records(tmp_path / "m-00000-of-00001", [b"two"])
    (tmp_path / "z.tfrecord.gz").write_bytes(gzip.compress(b""))
    (tmp_path / "vaeprep-m.json").write_text("{}")
    (tmp_path / "vaeprep-m-songs.jsonl").write_text("{}")
    assert names(look(tmp_path / "*")) == ["a.tfrecord", "m-00000-of-00001", "z.tfrecord.gz"]
    found = look(tmp_path)
    assert names(found) == ["a.tfrecord", "m-00000-of-00001", "z.tfrecord.gz"]
    assert {file.kind for file in found.files} == {FileKind.TFRECORD}
    (tmp_path / "a.mid").write_bytes(MIDI)
    found = look(tmp_path)
    assert names(found) == ["a.mid"]
    assert found.lines() == ["3 files were not read: .tfrecord 3"]


# --- archives ----------------------------------------------------------------------------


def test_the_members_of_a_zip_archive_are_files(tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    path.write_bytes(
        zipped({"b/x.mid": MIDI, "a.kar": MIDI, "in.zip": b"", "t.wav": b"", "r.txt": b"",
                "__MACOSX/._a.kar": b""})
    )  # fmt: skip
    found = look(path)
    assert names(found) == ["set.zip/a.kar", "set.zip/b/x.mid"]
    assert found.lines() == ["2 files were not read: .wav 1, .zip in .zip 1"]
    assert found.files[0].path == path / "a.kar"
    assert not changed_files(found.files)
    assert among(path, found.files)
    os.utime(path, (1, 1))
    assert len(changed_files(found.files)) == 2


def test_an_archive_without_music_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zipped({"a.txt": b"words"}))
    with pytest.raises(UsageError, match=r"there is no music in '.*x\.zip'"):
        look(tmp_path / "x.zip")


def test_an_archive_whose_members_overlap_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    data = bytearray(zipped({f"{n}.mid": MIDI * 50 for n in range(9)}))
    for at in range(len(data) - 4):
        if data[at : at + 4] == b"PK\x01\x02":
            data[at + 20 : at + 24] = (1 << 20).to_bytes(4, "little")  # the packed size
    path.write_bytes(data)
    (loss,) = members(Folder(str(path), "bomb.zip", "x", True), 0)
    assert not isinstance(loss, (InputFile, str))
    assert "overlap" in loss.reason


# --- lists, patterns, commas ----------------------------------------------------------------


@pytest.mark.parametrize("between", ["\n", "\r\n", "\0"])
def test_a_list_names_files_folders_and_patterns(
    between: str, songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [str(songs / "b.mid"), str(songs / "a"), f"{songs}/named.mid/*", "none.mid", ""]
    (tmp_path / "list.txt").write_bytes(between.join(lines).encode())
    found = look(f"@{tmp_path / 'list.txt'}")
    assert names(found) == ["b.mid", "x.mid", "z.MIDI"]
    assert [loss.path for loss in found.losses] == [Path("none.mid")]
    text = io.TextIOWrapper(io.BytesIO((tmp_path / "list.txt").read_bytes()))
    monkeypatch.setattr(sys, "stdin", text)
    assert names(look("-")) == names(found)


def test_a_name_that_begins_with_an_at_sign_is_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "@a.mid").write_bytes(MIDI)
    monkeypatch.chdir(tmp_path)
    assert names(look("@a.mid")) == ["@a.mid"]
    with pytest.raises(UsageError, match=r"cannot read the list 'b\.mid': No such file"):
        look("@b.mid")


def test_commas_part_names_and_may_be_in_them(tmp_path: Path) -> None:
    for name in ("a,1.mid", "b.mid", "c, d, e.mid"):
        (tmp_path / name).write_bytes(MIDI)
    found = look(f"{tmp_path}/a,1.mid,{tmp_path}/b.mid,{tmp_path}/c, d, e.mid")
    assert names(found) == ["a,1.mid", "b.mid", "c, d, e.mid"]
    with pytest.raises(UsageError, match=r"there is no file 'none\.mid'"):
        look(f"{tmp_path}/b.mid,none.mid")


def test_a_pattern_passes_over_what_is_no_music_and_a_name_does_not(songs: Path) -> None:
    (songs / "readme.txt").write_text("hello")
    assert len(look(f"{songs}/*").files) == 5
    assert len(look(songs / "b.mid", songs / "readme.txt").files) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hdfs://node/*.mid", "hdfs:// is not supported"),
        ("https://host/a.mid", "https:// is not supported"),
        ("file:///tmp/a.mid", "write the plain path"),
        ("songs\\a.mid", "write / between folders"),
        ("", "was a variable not set"),
    ],
)
def test_what_is_no_path_is_refused_by_name(text: str, message: str) -> None:
    for tfrecords, inputs in (([text], []), ([], [text])):
        with pytest.raises(UsageError, match=message) as raised:
            find(tfrecords, inputs)
        assert "\n" not in str(raised.value)


def test_a_tilde_is_the_home_folder(songs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(songs.parent))
    assert len(look("~/songs").files) == 5
    assert len(look("~/songs/*.mid").files) == 3


# --- ids ----------------------------------------------------------------------------------


def test_files_that_would_have_one_id_are_told_apart_and_said(
    songs: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "songs"
    other.mkdir(parents=True)
    for name in ("b.mid", "c.mid"):
        (other / name).write_bytes(MIDI)
    found = look(songs, other)
    assert [file.copy for file in found.files] == [1] * 5 + [2, 1]
    assert len(found.notes) == 1
    assert str(other / "b.mid") in found.notes[0]
    assert [file.copy for file in look(songs).files] == [1] * 5


def test_music_behind_input_tfrecord_is_read_as_music(songs: Path) -> None:
    found = find([f"{songs}/?.mid", str(songs / "a-b" / "y.kar")])
    assert [file.kind for file in found.files] == [FileKind.MIDI] * 3


def test_every_kind_is_found(tmp_path: Path) -> None:
    for name, content in every_kind().items():
        (tmp_path / name).write_bytes(content)
    assert len(look(tmp_path).files) == len(every_kind()) + 2
