"""Examples in object storage are read by TensorFlow, from copies that are made once."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.stores import Server, put
from vaeprep.files.names import existing_shards, summary_path
from vaeprep.files.remote import RemotePath
from vaeprep.training import load_dataset
from vaeprep.training.found_examples import find_examples
from vaeprep.training.local_copies import local_copies

CONFIG = "cat-mel_2bar_small"


@pytest.fixture
def stored(
    s3: Server, shards: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> RemotePath:
    """The prefix of tensor shards in a bucket; the cache folder is new."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    prefix = shards(CONFIG).with_name(f"tensors-{CONFIG}")
    there = f"s3://music/{tmp_path.name}"
    for path in (*existing_shards(prefix), summary_path(prefix)):
        put(path, f"{there}/{path.name}")
    s3.forget()
    return RemotePath(f"{there}/tensors-{CONFIG}")


def test_the_loader_gives_what_it_gives_of_local_shards(
    stored: RemotePath, shards: Callable[[str], Path], s3: Server
) -> None:
    here = shards(CONFIG).with_name(f"tensors-{CONFIG}")
    local = list(load_dataset(f"{here}-*", CONFIG, 8))
    remote = list(load_dataset(f"{stored}-*", CONFIG, 8))
    assert len(local) == len(remote) > 5
    for one, other in zip(local, remote, strict=True):
        for expected, got in zip(one, other, strict=True):
            np.testing.assert_array_equal(expected, got)
    s3.forget()
    load_dataset(f"{stored}-*", CONFIG, 8)
    assert not s3.counts["GET"], "nothing is copied twice"
    assert find_examples(str(stored), CONFIG).are_tensors


def test_what_was_made_again_is_copied_again(stored: RemotePath) -> None:
    (first, *_) = existing_shards(stored)
    (copy,) = local_copies([first])
    assert copy.read_bytes() == first.read_bytes()
    first.write_bytes(b"other")
    summary_path(stored).write_bytes(b"{}")
    (again,) = local_copies([first])
    assert again.read_bytes() == b"other"
    assert summary_path(again.with_name(stored.name)).read_bytes() == b"{}"


def test_local_files_stay_where_they_are(tmp_path: Path) -> None:
    assert local_copies([tmp_path / "x"]) == [tmp_path / "x"]
