"""The records that the reader of a page can turn to, beyond those that it shows first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from vaeprep.inspection.music import length
from vaeprep.inspection.picks import Pick, Picks, random_rank

DRAWN = 48
"""Records that are drawn by lot: eight draws of six."""

RANKED = 24
"""The longest, the densest, the most frequent."""

MOST_SONGS = 300
"""Songs whose examples are kept by song."""

OF_A_SONG = 6
"""Examples of each of them."""


@dataclass(slots=True)
class Browsed:
    """Some records of each choice; all choices are the same however the files are ordered.

    Attributes:
        drawn: Drawn by lot.
        frequent: Found in the most songs (examples and tensors).
        longest: The longest from the first note to the end of the last.
        densest: The most notes a second.
        of_song: Id of a song -> some of its examples, drawn by lot.
    """

    drawn: Picks = field(default_factory=lambda: Picks(DRAWN))
    frequent: Picks = field(default_factory=lambda: Picks(RANKED))
    longest: Picks = field(default_factory=lambda: Picks(RANKED))
    densest: Picks = field(default_factory=lambda: Picks(RANKED))
    of_song: dict[str, Picks] = field(default_factory=dict)

    def want_songs(self, ids: Iterable[str]) -> None:
        """Keeps examples of these songs, as long as there are not too many."""
        for source_id in ids:
            if len(self.of_song) >= MOST_SONGS:
                return
            self.of_song.setdefault(source_id, Picks(OF_A_SONG))

    def add(self, key: bytes, pick: Pick, seed: int) -> None:
        """Takes a record in where it is wanted.

        Args:
            key: Tells its music.
            pick: The record.
            seed: Decides what is drawn by lot.
        """
        rank = random_rank(key, seed)
        self.drawn.add(key, rank, pick)
        seconds = length(pick.music)
        notes = pick.music.notes
        span = float(notes.end.max() - notes.start.min())
        self.longest.add(key, (-span, rank), pick)
        density = len(pick.music.notes) / seconds if seconds > 0 else 0.0
        self.densest.add(key, (-density, rank), pick)
        if len(pick.ids) > 1:
            self.frequent.add(key, (-len(pick.ids), key), pick)
        self.add_to_songs(key, pick, seed)

    def add_to_songs(self, key: bytes, pick: Pick, seed: int) -> None:
        """Takes an example in for those of its songs that are wanted."""
        for source_id in pick.ids:
            if source_id in self.of_song:
                self.of_song[source_id].add(key, random_rank(key, seed), pick)

    def all(self) -> Iterator[Picks]:
        """All picks of all choices."""
        yield from (self.drawn, self.frequent, self.longest, self.densest)
        yield from self.of_song.values()
