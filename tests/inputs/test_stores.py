"""Songs in object storage are found and read as local ones, with few requests."""

import glob
import gzip
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import vaeprep
from tests.inputs.music import every_kind, zipped
from tests.stores import Server, put
from vaeprep.errors import UsageError
from vaeprep.files import remote
from vaeprep.inputs.find import find
from vaeprep.inputs.found import changed_files
from vaeprep.inputs.records import read_file, read_split
from vaeprep.inputs.splits import plan

CONFIG = "cat-mel_2bar_small"
LOOKED_INTO = {name: data for name, data in every_kind().items() if name not in ("l.zip", "m")}
"""What is read there too: an archive, and a file without an ending, would be opened first."""


def put_folder(folder: Path, address: str) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            put(path, f"{address}/{path.relative_to(folder)}")


def records(text: str) -> list[tuple[Any, ...]]:
    """All that is read below a place, paths from there on."""
    found = []
    for file in find((), [text]).files:
        for record in read_file(file):
            rest = getattr(record, "payload", None) or getattr(record, "reason", None)
            found.append((record.path.removeprefix(text), record.offset, rest))
    return found


def test_a_folder_of_music_is_read_as_a_local_one(s3: Server, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    for below in ("", "b", "b/a", "c.d"):
        (folder / below).mkdir(parents=True, exist_ok=True)
        for name, data in LOOKED_INTO.items():
            (folder / below / name).write_bytes(data)
    (folder / "x.mp3").write_bytes(b"no")
    (folder / "notes.txt").write_bytes(b"no")
    (folder / "songs.tfrecord").write_bytes(b"")
    put_folder(folder, "s3://music/folder/mine")
    assert records("s3://music/folder/mine") == records(str(folder)) != []
    here, there = find((), [str(folder)]), find((), ["s3://music/folder/mine"])
    assert there.not_read == here.not_read
    assert [file.relative for file in there.files] == [file.relative for file in here.files]


def test_what_is_not_looked_into_is_counted(s3: Server, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"a.mid": b""}))
    (tmp_path / "b.mid").write_bytes(every_kind()["a.mid"])
    put_folder(tmp_path, "s3://music/zips")
    assert find((), ["s3://music/zips"]).not_read == {".zip": 1}


@pytest.mark.parametrize(
    "pattern",
    ["a-?????-of-00003", "a*", "*", "sub/*", "*/a-*", "[ab]-0000[01]*", ".*", "su*/*"],
)
def test_a_pattern_matches_what_it_matches_locally(
    s3: Server, tmp_path: Path, pattern: str
) -> None:
    for name in (
        "a-00000-of-00003", "a-00001-of-00003", "b-00000-of-00001", ".hidden",
        "vaeprep-a.json", "sub/a-00002-of-00003", "sub/deep/a-1",
    ):  # fmt: skip
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(b"")
    put_folder(tmp_path / "in", "s3://music/patterns")
    found = [Path(path) for path in glob.glob(f"{tmp_path}/in/{pattern}")]
    here = [path for path in found if path.is_file() and path.suffix != ".json"]
    there = [file.text for file in find([f"s3://music/patterns/{pattern}"]).files]
    assert [name.removeprefix("s3://music/patterns/") for name in there] == [
        str(path.relative_to(tmp_path / "in")) for path in sorted(here)
    ]


def test_a_prefix_stands_for_its_shards(s3: Server, songs: Path) -> None:
    for name in ("mel-00001-of-00002", "mel-00000-of-00002", "mel-2-00000-of-00001"):
        put(songs, f"s3://music/prefix/{name}")
    found = [file.name for file in find(["s3://music/prefix/mel"]).files]
    assert found == ["mel-00000-of-00002", "mel-00001-of-00002"]


def test_several_addresses_and_paths_go_together(
    s3: Server, songs: Path, tmp_path: Path
) -> None:
    put(songs, "s3://music/one.tfrecord")
    put(songs, "s3://music/two.tfrecord")
    both = "s3://music/one.tfrecord,s3://music/two.tfrecord"
    (tmp_path / "list").write_text("s3://music/one.tfrecord\ns3://music/no\n")
    assert len(find([both, str(songs), "s3://music/one.tfrecord"]).files) == 3
    listed = find([f"@{tmp_path / 'list'}"])
    assert [file.text for file in listed.files] == ["s3://music/one.tfrecord"]
    assert [str(loss.path) for loss in listed.losses] == ["s3://music/no"]


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("s3://music/none/x", "there is no object 's3://music/none/x'"),
        ("s3://no-such-bucket/x", "there is no object"),
        ("s3://no-such-bucket/x*", "no object matches the pattern"),
        ("s3://music/none/*", "no object matches the pattern"),
        ("s3://mus*/x", "a bucket cannot be a pattern"),
        ("s3://music/here", "is a folder; name its files, e.g. 's3://music/here/\\*'"),
    ],
)
def test_what_leads_nowhere_is_refused_by_name(
    s3: Server, songs: Path, address: str, message: str
) -> None:
    put(songs, "s3://music/here/songs.tfrecord")
    with pytest.raises(UsageError, match=message):
        find([address])


def test_reading_takes_one_list_one_walk_and_one_request_a_split(
    s3: Server, songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = 1 << 16
    monkeypatch.setattr(remote, "BLOCK_BYTES", block)
    for number in range(3):
        put(songs, f"s3://music/count/songs-{number}.tfrecord")
    s3.forget()
    files = find(["s3://music/count/songs-*"]).files
    assert s3.counts == {"LIST": 1}
    s3.forget()
    planned = plan(files, 50_000)
    walks = 3 * math.ceil(songs.stat().st_size / block)
    assert len(planned.splits) > 9
    assert s3.counts["HEAD"] <= 3
    assert 3 < s3.counts["GET"] <= walks + 3, "a header may lie across two blocks"
    for split in planned.splits:
        s3.forget()
        assert len(list(read_split(split))) == split.records
        assert s3.counts == {"GET": len(split.ranges)}
    s3.forget()
    assert changed_files(files) == []
    assert s3.counts == {"HEAD": 3}


def test_a_whole_run_reads_no_more_than_that(s3: Server, songs: Path, tmp_path: Path) -> None:
    put(songs, "s3://music/run/songs.tfrecord")
    s3.forget()
    with ThreadPoolExecutor(1) as executor:
        vaeprep.run(
            input="s3://music/run/songs.tfrecord",
            output_tfrecord=tmp_path / "mel",
            config=CONFIG,
            split_bytes=50_000,
            executor=executor,
        )
    ranges = [request.split()[2] for request in s3.requests if request.startswith("GET")]
    splits = len(plan(find([str(songs)]).files, 50_000).splits)
    assert s3.counts["LIST"] == 1
    assert len(ranges) == 1 + 1 + splits, "a first look, the walk, the splits"


def test_convert_reads_there_too(s3: Server, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("a.mid", "f.xml"):
        (folder / name).write_bytes(every_kind()[name])
    put_folder(folder, "s3://music/convert/mine")
    written = []
    for number, place in enumerate(("s3://music/convert/mine", folder)):
        output = tmp_path / f"{number}.tfrecord"
        with ThreadPoolExecutor(1) as executor:
            assert vaeprep.convert(place, output, executor=executor).songs == 2
        written.append(output.read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("place", [0, 3, 9, 40, 0.5, -1, "cut", "text"])
def test_damage_has_the_same_faults_and_offsets(
    s3: Server, songs: Path, tmp_path: Path, place: float | str, zipped: bool
) -> None:
    data = bytearray(songs.read_bytes())
    if zipped:
        data = bytearray(gzip.compress(bytes(data), mtime=0))
    if place == "cut":
        del data[len(data) * 2 // 3 :]
    elif place == "text":
        data = bytearray(b"no music at all, but some words\n" * 9)
    else:
        assert not isinstance(place, str)
        data[int(place * len(data)) if isinstance(place, float) else int(place)] ^= 4
    file = tmp_path / "songs.tfrecord"
    file.write_bytes(data)
    put(file, "s3://music/damage/songs.tfrecord")
    assert outcome("s3://music/damage/songs.tfrecord") == outcome(str(file))


def outcome(text: str) -> tuple[list[Any], list[Any]]:
    """What planning loses and what the splits give."""
    planned = plan(find([text]).files, 50_000)
    losses = [(loss.offset, loss.reason) for loss in planned.losses]
    given = [
        (record.offset, getattr(record, "payload", None), getattr(record, "reason", None))
        for split in planned.splits
        for record in read_split(split)
    ]
    return losses, given


def test_a_song_that_changes_during_the_run_is_named(
    s3: Server, songs: Path, tmp_path: Path
) -> None:
    put(songs, "s3://music/changes.tfrecord")
    files = find(["s3://music/changes.tfrecord"]).files
    assert changed_files(files) == []
    data = bytearray(songs.read_bytes())
    data[-1] ^= 1
    remote.RemotePath("s3://music/changes.tfrecord").write_bytes(data)
    assert changed_files(files) == files
