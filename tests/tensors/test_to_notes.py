"""The promise of decoding tensors: the notes of the example's NoteSequence."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.kinds import ONE_OF_EACH_KIND
from vaeprep.files.tfrecord import Record, read_records
from vaeprep.music.sequence import Columns, decode
from vaeprep.tensors.description import find_description
from vaeprep.tensors.to_notes import decode_tensors, music_of


def notes(music: Columns, with_instrument: bool) -> Counter[Any]:
    columns = music.notes
    return Counter(
        zip(
            columns.pitch.tolist(),
            columns.velocity.tolist(),
            columns.start.round(6).tolist(),
            columns.end.round(6).tolist(),
            columns.instrument.tolist() if with_instrument else [0] * len(columns),
            columns.program.tolist(),
            columns.is_drum.tolist(),
            strict=True,
        )
    )


def payloads(paths: list[Path]) -> list[bytes]:
    found = [record for path in paths for record in read_records(path)]
    return [record.payload for record in found if isinstance(record, Record)]


@pytest.mark.parametrize("config", ONE_OF_EACH_KIND)
def test_tensors_give_the_notes_and_chords_of_the_example(
    shards: Callable[[str], Path], config: str
) -> None:
    prefix = shards(config)
    examples = payloads(sorted(prefix.parent.glob(f"{config}-0*")))
    tensors = sorted(prefix.parent.glob(f"tensors-{config}-0*"))
    described = find_description(tensors)
    assert examples
    for example, record in zip(examples, payloads(tensors), strict=True):
        expected, music = decode(example), decode_tensors(record, described)
        assert music is not None
        # Tensors hold a performance's instruments in the order of their programs.
        with_instrument = described["kind"] != "performance"
        assert notes(music, with_instrument) == notes(expected, with_instrument)
        assert music.text_annotations == expected.text_annotations
        if expected.total_time:
            assert music.total_time == pytest.approx(expected.total_time)


def test_a_kind_that_is_not_known_gives_no_music() -> None:
    assert music_of({}, {"kind": "of the future"}) is None
