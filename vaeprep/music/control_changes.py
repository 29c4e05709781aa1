"""MIDI control changes, pedals above all, as columns that are read when somebody asks.

A piano song has hundreds, and most converters need none.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from math import inf
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

PEDALS = (64, 66, 67)
"""Sustain, sostenuto, una corda: the control changes that a cut keeps."""


class ControlChange(NamedTuple):
    """A MIDI control change of one instrument at `time` (seconds)."""

    time: float
    control_number: int
    control_value: int
    instrument: int


@dataclass(frozen=True, slots=True, eq=False)
class ControlColumns:
    """Some control changes, one array a field, all of the same length n.

    Attributes:
        time: float64[n], seconds.
        number: int64[n], which control.
        value: int64[n].
        instrument: int64[n].
    """

    time: NDArray[np.float64]
    number: NDArray[np.int64]
    value: NDArray[np.int64]
    instrument: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.time)

    def __iter__(self) -> Iterator[ControlChange]:
        columns = (self.time, self.number, self.value, self.instrument)
        return map(ControlChange, *(column.tolist() for column in columns))

    def take(self, index: NDArray[Any] | slice) -> "ControlColumns":
        """Those at `index` (positions, a mask or a slice), in its order."""
        return ControlColumns(
            self.time[index], self.number[index], self.value[index], self.instrument[index]
        )


def columns_of(changes: Iterable[ControlChange]) -> ControlColumns:
    """Control changes, or protobuf's messages of them, as columns."""
    if isinstance(changes, LazyControlChanges):
        return changes.read()
    stored = list(changes)
    return ControlColumns(
        np.array([change.time for change in stored], np.float64),
        np.array([change.control_number for change in stored], np.int64),
        np.array([change.control_value for change in stored], np.int64),
        np.array([change.instrument for change in stored], np.int64),
    )


@dataclass(frozen=True, slots=True, eq=False)
class LazyControlChanges:
    """Control changes that are not looked at before somebody asks for them.

    None of them lies at NaN, which would put the others in no order.

    Attributes:
        read: Gives them.
        before: Seconds; all lie from 0 on and before this time. Infinity says
            nothing.
    """

    read: Callable[[], ControlColumns]
    before: float = inf

    def __iter__(self) -> Iterator[ControlChange]:
        return iter(self.read())


def lie_before(control_changes: Iterable[ControlChange], time: float) -> bool:
    """Whether all control changes are known to lie from 0 on and before a time (seconds)."""
    if isinstance(control_changes, LazyControlChanges):
        return control_changes.before <= time
    return all(0.0 <= change.time < time for change in control_changes)


# --- Cutting ----------------------------------------------------------------------


def cut_later(
    changes: LazyControlChanges, splits: list[float]
) -> list[Iterable[ControlChange]]:
    """The pedals of each piece of a song, cut when somebody asks for them.

    Args:
        changes: Those of the song.
        splits: Seconds, rising: where the pieces begin, and the end of the last.
    """
    pieces = cache(partial(_cut, changes, splits))
    return [
        LazyControlChanges(partial(_piece, pieces, number), before=stop - begin)
        for number, (begin, stop) in enumerate(pairwise(splits))
    ]


def _piece(pieces: Callable[[], list[ControlColumns]], number: int) -> ControlColumns:
    return pieces()[number]


def _cut(changes: LazyControlChanges, splits: list[float]) -> list[ControlColumns]:
    """The pedals of each piece: first, at 0, how each stands when the piece begins.

    That is the last event of each instrument's pedal before the piece, and the
    pedals stand in order of their first events. An event on the boundary opens
    the next piece.
    """
    pedals = changes.read()
    pedals = pedals.take(np.isin(pedals.number, PEDALS))
    if not (pedals.time[1:] >= pedals.time[:-1]).all():
        pedals = pedals.take(pedals.time.argsort(kind="stable"))
    firsts = pedals.time.searchsorted(splits[:-1], side="right").tolist()
    lasts = pedals.time.searchsorted(splits[1:], side="left").tolist()
    of_pedal = list(zip(pedals.instrument.tolist(), pedals.number.tolist(), strict=True))
    last_of: dict[tuple[int, int], int] = {}
    seen = 0
    pieces = []
    for begin, first, last in zip(splits, firsts, lasts, strict=False):
        last_of.update(zip(of_pedal[seen:first], range(seen, first), strict=True))
        seen = first
        own = pedals.take(slice(first, last))
        opening = np.fromiter(last_of.values(), np.int64, len(last_of))
        standing = pedals.take(opening)
        pieces.append(
            ControlColumns(
                np.concatenate((np.zeros(len(opening)), own.time - begin)),
                np.concatenate((standing.number, own.number)),
                np.concatenate((standing.value, own.value)),
                np.concatenate((standing.instrument, own.instrument)),
            )
        )
    return pieces


def without_those_after(changes: LazyControlChanges, time: float) -> LazyControlChanges:
    """Those before a time (seconds) only; they must be in order of time."""
    return LazyControlChanges(partial(_before, changes, time), min(changes.before, time))


def _before(changes: LazyControlChanges, time: float) -> ControlColumns:
    columns = changes.read()
    return columns.take(slice(0, int(columns.time.searchsorted(time))))
