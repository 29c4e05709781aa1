"""Patterns become files, files become splits of about equal size."""

import gzip
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaeprep.errors import UsageError
from vaeprep.files.tfrecord import write_records
from vaeprep.inputs.find import find_files
from vaeprep.inputs.records import read_split
from vaeprep.inputs.splits import FileRange, plan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b", "a", "c,1"):
        write_records(tmp_path / f"{name}.tfrecord", [name.encode() * 50] * 20)
    return tmp_path


def names(folder: Path, *patterns: str) -> list[str]:
    return [f.path.name for f in find_files([str(folder / p) for p in patterns])]


def test_a_pattern_gives_its_files_sorted(folder: Path) -> None:
    assert names(folder, "*.tfrecord") == ["a.tfrecord", "b.tfrecord", "c,1.tfrecord"]


def test_several_patterns_keep_their_order_and_give_a_file_once(folder: Path) -> None:
    assert names(folder, "b.tfrecord", "*.tfrecord") == [
        "b.tfrecord",
        "a.tfrecord",
        "c,1.tfrecord",
    ]


def test_patterns_can_be_separated_with_commas(folder: Path) -> None:
    joined = f"{folder / 'b.tfrecord'},{folder / 'a*'}"
    assert [f.path.name for f in find_files([joined])] == ["b.tfrecord", "a.tfrecord"]


def test_a_name_with_a_comma_is_found(folder: Path) -> None:
    assert names(folder, "c,1.tfrecord") == ["c,1.tfrecord"]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [("none.tfrecord", "there is no file"), ("n*", "no file matches"), ("", "is a folder")],
)
def test_a_bad_pattern_is_told_in_one_line(folder: Path, pattern: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        find_files([str(folder / pattern)])
    assert "\n" not in str(caught.value)


def test_one_big_file_becomes_many_splits(folder: Path) -> None:
    files = find_files([str(folder / "a.tfrecord")])
    made = plan(files, split_bytes=200)
    assert len(made.splits) == 5
    assert sum(split.records for split in made.splits) == made.records == 20
    assert [split.index for split in made.splits] == list(range(5))
    parts = [part for split in made.splits for part in split.ranges]
    assert parts[0].start == 0
    assert [part.start for part in parts[1:]] == [part.stop for part in parts[:-1]]
    assert parts[-1].stop == files[0].size


def test_small_files_are_read_together_in_their_order(folder: Path) -> None:
    files = find_files([str(folder / "*")])
    largest = max(file.size for file in files)
    for split_bytes, grouped in ((largest, ["ab", "c"]), (1 << 20, ["abc"])):
        splits = plan(files, split_bytes).splits
        found = ["".join(part.path.name[0] for part in split.ranges) for split in splits]
        assert found == grouped
        assert [split.index for split in splits] == list(range(len(grouped)))
        assert sum(split.records for split in splits) == 60


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 60), max_size=8), min_size=1, max_size=6),
    st.integers(1, 300),
)
def test_every_record_is_in_one_split_and_no_split_is_too_large(
    sizes: list[list[int]], split_bytes: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        paths = [Path(name) / str(number) for number in range(len(sizes))]
        for path, of_file in zip(paths, sizes, strict=True):
            write_records(path, map(bytes, of_file))
        splits = plan(find_files(map(str, paths)), split_bytes).splits
        read = [len(record.payload) for split in splits for record in read_split(split)]
    assert read == [size for of_file in sizes for size in of_file]
    for split in splits:
        *before, last = (part.stop - part.start for part in split.ranges)
        assert sum(before) + last <= split_bytes or not before


def test_a_gzip_file_is_one_split(folder: Path) -> None:
    path = folder / "z.gz"
    path.write_bytes(gzip.compress((folder / "a.tfrecord").read_bytes()))
    made = plan(find_files([str(path)]), split_bytes=10)
    assert [split.ranges for split in made.splits] == [(FileRange(path, 0, None, 0),)]
    both = plan(find_files([str(folder / "a.tfrecord"), str(path)]), split_bytes=1 << 20)
    assert [split.records for split in both.splits] == [20, 0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"hello, you", "a text file"),
        (b"\x28\xb5\x2f\xfd" + bytes(20), "a zstandard file"),
    ],
)
def test_a_file_that_is_no_tfrecord_is_lost_and_named(
    folder: Path, content: bytes, reason: str
) -> None:
    path = folder / "odd"
    path.write_bytes(content)
    made = plan(find_files([str(path), str(folder / "a.tfrecord")]), split_bytes=1 << 20)
    assert len(made.splits) == 1
    assert reason in made.losses[0].reason


def test_a_damaged_header_loses_the_rest_of_its_file_only(folder: Path) -> None:
    path = folder / "a.tfrecord"
    data = bytearray(path.read_bytes())
    data[66 * 3] ^= 1
    path.write_bytes(data)
    made = plan(find_files([str(folder / "*")]), split_bytes=1 << 20)
    (split,) = made.splits
    assert [part.records for part in split.ranges] == [3, 20, 20]
    assert [(loss.path, loss.offset) for loss in made.losses] == [(path, 66 * 3)]
