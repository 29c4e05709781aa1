"""Lines beside a spill come back as they were written, or the damage is found."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaeprep.job import lines
from vaeprep.job.lines import Lines, read_batches
from vaeprep.job.spill import SpillError


@given(st.lists(st.binary(max_size=20)), st.integers(1, 50))
def test_what_is_read_is_what_was_added(
    tmp_path_factory: pytest.TempPathFactory, added: list[bytes], batch_bytes: int
) -> None:
    spill = tmp_path_factory.mktemp("lines") / "7.spill"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BATCH_BYTES", batch_bytes)
        written = Lines(spill, "songs")
        for line in added:
            written.add(line)
        checksums = written.close()
    assert b"".join(read_batches(spill, "songs", checksums)) == b"".join(added)


def test_kinds_do_not_meet_and_nothing_makes_no_file(tmp_path: Path) -> None:
    spill = tmp_path / "7.spill"
    songs, faults = Lines(spill, "songs"), Lines(spill, "faults")
    songs.add(b"a\n")
    assert faults.close() == []
    assert list(read_batches(spill, "songs", songs.close())) == [b"a\n"]
    assert [path.name for path in tmp_path.iterdir()] == ["7-00000.songs"]


def test_a_missing_batch_and_a_cut_one_are_damage(tmp_path: Path) -> None:
    spill = tmp_path / "7.spill"
    written = Lines(spill, "songs")
    written.add(b"{}\n")
    checksums = written.close()
    with pytest.raises(SpillError):
        list(read_batches(spill, "songs", [*checksums, 5]))
    (tmp_path / "7-00000.songs").write_bytes(b"{}")
    with pytest.raises(SpillError):
        list(read_batches(spill, "songs", checksums))
