"""Shards that are compressed: whole for every reader, however often they were flushed."""

from pathlib import Path

import pytest

from vaeprep.files import tfrecord
from vaeprep.files.names import existing_shards, part_path
from vaeprep.files.tfrecord import Record
from vaeprep.job import shards
from vaeprep.job.shards import ShardSet

RECORDS = [b"%d " % number * (number % 50) for number in range(700)]


def payload(example: bytes, _features: bytes, _ids: object) -> bytes:
    return example


def write(prefix: Path, zipped: bool, count: int = 3) -> list[shards.Shard]:
    """Shards of `RECORDS`, in place."""
    one = ShardSet(prefix, count, payload, zipped)
    for number, record in enumerate(RECORDS):
        one.add(number, record, b"", ())
    written = one.close()
    for number in range(count):
        shards.put_in_place(prefix, number, count)
    return written


def records(path: Path) -> list[bytes]:
    found = list(tfrecord.read_records(path))
    assert all(isinstance(one, Record) for one in found)
    return [one.payload for one in found]  # type: ignore[union-attr]


@pytest.fixture
def zipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Compressed shards that were flushed many times."""
    monkeypatch.setattr(shards, "_BUFFER_BYTES", 1)
    written = write(tmp_path / "zipped", zipped=True)
    paths = existing_shards(tmp_path / "zipped")
    assert [path.stat().st_size for path in paths] == [shard.bytes for shard in written]
    assert all(path.read_bytes().count(b"\x1f\x8b\x08") > 5 for path in paths)
    return paths


def test_compressed_shards_hold_the_records_of_plain_ones(
    zipped: list[Path], tmp_path: Path
) -> None:
    write(tmp_path / "plain", zipped=False)
    for one, other in zip(zipped, existing_shards(tmp_path / "plain"), strict=True):
        assert tfrecord.is_gzip(one)
        assert not tfrecord.is_gzip(other)
        assert records(one) == records(other)
    assert sum(len(records(path)) for path in zipped) == len(RECORDS)


def test_tensorflow_reads_compressed_shards_to_their_end(zipped: list[Path]) -> None:
    tf = pytest.importorskip("tensorflow")
    for path in zipped:
        read = tf.data.TFRecordDataset(str(path), "GZIP").as_numpy_iterator()
        assert list(read) == records(path)


def test_a_compressed_shard_says_nothing_of_its_time_and_name(tmp_path: Path) -> None:
    write(tmp_path / "a", zipped=True)
    write(tmp_path / "b", zipped=True)
    a, b = (existing_shards(tmp_path / name) for name in "ab")
    assert [path.read_bytes() for path in a] == [path.read_bytes() for path in b]
    assert a[0].read_bytes()[3:8] == bytes(5), "no flags and no time in gzip's header"


def test_a_compressed_shard_without_records_is_an_empty_file(tmp_path: Path) -> None:
    one = ShardSet(tmp_path / "x", 2, payload, zipped=True)
    one.add(0, b"the only record", b"", ())
    assert [shard.records for shard in one.close()] == [1, 0]
    assert part_path(tmp_path / "x", 1, 2).read_bytes() == b""
