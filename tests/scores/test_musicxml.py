"""A score becomes the NoteSequence that note_seq makes of it, and no bomb goes off."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.inputs.music import SCORE, compressed_score, zipped
from vaeprep.scores.musicxml import ScoreError, musicxml_to_note_sequence

DAMAGES = [
    (b"<beats>4</beats>", b"<beats>3+2</beats>"),
    (b"<beat-type>4", b"<beat-type>0"),
    (b"<divisions>1", b"<divisions>0"),
    (b"<divisions>1", b"<divisions>" + b"9" * 5000),
    (b"<step>C", b"<step>H"),
    (b"<octave>5", b"<octave>-40"),
    (b"<octave>5", b"<octave>"),
    (b"<pitch>", b"<unpitched/><pitch>"),
    (b"<duration>4", b"<duration>-4"),
    (b"<duration>4", b"<duration>1e400"),
    (b'id="P1"><part-name>', b"><part-name>"),
    (b"<note>", b"<forward><duration>3</duration></forward><note>"),
    (b"<note>", b"<note><grace/>"),
    (b"<note>", b"<note><chord/>"),
    (
        b"<note>",
        b"<harmony><root><root-step>C</root-step></root><kind>major</kind></harmony><note>",
    ),
    (b"<note>", b"<harmony><kind>odd</kind></harmony><note>"),
    (b"<note>", b'<direction><sound tempo="90" dynamics="200"/></direction><note>'),
    (b"Flute", b"Fl\xc3\xb6te"),
    (b"Flute", b"Fl\xff"),
    (b"</score-partwise>", b""),
    (b"UTF-8", b"latin-1"),
    (b"UTF-8", b"klingon"),
    (b"score-partwise", b"other"),
]


def _reference(data: bytes, path: Path) -> bytes | None:
    from note_seq import musicxml_reader

    path.write_bytes(data)
    try:
        return bytes(
            musicxml_reader.musicxml_file_to_sequence_proto(str(path)).SerializeToString()
        )
    except Exception:
        return None


def _ours(data: bytes) -> bytes | None:
    try:
        return bytes(musicxml_to_note_sequence(data).SerializeToString())
    except ScoreError:
        return None


@pytest.mark.parametrize(("old", "new"), [(b"", b""), *DAMAGES])
def test_a_score_is_read_as_by_note_seq_damaged_or_not(
    old: bytes, new: bytes, tmp_path: Path
) -> None:
    score = SCORE.replace(old, new, 3)
    assert _ours(score) == _reference(score, tmp_path / "s.xml")
    packed = compressed_score(score)
    assert _ours(packed) == _reference(packed, tmp_path / "s.mxl")


def test_other_encodings_are_read() -> None:
    wide = SCORE.decode().replace("UTF-8", "UTF-16").encode("utf-16")
    assert _ours(wide) == _ours(SCORE)
    assert _ours(SCORE) is not None


@pytest.mark.parametrize("wide", [False, True])
def test_an_entity_bomb_is_refused(wide: bool) -> None:
    lines = ["<!DOCTYPE x [<!ENTITY a0 'ha'>"]
    lines += [f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)]
    bomb = "\n".join([*lines, "]><score-partwise>&a11;</score-partwise>"])
    with pytest.raises(ScoreError, match="entities"):
        musicxml_to_note_sequence(bomb.encode("utf-16" if wide else "utf-8"))


def test_a_zip_bomb_is_refused() -> None:
    with pytest.raises(ScoreError, match="unpacks to over"):
        musicxml_to_note_sequence(compressed_score(bytes(70 << 20)))


def test_a_score_in_time_wise_order_is_named_and_not_read_as_silence() -> None:
    with pytest.raises(ScoreError, match="time-wise"):
        musicxml_to_note_sequence(SCORE.replace(b"partwise", b"timewise"))


def test_a_score_needs_little_memory_and_not_the_rest_of_note_seq() -> None:
    code = (
        "import sys; from tests.inputs.music import SCORE, TUNE\n"
        "from vaeprep.scores.musicxml import musicxml_to_note_sequence\n"
        "from vaeprep.scores.abc import tunes\n"
        "musicxml_to_note_sequence(SCORE); list(tunes(TUNE))\n"
        "print([m for m in ('note_seq', 'pretty_midi', 'librosa', 'tensorflow', 'IPython') "
        "if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_container_that_names_two_scores_or_none_is_refused_as_by_note_seq(
    tmp_path: Path,
) -> None:
    for rootfiles in ('<rootfile full-path="a.xml"/>' * 2, "", '<rootfile full-path="b.xml"/>'):
        container = f"<container><rootfiles>{rootfiles}</rootfiles></container>".encode()
        packed = zipped({"META-INF/container.xml": container, "a.xml": SCORE})
        assert _ours(packed) is None
        assert _reference(packed, tmp_path / "s.mxl") is None
