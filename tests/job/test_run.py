"""The whole job: the same bytes however it is run, resumed where it stopped, nothing lost."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from vaeprep.demo.songs import write_songs
from vaeprep.errors import UsageError
from vaeprep.files.names import existing_shards, summary_path
from vaeprep.files.tfrecord import Record, frame, read_records, write_records
from vaeprep.inputs import splits
from vaeprep.inputs.find import find_files
from vaeprep.job import merge, shards, spill, workfolder
from vaeprep.job.convert import convert
from vaeprep.job.options import RunOptions
from vaeprep.job.outputs import held_out
from vaeprep.job.report import StrictError
from vaeprep.job.run import run
from vaeprep.job.summary import Summary, from_json
from vaeprep.job.verify import verify
from vaeprep.job.workfolder import BusyError, OtherJobError, work_path
from vaeprep.music.protos import NoteSequence
from vaeprep.tensors import read_examples


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("songs") / "songs.tfrecord"
    write_songs(path, 24, seed=7)
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
    return {p.name: p.read_bytes() for p in existing_shards(options.output_tfrecord)}


def run_in_threads(options: RunOptions) -> Summary:
    with ThreadPoolExecutor(2) as executor:
        return run(options, executor)


def test_a_finished_run_leaves_shards_and_summary_only(options: RunOptions) -> None:
    summary = run(options)
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
    run(options)
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
        (run_in_threads if number > 1 else run)(other)
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
        patch.setattr(merge, "merge", lambda *_a, **_k: 1 / 0)
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
        patch.setattr(merge, "merge", lambda *_a, **_k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_in_threads(options)
    with pytest.raises(OtherJobError, match="restart=True"):
        run_in_threads(replace(options, **change))
    run_in_threads(replace(options, restart=True, **change))
    assert verify(options.output_tfrecord).problems == []


def test_the_work_of_another_version_is_not_taken_up(
    options: RunOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = replace(options, output_tfrecord=tmp_path / "whole" / "mel.tfrecord")
    run_in_threads(whole)
    options = replace(options, split_bytes=20_000)
    with monkeypatch.context() as patch:
        patch.setattr(merge, "merge", lambda *_a, **_k: 1 / 0)
        patch.setattr(spill, "_MAGIC", b"vaeprep%d" % (spill.FORMAT - 1))
        with pytest.raises(ZeroDivisionError):
            run_in_threads(options)
    assert list(work_path(options.output_tfrecord, None).glob("spills-*/*.spill"))
    with monkeypatch.context() as patch:
        patch.setattr(workfolder, "FORMAT", workfolder.FORMAT + 1)
        with pytest.raises(OtherJobError, match="work folder format"):
            run_in_threads(options)
    assert run_in_threads(options).resumed_splits == 0
    assert output(options) == output(whole)


def test_a_second_run_at_the_same_time_is_refused(options: RunOptions) -> None:
    def second(_stage: str, _total: object, _unit: str) -> object:
        with pytest.raises(BusyError):
            run_in_threads(options)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), ThreadPoolExecutor(1) as executor:
        run(options, executor, progress=second)  # type: ignore[arg-type]


def test_an_existing_output_is_kept_unless_told_otherwise(options: RunOptions) -> None:
    run_in_threads(options)
    before = output(options)
    with pytest.raises(UsageError, match="overwrite=True"):
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
    for path in existing_shards(options.output_tfrecord):
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
    planned = splits.plan(find_files([str(path)]), 1 << 20)
    with path.open("ab") as file:
        file.write(frame(b"more"))
    (last,) = planned.splits[-1].ranges
    assert sum(1 for _ in read_records(path, last.start, last.stop)) == last.records
    assert planned.records == 24


def test_the_work_folder_is_private_and_hidden(
    options: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(merge, "merge", lambda *_a, **_k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_in_threads(options)
    folder = work_path(options.output_tfrecord, None)
    assert folder.stat().st_mode & 0o077 == 0
    assert folder.name.startswith(".")
    assert json.loads((folder / "job.json").read_text())["config"] == options.config
    assert not list(options.output_tfrecord.parent.glob("mel.tfrecord*"))


def ids_of(prefix: Path) -> dict[bytes, set[str]]:
    """The examples of an output with their source ids."""
    found = {}
    for path in existing_shards(prefix):
        for record in read_records(path):
            assert isinstance(record, Record)
            ns = NoteSequence.FromString(record.payload)
            ids = set(ns.id.split(","))
            ns.ClearField("id")
            found[ns.SerializeToString()] = ids
    return found


def test_no_example_and_no_song_held_out_leaks_into_training(options: RunOptions) -> None:
    options = replace(options, config="cat-drums_2bar_small")  # songs share drum patterns
    whole = run_in_threads(options)
    everything = ids_of(options.output_tfrecord)
    options = replace(options, eval_fraction=0.3, overwrite=True)
    summary = run_in_threads(options)
    train = ids_of(options.output_tfrecord)
    evaluation = ids_of(options.output_tfrecord.with_name("eval-mel.tfrecord"))
    assert train
    assert evaluation
    assert not train.keys() & evaluation.keys()
    assert train | evaluation == everything
    is_held_out = held_out(0.3)
    assert all(is_held_out(song) for ids in evaluation.values() for song in ids)
    assert not any(all(map(is_held_out, ids)) for ids in train.values())
    both = sum(any(map(is_held_out, ids)) for ids in train.values())
    assert summary.in_both == both > 0  # type: ignore[attr-defined]
    assert summary.evaluation == len(evaluation)  # type: ignore[attr-defined]
    assert summary.unique == whole.unique  # type: ignore[attr-defined]
    assert verify(options.output_tfrecord).problems == []
    assert not list(options.output_tfrecord.parent.glob("mel.tfrecord*eval*"))


def test_a_song_stays_in_its_set_when_songs_are_added() -> None:
    songs = [f"/id/{number}" for number in range(1000)]
    small, large = held_out(0.1), held_out(0.2)
    assert 60 < sum(map(small, songs)) < 140
    assert all(large(song) for song in songs if small(song))


def test_both_formats_come_from_one_pass_and_hold_the_same_examples(
    options: RunOptions,
) -> None:
    summary = run_in_threads(replace(options, format="both"))
    notes = {",".join(sorted(ids)) for ids in ids_of(options.output_tfrecord).values()}
    tensors = options.output_tfrecord.with_name("tensors-mel.tfrecord")
    examples = list(read_examples(f"{tensors}*"))
    assert len(examples) == summary.unique  # type: ignore[attr-defined]
    assert {",".join(sorted(example["ids"])) for example in examples} == notes
    written = summary.shards  # type: ignore[attr-defined]
    assert set(written) == {"notesequences", "tensors"}
    only = replace(options, format="tensors", overwrite=True)
    run_in_threads(only)
    assert [path.read_bytes() for path in existing_shards(options.output_tfrecord)] == [
        path.read_bytes() for path in existing_shards(tensors)
    ]
    assert verify(options.output_tfrecord).problems == []


def test_tensor_shards_are_compressed_unless_told_otherwise(options: RunOptions) -> None:
    tensors = replace(options, format="tensors", overwrite=True)
    found = []
    for compression in (None, "gzip", "none"):
        run_in_threads(replace(tensors, tensor_compression=compression))
        assert verify(options.output_tfrecord).problems == []
        examples = read_examples(f"{options.output_tfrecord}*")
        found.append(([str(example) for example in examples], output(options)))
    assert found[0] == found[1]
    assert found[1][0] == found[2][0]
    zipped, plain = (sum(map(len, found[i][1].values())) for i in (1, 2))
    assert 3 * zipped < plain
    with pytest.raises(UsageError, match="tensor_compression needs format='tensors'"):
        run(replace(options, tensor_compression="gzip"))


def test_midi_files_give_what_their_tfrecord_gives(options: RunOptions, tmp_path: Path) -> None:
    pretty_midi = pytest.importorskip("pretty_midi")
    folder = tmp_path / "tunes"
    folder.mkdir()
    for number in range(3):
        midi = pretty_midi.PrettyMIDI()
        piano = pretty_midi.Instrument(0)
        piano.notes = [
            pretty_midi.Note(80, 60 + (step * (number + 2)) % 12, step / 4, step / 4 + 0.25)
            for step in range(64)
        ]
        midi.instruments.append(piano)
        midi.write(str(folder / f"{number}.mid"))
    (folder / "broken.mid").write_bytes(b"MThd")
    midi_options = replace(options, input_tfrecord=(), input=(str(folder),))
    summary = run_in_threads(midi_options)
    assert summary.fault_counts == {"damaged": 1}  # type: ignore[attr-defined]
    convert([str(folder)], tmp_path / "tunes.tfrecord", 1, ThreadPoolExecutor(1))
    other = replace(
        options,
        input_tfrecord=(str(tmp_path / "tunes.tfrecord"),),
        output_tfrecord=tmp_path / "other" / "mel.tfrecord",
    )
    run_in_threads(other)
    assert output(midi_options) == output(other) != {}
