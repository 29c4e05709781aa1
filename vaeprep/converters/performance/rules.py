"""What a performance converter's parameters come down to for one hop and its example.

The converter reads its parameters once; the steps of the conversion see these
rules alone.
"""

from dataclasses import dataclass

from vaeprep.converters.chords import ChordEncoding
from vaeprep.converters.performance.events import Shape
from vaeprep.converters.performance.hops import Grid
from vaeprep.music.sequence import DEFAULT_QPM


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

    grid: Grid
    shape: Shape
    min_tracks: int
    max_tracks: int
    min_events: int
    max_events: int
    chord_encoding: ChordEncoding | None

    @property
    def seconds_per_step(self) -> float:
        """Length of a step in an example; all examples are at 120 quarters a minute."""
        return 60.0 / (self.grid.steps_per_quarter * DEFAULT_QPM)
