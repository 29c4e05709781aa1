"""The whole job: the same bytes however it is run, resumed where it stopped, nothing lost."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from vaeprep import demo_songs, job, shards, sources
from vaeprep.errors import UsageError
from vaeprep.extract import StrictError
from vaeprep.options import RunOptions
from vaeprep.protos import NoteSequence
from vaeprep.summary import from_json, summary_path
from vaeprep.tfrecord import Record, frame, read_records, write_records
from vaeprep.verify import verify
from vaeprep.workfolder import BusyError, OtherJobError, work_path


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("songs") / "songs.tfrecord"
    demo_songs.write(path, 24, seed=7)
    return path


@pytest.fixture
def options(songs: Path, tmp_path: Path) -> RunOptions:
    return RunOptions(
        input_tfrecord=(str(songs),),
        output_tfrecord=tmp_path / "out" / "mel.tfrecord",
        config="cat-mel_2bar_small",
        output_shards=3,
    )


def output(options: RunOptions) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in shards.existing_shards(options.output_tfrecord)}


def run_in_threads(options: RunOptions) -> object:
    with ThreadPoolExecutor(2) as executor:
        return job.run(options, executor)


def test_a_finished_run_leaves_shards_and_summary_only(options: RunOptions) -> None:
    summary = job.run(options)
    folder = options.output_tfrecord.parent
    names = sorted(path.name for path in folder.iterdir())
    assert names == [*sorted(output(options)), "vaeprep-mel.tfrecord.json"]
    assert from_json(summary_path(options.output_tfrecord).read_text()) == summary
    assert (
        summary.unique == sum(shard.records for shard in summary.shards["notesequences"]) > 50
    )
    assert not list(folder.glob("mel.tfrecord*.json")), "PREFIX* must match shards only"
    assert verify(options.output_tfrecord).problems == []


def test_workers_splits_and_executor_change_no_byte(
    options: RunOptions, tmp_path: Path
) -> None:
    job.run(options)
    first = output(options)
    for number, changed in enumerate(
        (
            {"workers": 2},
            {"workers": 3, "split_bytes": 5000},
            {"split_bytes": 1},
            {"split_bytes": 1 << 30},
        )
    ):
        other = replace(
            options, output_tfrecord=tmp_path / str(number) / "mel.tfrecord", **changed
        )
        (run_in_threads if number > 1 else job.run)(other)
        assert output(other) == first, changed


def test_input_in_one_file_or_many_changes_no_byte(
    options: RunOptions, songs: Path, tmp_path: Path
) -> None:
    run_in_threads(options)
    payloads = [r.payload for r in read_records(songs) if isinstance(r, Record)]
    for number in range(5):
        write_records(
            tmp_path / f"part{number}.tfrecord", payloads[5 * number : 5 * number + 5]
        )
    zipped = tmp_path / "part2.tfrecord"
    zipped.write_bytes(gzip.compress(zipped.read_bytes()))
    many = replace(
        options,
        input_tfrecord=(str(tmp_path / "part*.tfrecord"),),
        output_tfrecord=tmp_path / "many" / "mel.tfrecord",
    )
    run_in_threads(many)
    assert output(many) == output(options)


def test_an_interrupted_run_goes_on_where_it_stopped(
    options: RunOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = replace(options, output_tfrecord=tmp_path / "whole" / "mel.tfrecord")
    run_in_threads(whole)
    options = replace(options, split_bytes=20_000)
    with monkeypatch.context() as patch:
        patch.setattr(job.merge, "merge", lambda *_a, **_k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_in_threads(options)
    assert not output(options)
    assert not summary_path(options.output_tfrecord).exists()
    summary = run_in_threads(options)
    assert summary.resumed_splits > 1  # type: ignore[attr-defined]
    assert output(options) == output(whole)


def test_a_run_stopped_between_two_renames_is_finished(
    options: RunOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = replace(options, output_tfrecord=tmp_path / "whole" / "mel.tfrecord")
    run_in_threads(whole)
    put_in_place = shards.put_in_place

    def stop_at_second(prefix: Path, number: int, count: int) -> None:
        if number == 1:
            raise KeyboardInterrupt
        put_in_place(prefix, number, count)

    with monkeypatch.context() as patch:
        patch.setattr(shards, "put_in_place", stop_at_second)
        with pytest.raises(KeyboardInterrupt):
            run_in_threads(options)
    assert len(output(options)) == 1
    assert not summary_path(options.output_tfrecord).exists()
    run_in_threads(options)
    assert output(options) == output(whole)
    assert verify(options.output_tfrecord).problems == []


@pytest.mark.parametrize(
    "change",
    [{"output_shards": 4}, {"config": "flat-mel_16bar"}, {"max_examples_per_sequence": 2}],
)
def test_unfinished_work_of_another_command_is_not_touched(
    options: RunOptions, monkeypatch: pytest.MonkeyPatch, change: dict[str, object]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(job.merge, "merge", lambda *_a, **_k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_in_threads(options)
    with pytest.raises(OtherJobError, match="--restart"):
        run_in_threads(replace(options, **change))
    run_in_threads(replace(options, restart=True, **change))
    assert verify(options.output_tfrecord).problems == []


def test_a_second_run_at_the_same_time_is_refused(options: RunOptions) -> None:
    def second(_stage: str, _total: object, _unit: str) -> object:
        with pytest.raises(BusyError):
            run_in_threads(options)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), ThreadPoolExecutor(1) as executor:
        job.run(options, executor, progress=second)  # type: ignore[arg-type]


def test_an_existing_output_is_kept_unless_told_otherwise(options: RunOptions) -> None:
    run_in_threads(options)
    before = output(options)
    with pytest.raises(UsageError, match="--overwrite"):
        run_in_threads(options)
    assert output(options) == before
    run_in_threads(replace(options, output_shards=2, overwrite=True))
    assert len(output(options)) == 2
    assert verify(options.output_tfrecord).problems == []


def test_bad_records_are_counted_named_and_survived(
    options: RunOptions, songs: Path, tmp_path: Path
) -> None:
    payloads = [r.payload for r in read_records(songs) if isinstance(r, Record)][:6]
    raising = NoteSequence(id="/id/raises", total_time=4.0)
    raising.notes.add(pitch=60, velocity=80, start_time=float("nan"), end_time=2.0)
    broken = bytearray(frame(payloads[0]))
    broken[40] ^= 1
    good = [frame(payload) for payload in payloads]
    data = [*good, bytes(broken), frame(b"\xff\xff"), frame(raising.SerializeToString()), *good]
    path = tmp_path / "bad.tfrecord"
    path.write_bytes(b"".join(data) + b"torn")
    summary = run_in_threads(replace(options, input_tfrecord=(str(path),)))
    assert summary.fault_counts == {"damaged": 2, "undecodable": 1, "failed": 1}  # type: ignore[attr-defined]
    by_kind = {fault.kind: fault for fault in summary.faults}  # type: ignore[attr-defined]
    assert by_kind["failed"].source_id == "/id/raises"
    assert "NaN" in by_kind["failed"].reason
    offset = sum(map(len, good))
    assert by_kind["undecodable"].offset == offset + len(broken)
    assert summary.records == 14  # type: ignore[attr-defined]
    with pytest.raises(StrictError, match=r"bad\.tfrecord"):
        run_in_threads(
            replace(
                options,
                input_tfrecord=(str(path),),
                output_tfrecord=tmp_path / "strict" / "mel.tfrecord",
                strict=True,
            )
        )


def test_the_number_of_examples_of_a_song_can_be_limited(options: RunOptions) -> None:
    summary = run_in_threads(replace(options, max_examples_per_sequence=3))
    counts: dict[str, int] = {}
    for path in shards.existing_shards(options.output_tfrecord):
        for record in read_records(path):
            assert isinstance(record, Record)
            for source in NoteSequence.FromString(record.payload).id.split(","):
                counts[source] = counts.get(source, 0) + 1
    assert max(counts.values()) == 3
    assert summary.counters["extracted-examples"] > 3 * len(counts)  # type: ignore[attr-defined]


def test_nothing_is_written_when_the_command_cannot_be_carried_out(
    options: RunOptions, tmp_path: Path
) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("These are no NoteSequences.")
    for bad in (
        replace(options, input_tfrecord=(str(tmp_path / "none"),)),
        replace(options, input_tfrecord=(str(text),)),
        replace(options, config="no-such"),
        replace(options, output_shards=0),
        replace(options, workers=0),
        replace(options, output_tfrecord=tmp_path),
    ):
        with pytest.raises(UsageError) as caught:
            run_in_threads(bad)
        assert "\n" not in str(caught.value)
    assert not options.output_tfrecord.parent.exists()


def test_a_file_that_grows_during_the_run_is_read_as_it_was_planned(
    songs: Path, tmp_path: Path
) -> None:
    path = tmp_path / "growing.tfrecord"
    path.write_bytes(songs.read_bytes())
    planned = sources.plan(sources.find_files([str(path)]), 1 << 20)
    with path.open("ab") as file:
        file.write(frame(b"more"))
    last = planned.splits[-1]
    assert sum(1 for _ in read_records(path, last.start, last.stop)) == last.records
    assert planned.records == 24


def test_the_work_folder_is_private_and_hidden(
    options: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(job.merge, "merge", lambda *_a, **_k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_in_threads(options)
    folder = work_path(options.output_tfrecord, None)
    assert folder.stat().st_mode & 0o077 == 0
    assert folder.name.startswith(".")
    assert json.loads((folder / "job.json").read_text())["config"] == options.config
    assert not list(options.output_tfrecord.parent.glob("mel.tfrecord*"))
