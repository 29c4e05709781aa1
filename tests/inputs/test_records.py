"""Whoever reads an input's records gets the same ones, and the same words where one is bad."""

from pathlib import Path

from vaeprep.files.tfrecord import write_records
from vaeprep.inputs.find import find_files
from vaeprep.inputs.records import BadRecord, SongRecord, read_file, read_split
from vaeprep.inputs.splits import plan


def test_a_file_has_the_records_of_its_splits(tmp_path: Path) -> None:
    path = tmp_path / "songs"
    write_records(path, [bytes([number]) * 90 for number in range(9)])
    damaged = bytearray(path.read_bytes())
    damaged[50] ^= 1
    path.write_bytes(damaged)
    (file,) = find_files([str(path)])
    planned = plan([file], split_bytes=200)
    assert len(planned.splits) > 2
    records = [record for split in planned.splits for record in read_split(split)]
    assert records == list(read_file(file))
    assert [type(record) for record in records] == [BadRecord] + [SongRecord] * 8


def test_a_file_that_is_something_else_is_named_by_what_it_looks_like(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, today I lost my TFRecord files.\n")
    (file,) = find_files([str(path)])
    (bad,) = read_file(file)
    assert isinstance(bad, BadRecord)
    assert bad.reason.startswith("not a TFRecord, it looks like a text file")
    (loss,) = plan([file], split_bytes=200).losses
    assert loss.reason == bad.reason


def test_a_midi_file_is_one_record_and_a_broken_one_says_why(tmp_path: Path) -> None:
    good, broken = tmp_path / "a.mid", tmp_path / "b.mid"
    good.write_bytes(_midi())
    broken.write_bytes(b"MThd and no more")
    files = find_files([], [str(tmp_path)])
    records = [record for file in files for record in read_file(file)]
    assert [type(record) for record in records] == [SongRecord, BadRecord]
    assert records == [
        record for split in plan(files, 1 << 20).splits for record in read_split(split)
    ]


def _midi() -> bytes:
    header = b"MThd\0\0\0\6\0\0\0\1\0\x60"
    events = b"\0\x90\x3c\x40" + b"\x60\x80\x3c\0" + b"\0\xff\x2f\0"
    return header + b"MTrk" + len(events).to_bytes(4, "big") + events
