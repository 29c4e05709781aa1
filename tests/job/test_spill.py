"""Spills give back what was written, share by share, and notice damage."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaeprep.job import spill as module
from vaeprep.job.spill import (
    BUCKETS,
    Entry,
    SpillError,
    bucket_of,
    hash_example,
    open_spill,
    read_entries,
    write,
)


def entries_of(examples: list[bytes]) -> list[Entry]:
    made = [Entry(hash_example(e), (i, i + 1), e, b"f" + e) for i, e in enumerate(examples)]
    return sorted(made)


@given(st.lists(st.binary(max_size=60), unique=True, max_size=60), st.integers(1, BUCKETS))
def test_any_share_of_the_buckets_gives_its_entries(
    tmp_path_factory: pytest.TempPathFactory, examples: list[bytes], middle: int
) -> None:
    path = tmp_path_factory.mktemp("spill") / "0.spill"
    entries = entries_of(examples)
    ids = [f"/id/{i}é" for i in range(len(examples) + 1)]
    write(path, entries, ids, b'{"a": 1}')
    spill = open_spill(path)
    first = list(read_entries(spill, 0, middle))
    assert first == [entry for entry in entries if bucket_of(entry.hash) < middle]
    assert first + list(read_entries(spill, middle, BUCKETS)) == entries
    assert [spill.source_id(i) for i in range(len(ids))] == ids
    assert spill.report == b'{"a": 1}'


@pytest.mark.parametrize(("bits", "step"), [(2, 1), (10, 397)])
def test_every_flipped_bit_is_noticed_or_harmless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bits: int, step: int
) -> None:
    # With few buckets the tables are short, so that each single bit can be tried.
    monkeypatch.setattr(module, "BUCKET_BITS", bits)
    monkeypatch.setattr(module, "BUCKETS", 1 << bits)
    path = tmp_path / "0.spill"
    entries = entries_of([b"one", b"two"])
    write(path, entries, ["/id/a", "/id/b", "/id/c"], b"{}")
    data = path.read_bytes()
    noticed = 0
    with path.open("r+b", buffering=0) as file:
        for bit in range(0, 8 * len(data), step):
            place, value = bit // 8, data[bit // 8]
            os.pwrite(file.fileno(), bytes([value ^ 1 << bit % 8]), place)
            try:
                assert list(read_entries(open_spill(path), 0, 1 << bits)) == entries
            except SpillError:
                noticed += 1
            os.pwrite(file.fileno(), bytes([value]), place)
    # Nobody reads the first bytes, which only tell a person what the file is.
    assert 8 * len(data) // step - noticed <= 8 * 8 < noticed


def test_a_truncated_spill_is_not_taken_for_a_finished_one(tmp_path: Path) -> None:
    path = tmp_path / "0.spill"
    write(path, entries_of([b"one", b"two"]), ["a", "b", "c"], b"{}")
    data = path.read_bytes()
    for length in range(0, len(data), 13):
        path.write_bytes(data[:length])
        with pytest.raises(SpillError):
            open_spill(path)


def test_a_spill_of_another_version_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "0.spill"
    with monkeypatch.context() as patch:
        patch.setattr(module, "_MAGIC", b"vaeprep%d" % (module.FORMAT - 1))
        write(path, entries_of([b"one"]), ["a", "b"], b"{}")
    with pytest.raises(SpillError, match="another version"):
        open_spill(path)
