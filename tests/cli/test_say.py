"""Whatever is said fits the terminal, and no word of it is broken."""

import click
import pytest

from vaeprep.cli import program
from vaeprep.cli.say import say

TEXT = (
    "not converted: some/folder/song.mid: this MIDI file cannot be converted, as its header is"
)


@pytest.mark.parametrize("err", [True, False])
def test_a_long_line_is_wrapped_between_words(
    err: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaeprep.cli.say.width_of", lambda _stream: 40)
    say(TEXT, err=err, later="  ")
    out, told = capsys.readouterr()
    shown = told if err else out
    assert max(map(len, shown.splitlines())) <= 40
    assert shown.split() == TEXT.split()
    assert not (out if err else told)


def test_where_there_is_no_terminal_a_line_stays_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say(TEXT)
    assert capsys.readouterr().err == f"{TEXT}\n"


def test_clicks_own_errors_are_wrapped_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaeprep.cli.say.width_of", lambda _stream: 40)
    program._show(click.ClickException(TEXT))
    shown = capsys.readouterr().err
    assert shown.split() == ["Error:", *TEXT.split()]
    assert max(map(len, shown.splitlines())) <= 40
