"""An input of which nothing can be read is refused before anything is written."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.inputs.music import MIDI
from tests.job.test_foreign import EXAMPLE
from vaeprep.cures.options import Cures
from vaeprep.errors import UsageError
from vaeprep.files.tfrecord import Record, read_records
from vaeprep.job.first_look import check_input
from vaeprep.job.options import RunOptions
from vaeprep.job.run import run
from vaeprep.job.set_up import set_up

Write = Callable[..., Path]


def look(*inputs: Path, cures: Cures | None = None) -> None:
    given = RunOptions(
        (),
        inputs[0].parent / "out" / "m",
        "cat-mel_2bar_small",
        input=tuple(map(str, inputs)),
        cures=cures or Cures(),
    )
    check_input(set_up(given))


def test_records_of_another_kind_are_refused_by_name_and_nothing_is_written(
    write: Write, tmp_path: Path
) -> None:
    path = write("examples.tfrecord", EXAMPLE, EXAMPLE)
    given = RunOptions((str(path),), tmp_path / "out" / "m", "cat-mel_2bar_small")
    with ThreadPoolExecutor(1) as executor, pytest.raises(UsageError) as raised:
        run(given, executor)
    assert "no NoteSequence; it looks like a tf.train.Example" in str(raised.value)
    assert not (tmp_path / "out").exists()


def test_one_good_record_or_file_is_enough(write: Write, songs: Path, tmp_path: Path) -> None:
    good = next(r.payload for r in read_records(songs) if isinstance(r, Record))
    look(write("mixed.tfrecord", EXAMPLE, good))
    (tmp_path / "bad.mid").write_bytes(MIDI[:20])
    (tmp_path / "good.mid").write_bytes(MIDI)
    look(tmp_path / "bad.mid", tmp_path / "good.mid")
    with pytest.raises(UsageError, match="this MIDI file cannot be converted"):
        look(tmp_path / "bad.mid")


def test_files_without_any_bytes_are_refused_together(tmp_path: Path) -> None:
    for name in ("a.tfrecord", "b.tfrecord"):
        (tmp_path / name).touch()
    with pytest.raises(UsageError, match="is empty"):
        look(tmp_path / "a.tfrecord", tmp_path / "b.tfrecord")


def test_a_file_that_is_mended_is_not_refused(tmp_path: Path) -> None:
    """Every player opens it: the velocity is over 127."""
    odd = MIDI.replace(b"\x90\x3c\x50", b"\x90\x3c\xd0")
    (tmp_path / "odd.mid").write_bytes(odd)
    with pytest.raises(UsageError, match="cannot be converted"):
        look(tmp_path / "odd.mid")
    look(tmp_path / "odd.mid", cures=Cures(lenient_midi=True))
