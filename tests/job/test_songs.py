"""Promises of the list of songs: each by its file's name, in order, and never too many."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vaeprep
from vaeprep.files.names import summary_path
from vaeprep.files.tfrecord import read_records, write_records
from vaeprep.job import extraction, summary
from vaeprep.job.report import Report
from vaeprep.job.songs import SongResult, file_name
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


def test_the_list_is_bounded_and_the_first_songs_whatever_comes_first(
    tmp_path: Path, songs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = run(songs, tmp_path / "all", split_bytes=20_000).songs
    monkeypatch.setattr(summary, "MOST_LISTED", 5)
    monkeypatch.setattr(extraction, "MOST_LISTED", 5)
    assert run(songs, tmp_path / "few", split_bytes=20_000).songs == everything[:5]


@given(st.permutations(range(8)))
def test_reports_in_any_order_keep_the_first_songs(order: list[int]) -> None:
    extracted = extraction.ExtractedSplits()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extraction, "MOST_LISTED", 3)
        for split in order:
            listed = [SongResult(str(split), "", 1, 1, None, None)] * 2
            extracted.add(Report(split, 2, {}, [], {}, 0, 0, songs=listed))
    reports = sorted(extracted.reports, key=lambda report: report.split)
    assert [song.source_id for one in reports for song in one.songs][:3] == ["0", "0", "1"]


def test_the_summary_is_the_same_after_its_file(tmp_path: Path, songs: Path) -> None:
    found = run(songs, tmp_path / "mel")
    assert from_json(to_json(found)).songs == found.songs
