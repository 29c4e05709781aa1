"""Damaged input: detected and named, or harmless to the examples, never a wrong example.

`VAEPREP_FLIPS=all pytest tests/robustness/test_damaged.py` takes every bit through a
whole run; by default every one is read, and some go through extraction and run.
"""

import gzip
import os
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from vaeprep.configs import CONFIGS
from vaeprep.demo.songs import write_songs
from vaeprep.engines.spec import EngineSpec
from vaeprep.errors import UsageError
from vaeprep.files.names import existing_shards
from vaeprep.files.tfrecord import Record, frame, masked_crc, read_records
from vaeprep.inputs import splits
from vaeprep.inputs.find import find_files
from vaeprep.job.options import RunOptions
from vaeprep.job.report import Report
from vaeprep.job.run import run as run_job
from vaeprep.job.spill import BUCKETS, open_spill, read_entries
from vaeprep.job.summary import Summary
from vaeprep.job.worker import Task, extract_split
from vaeprep.music.protos import NoteSequence

CONFIG = "cat-drums_2bar_small"
ALL = os.environ.get("VAEPREP_FLIPS") == "all"
STEP = 1 if ALL else 61
EXTRACTED = 1 if ALL else 7
LARGE_SAMPLE = 20_000 if ALL else 250

Examples = dict[bytes, set[str]]


class Inline(Executor):
    """Does each task when it is handed in, perhaps something before."""

    def __init__(self, before: Callable[[int], None] = lambda _number: None) -> None:
        self.before = before
        self.number = 0

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        self.before(self.number)
        self.number += 1
        future: Future[Any] = Future()
        try:
            future.set_result(work(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory: thousands of runs write there."""
    import tempfile

    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=base) as folder:
        yield Path(folder)


def groove(number: int) -> bytes:
    """Two bars of drums, as short a song as makes an example."""
    song = NoteSequence(id=f"/id/{number}", total_time=4.0)
    for beat in (0, 3, 4, 7):
        song.notes.add(pitch=36 + 2 * (number + beat) % 9, velocity=80, is_drum=True,
                       start_time=beat * 0.5, end_time=beat * 0.5 + 0.25)  # fmt: skip
    return bytes(song.SerializeToString())


SMALL = b"".join(frame(groove(number)) for number in range(3))


def run(path: Path, **more: Any) -> tuple[Summary, Examples]:
    """The whole job on one file."""
    executor = more.pop("executor", None) or Inline()
    options = RunOptions(
        input_tfrecord=(str(path),),
        output_tfrecord=path.parent / "out" / "x",
        config=CONFIG,
        output_shards=1,
        overwrite=True,
        **more,
    )
    summary = run_job(options, executor)
    examples: Examples = {}
    for shard in existing_shards(options.output_tfrecord):
        for record in read_records(shard):
            assert isinstance(record, Record)
            example = NoteSequence.FromString(record.payload)
            ids = set(example.id.split(","))
            example.ClearField("id")
            examples[example.SerializeToString(deterministic=True)] = ids
    return summary, examples


def read(path: Path) -> list[bytes]:
    """The payloads that a run would read."""
    return [
        record.payload
        for split in splits.plan(find_files([str(path)]), 1).splits
        for part in split.ranges
        for record in read_records(part.path, part.start, part.stop)
        if isinstance(record, Record)
    ]


def extract(path: Path) -> tuple[Examples, int]:
    """Plan and extraction without the rest; examples, and how much damage was named."""
    spec = EngineSpec("fast", None, CONFIGS[CONFIG].converter, CONFIG)
    plan = splits.plan(find_files([str(path)]), 1)
    examples: Examples = {}
    damage = len(plan.losses)
    for split in plan.splits:
        task = Task(split, spec, path.parent / "one.spill")
        report = extract_split(task)
        damage += sum(report.fault_counts.values())
        opened = open_spill(task.spill_path)
        for entry in read_entries(opened, 0, BUCKETS):
            ids = examples.setdefault(entry.example, set())
            ids.update(opened.source_id(number) for number in entry.sources)
    return examples, damage


def is_part_of(found: Examples, whole: Examples) -> bool:
    return all(ids <= whole.get(example, set()) for example, ids in found.items())


def flipped(data: bytes, bit: int) -> bytes:
    damaged = bytearray(data)
    damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def test_every_single_bit_flip_is_named_and_gives_no_wrong_example(memory: Path) -> None:
    path = memory / "small"
    path.write_bytes(SMALL)
    whole, damage = extract(path)
    assert damage == 0
    assert len(whole) == 3
    payloads = read(path)
    for bit in range(len(SMALL) * 8):
        path.write_bytes(flipped(SMALL, bit))
        assert set(read(path)) < set(payloads), bit
        if bit % EXTRACTED:
            continue
        examples, damage = extract(path)
        assert damage >= 1, bit
        assert is_part_of(examples, whole), bit
        if bit // 8 >= len(SMALL) // 3 * 3 - 4 or bit // 8 % (len(SMALL) // 3) >= 12:
            assert len(examples) == 2, bit  # only a damaged length costs the rest


def test_bit_flips_through_a_whole_run(memory: Path) -> None:
    path = memory / "small"
    path.write_bytes(SMALL)
    _, whole = run(path)
    outcomes: Counter[str] = Counter()
    for bit in range(0, len(SMALL) * 8, STEP):
        path.write_bytes(flipped(SMALL, bit))
        if bit // 8 < 12:  # the first header: nothing can be read
            with pytest.raises(UsageError, match="not a TFRecord"):
                run(path)
            outcomes["refused"] += 1
            continue
        summary, examples = run(path)
        assert summary.fault_counts["damaged"] >= 1, bit
        assert summary.faults[0].path == str(path)
        assert is_part_of(examples, whole), bit
        outcomes[f"{len(examples)} of {len(whole)} examples"] += 1
    print(f"{sum(outcomes.values())} bit flips through a run: {dict(outcomes)}")


def test_truncation_at_every_byte_is_named_and_keeps_what_is_whole(memory: Path) -> None:
    path = memory / "small"
    path.write_bytes(SMALL)
    whole, _ = extract(path)
    size = len(SMALL) // 3
    for length in range(len(SMALL)):
        path.write_bytes(SMALL[:length])
        examples, damage = extract(path)
        assert damage == (length % size != 0), length  # no byte: no records
        assert len(examples) == length // size, length
        assert is_part_of(examples, whole), length


def test_bit_flips_in_a_large_file(memory: Path) -> None:
    songs = memory / "songs"
    write_songs(songs, 30, seed=5)
    data = songs.read_bytes()
    whole = [record for record in read_records(songs) if isinstance(record, Record)]
    stride = len(data) * 8 // LARGE_SAMPLE
    path = memory / "damaged"
    path.write_bytes(data)
    with path.open("r+b") as file:
        for bit in range(stride // 2, len(data) * 8, stride):
            file.seek(bit // 8)
            file.write(bytes([data[bit // 8] ^ 1 << bit % 8]))
            file.flush()
            found = list(read_records(path))
            good = [record for record in found if isinstance(record, Record)]
            assert len(found) > len(good), bit
            assert all(record in whole for record in good), bit
            file.seek(bit // 8)
            file.write(data[bit // 8 : bit // 8 + 1])


def test_bit_flips_in_a_gzip_file_give_no_wrong_example(memory: Path) -> None:
    path = memory / "small.gz"
    path.write_bytes(SMALL)
    whole, _ = extract(path)
    zipped = gzip.compress(SMALL, mtime=0)
    path.write_bytes(zipped)
    assert extract(path) == (whole, 0)
    for bit in range(0, len(zipped) * 8, 1 if ALL else 3):
        path.write_bytes(flipped(zipped, bit))
        examples, damage = extract(path)
        assert is_part_of(examples, whole), bit
        # A flip in gzip's own time stamp and the like harms nothing.
        assert damage or examples == whole, bit
    for length in range(len(zipped)):
        path.write_bytes(zipped[:length])
        examples, damage = extract(path)
        assert damage or not length, length  # no byte: no records
        assert is_part_of(examples, whole), length


def liar(length: int) -> bytes:
    """A header that is in order and tells an impossible length."""
    header = struct.pack("<Q", length)
    return header + struct.pack("<I", masked_crc(header))


@pytest.mark.parametrize("length", [2**63, 2**64 - 1, 2**63 - 1, 2**40, 1000])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_record_that_cannot_be_as_long_as_it_says(
    memory: Path, length: int, zipped: bool
) -> None:
    path = memory / "liar"
    data = SMALL + liar(length) + b"too little"
    path.write_bytes(gzip.compress(data) if zipped else data)
    examples, damage = extract(path)
    assert len(examples) == 3
    assert damage


def test_records_of_no_length_are_empty_songs(memory: Path) -> None:
    path = memory / "empty-records"
    path.write_bytes(frame(b"") * 3 + SMALL + frame(b""))
    summary, examples = run(path)
    assert summary.records == 7
    assert summary.fault_counts == {}
    assert len(examples) == 3


def test_after_a_damaged_payload_reading_goes_on(memory: Path) -> None:
    path = memory / "middle"
    path.write_bytes(SMALL + flipped(frame(groove(7)), 8 * 20) + SMALL[: len(SMALL) // 3])
    summary, examples = run(path)
    assert summary.records == 4
    assert len(examples) == 3
    (fault,) = summary.faults
    assert (fault.kind, fault.offset) == ("damaged", len(SMALL))


def test_after_a_damaged_length_the_rest_is_named_as_lost(memory: Path) -> None:
    path = memory / "length"
    path.write_bytes(SMALL + flipped(SMALL, 0))
    summary, examples = run(path)
    assert len(examples) == 3
    (fault,) = summary.faults
    assert fault.offset == len(SMALL)
    assert "wrong checksum of the length" in fault.reason


@pytest.mark.parametrize("grows", [False, True])
def test_input_that_changes_during_the_run_is_named(memory: Path, grows: bool) -> None:
    path = memory / "changing"
    write_songs(path, 24, seed=3)
    data = path.read_bytes()
    whole = extract(path)[0]

    def change(number: int) -> None:
        if number == 1:
            path.write_bytes(data + SMALL if grows else data[: len(data) // 2])

    summary, examples = run(path, executor=Inline(change), filters=None)
    assert summary.fault_counts["changed"] == 1
    assert is_part_of(examples, whole)
    if grows:
        assert examples == whole
    else:
        assert summary.fault_counts["damaged"] >= 1
        assert any("become shorter" in fault.reason for fault in summary.faults)
    with pytest.raises(UsageError):
        run(memory / "gone")


def test_a_spill_that_is_damaged_before_the_merge_is_made_again(memory: Path) -> None:
    path = memory / "songs"
    write_songs(path, 24, seed=3)
    _, whole = run(path)
    made: list[Path] = []

    class Damaging(Inline):
        def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            future = super().submit(work, *args, **kwargs)
            task: Task = args[0]
            report: Report = future.result()
            if report.entries and not made:
                made.append(task.spill_path)
                task.spill_path.write_bytes(flipped(task.spill_path.read_bytes(), 8 * 60))
            return future

    told: list[str] = []
    options = RunOptions(
        input_tfrecord=(str(path),), output_tfrecord=memory / "out" / "x", config=CONFIG,
        output_shards=1, overwrite=True,
    )  # fmt: skip
    run_job(options, Damaging(), tell=told.append)
    assert "extracted once more" in told[0]
    _, again = run(path)
    assert again == whole


NO_TFRECORDS = {
    "this MIDI file": b"MThd" + bytes(60),
    "a text file": "Ein Lied, zwo, drei: ♪♫\n".encode() * 9,
    "a zip file": b"PK\x03\x04" + bytes(90),
    "no TFRecord file": bytes(range(200, 256)) * 3,
}


@pytest.mark.parametrize("kind", list(NO_TFRECORDS))
def test_a_file_that_is_no_tfrecord_is_refused_by_what_it_looks_like(
    memory: Path, kind: str
) -> None:
    path = memory / "input"
    path.write_bytes(NO_TFRECORDS[kind])
    with pytest.raises(UsageError, match=kind):
        run(path)
    assert sorted(memory.iterdir()) == [path], "something was written"
    good = memory / "input2"
    good.write_bytes(SMALL)
    summary, examples = run(memory / "input*")
    assert len(examples) == 3
    assert kind in summary.faults[0].reason


def test_a_tfrecord_that_begins_like_gzip_is_read(memory: Path) -> None:
    """The length of its first record, 0x8b1f, begins with gzip's two magic bytes."""
    song = NoteSequence.FromString(groove(1))
    song.filename = "x" * (0x8B1F - len(groove(1)) - 4)
    data = frame(song.SerializeToString())
    assert data.startswith(b"\x1f\x8b")
    path = memory / "input"
    path.write_bytes(data)
    assert len(extract(path)[0]) == 1
