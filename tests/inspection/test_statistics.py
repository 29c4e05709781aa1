"""Promises of the one pass: right counts, bad records named, choices that do not wander."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from tests.strategies import note_sequences
from vaeprep.errors import UsageError
from vaeprep.files.tfrecord import frame
from vaeprep.inputs.find import find_files
from vaeprep.inputs.found import Loss
from vaeprep.inspection.as_json import to_json
from vaeprep.inspection.items import Kind, read_item
from vaeprep.inspection.page.page import to_html
from vaeprep.inspection.roles import Role
from vaeprep.inspection.statistics import Inspection, inspect_files
from vaeprep.inspection.text import to_text
from vaeprep.music.encode import note_sequence_payload
from vaeprep.music.protos import NoteSequence

Write = Callable[..., Path]


def look(*paths: Path, **options: Any) -> Inspection:
    return inspect_files(find_files((), map(str, paths)), **options)


def song(name: str, *pitches: int, program: int = 0, is_drum: bool = False) -> Any:
    ns = NoteSequence(id=f"/id/{name}", filename=name, total_time=float(len(pitches)))
    ns.time_signatures.add(numerator=3, denominator=4)
    ns.tempos.add(qpm=90)
    for second, pitch in enumerate(pitches):
        ns.notes.add(
            pitch=pitch,
            velocity=50 + second,
            start_time=second,
            end_time=second + 1,
            program=program,
            is_drum=is_drum,
        )
    return ns


def example(pitch: int) -> bytes:
    ns = NoteSequence(ticks_per_quarter=220, total_time=1.0)
    ns.tempos.add(qpm=120)
    ns.notes.add(pitch=pitch, velocity=80, end_time=1.0)
    return bytes(ns.SerializeToString())


def test_songs_are_counted(write: Write) -> None:
    path = write(
        "songs",
        song("a", 60, 62),
        song("b", 40, 41, program=33),
        song("c", 36, is_drum=True),
        song("d"),
    )
    section = look(path).sections[Kind.SONG]
    music = section.music
    assert (section.count, music.notes, music.drum_notes, music.empty) == (4, 5, 1, 1)
    assert music.pitch_range == (40, 62)
    assert music.velocity_range == (50, 51)
    assert music.meters == {"3/4": 4}
    assert (music.tempos.least, music.tempos.most) == (90, 90)
    assert (music.seconds.total, music.seconds.most) == (5, 2)
    assert music.programs == {0: 1, 33: 1}
    assert music.pitches(Role.BASS).nonzero()[0].tolist() == [40, 41]
    assert music.pitches(Role.DRUMS).nonzero()[0].tolist() == [36]


def test_repeats_are_counted_with_and_without_the_id(write: Write) -> None:
    path = write("songs", song("a", 60), song("a", 60), song("b", 60), song("b", 61))
    section = look(path).sections[Kind.SONG]
    assert section.records.repeats == 1
    assert section.contents.repeats == 2
    assert section.ids.repeats == 2


def test_examples_and_their_songs_are_counted(write: Write) -> None:
    path = write(
        "examples",
        note_sequence_payload(example(60), b"", ["a", "b", "c"]),
        note_sequence_payload(example(61), b"", ["a"]),
        note_sequence_payload(example(62), b"", ["a", 'with, comma and "quotes"']),
    )
    section = look(path).sections[Kind.EXAMPLE]
    assert section.sources.values == {1: 1, 2: 1, 3: 1}
    assert section.ids.different == 4
    assert section.ids.times().values == {3: 1, 1: 3}
    assert [pick.times for pick in section.frequent.in_order()] == [3, 2]
    assert section.frequent.in_order()[1].ids == ("a", 'with, comma and "quotes"')
    assert [pick.index for pick in section.frequent.in_order()] == [0, 2]


def test_kinds_in_one_file_are_counted_apart(write: Write) -> None:
    path = write("mixed", song("a", 60), note_sequence_payload(example(60), b"", ["a"]))
    assert {kind: s.count for kind, s in look(path).sections.items()} == {
        Kind.SONG: 1,
        Kind.EXAMPLE: 1,
    }


def test_bad_records_are_counted_named_and_survived(tmp_path: Path, write: Write) -> None:
    good = [frame(song(name, 60).SerializeToString()) for name in "abc"]
    damaged = bytearray(good[1])
    damaged[20] ^= 1
    path = tmp_path / "damaged"
    path.write_bytes(good[0] + bytes(damaged) + frame(b"\xff\xff") + good[2] + b"cut")
    found = look(path)
    assert found.sections[Kind.SONG].count == 2
    assert found.fault_counts == {"damaged": 2, "undecodable": 1}
    assert [fault.offset for fault in found.faults][:2] == [len(good[0]), 2 * len(good[0])]
    text = to_text(found)
    assert "3 bad records left out" in text
    assert "wrong checksum of the payload" in text
    assert "the rest of the file is lost" in text


def test_a_bad_record_is_a_number_too(tmp_path: Path) -> None:
    """`vaeprep export --index` counts as the page does, bad records included."""
    good = frame(song("a", 60).SerializeToString())
    damaged = good[:-1] + bytes([good[-1] ^ 1])
    path = tmp_path / "damaged"
    path.write_bytes(damaged + good)
    assert [p.index for p in look(path).sections[Kind.SONG].random.in_order()] == [1]


def test_a_file_that_is_no_tfrecord_is_named_among_others(tmp_path: Path, write: Write) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("hello, this is no music at all")
    found = look(write("songs", song("a", 60)), text)
    assert found.fault_counts == {"damaged": 1}
    assert "a text file" in found.faults[0].reason
    with pytest.raises(UsageError, match="a text file"):
        look(text)


def test_empty_shards_are_nothing_bad(tmp_path: Path) -> None:
    path = tmp_path / "x-00000-of-00001"
    path.write_bytes(b"")
    found = look(path)
    assert (found.count, found.fault_counts) == (0, {})
    assert "no records" in to_text(found)
    assert "0 songs" not in to_html(found)


def test_gzip_files_are_read(tmp_path: Path, write: Write) -> None:
    plain = write("songs", song("a", 60), song("b", 61))
    packed = tmp_path / "songs.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert look(packed).sections[Kind.SONG].count == 2


def test_midi_folders_are_songs(shared_data: Path) -> None:
    found = look(shared_data / "openmsx")
    section = found.sections[Kind.SONG]
    assert section.count == len(found.paths) == 31
    assert not found.fault_counts


def test_random_examples_do_not_depend_on_the_shards(write: Write) -> None:
    records = [note_sequence_payload(example(pitch), b"", ["a"]) for pitch in range(40, 90)]
    one = write("one", *records)
    two, three = write("two", *records[:20]), write("three", *records[20:])
    shown = [
        [read_item(records[pick.index or 0]).content for pick in picks]
        for picks in (
            look(one).sections[Kind.EXAMPLE].random.in_order(),
            look(two, three).sections[Kind.EXAMPLE].random.in_order(),
        )
    ]
    assert shown[0] == shown[1]
    assert len(shown[0]) == 6
    other = look(one, seed=1).sections[Kind.EXAMPLE].random.in_order()
    assert shown[0] != [read_item(records[pick.index or 0]).content for pick in other]


def test_a_repeated_example_is_shown_once(write: Write) -> None:
    record = note_sequence_payload(example(60), b"", ["a", "b"])
    section = look(write("twice", record, record)).sections[Kind.EXAMPLE]
    assert len(section.random.in_order()) == len(section.frequent.in_order()) == 1


@settings(max_examples=60)
@given(note_sequences())
def test_no_music_is_too_strange_to_be_shown(tmp_path_factory: Any, music: Any) -> None:
    path = tmp_path_factory.mktemp("strange") / "song"
    path.write_bytes(frame(music.SerializeToString()))
    found = look(path)
    assert found.count == 1
    assert to_text(found)
    json.loads(to_json(found))
    assert to_html(found).endswith("</html>\n")


def test_what_cannot_even_be_found_is_a_fault_like_others(write: Write, tmp_path: Path) -> None:
    loss = Loss(tmp_path / "lost.mid", 0, "a link that leads nowhere")
    found = inspect_files(find_files((), [str(write("songs", song("a", 60)))]), losses=[loss])
    assert found.fault_counts == {"damaged": 1}
    assert found.faults[0].path == str(tmp_path / "lost.mid")
    assert found.count == 1
