"""Promises of comparing: every example and song is counted once, on the right side."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vaeprep
from tests.inspection.test_page import Page
from vaeprep.cures.options import Cures
from vaeprep.engines.filters import Filters
from vaeprep.errors import UsageError
from vaeprep.files.names import existing_shards, summary_path
from vaeprep.files.tfrecord import Record, read_records, write_records
from vaeprep.inspection.comparison.as_json import to_json
from vaeprep.inspection.comparison.compare import Comparison, compare, find_sides, overlap
from vaeprep.inspection.comparison.only import only_in
from vaeprep.inspection.comparison.tables import tables
from vaeprep.inspection.comparison.text import to_text
from vaeprep.inspection.comparison.verdict import verdict
from vaeprep.inspection.items import Kind
from vaeprep.inspection.keys import KeyCounts
from vaeprep.inspection.page.comparison import to_html
from vaeprep.job.summary import Summary
from vaeprep.music.protos import NoteSequence


def of(a: Path | str, b: Path | str) -> Comparison:
    return compare(find_sides(str(a), str(b)))


def run(songs: Path, prefix: Path, **options: Any) -> Summary:
    with ThreadPoolExecutor(1) as executor:
        return vaeprep.run(
            input_tfrecord=songs,
            output_tfrecord=prefix,
            executor=executor,
            **{"config": "cat-mel_2bar_small", "output_shards": 2, **options},
        )


@pytest.fixture(scope="module")
def two(songs: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Runs of the same songs, the second with a filter."""
    folder = tmp_path_factory.mktemp("two")
    run(songs, folder / "all")
    run(songs, folder / "few", filters=Filters(max_num_notes=300))
    return folder / "all", folder / "few"


def payloads(prefix: Path) -> list[bytes]:
    return [
        record.payload
        for path in existing_shards(prefix)
        for record in read_records(path)
        if isinstance(record, Record)
    ]


def notes(record: bytes) -> bytes:
    song = NoteSequence.FromString(record)
    song.ClearField("id")
    return song.SerializeToString(deterministic=True)


def test_what_is_in_both_is_what_the_shards_hold(two: tuple[Path, Path]) -> None:
    a, b = ({notes(record) for record in payloads(prefix)} for prefix in two)
    examples, *_ = of(*two).overlaps
    assert (examples.both, examples.only_a, examples.only_b) == (
        len(a & b),
        len(a - b),
        len(b - a),
    )
    assert examples.only_a > 0
    assert examples.exact


def test_a_run_and_itself_are_the_same(two: tuple[Path, Path]) -> None:
    found = of(two[0], two[0])
    assert not found.changed
    assert all(one.only_a == one.only_b == 0 for one in found.overlaps)
    assert verdict(found)[0].startswith("A and B hold the same")


def test_songs_that_changed_are_told_with_the_reason(two: tuple[Path, Path]) -> None:
    found = of(*two)
    assert found.listed == 24
    assert found.changed
    for song in found.changed:
        assert song.a.examples > song.b.examples
        assert bool(song.b.examples) == (song.b.why is None)
    assert any(not song.b.examples for song in found.changed)
    text = to_text(found)
    assert found.changed[0].a.name in text
    assert "--max-num-notes 10,000 300" in " ".join(text.split())


def test_text_json_and_page_tell_the_same(two: tuple[Path, Path]) -> None:
    found = of(*two)
    values = json.loads(to_json(found))
    words = Page(to_html(found)).words
    text = to_text(found)
    first = found.overlaps[0]
    assert values["overlaps"][0]["only_a"] == first.only_a
    assert f"{first.only_a:,}" in text
    assert f"{first.only_a:,}" in words
    for sentence in verdict(found):
        assert sentence in words
        assert sentence in text
        assert sentence in values["verdict"]
    assert not Page(to_html(found)).open


def test_no_line_is_wider_than_the_terminal(two: tuple[Path, Path]) -> None:
    assert max(map(len, to_text(of(*two), 80).splitlines())) <= 80


def test_ids_of_the_page_are_unique(two: tuple[Path, Path], songs: Path) -> None:
    for found in (of(*two), of(songs, songs)):
        ids = Page(to_html(found)).having("id")
        assert len(ids) == len(set(ids))


def test_magentas_own_shards_have_no_summary_and_ids_in_any_order(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    changed = []
    for record in payloads(two[0]):
        song = NoteSequence.FromString(record)
        song.id = ",".join(reversed(song.id.split(",")))
        changed.append(song.SerializeToString(deterministic=True))
    write_records(tmp_path / "train-00000-of-00002", changed[::2][::-1])
    write_records(tmp_path / "train-00001-of-00002", changed[1::2])
    found = of(tmp_path / "train", two[0])
    assert found.a.summary is None
    assert all(one.only_a == one.only_b == 0 for one in found.overlaps)
    assert found.listed == 24
    assert not found.changed
    text = to_text(found)
    assert "A has no summary of a run" in text
    assert "Each of the 24 songs listed gave as many examples" in text
    unique, shared = (
        next(row for table in tables(found) for row in table.rows if row.label.strip() == label)
        for label in ("different examples", "found in several songs")
    )
    assert unique.a == unique.b
    assert shared.a == shared.b


def test_songs_that_magentas_job_keeps_few_examples_of_are_told(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    kept: Counter[str] = Counter()
    few = []
    for record in payloads(two[0]):
        ids = NoteSequence.FromString(record).id.split(",")
        if all(kept[one] < 5 for one in ids):
            kept.update(ids)
            few.append(record)
    write_records(tmp_path / "train-00000-of-00001", few)
    found = of(two[0], tmp_path / "train")
    assert {song.b.source_id: song.b.examples for song in found.changed} == {
        song.source_id: kept[song.source_id]
        for song in found.a.songs
        if song.examples != kept[song.source_id]
    }
    assert "No piece of a song has more than 5 examples in B" in " ".join(verdict(found))
    assert verdict(of(tmp_path / "train", tmp_path / "train"))[1:] == []


def test_an_example_of_another_song_is_the_same_but_not_with_its_songs(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    records = payloads(two[0])
    song = NoteSequence.FromString(records[0])
    song.id += ",/id/another"
    write_records(tmp_path / "b", [song.SerializeToString(deterministic=True), *records[1:]])
    found = of(two[0], tmp_path / "b")
    assert "1 of the examples in both names other songs in A than in B." in verdict(found)
    examples, with_songs, songs = found.overlaps
    assert examples.only_a == examples.only_b == 0
    assert with_songs.only_a == with_songs.only_b == 1
    assert (songs.only_a, songs.only_b) == (0, 1)


def test_summaries_alone_are_compared_too(two: tuple[Path, Path], tmp_path: Path) -> None:
    paths = []
    for prefix in two:
        path = summary_path(tmp_path / prefix.name)
        path.write_bytes(summary_path(prefix).read_bytes())
        paths.append(path)
    found = of(*paths)
    assert not found.overlaps
    assert found.changed
    assert "the summary only" in to_text(found)
    assert "the examples were not read" in verdict(found)[0]
    to_html(found)


def test_a_missing_shard_is_told(two: tuple[Path, Path], tmp_path: Path) -> None:
    prefix = tmp_path / two[0].name
    summary_path(prefix).write_bytes(summary_path(two[0]).read_bytes())
    first = existing_shards(two[0])[0]
    (tmp_path / first.name).write_bytes(first.read_bytes())
    with pytest.raises(UsageError, match="is missing; the run wrote it"):
        of(prefix, two[0])


def test_songs_are_compared_by_music_and_by_ids(songs: Path, tmp_path: Path) -> None:
    records = [r.payload for r in read_records(songs) if isinstance(r, Record)]
    renamed = NoteSequence.FromString(records[0])
    renamed.id = "another"
    write_records(tmp_path / "b", [renamed.SerializeToString(), *records[2:]])
    music, ids = of(songs, tmp_path / "b").overlaps
    assert (music.both, music.only_a, music.only_b) == (23, 1, 0)
    assert (ids.both, ids.only_a, ids.only_b) == (22, 2, 1)


def test_songs_and_examples_cannot_be_compared(songs: Path, two: tuple[Path, Path]) -> None:
    with pytest.raises(UsageError, match=r"holds songs and .* examples; compare two of one"):
        of(songs, two[0])


def test_tensors_are_compared_with_tensors(shards: Callable[[str], Path]) -> None:
    prefix = shards("cat-mel_2bar_small")
    tensors = prefix.with_name(f"tensors-{prefix.name}")
    found = of(tensors, tensors)
    assert found.kinds == (Kind.TENSORS,)
    assert found.overlaps[0].both > 0
    to_html(found)
    with pytest.raises(UsageError, match="compare two of one kind"):
        of(prefix, tensors)


def test_an_option_that_cures_is_seen_by_what_it_changed(songs: Path, tmp_path: Path) -> None:
    waltzes = []
    for record in read_records(songs):
        assert isinstance(record, Record)
        song = NoteSequence.FromString(record.payload)
        del song.time_signatures[:]
        song.time_signatures.add(numerator=2, denominator=4)
        waltzes.append(song.SerializeToString())
    write_records(tmp_path / "songs", waltzes)
    run(tmp_path / "songs", tmp_path / "cured", cures=Cures(meter="4/4"))
    run(
        tmp_path / "songs",
        tmp_path / "also",
        cures=Cures(meter="4/4", merge_tempo_changes=True),
    )
    text = to_text(of(tmp_path / "cured", tmp_path / "also"))
    assert "--merge-tempo-changes" in text


def test_what_is_only_in_one_is_shown_with_its_number(two: tuple[Path, Path]) -> None:
    found = of(*two)
    others = {notes(record) for record in payloads(two[1])}
    picks = only_in(found.a, found.b, Kind.EXAMPLE)
    records = payloads(two[0])
    assert len(picks) == 6
    assert all(notes(records[pick.index or 0]) not in others for pick in picks)
    assert not only_in(found.b, found.a, Kind.EXAMPLE)


@given(st.sets(st.integers(0, 400)), st.sets(st.integers(0, 400)), st.integers(50, 500))
def test_an_overlap_is_exact_or_said_to_be_an_estimate(
    a: set[int], b: set[int], limit: int
) -> None:
    counted = []
    for side in (a, b):
        counts = KeyCounts(limit)
        for number in side:
            counts.add((number * 0x9E3779B97F4A7C15 % 2**64).to_bytes(8, "big"))
        counted.append(counts)
    found = overlap("things", *counted)
    if found.exact:
        assert (found.both, found.only_a, found.only_b) == (
            len(a & b),
            len(a - b),
            len(b - a),
        )
    else:
        assert max(len(a), len(b)) > limit
    same = overlap("things", counted[0], counted[0])
    assert same.only_a == same.only_b == 0
