"""Which cures can be asked for, and how a bad value is refused."""

from pathlib import Path
from typing import Any

import pytest

from vaeprep.cures.options import NO_CURES, Cures, options_in_use
from vaeprep.cures.song import song_cures
from vaeprep.errors import UsageError
from vaeprep.job.options import RunOptions, output_options

NAMES = r"meter|merge_tempo_changes|lenient_midi|unknown_drums|drum_map|drum map"


def test_without_a_cure_nothing_is_changed_and_nothing_is_told() -> None:
    assert song_cures(NO_CURES, None) is None
    assert not NO_CURES.needs_config
    assert options_in_use(NO_CURES) == {}


@pytest.mark.parametrize(
    "values",
    [
        {"meter": "4"},
        {"meter": ""},
        {"meter": "0/4"},
        {"meter": "4/0"},
        {"meter": "4/3"},
        {"meter": "4/4/4"},
        {"meter": "-4/4"},
        {"meter": "four"},
        {"meter": "99/4"},
        {"meter": "4/128"},
        {"unknown_drums": "drop"},
        {"drum_map": {56: 200}},
        {"drum_map": {-1: 42}},
        {"drum_map": ((56, 42), (56, 43))},
        {"drum_map": "no/such/file"},
        {"drum_map": ""},
        {"drum_map": 5},
        {"merge_tempo_changes": 1},
        {"lenient_midi": "yes"},
        {"drum_map": Path()},
    ],
)
def test_a_value_that_cannot_be_is_refused_with_a_word_about_its_option(
    values: dict[str, Any],
) -> None:
    with pytest.raises(UsageError, match=NAMES):
        Cures(**values).checked()


def test_a_meter_may_be_written_with_spaces() -> None:
    assert Cures(meter=" 4 / 4 ").checked() == Cures(meter="4/4")


@pytest.mark.parametrize("cures", [Cures(drum_map="gm"), Cures(unknown_drums="skip")])
def test_drum_cures_of_groovae_are_refused_elsewhere(cures: Cures) -> None:
    with pytest.raises(UsageError, match="GrooVAE"):
        song_cures(cures, None)


def test_a_drum_map_may_stand_in_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "kit.txt").write_text("56 42\n")
    assert Cures(drum_map="~/kit.txt").checked().drum_map == ((56, 42),)


def test_another_cure_is_another_job() -> None:
    jobs = [
        output_options(RunOptions((), Path("out"), "cat-mel_2bar_small", cures=cures))
        for cures in (
            NO_CURES,
            Cures(meter="4/4"),
            Cures(meter="2/2"),
            Cures(merge_tempo_changes=True),
            Cures(drum_map="gm"),
            Cures(drum_map={56: 42}),
            Cures(drum_map={56: 46}),
            Cures(unknown_drums="skip"),
            Cures(lenient_midi=True),
        )
    ]
    assert all(jobs.count(job) == 1 for job in jobs)
