"""What a run tells at its end: outcomes of songs, causes, and the main one last."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vaeprep.files.tfrecord import write_records
from vaeprep.job.options import RunOptions
from vaeprep.job.run import run
from vaeprep.job.summary import Summary, from_json, to_json
from vaeprep.job.summary_text import last_words, likely_reasons, to_text
from vaeprep.music.protos import NoteSequence

CONFIG = "cat-mel_2bar_small"


def song(name: str, meter: int, bars: int = 4, pitch: int = 60, drums: bool = False) -> bytes:
    ns = NoteSequence(id=f"/id/{name}", total_time=bars * 2.0)
    ns.tempos.add(qpm=120)
    ns.time_signatures.add(numerator=meter, denominator=4)
    for step in range(bars * 4):
        ns.notes.add(pitch=pitch + step % 3, velocity=80, start_time=step / 2,
                     end_time=step / 2 + 0.4, is_drum=drums)  # fmt: skip
    return bytes(ns.SerializeToString())


def run_on(folder: Path, songs: list[bytes], config: str = CONFIG, **options: Any) -> Summary:
    write_records(folder / "songs.tfrecord", songs)
    asked = RunOptions(
        input_tfrecord=(str(folder / "songs.tfrecord"),),
        output_tfrecord=folder / "out" / "x",
        config=config,
        output_shards=1,
        overwrite=True,
        **options,
    )
    with ThreadPoolExecutor(1) as executor:
        return run(asked, executor)


@pytest.fixture
def mixed(tmp_path: Path) -> Summary:
    return run_on(
        tmp_path,
        [song("good", 4)]
        + [song(f"waltz{number}", 3) for number in range(25)]
        + [song("short", 4, bars=1), song("drums", 4, pitch=36, drums=True)],
    )


def test_songs_are_counted_by_outcome_and_causes_by_songs_and_pieces(mixed: Summary) -> None:
    assert mixed.outcomes == {"gave examples": 1, "gave nothing": 27, "failed": 0}
    assert [
        (cause.kind, cause.detail, cause.songs, cause.pieces) for cause in mixed.causes
    ] == [
        ("other-meter", "3/4", 25, 25),
        ("only-drums", "", 1, 1),
        ("too-short", "2 bars", 1, 1),
    ]
    assert mixed.counters["empty-extractions"] == 27
    assert len(mixed.gave_nothing) == 20
    assert mixed.gave_nothing[0].source_id == "/id/waltz0"
    assert from_json(to_json(mixed)) == mixed
    assert json.loads(to_json(mixed))["causes"][0]["kind"] == "other-meter"


@pytest.mark.parametrize("width", [None, 80])
def test_the_main_cause_is_told_last(mixed: Summary, tmp_path: Path, width: int | None) -> None:
    text = to_text(mixed, tmp_path / "out" / "x", width=width)
    assert "25      25  its meter is 3/4" in text
    last = last_words(mixed, width)
    assert " ".join(last.split()).startswith(
        "27 of 28 songs gave nothing, mostly because their meter is 3/4"
    )
    assert "see --meter" in " ".join(last.split())
    told = "\n".join([text, last]).replace(str(tmp_path), "")
    assert width is None or max(map(len, told.splitlines())) <= width


def test_the_reasons_of_a_run_without_examples_are_never_empty(tmp_path: Path) -> None:
    for songs, words in (
        ([song("waltz", 3)], "1 of 1 song gave nothing, because its meter is 3/4"),
        ([NoteSequence(id="/id/none").SerializeToString()], "no note sounds in it"),
        ([NoteSequence(id="/id/none").SerializeToString(), b"no song"], "undecodable"),
    ):
        summary = run_on(tmp_path, songs)
        reasons = likely_reasons(summary).partition("Likely reasons: ")[2]
        assert words in reasons
    unknown = replace(summary, records=0, fault_counts={}, causes=[], outcomes={})
    assert "0 songs were read" in likely_reasons(unknown)
    assert not likely_reasons(replace(unknown, records=7)).endswith(": ")


def test_an_unknown_drum_is_named_with_the_number_of_songs(tmp_path: Path) -> None:
    cowbells = [song(f"cow{number}", 4, pitch=56, drums=True) for number in range(3)]
    summary = run_on(tmp_path, cowbells, "groovae_2bar_humanize")
    assert summary.fault_counts == {"failed": 3}
    assert summary.faults[0].reason == "KeyError: 56"
    name = "drum pitch 56 (cowbell) is not among the drums of groovae_2bar_humanize"
    assert summary.faults[0].cause == name
    assert f"3       0  {name}" in to_text(summary, tmp_path / "out" / "x")
    assert f"3 of 3 songs gave nothing, because {name}: see --drum-map" in likely_reasons(
        summary
    )


def test_more_bad_records_than_are_named_are_counted(tmp_path: Path) -> None:
    summary = run_on(tmp_path, [song("good", 4)] + [b"no song"] * 35)
    text = to_text(summary, tmp_path / "out" / "x")
    assert "... and 30 more (--faults FILE.jsonl would list all)" in text
    listed = to_text(summary, tmp_path / "x", faults=tmp_path / "all.jsonl")
    assert f"... and 30 more ({tmp_path / 'all.jsonl'} lists all)" in listed
