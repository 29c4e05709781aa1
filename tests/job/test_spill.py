"""Spills give back what was written, share by share, and notice damage."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_every_flipped_bit_is_noticed_or_harmless(tmp_path: Path) -> None:
    path = tmp_path / "0.spill"
    entries = entries_of([b"one", b"two"])
    write(path, entries, ["/id/a", "/id/b", "/id/c"], b"{}")
    data = path.read_bytes()
    for bit in range(0, 8 * len(data), 7):
        broken = bytearray(data)
        broken[bit // 8] ^= 1 << bit % 8
        path.write_bytes(broken)
        try:
            spill = open_spill(path)
            read = list(read_entries(spill, 0, BUCKETS))
        except SpillError:
            continue
        assert [entry.example for entry in read] == [entry.example for entry in entries]


def test_a_truncated_spill_is_not_taken_for_a_finished_one(tmp_path: Path) -> None:
    path = tmp_path / "0.spill"
    write(path, entries_of([b"one", b"two"]), ["a", "b", "c"], b"{}")
    data = path.read_bytes()
    for length in range(0, len(data), 13):
        path.write_bytes(data[:length])
        with pytest.raises(SpillError):
            open_spill(path)
