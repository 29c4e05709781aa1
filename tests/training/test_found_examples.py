"""Files that are no examples are told with the command that makes examples of them."""

import json
from pathlib import Path

import pytest

from tests.tensors import shards
from vaeprep.configs import CONFIGS
from vaeprep.demo.songs import compose
from vaeprep.errors import UsageError
from vaeprep.files.tfrecord import write_records
from vaeprep.midi.writer import midi_bytes
from vaeprep.tensors.tf_example import features, with_ids
from vaeprep.training.found_examples import check_notes_fit, find_examples

MELODY = "cat-mel_2bar_small"

# A tf.train.SequenceExample: a context (field 1) with a name, feature lists (field 2).
CONTEXT = b"\x0a\x0c\x0a\x0a\x0a\x01x\x12\x05\x1a\x03\x0a\x01\x07"
SEQUENCE_EXAMPLE = CONTEXT + b"\x12\x0d\x0a\x0b\x0a\x01y\x12\x06\x0a\x04\x1a\x02\x08\x01"


def record(folder: Path, payload: bytes) -> str:
    write_records(folder / "records", [payload])
    return str(folder / "records")


def test_shards_are_found_by_their_prefix_and_by_a_pattern(tmp_path: Path) -> None:
    pattern = shards.write_tensors(tmp_path, MELODY, most=10)
    by_pattern = find_examples(pattern, MELODY)
    by_prefix = find_examples(str(tmp_path / f"{MELODY}.tfrecord"), MELODY)
    assert by_prefix.files == by_pattern.files
    assert by_prefix.are_tensors
    one = str(by_pattern.files[0])
    assert find_examples(one, MELODY).files == (by_pattern.files[0],)


def test_note_sequences_are_told_apart_from_tensors(tmp_path: Path) -> None:
    notes = shards.write_note_sequences(tmp_path, MELODY, most=10)
    assert not find_examples(notes, MELODY).are_tensors
    song = next(iter(compose(1, 7))).SerializeToString()
    assert not find_examples(record(tmp_path, song), MELODY).are_tensors


@pytest.mark.parametrize(
    "payload",
    [
        with_ids(features({"audio": b"abc", "label": (1,)}), ["a song"]),
        SEQUENCE_EXAMPLE,
        CONTEXT,
        b"\xff\xff\xff",
        b"just a text",
    ],
)
def test_records_of_another_type_are_refused(tmp_path: Path, payload: bytes) -> None:
    with pytest.raises(UsageError, match="neither tensors made by vaeprep nor Note") as error:
        find_examples(record(tmp_path, payload), MELODY)
    assert "make examples first: vaeprep run --format tensors --input" in str(error.value)
    assert f"--config {MELODY}" in str(error.value)


def test_midi_files_are_refused_with_the_command_that_prepares_them(tmp_path: Path) -> None:
    path = tmp_path / "a song.mid"
    path.write_bytes(midi_bytes(next(iter(compose(1, 7)))))
    for pattern in (str(path), str(tmp_path / "*.mid")):
        with pytest.raises(UsageError, match="is a MIDI file; make examples first") as error:
            find_examples(pattern, MELODY)
        assert f"--input '{path}'" in str(error.value)
    with pytest.raises(UsageError, match=r"is a folder; name the shards in it.*make examples"):
        find_examples(str(tmp_path), MELODY)


def test_other_files_are_named_for_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("my music, and some more text\n" * 3, "utf-8")
    with pytest.raises(UsageError, match="not a TFRecord, it looks like a text file"):
        find_examples(str(tmp_path / "notes.txt"), MELODY)


def notes_of(folder: Path, config: str, said: object) -> str:
    pattern = shards.write_note_sequences(folder, config, most=5)
    summary = folder / f"vaeprep-{config}-notes.tfrecord.json"
    summary.write_text(json.dumps(said), "utf-8")
    return pattern


def test_note_sequences_of_another_configuration_are_refused(tmp_path: Path) -> None:
    drums = "cat-drums_2bar_small"
    found = find_examples(notes_of(tmp_path, drums, {"config": drums}), MELODY)
    with pytest.raises(UsageError, match=f"are examples of {drums}, not of {MELODY}; make"):
        check_notes_fit(found, CONFIGS[MELODY])
    check_notes_fit(found, CONFIGS[drums])
    check_notes_fit(found, CONFIGS["nade-drums_2bar_reduced"])  # they hold the same


@pytest.mark.parametrize("said", [{}, [], {"config": "mine:MINE"}, {"config": 5}])
def test_note_sequences_of_unknown_origin_pass(tmp_path: Path, said: object) -> None:
    drums = "cat-drums_2bar_small"
    found = find_examples(notes_of(tmp_path, drums, said), MELODY)
    check_notes_fit(found, CONFIGS[MELODY])
