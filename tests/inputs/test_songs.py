"""Songs made from files have the bytes, ids and names that Magenta's script gives them."""

import gzip
import hashlib
import warnings
from pathlib import Path
from typing import Any

import pytest

from tests.inputs.music import MIDI, SCORE, TUNE, TUNEBOOK, every_kind, riff, zipped
from vaeprep.inputs.find import find_files
from vaeprep.inputs.records import BadRecord, SongRecord, read_file
from vaeprep.music.protos import NoteSequence


def read(path: Path) -> list[SongRecord | BadRecord]:
    return [record for file in find_files((), [str(path)]) for record in read_file(file)]


def songs_of(path: Path) -> list[Any]:
    records = read(path)
    assert all(isinstance(record, SongRecord) for record in records), records
    return [NoteSequence.FromString(record.payload) for record in records]  # type: ignore[union-attr]


def _magenta(root: Path, path: Path) -> bytes | None:
    """What Magenta's script writes for a file, None where it writes nothing."""
    from magenta.scripts import convert_dir_to_note_sequences as script

    folder = path.relative_to(root).parent
    convert = script.convert_midi if "mid" in path.suffix.lower() else script.convert_musicxml
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sequence: Any = convert(str(root), "" if folder == Path() else str(folder), str(path))
    return None if sequence is None else bytes(sequence.SerializeToString())


def _ours(root: Path) -> dict[Path, bytes | None]:
    """What is read of each file of a folder, None where that is a fault."""
    found: dict[Path, bytes | None] = {}
    for file in find_files((), [str(root)]):
        for record in read_file(file):
            found[file.path] = record.payload if isinstance(record, SongRecord) else None
    return found


@pytest.mark.parametrize("name", ["openmsx", "pop909", "nottingham", "scores"])
def test_real_music_is_converted_as_by_magenta(name: str, shared_data: Path) -> None:
    ours = {
        path: song for path, song in _ours(shared_data / name).items() if path.suffix != ".abc"
    }
    assert len(ours) > 25
    for path, song in ours.items():
        assert song == _magenta(shared_data / name, path), path


def test_ids_and_names_are_those_of_magenta(tmp_path: Path) -> None:
    root = tmp_path / "my songs"
    for name in ("a.mid", "deep/er/b.MID", "ünï/日本 .midi", "x.mid.mid", "s.xml", "ö/s.xml"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(SCORE if "xml" in name else MIDI)
    ours = _ours(root)
    assert len(ours) == 6
    for path, song in ours.items():
        assert song == _magenta(root, path)


@pytest.mark.parametrize(
    "way", [".", "songs", "songs/", "./songs", "songs/.", "link", "songs/.."]
)
def test_a_folder_gives_the_collection_that_magenta_takes_from_its_name(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "songs").mkdir()
    (tmp_path / "songs" / "a.mid").write_bytes(MIDI)
    (tmp_path / "link").symlink_to("songs")
    monkeypatch.chdir(tmp_path / "songs" if way == "." else tmp_path)
    (record,) = [record for file in find_files((), [way]) for record in read_file(file)]
    assert isinstance(record, SongRecord)
    song = NoteSequence.FromString(record.payload)
    # A slash at the end, which shells add, is no part of the name.
    assert song.collection_name == Path(way.rstrip("/")).name or way[-1] == "."
    assert song.collection_name == way.rstrip("/").rpartition("/")[2]
    digest = hashlib.sha1(song.filename.encode()).hexdigest()
    assert song.id == f"/id/midi/{song.collection_name}/{digest}"


def test_every_kind_of_music_is_read(tmp_path: Path) -> None:
    for name, content in every_kind().items():
        (tmp_path / name).write_bytes(content)
    songs = songs_of(tmp_path)
    assert [song.filename for song in songs] == sorted(
        [name for name in every_kind() if name != "l.zip"]
        + ["l.zip/u.abc", "l.zip/x/y.mid", "l.zip/z.mxl"]
    )
    assert len({song.id for song in songs}) == len(songs)
    assert all(len(song.notes) in (1, 8) for song in songs)
    kinds = [song.id.split("/")[2] for song in songs]
    assert (kinds.count("midi"), kinds.count("musicxml"), kinds.count("abc")) == (7, 6, 2)


def test_a_file_is_read_as_what_it_is_whatever_its_ending(tmp_path: Path) -> None:
    for name, content in {
        "riff.mid": riff(MIDI),
        "packed.mid": gzip.compress(MIDI),
        "plain.mxl": SCORE,
        "midi": MIDI,
        "midi.bin": MIDI,
        "archive": zipped({"a.mid": MIDI}),
    }.items():
        (tmp_path / name).write_bytes(content)
        assert len(songs_of(tmp_path / name)) == 1, name


def test_each_tune_of_a_book_is_a_song_with_an_id_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "book.abc"
    path.write_bytes(TUNEBOOK)
    first, bad, last = read(path)
    assert isinstance(bad, BadRecord)
    assert "X:2" in bad.reason
    assert "MultiVoice" in bad.reason
    for record, number in ((first, 1), (last, 7)):
        assert isinstance(record, SongRecord)
        song = NoteSequence.FromString(record.payload)
        assert song.reference_number == number
        digest = hashlib.sha1(f"book.abc_{number}".encode()).hexdigest()
        assert song.id == f"/id/abc/{tmp_path.name}/{digest}"
        assert song.filename == "book.abc"
        assert TUNEBOOK[record.offset :].startswith(f"X:{number}".encode())


def test_two_tunes_of_one_number_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "book.abc"
    path.write_bytes(TUNE + b"\n" + TUNE.replace(b"One", b"Other"))
    first, second = songs_of(path)
    assert second.id == f"{first.id}-2"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("broken.mid", MIDI[:30], "the file ends in the middle of a track"),
        ("empty.mid", b"", "too short"),
        ("broken.xml", SCORE[:200], "ParseError|no element|unclosed"),
        ("broken.mxl", b"PK\x03\x04 and nothing", "zip"),
        ("broken.mid.gz", gzip.compress(MIDI, mtime=0)[:30], "the gzip stream is damaged"),
        ("broken.zip", zipped({"a.mid": MIDI})[:60], "this zip archive cannot be read"),
        ("broken.rmi", b"RIFF\x04\0\0\0RMID", "without MIDI in it"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_reason(
    name: str, content: bytes, reason: str, tmp_path: Path
) -> None:
    from vaeprep.inputs.find import find

    (tmp_path / name).write_bytes(content)
    (tmp_path / "good.mid").write_bytes(MIDI)
    found = find((), [str(tmp_path)])
    records = [record for file in found.files for record in read_file(file)]
    bad = [r for r in records if isinstance(r, BadRecord)] + list(found.losses)
    assert len(bad) == 1
    assert str(bad[0].path) == str(tmp_path / name)
    assert pytest.approx(1) == sum(isinstance(record, SongRecord) for record in records)
    import re

    assert re.search(reason, bad[0].reason), bad[0].reason
