"""The reducer: each example once, ids in input order, the same bytes however cut."""

from itertools import chain, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaeprep.files.names import part_path
from vaeprep.files.tfrecord import Record, read_records
from vaeprep.job import spill, spill_index
from vaeprep.job.dedup import Rules
from vaeprep.job.merge import merge, shares, worthwhile_share_bytes
from vaeprep.job.shards import ShardSet
from vaeprep.music.encode import note_sequence_payload
from vaeprep.music.protos import NoteSequence

Song = tuple[str, list[bytes]]


def spill_of(path: Path, songs: list[Song]) -> Path:
    found: dict[bytes, tuple[bytes, list[int]]] = {}
    for number, (_, examples) in enumerate(songs):
        for example in dict.fromkeys(examples):
            found.setdefault(spill.hash_example(example), (example, []))[1].append(number)
    entries = [spill.Entry(h, found[h][1], found[h][0], b"") for h in sorted(found)]
    spill.write(path, entries, [name for name, _ in songs], b"{}")
    return path


def example_of(pitch: int) -> bytes:
    ns = NoteSequence(ticks_per_quarter=220)
    ns.notes.add(pitch=pitch, velocity=80, end_time=0.5)
    return ns.SerializeToString()


def merged(
    folder: Path, groups: list[list[Song]], shards: int = 3, share_bytes: int = 1 << 20
) -> list[list[bytes]]:
    """The shards' records after merging one spill for each group."""
    spills = [spill_of(folder / f"{i}.spill", songs) for i, songs in enumerate(groups)]
    output = ShardSet(folder / "out", shards, note_sequence_payload)
    index = spill_index.build(folder / "index", spills)
    merge(index, [output], lambda _count: None, share_bytes=share_bytes)
    output.close()
    return [
        [
            r.payload
            for r in read_records(part_path(folder / "out", i, shards))
            if type(r) is Record
        ]
        for i in range(shards)
    ]


songs_strategy = st.lists(
    st.tuples(
        st.sampled_from(["/id/a", "/id/b", "/id/c", "é", ""]),
        st.lists(st.integers(0, 30).map(example_of), max_size=12),
    ),
    max_size=12,
)


@given(songs_strategy, st.integers(1, 4), st.integers(1, 500))
@settings(max_examples=60)
def test_the_cut_into_spills_and_shares_changes_no_byte(
    tmp_path_factory: object, songs: list[Song], group: int, share_bytes: int
) -> None:
    folder = tmp_path_factory.mktemp("merge")  # type: ignore[attr-defined]
    groups = [songs[i : i + group] for i in range(0, len(songs), group)]
    whole = merged(folder, [songs])
    assert merged(folder, groups, share_bytes=share_bytes) == whole


@given(songs_strategy)
@settings(max_examples=60)
def test_each_example_stands_once_with_each_source_id_once_in_input_order(
    tmp_path_factory: object, songs: list[Song]
) -> None:
    folder = tmp_path_factory.mktemp("merge")  # type: ignore[attr-defined]
    expected: dict[bytes, list[str]] = {}
    for name, examples in songs:
        for example in examples:
            ids = expected.setdefault(example, [])
            if name not in ids:
                ids.append(name)
    found: dict[bytes, str] = {}
    for record in chain.from_iterable(merged(folder, [songs])):
        ns = NoteSequence.FromString(record)
        assert ns.SerializeToString() == record
        source_ids, ns.id = ns.id, ""
        assert ns.SerializeToString() not in found
        found[ns.SerializeToString()] = source_ids
    assert found == {example: ",".join(ids) for example, ids in expected.items()}


def test_examples_go_round_the_shards_in_the_order_of_their_hashes(tmp_path: Path) -> None:
    examples = [example_of(pitch) for pitch in range(40)]
    shards = merged(tmp_path, [[("a", examples)]], shards=7)
    ordered = sorted(examples, key=spill.hash_example)
    for number, shard in enumerate(shards):
        assert shard == [b"\n\x01a" + example for example in ordered[number::7]]


def test_shares_cover_every_bucket_once(tmp_path: Path) -> None:
    path = spill_of(tmp_path / "0.spill", [("a", [example_of(p) for p in range(90)])])
    index = spill_index.build(tmp_path / "index", [path])
    for share_bytes in (1, 100, 1000, 1 << 30):
        cuts = list(shares(index.bucket_bytes, share_bytes))
        assert cuts[0][0] == 0
        assert cuts[-1][1] == spill.BUCKETS
        assert all(a[1] == b[0] for a, b in pairwise(cuts))


@pytest.mark.parametrize(("spills", "mib"), [(1, 8), (2_048, 8), (4_096, 16), (10**6, 48)])
def test_shares_grow_with_the_spills_up_to_what_a_process_may_hold(
    spills: int, mib: int
) -> None:
    assert worthwhile_share_bytes(spills) == mib << 20


def test_source_ids_can_be_limited(tmp_path: Path) -> None:
    example = example_of(60)
    songs = [(f"/id/{i}", [example]) for i in range(10)]
    path = spill_of(tmp_path / "0.spill", songs)
    output = ShardSet(tmp_path / "out", 1, note_sequence_payload)
    counts = merge(
        spill_index.build(tmp_path / "index", [path]),
        [output],
        lambda _count: None,
        rules=Rules(max_source_ids=3),
    )
    output.close()
    (record,) = read_records(part_path(tmp_path / "out", 0, 1))
    assert isinstance(record, Record)
    assert NoteSequence.FromString(record.payload).id == "/id/0,/id/1,/id/2"
    assert (counts.unique, counts.from_many, counts.most_sources) == (1, 1, 10)
