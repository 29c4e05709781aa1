"""Promises of telling records apart."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kinds import ONE_OF_EACH_KIND
from vaeprep.configs import CONFIGS
from vaeprep.engines.engine import extract_one
from vaeprep.engines.fast import fast_engine
from vaeprep.files.tfrecord import Record, read_records
from vaeprep.inspection.items import Kind, UnknownRecord, read_item
from vaeprep.music.encode import note_sequence_payload
from vaeprep.music.protos import NoteSequence
from vaeprep.tensors.tf_example import features, with_ids

SOURCES = ["/id/midi/a/1", "/id/midi/a/2"]


def payloads(path: Path) -> list[bytes]:
    return [record.payload for record in read_records(path) if isinstance(record, Record)]


@pytest.mark.parametrize("config", ONE_OF_EACH_KIND)
def test_examples_of_every_kind_are_examples(songs: Path, config: str) -> None:
    extract = fast_engine(CONFIGS[config].converter, None)
    examples = [
        one for song in payloads(songs) for one in extract_one(extract, song).examples[:5]
    ]
    assert examples
    for example in examples:
        one = read_item(note_sequence_payload(example, b"", SOURCES[:1]))
        two = read_item(note_sequence_payload(example, b"", SOURCES))
        assert (one.kind, one.ids) == (Kind.EXAMPLE, tuple(SOURCES[:1]))
        assert (two.kind, two.ids) == (Kind.EXAMPLE, tuple(SOURCES))
        assert one.content == two.content == example


def test_real_songs_are_songs(shared_data: Path) -> None:
    paths = sorted((shared_data / "tfrecords").glob("*.tfrecord"))
    assert paths
    for path in paths:
        items = [read_item(payload) for payload in payloads(path)]
        assert {item.kind for item in items} == {Kind.SONG}
        assert all(len(item.ids) == 1 and item.name for item in items)


def test_composed_songs_are_songs(songs: Path) -> None:
    assert {read_item(payload).kind for payload in payloads(songs)} == {Kind.SONG}


def test_a_song_with_a_comma_in_its_id_stays_a_song() -> None:
    song = NoteSequence(id="/id/midi/one, two/3", filename="one.mid")
    song.notes.add(pitch=60, velocity=80, end_time=1.0)
    assert read_item(song.SerializeToString()).ids == ("/id/midi/one, two/3",)
    assert read_item(song.SerializeToString()).kind is Kind.SONG


def test_tensors_are_tensors() -> None:
    record = with_ids(features({"melody": bytes(32), "length": (32,)}), SOURCES)
    item = read_item(record)
    assert (item.kind, item.ids) == (Kind.TENSORS, tuple(SOURCES))
    other = read_item(with_ids(features({"melody": bytes(32), "length": (32,)}), ["other"]))
    assert item.content == other.content


def test_the_music_of_two_songs_is_compared_without_their_names() -> None:
    one = NoteSequence(id="1", filename="a.mid", total_time=1)
    one.notes.add(pitch=60, velocity=80, end_time=1.0)
    two = NoteSequence()
    two.CopyFrom(one)
    two.id, two.filename = "2", "b.mid"
    three = NoteSequence()
    three.CopyFrom(one)
    three.notes[0].pitch = 61
    first, second, third = (read_item(song.SerializeToString()) for song in (one, two, three))
    assert first.content == second.content != third.content


@pytest.mark.parametrize("record", [b"\xff\xff", b"\x0a\xff", b"no music"])
def test_other_bytes_are_refused(record: bytes) -> None:
    with pytest.raises(UnknownRecord):
        read_item(record)


def test_an_empty_record_is_an_empty_song() -> None:
    assert read_item(b"").kind is Kind.SONG


def test_tensor_shards_of_a_run_are_tensors(shards: Callable[[str], Path]) -> None:
    prefix = shards("cat-mel_2bar_small")
    for path in prefix.parent.glob(f"tensors-{prefix.name}-*"):
        assert {read_item(payload).kind for payload in payloads(path)} == {Kind.TENSORS}
