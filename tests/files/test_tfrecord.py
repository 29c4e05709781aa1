"""TFRecord reading and writing: every checksum is looked at, nothing is lost in silence."""

import gzip
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaeprep.files.tfrecord import (
    FRAME_BYTES,
    Damage,
    Range,
    Record,
    frame,
    looks_like,
    masked_crc,
    read_records,
    walk,
    write_records,
)

PAYLOADS = [b"", b"a", b"melody" * 10, bytes(range(256)), b"drums"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "songs.tfrecord"
    write_records(path, PAYLOADS)
    return path


def payloads_of(path: Path) -> list[bytes]:
    return [r.payload for r in read_records(path) if isinstance(r, Record)]


def damages_of(path: Path) -> list[Damage]:
    return [r for r in read_records(path) if isinstance(r, Damage)]


def test_what_is_written_is_read(file: Path) -> None:
    assert payloads_of(file) == PAYLOADS
    assert not damages_of(file)


def test_tensorflow_reads_what_is_written(file: Path) -> None:
    tf = pytest.importorskip("tensorflow")
    assert [r.numpy() for r in tf.data.TFRecordDataset(str(file))] == PAYLOADS


def test_what_tensorflow_writes_is_read(tmp_path: Path) -> None:
    tf = pytest.importorskip("tensorflow")
    for kind in ("", "GZIP"):
        path = tmp_path / f"tf{kind}.tfrecord"
        with tf.io.TFRecordWriter(str(path), kind) as writer:
            for payload in PAYLOADS:
                writer.write(payload)
        assert payloads_of(path) == PAYLOADS
        assert not damages_of(path)


@given(st.lists(st.binary(max_size=300), max_size=20), st.integers(1, 2000))
def test_ranges_cover_a_file_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, payloads: list[bytes], range_bytes: int
) -> None:
    path = tmp_path_factory.mktemp("walk") / "songs.tfrecord"
    write_records(path, payloads)
    ranges = [part for part in walk(path, range_bytes) if isinstance(part, Range)]
    parts = [list(read_records(path, part.start, part.stop)) for part in ranges]
    read = [record.payload for part in parts for record in part if isinstance(record, Record)]
    assert read == payloads
    assert [len(part) for part in parts] == [part.records for part in ranges]
    assert all(part.stop - part.start >= range_bytes for part in ranges[:-1])


def test_every_flipped_bit_is_found(file: Path) -> None:
    data = file.read_bytes()
    for bit in range(8 * len(data)):
        broken = bytearray(data)
        broken[bit // 8] ^= 1 << bit % 8
        file.write_bytes(broken)
        good = payloads_of(file)
        assert damages_of(file), bit
        assert all(payload in PAYLOADS for payload in good), bit


def test_every_truncation_is_found(file: Path) -> None:
    data = file.read_bytes()
    ends = [0]
    for payload in PAYLOADS:
        ends.append(ends[-1] + FRAME_BYTES + len(payload))
    for length in range(len(data)):
        file.write_bytes(data[:length])
        whole = sum(1 for end in ends[1:] if end <= length)
        assert payloads_of(file) == PAYLOADS[:whole]
        assert bool(damages_of(file)) == (length not in ends), length
        assert bool([d for d in walk(file, 1) if isinstance(d, Damage)]) == (length not in ends)


def test_after_a_damaged_payload_reading_goes_on(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[FRAME_BYTES + 12] ^= 1  # the only payload byte of the second record
    file.write_bytes(data)
    assert payloads_of(file) == [PAYLOADS[0], *PAYLOADS[2:]]
    assert [(d.offset, d.rest_lost) for d in damages_of(file)] == [(FRAME_BYTES, False)]


def test_after_a_damaged_length_the_rest_is_lost(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[FRAME_BYTES] ^= 1
    file.write_bytes(data)
    assert payloads_of(file) == PAYLOADS[:1]
    assert [(d.offset, d.rest_lost) for d in damages_of(file)] == [(FRAME_BYTES, True)]


@pytest.mark.parametrize("length", [1 << 63, (1 << 64) - 1, 1 << 40, (1 << 28) + 1])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_huge_length_takes_no_memory(tmp_path: Path, length: int, zipped: bool) -> None:
    prefix = struct.pack("<Q", length)
    data = frame(b"good") + prefix + struct.pack("<I", masked_crc(prefix)) + b"x" * 100
    path = tmp_path / "huge.tfrecord"
    path.write_bytes(gzip.compress(data) if zipped else data)
    assert payloads_of(path) == [b"good"]
    assert damages_of(path)[-1].rest_lost


def test_a_gzip_file_cut_short_is_named(file: Path) -> None:
    data = gzip.compress(file.read_bytes())
    for length in range(2, len(data) - 1):
        file.write_bytes(data[:length])
        good = payloads_of(file)
        assert good == PAYLOADS[: len(good)]
        assert damages_of(file), length


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    def failing() -> object:
        yield b"one"
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        write_records(tmp_path / "songs.tfrecord", failing())  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "meaning"),
    [
        (b"MThd\x00\x00\x00\x06", "a MIDI file"),
        (b"", "an empty file"),
        ("Noten für alle\n".encode(), "a text file"),
        (b"PK\x03\x04....", "a zip file"),
        (bytes(range(200, 256)), "no TFRecord file"),
        (zlib.compress(b"not framed"), "no TFRecord file"),
        (
            zlib.compress(frame(b"song") * 100),
            "TFRecords compressed with ZLIB; write them with GZIP or without compression",
        ),
    ],
)
def test_a_file_that_is_no_tfrecord_is_recognised(
    tmp_path: Path, content: bytes, meaning: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert looks_like(path) == meaning
