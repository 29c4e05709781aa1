"""Chooses the records that are shown: at random by a seed, or the most frequent."""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from vaeprep.music.sequence import Sequence


@dataclass(frozen=True, slots=True)
class Pick:
    """A record that is shown.

    Attributes:
        index: Its number among all records of the files in order, from 0 (the
            number that `vaeprep export --index` takes); None of an example that
            is in no file yet.
        music: Its notes.
        ids: A song's id, or the ids of the songs that an example is found in.
        name: A song's file name.
        times: In how many songs it is found.
    """

    index: int | None
    music: Sequence
    ids: tuple[str, ...]
    name: str
    times: int


@dataclass(slots=True)
class Picks:
    """The `size` records of the smallest rank, each music once, whatever their order."""

    size: int
    found: dict[bytes, tuple[Any, Pick]] = field(default_factory=dict)

    def wants(self, rank: Any) -> bool:
        """Whether a record of this rank may be among the smallest so far."""
        if len(self.found) < self.size:
            return True
        return self.size > 0 and rank < max(known for known, _ in self.found.values())

    def add(self, key: bytes, rank: Any, pick: Pick) -> None:
        """Takes a record in, if its rank is small enough and its music is new."""
        if key not in self.found and self.wants(rank):
            self.found[key] = (rank, pick)
            if len(self.found) > self.size:
                del self.found[max(self.found, key=lambda known: self.found[known][0])]

    def in_order(self) -> list[Pick]:
        """The records by rank."""
        ranked = sorted(self.found.values(), key=lambda one: one[0])
        return [pick for _, pick in ranked]


def random_rank(key: bytes, seed: int) -> bytes:
    """A rank that looks random and depends only on the music and the seed.

    So the same examples are shown however they are spread over shards.
    """
    return blake2b(key, digest_size=8, key=seed.to_bytes(8, "little", signed=True)).digest()
