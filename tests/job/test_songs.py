"""Promises of the list of songs: each by its file's name, in order, and never too many."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vaeprep
from vaeprep.files.names import song_list_path, summary_path
from vaeprep.files.tfrecord import read_records, write_records
from vaeprep.inspection.runs import FinishedRun, songs_of
from vaeprep.job import songs as songs_module
from vaeprep.job.songs import file_name
from vaeprep.job.summary import Summary, from_json, to_json
from vaeprep.music.protos import NoteSequence


@given(st.text(max_size=40), st.text(max_size=300), st.integers(0, 3))
def test_the_file_name_is_what_the_record_stores(own_id: str, name: str, notes: int) -> None:
    song = NoteSequence(id=own_id, filename=name, collection_name="c")
    for _ in range(notes):
        song.notes.add(pitch=60)
    assert file_name(song.SerializeToString()) == name


@given(st.binary(max_size=30))
def test_other_bytes_have_no_name_and_no_error(record: bytes) -> None:
    assert isinstance(file_name(record), str)


def run(songs: Path, prefix: Path, **options: Any) -> Summary:
    with ThreadPoolExecutor(1) as executor:
        return vaeprep.run(
            input_tfrecord=songs,
            output_tfrecord=prefix,
            output_shards=2,
            executor=executor,
            **{"config": "cat-mel_2bar_small", **options},
        )


def test_a_run_lists_every_song_in_order(tmp_path: Path, songs: Path) -> None:
    found = run(songs, tmp_path / "mel", split_bytes=20_000)
    named = [
        NoteSequence.FromString(record.payload)
        for record in read_records(songs)
        if hasattr(record, "payload")
    ]
    assert [(one.source_id, one.name) for one in found.songs] == [
        (song.id, song.filename) for song in named
    ]
    assert {one.source_id for one in found.songs if one.examples} == {
        one.source_id for one in found.songs if one.why is None
    }
    assert sum(bool(one.examples) for one in found.songs) == found.outcomes["gave examples"]
    assert from_json(summary_path(tmp_path / "mel").read_text("utf-8")).songs == found.songs


def test_a_failed_song_is_listed_with_its_failure(tmp_path: Path) -> None:
    songs = []
    for name, pitch in (("good.mid", 36), ("bad.mid", 20)):
        song = NoteSequence(id=name, filename=name, total_time=8.0)
        song.tempos.add(qpm=120)
        for beat in range(16):
            song.notes.add(
                pitch=pitch, velocity=80, start_time=beat / 2, end_time=beat / 2 + 0.1
            ).is_drum = True
        songs.append(song.SerializeToString())
    write_records(tmp_path / "songs", songs)
    listed = run(tmp_path / "songs", tmp_path / "drums", config="groovae_4bar").songs
    assert [one.name for one in listed] == ["good.mid", "bad.mid"]
    assert listed[0].examples
    assert listed[0].failure is None
    assert not listed[1].examples
    assert listed[1].failure == "KeyError: 20"
    assert listed[1].why


@pytest.mark.parametrize("split_bytes", [None, 20_000])
def test_of_many_songs_the_summary_lists_the_first_and_a_file_all(
    tmp_path: Path, songs: Path, monkeypatch: pytest.MonkeyPatch, split_bytes: int | None
) -> None:
    everything = run(songs, tmp_path / "all").songs
    assert run(songs, tmp_path / "all", overwrite=True).song_list is None
    monkeypatch.setattr(songs_module, "MOST_LISTED", 5)
    found = run(songs, tmp_path / "few", split_bytes=split_bytes)
    assert found.songs == everything[:5]
    assert from_json(to_json(found)) == found
    assert found.song_list is not None
    path = tmp_path / found.song_list.name
    assert path == song_list_path(tmp_path / "few")
    assert songs_of(FinishedRun(tmp_path / "few", found)) == everything
    assert songs_of(FinishedRun(tmp_path / "few", found), 7) == everything[:7]
    lines = [json.loads(line) for line in path.read_text("ascii").splitlines()]
    assert len(lines) == found.song_list.records == len(everything)
    assert [(one["id"], one["examples"]) for one in lines] == [
        (song.source_id, song.examples) for song in everything
    ]
    assert vaeprep.verify(tmp_path / "few").problems == []
    path.write_bytes(path.read_bytes()[:-1])
    assert songs_of(FinishedRun(tmp_path / "few", found)) == everything[:5]
    assert path.name in vaeprep.verify(tmp_path / "few").problems[0]


def test_a_run_without_examples_tells_of_all_songs_and_leaves_no_list(
    tmp_path: Path, songs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(songs_module, "MOST_LISTED", 5)
    filters = vaeprep.Filters(max_total_time=1)
    found = run(songs, tmp_path / "out" / "none", filters=filters)
    assert not found.unique
    assert len(found.songs) == found.records > 5
    assert all(song.why for song in found.songs)
    assert found.song_list is None
    assert not list((tmp_path / "out").iterdir())


def test_a_list_of_an_output_that_was_replaced_is_gone(
    tmp_path: Path, songs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(songs_module, "MOST_LISTED", 5)
        run(songs, tmp_path / "mel")
    assert song_list_path(tmp_path / "mel").exists()
    run(songs, tmp_path / "mel", overwrite=True)
    assert not song_list_path(tmp_path / "mel").exists()


def test_a_run_that_was_stopped_while_it_renamed_publishes_the_list(
    tmp_path: Path, songs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(songs_module, "MOST_LISTED", 5)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("vaeprep.job.publish.publish_lines", stop)
        with pytest.raises(KeyboardInterrupt):
            run(songs, tmp_path / "mel")
    assert not summary_path(tmp_path / "mel").exists()
    found = run(songs, tmp_path / "mel")
    assert len(songs_of(FinishedRun(tmp_path / "mel", found))) == found.records


def test_the_summary_is_the_same_after_its_file(tmp_path: Path, songs: Path) -> None:
    found = run(songs, tmp_path / "mel")
    assert from_json(to_json(found)).songs == found.songs
