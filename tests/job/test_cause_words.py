"""Every reason has words that are plain, whole and true for one song and for several."""

import pytest

from vaeprep.converters.reasons import Kind, Reason
from vaeprep.job.cause_words import closing_line, cure, words, words_of
from vaeprep.job.outcomes import Cause, CauseOfKind, by_kind, causes_of, joined

GROOVE = "groovae_2bar_humanize"
DETAILS = {Kind.CUT_SHORT: ("33 tempo changes", "1 tempo change"), Kind.FEW_INSTRUMENTS: ("1",)}


def outcomes(gave: int, nothing: int, failed: int = 0) -> dict[str, int]:
    return {"gave examples": gave, "gave nothing": nothing, "failed": failed}


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("number", [0, 1, 2, 9])
def test_every_kind_has_words_for_any_number_of_details(kind: Kind, number: int) -> None:
    if kind is Kind.CUT_SHORT:
        details = tuple(f"{count + 3} tempo changes" for count in range(number))
    else:
        details = tuple(str(count) for count in range(number))
    text = words(CauseOfKind(kind, 1, 1, details), "my:OWN")
    assert text
    assert "{" not in text
    assert len(text) < 160
    line = closing_line(outcomes(1, 4), [Cause(kind, "2 meter changes", 3, 3)], "my:OWN")
    assert line.startswith("4 of 5 songs gave nothing, mostly because ")
    assert " it " not in f" {line} "


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (Reason(Kind.UNKNOWN_DRUM, "56"),
         f"drum pitch 56 (cowbell) is not among the drums of {GROOVE}"),
        (Reason(Kind.UNKNOWN_DRUM, "100"),
         f"drum pitch 100 is not among the drums of {GROOVE}"),
        (Reason(Kind.NOT_A_DRUM, "64"),
         f"{GROOVE} takes every note for a drum, and there are others: pitch 64"),
        (Reason(Kind.CUT_SHORT, "1 tempo change"),
         "1 tempo change cut it into pieces too short for an example"),
        (Reason(Kind.MISSING_PART, "bass and drums"),
         "a part of the trio is missing: bass and drums"),
    ],
)  # fmt: skip
def test_a_reason_in_words(reason: Reason, text: str) -> None:
    assert words_of(reason, GROOVE) == text


def test_the_closing_line_tells_what_matters_and_what_helps() -> None:
    causes = [
        Cause("other-meter", "2/4", 40, 200),
        Cause("other-meter", "1/4", 10, 40),
        Cause("no-notes", "", 7, 7),
        Cause("too-short", "2 bars", 0, 900),
    ]
    assert closing_line(outcomes(3, 57), causes, "C") == (
        "57 of 60 songs gave nothing, mostly because their meter is 2/4 or 1/4, "
        "and C takes bars of another length: see --meter"
    )
    asked = closing_line(outcomes(3, 57), causes, "C", ["--meter 4/4"])
    assert asked.endswith("of another length")
    assert closing_line(outcomes(60, 0), causes[3:], "C") == ""
    assert closing_line(outcomes(0, 0), [], "C") == ""


def test_failed_songs_count_among_those_that_gave_nothing() -> None:
    line = closing_line(outcomes(0, 0, 31), [Cause("unknown-drum", "56", 31, 0)], GROOVE)
    assert line.startswith("31 of 31 songs gave nothing, because drum pitch 56 (cowbell) is")
    assert line.endswith(": see --drum-map or --unknown-drums")


@pytest.mark.parametrize(
    ("kind", "detail", "options"),
    [
        (Kind.CUT_SHORT, "33 tempo changes", "--merge-tempo-changes"),
        (Kind.CUT_SHORT, "3 meter changes", "--meter"),
        (Kind.TOO_MANY_CHANGES, "tempo or meter", "--merge-tempo-changes or --meter"),
        (Kind.NOT_A_DRUM, "64", "--drum-map"),
        (Kind.NO_KNOWN_DRUM, "90", ""),
        (Kind.MISSING_PART, "drums", ""),
    ],
)
def test_a_cure_is_named_only_where_it_helps(kind: Kind, detail: str, options: str) -> None:
    assert cure(CauseOfKind(kind, 1, 1, (detail,)), "C") == options


def test_causes_of_parts_are_counted_together_largest_first() -> None:
    first = causes_of(
        {Reason(Kind.OTHER_METER, "3/4"): 2}, {Reason(Kind.OTHER_METER, "3/4"): 5}
    )
    second = causes_of(
        {Reason(Kind.NO_NOTES): 3, Reason(Kind.OTHER_METER, "3/4"): 2},
        {Reason(Kind.OTHER_METER, "2/4"): 1},
    )
    together = joined([first, second])
    assert together == joined([second, first])
    assert together == [
        Cause("other-meter", "3/4", 4, 5),
        Cause("no-notes", "", 3, 0),
        Cause("other-meter", "2/4", 0, 1),
    ]
    assert by_kind(together)[0] == CauseOfKind(Kind.OTHER_METER, 4, 6, ("3/4", "2/4"))


def test_the_closing_line_looks_at_songs_that_gave_nothing_alone() -> None:
    causes = [
        Cause("cut-short", "31 tempo changes", 2, 62),
        Cause("cut-short", "1 meter change", 0, 2),
    ]
    line = closing_line(outcomes(1, 2), causes, "C")
    assert "because 31 tempo changes cut them into pieces" in line
    assert line.endswith(": see --merge-tempo-changes")
