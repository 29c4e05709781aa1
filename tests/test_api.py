"""The Python API does what the program does."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import vaeprep
from vaeprep.demo.songs import write_songs
from vaeprep.errors import UsageError


def test_run_and_read_examples(tmp_path: Path) -> None:
    write_songs(tmp_path / "songs.tfrecord", 6, seed=7)
    with ThreadPoolExecutor(1) as executor:
        summary = vaeprep.run(
            input_tfrecord=tmp_path / "songs.tfrecord",
            output_tfrecord=tmp_path / "mel.tfrecord",
            config="cat-mel_2bar_small",
            output_shards=2,
            format="tensors",
            executor=executor,
        )
    examples = list(vaeprep.read_examples(f"{tmp_path}/mel.tfrecord*"))
    assert len(examples) == summary.unique > 0
    assert summary.records == 6


def test_mistakes_raise(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no input"):
        vaeprep.run(output_tfrecord=tmp_path / "x", config="cat-mel_2bar_small")
    for kind in (UsageError, TypeError):
        with pytest.raises(kind, match="'output_shard'; did you mean 'output_shards'"):
            vaeprep.run(output_tfrecord="x", config="y", output_shard=1)
    with pytest.raises(AttributeError):
        vaeprep.no_such_name  # noqa: B018
