"""Percussion that GrooVAE does not know becomes drums that it does."""

from pathlib import Path

import pytest
from note_seq.drums_encoder_decoder import DEFAULT_DRUM_TYPE_PITCHES

from vaeprep.converters.drums.kit import ROLAND_DRUM_PITCH_CLASSES
from vaeprep.cures.drum_map import general_midi_map, read_drum_map
from vaeprep.errors import UsageError

KNOWN = frozenset(pitch for pitches in ROLAND_DRUM_PITCH_CLASSES for pitch in pitches)


def test_every_general_midi_drum_becomes_one_of_magentas_own_class() -> None:
    becomes = dict(general_midi_map(KNOWN))
    for kit, pitches in zip(ROLAND_DRUM_PITCH_CLASSES, DEFAULT_DRUM_TYPE_PITCHES, strict=True):
        for pitch in pitches:
            assert becomes.get(pitch, kit[0] if pitch in KNOWN else None) == kit[0]
    assert set(range(27, 88)) <= KNOWN | set(becomes)


def test_a_drum_that_is_known_stays() -> None:
    assert not KNOWN & set(dict(general_midi_map(KNOWN)))


@pytest.mark.parametrize(
    "text",
    [
        "56 42\n39 38\n",
        "\ufeff# my kit\n\n 39\t38  # clap\n56 42",
        "56 42\r\n39 38\r\n56 42",
        '{"56": 42, "39": "38"}',
    ],
)
def test_a_file_of_pairs_is_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kit.txt"
    path.write_text(text, "utf-8")
    assert read_drum_map(path) == ((39, 38), (56, 42))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"56 42\n57\n", "line 2"),
        (b"56 42 43", "line 1"),
        (b"cowbell 42", "'cowbell 42'"),
        (b"56 128", "0 to 127"),
        (b"56 -1", "0 to 127"),
        (b"56 42.0", "0 to 127"),
        (b"56 42\n56 43", "pitch 56 becomes 42 and 43"),
        (b"", "names no pitches"),
        (b"# nothing", "names no pitches"),
        (b"MThd\x00\x00", "no drum map"),
        (b"\xff\xfe5", "no drum map"),
        (b'{"56": 42', "no drum map"),
        (b'{"56": {"a": 1}}', "no pair of pitches"),
        (b'{"56": 42, "56": 43}', "pitch 56 becomes 42 and 43"),
        (b'{"56": true}', "no pair of pitches"),
    ],
)
def test_a_fault_in_a_file_is_named(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "kit.txt"
    path.write_bytes(content)
    with pytest.raises(UsageError) as raised:
        read_drum_map(path)
    assert told in str(raised.value)
    assert str(path) in str(raised.value)
