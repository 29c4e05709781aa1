"""A file is there whole or not at all, whatever interrupts its writing."""

import errno
from pathlib import Path

import pytest

from vaeprep.files.whole import remove_unfinished, whole_file, write_whole


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with whole_file(path) as file:
        file.write(b"one")
        assert not path.exists()
    assert [p.name for p in tmp_path.iterdir()] == ["x"]
    write_whole(path, "é")
    assert path.read_bytes() == "é".encode()


def _write_half(path: Path, error: BaseException, sync: bool) -> None:
    with whole_file(path, sync) as file:
        file.write(b"half")
        raise error


@pytest.mark.parametrize("sync", [True, False])
@pytest.mark.parametrize("error", [ValueError(), KeyboardInterrupt(), OSError(errno.EIO, "")])
def test_an_error_leaves_what_was_there(
    tmp_path: Path, error: BaseException, sync: bool
) -> None:
    path = tmp_path / "x"
    path.write_text("before")
    with pytest.raises(type(error)):
        _write_half(path, error, sync)
    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_a_full_disk_is_named_and_an_input_that_fails_is_not_taken_for_it(
    tmp_path: Path,
) -> None:
    for number, named in ((errno.ENOSPC, True), (errno.EIO, False)):
        error = OSError(number, "some words")
        with pytest.raises(OSError, match="some words"), whole_file(tmp_path / "x"):
            raise error
        assert (".x." in str(error.filename)) == named


def test_what_killed_writers_left_is_deleted_and_nothing_else(tmp_path: Path) -> None:
    left = [tmp_path / f".x.{2**60:016x}.part", tmp_path / f".x.{7:016x}.part"]
    others = [
        tmp_path / name
        for name in ("x", f".y.{7:016x}.part", ".x.7.part", ".x.part", ".x.a.part", "x.1")
    ]
    for path in [*left, *others]:
        path.touch()
    remove_unfinished(tmp_path / "x")
    assert sorted(tmp_path.iterdir()) == sorted(others)
