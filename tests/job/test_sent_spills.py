"""Workers without the run's work folder send their spills; no byte differs."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.stores import Server, put
from vaeprep.configs import CONFIGS
from vaeprep.engines.spec import EngineSpec
from vaeprep.files.names import existing_shards
from vaeprep.files.remote import RemotePath
from vaeprep.inputs.find import find_files
from vaeprep.inputs.splits import plan
from vaeprep.job import cluster, worker
from vaeprep.job.options import RunOptions
from vaeprep.job.run import run
from vaeprep.job.sent_spills import receive, send_split
from vaeprep.job.verify import verify
from vaeprep.job.worker import Task, extract_split

CONFIG = "cat-mel_2bar_small"


@pytest.mark.parametrize("batch_bytes", [worker.BATCH_BYTES, 1 << 12])
def test_what_is_sent_is_what_would_have_been_written(
    songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch_bytes: int
) -> None:
    monkeypatch.setattr(worker, "BATCH_BYTES", batch_bytes)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    for folder in ("scratch", "seen", "received"):
        (tmp_path / folder).mkdir()
    (split,) = plan(find_files([str(songs)]), 1 << 30).splits
    spec = EngineSpec("fast", None, CONFIGS[CONFIG].converter, CONFIG)
    task = Task(split, spec, tmp_path / "unseen" / "0000000.spill")
    report = extract_split(replace(task, spill_path=tmp_path / "seen" / "0000000.spill"))
    sent = send_split(task)
    assert not list((tmp_path / "scratch").iterdir()), "a worker keeps nothing"
    assert not (tmp_path / "unseen").exists()
    there = replace(task, spill_path=tmp_path / "received" / "0000000.spill")
    assert receive(sent, there) == report
    written, received = (
        {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}
        for folder in ("seen", "received")
    )
    assert received == written
    assert (report.batches > 0) == (batch_bytes == 1 << 12)
    assert sent.files[-1][0] == "0000000.spill", "the one that marks the split as done"


def all_unseen(paths: list[str]) -> str | None:
    """Stands in for `_unseen`: each worker has a disk of its own."""
    return paths[0]


def test_a_cluster_without_a_shared_folder_goes_from_s3_to_s3(
    s3: Server, songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed")
    put(songs, "s3://music/unshared/songs.tfrecord")
    options = RunOptions(
        input_tfrecord=("s3://music/unshared/songs.tfrecord",),
        output_tfrecord=RemotePath("s3://music/unshared/out/mel"),
        config=CONFIG,
        output_shards=2,
        format="both",
        split_bytes=50_000,
        work_dir=tmp_path / "work",
    )
    monkeypatch.setattr(cluster, "_unseen", all_unseen)
    told: list[str] = []
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=60
        ) as started,
        cluster.connect(started.scheduler_address) as found,
    ):
        run(replace(options, workers=found.cores), found.executor, tell=told.append)
    assert told == ["the workers do not see the work folder: they send what they find here"]
    assert verify(options.output_tfrecord).problems == []
    local = replace(
        options, input_tfrecord=(str(songs),), output_tfrecord=tmp_path / "out" / "mel"
    )
    run(local)
    for name in ("mel", "tensors-mel"):
        here = existing_shards(local.output_tfrecord.with_name(name))
        there = existing_shards(options.output_tfrecord.with_name(name))
        assert len(here) == 2
        assert [one.read_bytes() for one in there] == [one.read_bytes() for one in here]
