"""An address is a path: it opens, tells its size and its neighbours, through fsspec."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stores import Server, put
from vaeprep.files.names import existing_shards, shard_name, shard_path, summary_beside
from vaeprep.files.remote import RemoteError, RemotePath, is_remote, local_or_remote, place
from vaeprep.files.tfrecord import read_records, walk, write_records


@given(st.lists(st.from_regex(r"[a-z0-9_*?.-]*[a-z]", fullmatch=True), min_size=2, max_size=5))
def test_an_address_is_itself_whatever_is_done_with_it(parts: list[str]) -> None:
    text = "s3://" + "/".join(parts)
    path = place(text)
    assert isinstance(path, RemotePath)
    assert str(path) == text
    assert place(str(Path(text))) == path, "a lost slash comes back"
    assert pickle.loads(pickle.dumps(path)) == path
    assert str(path.parent / path.name) == text
    shard = shard_path(path, 3, 10)
    assert str(shard) == f"{text}-00003-of-00010"
    named = shard_name(shard)
    assert named is not None
    assert named.prefix == path
    assert str(summary_beside(shard)) == f"{path.parent}/vaeprep-{parts[-1]}.json"


def test_only_known_schemes_are_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_remote("s3://b/x")
    assert is_remote("gs://b/x")
    assert not is_remote("http://b/x")
    assert not is_remote("songs/x:/y")
    (tmp_path / "s3:").mkdir()
    assert not is_remote("s3://b/x"), "a folder of that name is here"
    assert local_or_remote("s3://b/x") == Path("s3:/b/x")


def test_a_program_without_addresses_never_imports_fsspec(songs: Path, tmp_path: Path) -> None:
    code = (
        "import sys, vaeprep\n"
        f"vaeprep.run(input={str(songs)!r}, output_tfrecord={str(tmp_path / 'x')!r}, "
        "config='cat-mel_2bar_small', workers=1, output_shards=1)\n"
        "assert 'fsspec' not in sys.modules\n"
        "assert 's3fs' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_object_is_read_like_a_file(s3: Server, tmp_path: Path) -> None:
    file = tmp_path / "songs"
    write_records(file, [bytes([number]) * number for number in range(200)])
    put(file, "s3://music/read/songs")
    path = RemotePath("s3://music/read/songs")
    assert path.stat().st_size == file.stat().st_size
    assert path.read_bytes() == file.read_bytes()
    assert list(read_records(path)) == list(read_records(file))
    assert list(walk(path, 500)) == list(walk(file, 500))
    with path.open("rb", buffering=100) as opened:
        opened.seek(-30, 2)
        assert opened.read() == file.read_bytes()[-30:]
        opened.seek(7)
        assert opened.read(1000) == file.read_bytes()[7:1007]
    for part in walk(file, 500):
        found = list(read_records(path, part.start, part.stop))
        assert found == list(read_records(file, part.start, part.stop))


def test_a_range_that_is_no_longer_there_reads_as_of_a_file(s3: Server, tmp_path: Path) -> None:
    file = tmp_path / "songs"
    write_records(file, [b"a" * 50] * 4)
    put(file, "s3://music/short/songs")
    size = file.stat().st_size
    for start, stop in ((size, size + 66), (size // 4 * 3, size + 9), (size + 66, size + 99)):
        path = RemotePath("s3://music/short/songs")
        assert list(read_records(path, start, stop)) == list(read_records(file, start, stop))


def test_a_changed_object_has_another_time(s3: Server) -> None:
    path = RemotePath("s3://music/change/x")
    path.write_bytes(b"one")
    first = path.stat()
    assert path.stat() == first
    path.write_bytes(b"two")
    assert path.stat().st_size == first.st_size
    assert path.stat().st_mtime_ns != first.st_mtime_ns


def test_what_is_not_there_is_a_missing_file(s3: Server) -> None:
    for path in (RemotePath("s3://music/no/x"), RemotePath("s3://no-such-bucket/x")):
        assert not path.exists()
        assert existing_shards(path) == []
        with pytest.raises(FileNotFoundError) as caught:
            path.read_bytes()
        assert caught.value.filename == str(path)
        path.unlink(missing_ok=True)


@pytest.mark.parametrize("scheme", ["s3", "memory"])
def test_an_object_is_created_once(s3: Server, scheme: str) -> None:
    path = RemotePath(f"{scheme}://music/create/lock")
    assert path.create(b"first")
    assert not path.create(b"second")
    assert path.read_bytes() == b"first"
    path.unlink()
    assert path.create(b"third")


def test_a_store_that_refuses_is_told_with_the_address(
    s3: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    import s3fs

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(RemoteError, match=r"s3://music/x: .*credentials"):
        RemotePath("s3://music/x").read_bytes()
    s3fs.S3FileSystem.clear_instance_cache()
