"""The comparison of MIDI readers compares: a difference ends it, a refusal is an answer."""

from pathlib import Path

import pytest

from benchmarks.midi import measure, ours


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "one.mid", tmp_path / "two.mid"]
    for path in paths:
        path.write_bytes(b"no MIDI")
    return paths


def test_each_contestant_is_timed_on_every_file(files: list[Path]) -> None:
    seen: list[bytes] = []

    def reader(data: bytes) -> bytes | None:
        seen.append(data)
        return None

    assert len(measure(files, (reader, ours()))) == 2
    assert len(seen) == 1 + len(files)


def test_a_difference_is_an_error_that_names_the_file(files: list[Path]) -> None:
    with pytest.raises(SystemExit, match=r"one\.mid: not the same"):
        measure(files, (ours(), lambda _data: b"a NoteSequence"))
