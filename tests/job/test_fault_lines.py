"""All faults are on record: every one, in the order of the input, whole or not at all."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vaeprep.demo.songs import write_songs
from vaeprep.errors import UsageError
from vaeprep.files.tfrecord import Record, read_records, write_records
from vaeprep.job import lines as lines_beside
from vaeprep.job.convert import convert, faults_of
from vaeprep.job.fault_lines import check_faults_path, faults_file, line_of
from vaeprep.job.options import RunOptions
from vaeprep.job.report import NAMED, Fault
from vaeprep.job.run import run
from vaeprep.job.summary import Summary
from vaeprep.music.protos import NoteSequence

MANY = 3 * NAMED


@pytest.fixture
def options(tmp_path: Path) -> RunOptions:
    """Songs between many records that are none, and songs without a note."""
    write_songs(tmp_path / "good", 4, seed=7)
    good = [one.payload for one in read_records(tmp_path / "good") if isinstance(one, Record)]
    silent = [NoteSequence(id=f"/id/s/{n}").SerializeToString() for n in range(MANY)]
    write_records(tmp_path / "songs", [*good, *[b"no song"] * MANY, *silent, *good])
    return RunOptions(
        input_tfrecord=(str(tmp_path / "songs"),),
        output_tfrecord=tmp_path / "out" / "mel",
        config="cat-mel_2bar_small",
        output_shards=1,
        faults=tmp_path / "faults.jsonl",
    )


def run_in_threads(options: RunOptions) -> Summary:
    with ThreadPoolExecutor(2) as executor:
        return run(options, executor)


def lines(options: RunOptions) -> list[dict[str, Any]]:
    assert options.faults is not None
    return [json.loads(line) for line in options.faults.read_text("ascii").splitlines()]


@pytest.mark.parametrize("split_bytes", [None, 2000])
@pytest.mark.parametrize("batch_bytes", [1, 1 << 20])
def test_every_fault_and_every_song_that_gave_nothing_is_listed_in_order(
    options: RunOptions,
    split_bytes: int | None,
    batch_bytes: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines_beside, "BATCH_BYTES", batch_bytes)
    summary = run_in_threads(replace(options, split_bytes=split_bytes))
    assert len(summary.faults) == NAMED
    listed = lines(options)
    assert [one["kind"] for one in listed] == ["undecodable"] * MANY + ["nothing"] * MANY
    assert [one["id"] for one in listed[MANY:]] == [f"/id/s/{n}" for n in range(MANY)]
    assert {one["path"] for one in listed} == {options.input_tfrecord[0]}
    offsets = [one["offset"] for one in listed]
    assert offsets == sorted(set(offsets))
    assert all(one["reason"] for one in listed)


def test_a_run_without_faults_writes_an_empty_list(options: RunOptions, tmp_path: Path) -> None:
    run_in_threads(replace(options, input_tfrecord=(str(tmp_path / "good"),)))
    assert lines(options) == []


def test_a_run_without_examples_leaves_the_list_and_nothing_that_blocks_the_next(
    options: RunOptions, tmp_path: Path
) -> None:
    write_records(tmp_path / "bad", [NoteSequence(id="/id/silent").SerializeToString()] * 3)
    summary = run_in_threads(replace(options, input_tfrecord=(str(tmp_path / "bad"),)))
    assert (summary.unique, summary.shards) == (0, {})
    assert len(lines(options)) == 3
    assert not list(options.output_tfrecord.parent.iterdir())
    assert run_in_threads(options).unique


def test_a_run_that_replaces_shards_and_finds_nothing_leaves_the_old_ones(
    options: RunOptions, tmp_path: Path
) -> None:
    run_in_threads(options)
    before = {path: path.read_bytes() for path in options.output_tfrecord.parent.iterdir()}
    write_records(tmp_path / "bad", [NoteSequence(id="/id/silent").SerializeToString()] * 3)
    bad = replace(options, input_tfrecord=(str(tmp_path / "bad"),), overwrite=True)
    assert not run_in_threads(bad).unique
    after = {path: path.read_bytes() for path in options.output_tfrecord.parent.iterdir()}
    assert after == before


def test_the_list_can_be_asked_for_when_a_stopped_run_goes_on(
    options: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("vaeprep.job.run.merge_spills", stop)
        with pytest.raises(KeyboardInterrupt):
            run_in_threads(replace(options, faults=None))
    assert run_in_threads(options).resumed_splits
    assert len(lines(options)) == 2 * MANY


def test_a_damaged_list_in_the_work_folder_is_made_once_more(
    options: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("vaeprep.job.run.merge_spills", stop)
        with pytest.raises(KeyboardInterrupt):
            run_in_threads(options)
    batch, *_ = options.output_tfrecord.parent.glob(".vaeprep-mel/spills-*/*.faults")
    batch.write_bytes(batch.read_bytes()[:-5])
    run_in_threads(options)
    assert len(lines(options)) == 2 * MANY


def test_the_list_replaces_an_earlier_list_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "faults.jsonl"
    with faults_file(path) as add:
        add(Fault("damaged", "odd\udcff name", 7, "", "why"))
    with faults_file(path) as add:
        add(Fault("failed", "a", 0, "/id/x", "KeyError: 56", "a drum"))
    assert json.loads(path.read_text()) == {
        "kind": "failed", "path": "a", "offset": 0, "id": "/id/x", "reason": "KeyError: 56",
        "cause": "a drum",
    }  # fmt: skip
    song = tmp_path / "song.mid"
    song.write_bytes(b"MThd")
    for taken in (song, tmp_path):
        with pytest.raises(UsageError):
            check_faults_path(taken)
    with pytest.raises(ValueError, match="stop"), faults_file(path) as add:
        raise ValueError("stop")
    assert path.read_bytes().startswith(b'{"kind": "failed"')


def test_a_list_that_cannot_be_written_is_told_before_any_work(
    options: RunOptions, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="is no folder"):
        run_in_threads(replace(options, faults=tmp_path / "file" / "faults.jsonl"))
    assert not options.output_tfrecord.parent.exists()


def test_what_was_not_converted_is_listed_the_same_way(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number:02}.mid").write_bytes(b"MThd" + bytes(60))
    done = convert([str(tmp_path)], tmp_path / "songs", 1)
    assert not (tmp_path / "songs").exists(), "nothing was converted, so nothing is written"
    listed = [json.loads(line_of(fault)) for fault in faults_of(done)]
    assert [Path(one["path"]).name for one in listed] == [f"{n:02}.mid" for n in range(30)]
