"""Filters must drop the same pieces as the Beam job, for the same reason."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import magenta_oracle as oracle
from tests.strategies import note_sequences
from vaeprep.engines.filters import Filters, drop_reason
from vaeprep.music.protos import NoteSequence
from vaeprep.music.sequence import from_proto
from vaeprep.music.time_changes import split_on_time_changes

FILTERS = st.fixed_dictionaries(
    {
        "max_total_time": st.sampled_from([1800, 5, 0, 12.5]),
        "max_num_notes": st.sampled_from([10000, 20, 0]),
        "min_velocities": st.sampled_from([1, 0, 2, 5, -1]),
        "min_metric_positions": st.sampled_from([1, 0, 2, 8]),
        "is_drum": st.sampled_from([None, True, False]),
        "drums_only": st.booleans(),
    }
)
split = oracle.note_seq.sequences_lib.split_note_sequence_on_time_changes


def reasons(cut: Any, reason: Any, song: Any, filters: Any) -> Any:
    found = []
    try:
        for piece in cut(song):
            found.append(reason(piece, filters))
    except Exception as error:
        found.append(oracle.failure(error))
    return found


def assert_same_reasons(ns: Any, filters: dict[str, Any]) -> list[Any]:
    expected = reasons(split, oracle.drop_reason, ns, filters)
    got = reasons(split_on_time_changes, drop_reason, from_proto(ns), Filters(**filters))
    assert got == expected
    return expected


@given(ns=note_sequences(), filters=FILTERS)
@settings(max_examples=400)
def test_pieces_are_dropped_for_magentas_reasons(ns: Any, filters: dict[str, Any]) -> None:
    assert_same_reasons(ns, filters)


def test_the_defaults_are_those_of_the_beam_job() -> None:
    assert Filters() == Filters(**oracle.DEFAULT_FILTERS)


def song(velocities: list[int], starts: list[float]) -> Any:
    ns = NoteSequence(total_time=9.0)
    for velocity, start in zip(velocities, starts, strict=True):
        ns.notes.add(pitch=60, velocity=velocity, start_time=start, end_time=start + 1)
    return ns


@pytest.mark.parametrize(
    ("ns", "changed", "reason"),
    [
        (song([80], [0.0]), {}, None),
        (song([80], [0.0]), {"max_total_time": 0.5}, "filtered-too-long"),
        (song([80, 80], [0.0, 1.0]), {"max_num_notes": 1}, "filtered-too-many-notes"),
        (song([80, 0], [0.0, 1.0]), {"min_velocities": 2}, "filtered-min-velocities"),
        (song([0], [0.0]), {}, "filtered-min-velocities"),
        (
            song([80, 80], [0.0, 2.0]),
            {"min_metric_positions": 2},
            "filtered-min-metric-positions",
        ),
        (song([80], [0.0]), {"drums_only": True}, "filtered-drums-only"),
        (song([80], [0.0]), {"is_drum": True}, "filtered-min-velocities"),
        (song([80], [0.0]), {"is_drum": False}, None),
    ],
)
def test_each_filter_gives_its_reason(
    ns: Any, changed: dict[str, Any], reason: str | None
) -> None:
    assert assert_same_reasons(ns, {**oracle.DEFAULT_FILTERS, **changed}) == [reason]


def test_a_bad_meter_is_a_reason_and_no_failure() -> None:
    ns = song([80], [0.0])
    ns.time_signatures.add(numerator=4, denominator=3)
    assert assert_same_reasons(ns, oracle.DEFAULT_FILTERS) == ["quantize-failed"]


@pytest.mark.parametrize("name", ["nottingham", "openmsx", "pop909"])
def test_real_music_is_filtered_like_magenta(shared_data: Any, name: str) -> None:
    for ns in oracle.songs(shared_data / "tfrecords" / f"{name}.tfrecord")[:12]:
        assert_same_reasons(ns, oracle.DEFAULT_FILTERS)
        assert_same_reasons(ns, {**oracle.DEFAULT_FILTERS, "min_metric_positions": 6})
