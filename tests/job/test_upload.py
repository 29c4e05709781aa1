"""Shards in object storage: the local ones' bytes, checked there, after any stop."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.stores import Server, put
from vaeprep.errors import UsageError
from vaeprep.files.names import existing_shards, song_list_path, summary_path
from vaeprep.files.remote import RemoteError, RemotePath
from vaeprep.inputs.find import find_files
from vaeprep.inspection.export import Exported, export_all
from vaeprep.inspection.runs import FinishedRun, songs_of
from vaeprep.inspection.statistics import inspect_files
from vaeprep.job.options import RunOptions
from vaeprep.job.run import preview, run
from vaeprep.job.staging import cache_folder, staged_prefix
from vaeprep.job.summary import Summary, from_json
from vaeprep.job.verify import verify
from vaeprep.job.workfolder import BusyError, work_path
from vaeprep.tensors import read_examples

CONFIG = "cat-mel_2bar_small"


@pytest.fixture
def options(s3: Server, songs: Path, tmp_path: Path) -> RunOptions:
    """From S3 to S3, in both formats; each test has its own folder there."""
    put(songs, "s3://music/songs.tfrecord")
    s3.forget()
    return RunOptions(
        input_tfrecord=("s3://music/songs.tfrecord",),
        output_tfrecord=RemotePath(f"s3://music/{tmp_path.name}/mel"),
        config=CONFIG,
        output_shards=3,
        format="both",
        eval_fraction=0.25,
        work_dir=tmp_path / "work",
    )


def do(options: RunOptions) -> Summary:
    with ThreadPoolExecutor(1) as executor:
        return run(options, executor)


def objects(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def local(options: RunOptions, songs: Path, folder: Path) -> dict[str, bytes]:
    """The shards of the same run from this machine to this machine."""
    do(
        replace(
            options,
            input_tfrecord=(str(songs),),
            output_tfrecord=folder / "mel",
            work_dir=None,
        )
    )
    return {name: data for name, data in objects(folder).items() if "json" not in name}


def shards_of(options: RunOptions) -> dict[str, bytes]:
    found = objects(options.output_tfrecord.parent)
    return {name: data for name, data in found.items() if "json" not in name}


def test_from_s3_to_s3_gives_the_bytes_of_a_local_run(
    options: RunOptions, songs: Path, tmp_path: Path
) -> None:
    summary = do(options)
    assert shards_of(options) == local(options, songs, tmp_path / "here")
    names = sorted(objects(options.output_tfrecord.parent))
    assert len(names) == 4 * 3 + 4, "shards and summaries, no lock and nothing unfinished"
    text = summary_path(options.output_tfrecord).read_text("utf-8")
    assert from_json(text) == summary
    assert str(tmp_path) not in text, "where it was made is nobody's business"
    assert not list((tmp_path / "work").iterdir()), "nothing is left here"


def test_what_is_there_can_be_verified_inspected_exported_and_read(
    options: RunOptions, tmp_path: Path
) -> None:
    summary = do(options)
    prefix = options.output_tfrecord
    verdict = verify(prefix)
    assert verdict.problems == []
    assert verdict.records == 2 * summary.unique
    inspection = inspect_files(find_files([f"{prefix}*"]), 0, 2)
    assert [one.prefix for one in inspection.runs] == [prefix]
    (midi,) = export_all([f"{prefix}*"], tmp_path / "midi", index=(1,))
    assert isinstance(midi, Exported)
    tensors = list(read_examples(f"{prefix.parent}/tensors-mel*"))
    assert len(tensors) == summary.unique - summary.evaluation


def test_the_list_of_many_songs_is_there_too(
    options: RunOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaeprep.job.songs.MOST_LISTED", 3)
    summary = do(options)
    run = FinishedRun(options.output_tfrecord, summary)
    assert len(songs_of(run)) == sum(summary.outcomes.values()) > 3
    assert verify(options.output_tfrecord).problems == []
    song_list_path(options.output_tfrecord).unlink()
    assert "songs" in verify(options.output_tfrecord).problems[0]
    assert not list((tmp_path / "work").iterdir()), "nothing is left here"


def test_verify_finds_damage_and_what_is_missing_there(options: RunOptions) -> None:
    do(options)
    first, second, *_ = existing_shards(options.output_tfrecord)
    data = bytearray(first.read_bytes())
    data[len(data) // 2] ^= 1
    first.write_bytes(data)
    second.unlink()
    problems = "\n".join(verify(options.output_tfrecord).problems)
    assert f"{first.name}: its bytes are not those that were written" in problems
    assert f"{second.name}: missing" in problems


@pytest.mark.parametrize("after", [0, 1, 7, 11])
def test_a_stopped_upload_goes_on_with_what_is_missing(
    options: RunOptions,
    s3: Server,
    songs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    after: int,
) -> None:
    put_up = RemotePath.upload
    done = []

    def stop_after(path: RemotePath, file: Path) -> None:
        if len(done) == after:
            raise KeyboardInterrupt
        done.append(path.name)
        put_up(path, file)

    with monkeypatch.context() as patch:
        patch.setattr(RemotePath, "upload", stop_after)
        with pytest.raises(KeyboardInterrupt):
            do(options)
    assert sorted(objects(options.output_tfrecord.parent)) == sorted(done), "no summary yet"
    s3.forget()
    lines: list[str] = []
    with ThreadPoolExecutor(1) as executor:
        run(options, executor, tell=lines.append)
    assert lines == ["an earlier run had everything done but the upload of the shards"]
    again = {request.rsplit("/", 1)[1] for request in s3.requests if request[:3] == "PUT"}
    assert not again & set(done)
    assert shards_of(options) == local(options, songs, tmp_path / "here")
    assert verify(options.output_tfrecord).problems == []


def test_a_shard_that_came_out_other_than_it_was_written_ends_the_run(
    options: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_up = RemotePath.upload

    def flip(path: RemotePath, file: Path) -> None:
        put_up(path, file)
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)

    with monkeypatch.context() as patch:
        patch.setattr(RemotePath, "upload", flip)
        with pytest.raises(RemoteError, match="its bytes are not those that were uploaded"):
            do(options)
    assert not summary_path(options.output_tfrecord).exists()
    do(options)
    assert verify(options.output_tfrecord).problems == []


def test_what_is_there_is_replaced_only_when_asked(options: RunOptions) -> None:
    do(options)
    before = objects(options.output_tfrecord.parent)
    with pytest.raises(UsageError, match=r"s3://.*mel-00000-of-00003 exists; add "):
        do(options)
    assert objects(options.output_tfrecord.parent) == before
    do(replace(options, overwrite=True, output_shards=2))
    names = objects(options.output_tfrecord.parent)
    assert len(names) == 4 * 2 + 4
    assert verify(options.output_tfrecord).problems == []


def test_an_input_is_never_replaced(options: RunOptions) -> None:
    do(replace(options, eval_fraction=0.0))
    shards = f"{options.output_tfrecord}-*"
    with pytest.raises(UsageError, match="is an input too"):
        do(replace(options, input_tfrecord=(shards,), overwrite=True, eval_fraction=0.0))


def lock_of(options: RunOptions) -> RemotePath:
    prefix = options.output_tfrecord
    assert isinstance(prefix, RemotePath)
    return prefix.with_name(f".vaeprep-{prefix.name}.lock")


def test_another_machines_run_keeps_this_one_out(options: RunOptions, tmp_path: Path) -> None:
    lock = lock_of(options)
    lock.create(json.dumps({"owner": "x", "host": "far", "since": "noon"}).encode())
    with pytest.raises(BusyError, match=rf"on far since noon.* delete {lock}"):
        do(options)
    assert list(objects(options.output_tfrecord.parent)) == [lock.name]
    assert not list((tmp_path / "work").iterdir())
    lock.unlink()
    do(options)
    assert not lock.exists()


def test_a_run_killed_while_it_uploads_goes_on(
    options: RunOptions, s3: Server, songs: Path, tmp_path: Path
) -> None:
    prefix = options.output_tfrecord
    line = [sys.executable, "-m", "vaeprep", "run", "--input-tfrecord", *options.input_tfrecord]
    line += ["--output-tfrecord", str(prefix), "--config", CONFIG, "--output-shards", "3"]
    line += [
        "--format",
        "both",
        "--eval-fraction",
        "0.25",
        "--work-dir",
        str(tmp_path / "work"),
    ]
    line += ["--workers", "1", "--quiet"]
    first = f"PUT /{prefix.parent.relative_to('s3:')}/mel-00001-of-00003"
    with subprocess.Popen(line) as process:
        while process.poll() is None and first not in s3.requests:
            time.sleep(0.001)
        process.kill()
    assert lock_of(options).exists(), "a killed run unlocks nothing"
    assert not summary_path(prefix).exists()
    s3.forget()
    subprocess.run(line, check=True)
    assert not lock_of(options).exists()
    assert f"PUT /{prefix.parent.relative_to('s3:')}/mel-00000-of-00003" not in s3.requests
    assert shards_of(options) == local(options, songs, tmp_path / "here")
    assert verify(prefix).problems == []


def test_without_its_bucket_the_run_does_not_begin(options: RunOptions, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such object or bucket"):
        do(replace(options, output_tfrecord=RemotePath("s3://no-such-bucket/out/mel")))
    assert not list((tmp_path / "work").iterdir())


def test_a_dry_run_tells_where_all_goes_and_writes_nothing(
    options: RunOptions, tmp_path: Path
) -> None:
    found = preview(options)
    assert str(found.shard_paths[0]) == f"{options.output_tfrecord}-00000-of-00003"
    assert found.work_path == work_path(options.output_tfrecord, tmp_path / "work")
    assert found.work_path.is_relative_to(tmp_path / "work")
    assert not existing_shards(options.output_tfrecord)
    assert not (tmp_path / "work").exists()


def test_the_work_stands_in_the_users_cache_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder() == tmp_path / ".cache" / "vaeprep"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    assert cache_folder() == tmp_path / "c" / "vaeprep"
    one, other = (RemotePath(f"s3://{bucket}/out/mel") for bucket in "ab")
    assert staged_prefix(one, None).is_relative_to(cache_folder())
    assert staged_prefix(one, None) != staged_prefix(other, None)
    assert staged_prefix(one, None) == staged_prefix(RemotePath(os.fspath(one)), None)


def test_from_one_store_to_another(options: RunOptions, songs: Path, tmp_path: Path) -> None:
    other = RemotePath(f"memory://{tmp_path.name}/mel")
    do(replace(options, output_tfrecord=other))
    assert shards_of(replace(options, output_tfrecord=other)) == local(
        options, songs, tmp_path / "here"
    )
    assert verify(other).problems == []
