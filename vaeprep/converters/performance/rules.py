"""What a performance converter's parameters come down to for one hop and its example.

The converter reads its parameters once; the steps of the conversion see these
rules alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from vaeprep.converters.chords import ChordEncoding
from vaeprep.converters.performance.events import Shape
from vaeprep.converters.performance.hops import HopGrid
from vaeprep.converters.reasons import NO_NOTES, Kind, Reason
from vaeprep.music.grid import step_seconds


@dataclass(frozen=True, slots=True)
class Rules:
    """What a hop must have to be an example, and what the example is made of.

    Attributes:
        grid: How pieces are cut into hops.
        shape: The numbers that shape events.
        min_tracks: The fewest tracks of an example.
        max_tracks: The most tracks of an example.
        min_events: The fewest events of all tracks.
        max_events: The most events of a chunk of a track, its program not counted.
        chord_encoding: If given, chords are part of the examples.
    """

    grid: HopGrid
    shape: Shape
    min_tracks: int
    max_tracks: int
    min_events: int
    max_events: int
    chord_encoding: ChordEncoding | None

    @property
    def seconds_per_step(self) -> float:
        """Length of a step in an example; all examples are at 120 quarters a minute."""
        return step_seconds(self.grid.steps_per_quarter)


_GATES = (
    Kind.NO_NOTES,
    Kind.PITCH_OUTSIDE,
    Kind.FEW_INSTRUMENTS,
    Kind.MANY_INSTRUMENTS,
    Kind.MANY_EVENTS,
    Kind.OTHER_INSTRUMENT,
    Kind.FEW_EVENTS,
    Kind.CHORDS,
)
"""Why a hop is no example, in the order in which that is looked at."""


def wrong_tracks(count: int, rules: Rules) -> Reason:
    """The reason of a hop whose tracks are too few or too many."""
    if not count:
        return NO_NOTES
    kind = Kind.FEW_INSTRUMENTS if count < rules.min_tracks else Kind.MANY_INSTRUMENTS
    return Reason(kind, str(min(count, 128)))


def farthest(reasons: Iterable[Reason]) -> Reason:
    """Of the reasons of some hops that of the one that came closest to an example."""
    return max(reasons, key=_distance, default=NO_NOTES)


def _distance(reason: Reason) -> tuple[int, int]:
    count = int(reason.detail) if reason.kind is Kind.FEW_INSTRUMENTS else 0
    return _GATES.index(reason.kind), count
