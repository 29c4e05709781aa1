"""Songs without ids are held out by what they are; an empty set is an error that says why."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vaeprep.files.tfrecord import Record, read_records
from vaeprep.job.empty_sets import EmptySetError
from vaeprep.job.options import RunOptions
from vaeprep.job.run import run
from vaeprep.job.summary_text import last_words
from vaeprep.music.protos import NoteSequence
from vaeprep.source_ids import content_id, split

Write = Callable[..., Path]


@pytest.fixture
def nameless(songs: Path, write: Write) -> Path:
    """The composed songs, without their ids."""
    records = []
    for record in read_records(songs):
        assert isinstance(record, Record)
        song = NoteSequence.FromString(record.payload)
        song.ClearField("id")
        records.append(song)
    return write("nameless.tfrecord", *records)


def options(path: Path, **changes: Any) -> RunOptions:
    given = RunOptions(
        (str(path),), path.parent / "out" / "m", "cat-mel_2bar_small", output_shards=1
    )
    return replace(given, **changes)


def ids_of(path: Path) -> set[str]:
    found: set[str] = set()
    for record in read_records(path):
        assert isinstance(record, Record)
        found.update(split(NoteSequence.FromString(record.payload).id))
    return found


@pytest.mark.parametrize("engine", ["fast", "magenta"])
def test_a_song_without_an_id_gets_one_from_its_content(nameless: Path, engine: str) -> None:
    with ThreadPoolExecutor(1) as executor:
        summary = run(options(nameless, engine=engine), executor)
    contents = {content_id(r.payload) for r in read_records(nameless) if isinstance(r, Record)}
    found = ids_of(nameless.parent / "out" / "m-00000-of-00001")
    assert found
    assert found <= contents
    assert summary.without_id == summary.records == 24
    text = last_words(summary)
    assert text.count("24 songs have no id") == 1


def test_about_that_share_of_nameless_songs_is_held_out(nameless: Path) -> None:
    with ThreadPoolExecutor(1) as executor:
        summary = run(options(nameless, eval_fraction=0.3), executor)
    assert 0 < summary.evaluation < summary.unique
    held = ids_of(nameless.parent / "out" / "eval-m-00000-of-00001")
    assert 2 <= len(held) <= 14
    assert not held & ids_of(nameless.parent / "out" / "m-00000-of-00001")


@pytest.mark.parametrize(
    ("fraction", "message"),
    [
        (1e-9, "the evaluation set would be empty"),
        (0.999999, "the training set would be empty"),
    ],
)
def test_an_empty_set_is_an_error_that_says_why_and_leaves_nothing(
    songs: Path, tmp_path: Path, fraction: float, message: str
) -> None:
    given = options(songs, output_tfrecord=tmp_path / "out" / "m", eval_fraction=fraction)
    with ThreadPoolExecutor(1) as executor:
        with pytest.raises(EmptySetError, match=message) as raised:
            run(given, executor)
        assert "--eval-fraction" in raised.value.in_shell
        assert not list((tmp_path / "out").iterdir())
        run(replace(given, eval_fraction=0.3), executor)


def test_records_of_another_kind_are_counted_and_told(write: Write, songs: Path) -> None:
    from tests.job.test_foreign import EXAMPLE

    good = [r.payload for r in read_records(songs) if isinstance(r, Record)]
    path = write("mixed.tfrecord", EXAMPLE, b"just some words", *good)
    with ThreadPoolExecutor(1) as executor:
        summary = run(options(path), executor)
    assert summary.fault_counts == {"undecodable": 2}
    reasons = [fault.reason for fault in summary.faults]
    assert reasons == [
        "no NoteSequence; it looks like a tf.train.Example",
        "no NoteSequence; it looks like text",
    ]
