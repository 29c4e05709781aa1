"""Memory is bounded by settings, not by input. `benchmarks/memory.py` measures it large."""

import gzip
import json
import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from tests.robustness.processes import output, peak_mb
from vaeprep.cli.program import cli
from vaeprep.cli.run import LostError
from vaeprep.demo.songs import write_songs
from vaeprep.files.names import existing_shards
from vaeprep.files.tfrecord import Record, read_records
from vaeprep.job import dedup, extraction, merge, merging, shards, spill, spill_index, worker
from vaeprep.job.options import RunOptions
from vaeprep.job.report import Report, spill_paths
from vaeprep.job.run import run as run_job
from vaeprep.job.spill import Entry, hash_example
from vaeprep.job.worker import Task
from vaeprep.music.encode import note_sequence_payload
from vaeprep.music.protos import NoteSequence


@pytest.fixture
def options(tmp_path: Path) -> RunOptions:
    write_songs(tmp_path / "songs", 24, seed=7)
    return RunOptions(
        input_tfrecord=(str(tmp_path / "songs"),),
        output_tfrecord=tmp_path / "out" / "x",
        config="cat-drums_2bar_small",
        output_shards=3,
    )


def run(options: RunOptions) -> dict[str, bytes]:
    with ThreadPoolExecutor(1) as executor:
        run_job(options, executor)
    return output(options.output_tfrecord)


def test_a_split_with_very_many_examples_is_spilled_in_batches(
    options: RunOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(options)
    songs = Path(options.input_tfrecord[0])
    zipped = tmp_path / "songs.gz"
    zipped.write_bytes(gzip.compress(songs.read_bytes()))
    monkeypatch.setattr(worker, "BATCH_BYTES", 10_000)
    batches: list[int] = []
    read = spill_paths

    def watched(path: Path, report: Report) -> list[Path]:
        batches.append(report.batches)
        return read(path, report)

    monkeypatch.setattr(merging, "spill_paths", watched)
    other = replace(
        options, input_tfrecord=(str(zipped),), output_tfrecord=tmp_path / "other" / "x"
    )
    assert run(other) == whole
    assert max(batches) > 3


SPILLS, ENTRIES, COMMON = 10, 10_000, 100_000


def _many_entries(folder: Path) -> Iterator[Path]:
    """Spills with many examples, one of them found in 100,000 songs."""
    for number in range(SPILLS):
        songs = COMMON // SPILLS
        entries = [Entry(hash_example(b"common"), range(songs), b"common", b"")]
        for index in range(ENTRIES):
            example = f"{number}/{index}".encode() * 150
            entries.append(Entry(hash_example(example), (index % songs,), example, b""))
        path = folder / f"{number}.spill"
        spill.write(path, sorted(entries), [f"/id/{number}/{i}" for i in range(songs)], b"{}")
        yield path


def _merge(folder: Path, paths: list[Path]) -> None:
    before = peak_mb()
    one = shards.ShardSet(folder / "x", 4, note_sequence_payload)
    index = spill_index.build(folder / "index", paths)
    counts = merge.merge(index, [one], lambda _count: None, share_bytes=4 << 20)
    one.close()
    result = [counts.unique, counts.most_sources, peak_mb() - before]
    (folder / "result").write_text(json.dumps(result))


def test_the_reducer_holds_one_share_at_a_time(tmp_path: Path) -> None:
    paths = list(_many_entries(tmp_path))
    total = sum(path.stat().st_size for path in paths) >> 20
    process = multiprocessing.get_context("spawn").Process(
        target=_merge, args=(tmp_path, paths)
    )
    process.start()
    process.join()
    unique, most_sources, peak_mb = json.loads((tmp_path / "result").read_text())
    assert (unique, most_sources) == (SPILLS * ENTRIES + 1, COMMON)
    assert total > 80
    assert peak_mb < 70, "a share, the ids of one example, the shards' buffers"


def _id_fields(options: RunOptions) -> list[str]:
    run(replace(options, overwrite=True))
    fields = []
    for path in existing_shards(options.output_tfrecord):
        for record in read_records(path):
            assert isinstance(record, Record)
            fields.append(NoteSequence.FromString(record.payload).id)
    assert fields
    return fields


def test_the_id_field_can_be_bounded(options: RunOptions) -> None:
    assert any("," in one for one in _id_fields(options))
    assert not any("," in one for one in _id_fields(replace(options, max_source_ids=1)))


def test_an_id_field_stays_within_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dedup, "MAX_IDS_BYTES", 1000)
    monkeypatch.setattr(dedup, "MAX_ID_BYTES", 10)
    few, many = ["é" * 3] * 90, ["é" * 3] * 200
    tally = dedup.Tally()
    assert dedup._kept(few, None, tally) == few
    assert dedup._kept(many, 142, tally) == many[:142]
    assert not tally.shortened
    assert dedup._kept(many, None, tally) == many[: 1000 // 7]
    assert tally.shortened == 1


_DEADLY = 2


def killed_at_the_third_split(task: Task) -> Report:
    """Stands in for extract_split: one split takes more memory than there is."""
    if task.split.index == _DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does
    return worker.extract_split(task)


def test_a_split_that_kills_its_workers_is_named_and_the_others_finish(
    options: RunOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(extraction, "extract_split", killed_at_the_third_split)
        summary = run_job(replace(options, workers=2))
    (lost,) = summary.lost_splits
    assert options.input_tfrecord[0] in lost
    assert "bytes" in lost
    assert "killed twice" in lost
    assert 0 < summary.records < 24


def test_a_command_that_lost_a_split_says_so_and_fails(
    options: RunOptions, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(extraction, "extract_split", killed_at_the_third_split)
    flags = {
        "--input-tfrecord": options.input_tfrecord[0],
        "--output-tfrecord": str(options.output_tfrecord),
        "--config": options.config,
        "--workers": "2",
    }
    with pytest.raises(LostError, match="--overwrite and fewer --workers") as raised:
        cli.main(["run", *chain(*flags.items())], standalone_mode=False)
    assert raised.value.exit_code == 1
    assert "killed twice" in capsys.readouterr().out
