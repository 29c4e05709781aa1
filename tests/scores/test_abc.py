"""Tunes are those that note_seq's parser makes of the text; a fault costs one tune."""

from pathlib import Path

import pytest

from tests.inputs.music import TUNE, TUNEBOOK
from vaeprep.scores.abc import tunes


def _reference(text: str) -> tuple[dict[int, bytes], int]:
    """The tunes of a book by number, and how many have a fault."""
    from note_seq import abc_parser

    read, faults = abc_parser.parse_abc_tunebook(text)
    return {number: tune.SerializeToString() for number, tune in read.items()}, len(faults)


def _ours(data: bytes) -> tuple[dict[int, bytes], int]:
    found = list(tunes(data))
    read = {t.number: t.sequence.SerializeToString() for t in found if t.sequence is not None}
    return read, sum(tune.sequence is None for tune in found)


@pytest.mark.parametrize(
    "text",
    [
        TUNE.decode(),
        TUNEBOOK.decode(),
        TUNEBOOK.decode().replace("\n", "\r\n"),
        "\n\n" + TUNEBOOK.decode() + "\n\n\n",
        "K:C\nCDE",
        "X:1\nK:C\nCDE\n\nsome words between the tunes\n\nX:2\nK:C\nCDE",
        "X:3\nT:Ünïcode\nK:Gm\n!f!G>A|:B2:|",
        "",
    ],
)
def test_a_book_is_read_as_by_note_seq(text: str) -> None:
    assert _ours(text.encode()) == _reference(text)


def test_real_tunes_are_read_as_by_note_seq(shared_data: Path) -> None:
    paths = sorted((shared_data / "scores").glob("*.abc"))
    assert len(paths) == 9
    for path in paths:
        assert _ours(path.read_bytes()) == _reference(path.read_text("utf-8")), path


def test_text_that_is_no_utf_8_is_latin_1_as_the_standard_has_it() -> None:
    (tune,) = tunes("X:1\nT:Für Elise\nK:C\nCDE".encode("latin-1"))
    assert tune.sequence.sequence_metadata.title == "Für Elise"


def test_a_number_that_stands_twice_costs_no_tune() -> None:
    found = list(tunes(TUNE + b"\n" + TUNE + b"\n" + TUNE))
    assert [(tune.number, tune.copy) for tune in found] == [(1, 1), (1, 2), (1, 3)]


def test_a_tune_that_leads_the_parser_astray_is_a_fault_of_its_own() -> None:
    odd = b"X:5\nM:4/0\nL:x/y\nQ:z\nK:?\nCDE"
    first, second = tunes(odd + b"\n\n" + TUNE)
    assert first.sequence is None
    assert first.number == 5
    assert first.fault
    assert second.sequence is not None
