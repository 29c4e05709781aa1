"""`vaeprep verify` finds whatever differs from what the run wrote."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import google_crc32c
import pytest

from vaeprep.demo.songs import write_songs
from vaeprep.errors import UsageError
from vaeprep.files.names import existing_shards, shard_path, song_list_path, summary_path
from vaeprep.files.tfrecord import Record, read_records, write_records
from vaeprep.job.options import RunOptions
from vaeprep.job.run import run
from vaeprep.job.shards import Shard
from vaeprep.job.verify import verify


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    write_songs(tmp_path / "songs", 12, seed=7)
    options = RunOptions(
        input_tfrecord=(str(tmp_path / "songs"),),
        output_tfrecord=tmp_path / "out" / "x",
        config="cat-drums_2bar_small",
        output_shards=3,
    )
    with ThreadPoolExecutor(1) as executor:
        run(options, executor)
    return options.output_tfrecord


def payloads(path: Path) -> list[bytes]:
    return [record.payload for record in read_records(path) if isinstance(record, Record)]


def rewrite(prefix: Path, number: int, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Changes a shard's records and makes the summary agree with the file."""
    path = shard_path(prefix, number, 3)
    changed = change(payloads(path))
    write_records(path, changed)
    summary = json.loads(summary_path(prefix).read_text())
    data = path.read_bytes()
    shard = Shard(path.name, len(changed), len(data), google_crc32c.value(data))
    summary["shards"]["notesequences"][number] = asdict(shard)
    summary_path(prefix).write_text(json.dumps(summary))


def test_what_a_run_wrote_is_in_order(prefix: Path) -> None:
    verdict = verify(prefix)
    assert verdict.problems == []
    assert verdict.shards == 3
    assert verdict.records > 50


def test_every_bit_flip_in_a_shard_is_found(prefix: Path) -> None:
    path = shard_path(prefix, 1, 3)
    data = path.read_bytes()
    for bit in range(0, len(data) * 8, len(data) * 8 // 60):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        problems = verify(prefix).problems
        assert any(path.name in problem for problem in problems), bit
    path.write_bytes(data)
    assert verify(prefix).problems == []


def test_a_shard_that_is_cut_off_longer_or_missing_is_named(prefix: Path) -> None:
    path = shard_path(prefix, 2, 3)
    data = path.read_bytes()
    for wrong in (data[:-1], data[: len(data) // 2], b"", data + b"more"):
        path.write_bytes(wrong)
        assert any(path.name in problem for problem in verify(prefix).problems)
    path.unlink()
    assert f"{path.name}: missing" in verify(prefix).problems


def test_a_file_that_training_would_read_too_is_named(prefix: Path) -> None:
    write_records(prefix.with_name("x-00000-of-00002"), [b""])
    assert verify(prefix).problems == ["x-00000-of-00002: not among the shards of this run"]


def test_an_example_that_stands_twice_is_found_in_one_shard_and_across_two(
    prefix: Path,
) -> None:
    first = payloads(shard_path(prefix, 0, 3))
    rewrite(prefix, 0, lambda records: [records[0], *records])
    assert any("twice" in p or "order" in p for p in verify(prefix).problems)
    rewrite(prefix, 0, lambda _records: first)
    assert verify(prefix).problems == []
    rewrite(prefix, 1, lambda records: [first[0], *records[1:]])
    assert any("stands twice" in problem for problem in verify(prefix).problems)


def test_what_cannot_be_decoded_is_found(prefix: Path) -> None:
    rewrite(prefix, 0, lambda records: [*records[:-1], b"\xff\xff"])
    assert any("no NoteSequence" in problem for problem in verify(prefix).problems)


def test_counts_that_differ_are_found(prefix: Path) -> None:
    summary = json.loads(summary_path(prefix).read_text())
    summary["shards"]["notesequences"][0]["records"] += 1
    summary_path(prefix).write_text(json.dumps(summary))
    assert any("records, the summary says" in problem for problem in verify(prefix).problems)


def test_without_a_summary_the_run_has_not_finished(prefix: Path) -> None:
    summary_path(prefix).write_text("{}")
    with pytest.raises(UsageError, match="cannot be read"):
        verify(prefix)
    summary_path(prefix).unlink()
    with pytest.raises(UsageError, match="has not finished"):
        verify(prefix)
    for path in existing_shards(prefix):
        path.unlink()
    with pytest.raises(UsageError, match="is the prefix right"):
        verify(prefix)


def test_an_evaluation_set_in_a_folder_of_its_own_is_checked_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaeprep.job.songs.MOST_LISTED", 3)
    write_songs(tmp_path / "songs", 12, seed=7)
    training, evaluation = tmp_path / "training" / "x", tmp_path / "evaluation" / "y"
    options = RunOptions(
        input_tfrecord=(str(tmp_path / "songs"),),
        output_tfrecord=training,
        config="cat-drums_2bar_small",
        output_shards=3,
        eval_fraction=0.5,
        eval_prefix=evaluation,
    )
    with ThreadPoolExecutor(1) as executor:
        summary = run(options, executor)
    found = [verify(training), verify(evaluation)]
    assert [one.problems for one in found] == [[], []]
    assert sum(one.records for one in found) == summary.unique
    shard_path(evaluation, 1, 3).unlink()
    assert verify(evaluation).problems == ["y-00001-of-00003: missing"]
    song_list_path(training).unlink()
    assert verify(training).problems == ["vaeprep-x-songs.jsonl: missing"]
