"""Pedals cut in columns are cut as the events of any other state."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vaeprep.music import control_changes, time_changes
from vaeprep.music.control_changes import (
    PEDALS,
    ControlChange,
    LazyControlChanges,
    columns_of,
    cut_later,
    lie_before,
    without_those_after,
)

TIMES = st.sampled_from([-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.5]) | st.floats(
    -1.0, 5.0, allow_nan=False
)
CHANGES = st.lists(
    st.builds(
        ControlChange,
        TIMES,
        st.sampled_from([1, *PEDALS]),
        st.integers(-1, 200),
        st.sampled_from([0, 1, -1]),
    ),
    max_size=12,
)
SPLITS = st.lists(
    st.sampled_from([0.0, 0.5, 1.0, 2.0, 4.5]), min_size=2, max_size=5, unique=True
).map(sorted)


def lazy(changes: list[ControlChange]) -> LazyControlChanges:
    return LazyControlChanges(lambda: columns_of(changes))


@settings(max_examples=300)
@given(CHANGES, SPLITS)
def test_every_piece_begins_with_its_pedals_as_they_stand(
    changes: list[ControlChange], splits: list[float]
) -> None:
    one_by_one = time_changes.cut_pedals(tuple(changes), splits)
    assert [list(piece) for piece in cut_later(lazy(changes), splits)] == [
        list(piece) for piece in one_by_one
    ]


@given(CHANGES)
def test_columns_keep_every_control_change(changes: list[ControlChange]) -> None:
    assert list(columns_of(changes)) == changes
    assert list(lazy(changes)) == changes
    assert len(columns_of(changes)) == len(changes)


def test_a_cut_reads_nothing_before_somebody_asks() -> None:
    def read() -> Any:
        raise AssertionError("read")

    pieces = cut_later(LazyControlChanges(read), [0.0, 1.0, 3.0])
    assert [lie_before(piece, 1.0) for piece in pieces] == [True, False]


def test_pedals_after_the_end_are_left_out() -> None:
    changes = [ControlChange(time, 64, 127, 0) for time in (0.0, 1.0, 2.0, 2.5)]
    left = without_those_after(lazy(changes), 2.0)
    assert list(left) == changes[:2]
    assert left.before == 2.0


def test_a_song_of_many_pedals_is_cut_once_for_all_its_pieces() -> None:
    read = []

    def columns() -> control_changes.ControlColumns:
        read.append(1)
        number = np.arange(100) % 3
        return control_changes.ControlColumns(
            np.arange(100) / 10, np.array(PEDALS)[number], number, number
        )

    pieces = cut_later(LazyControlChanges(columns), [0.0, 2.0, 5.0, 9.0])
    assert [len(list(piece)) for piece in pieces] == [20, 32, 42]
    assert read == [1]
