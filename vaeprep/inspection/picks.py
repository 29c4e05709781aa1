"""Chooses the records that are shown: at random by a seed, or the most frequent."""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from vaeprep.music.sequence import Columns


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
    music: Columns
    ids: tuple[str, ...]
    name: str
    times: int


@dataclass(slots=True)
class Picks:
    """The `size` records of the smallest rank, each music once, whatever their order."""

    size: int
    found: dict[bytes, tuple[Any, Pick]] = field(default_factory=dict)
    _worst: bytes = b""

    def wants(self, rank: Any) -> bool:
        """Whether a record of this rank may be among the smallest so far."""
        if len(self.found) < self.size:
            return True
        return bool(self.size > 0 and rank < self.found[self._worst][0])

    def add(self, key: bytes, rank: Any, pick: Pick) -> None:
        """Takes a record in, if its rank is small enough and its music is new."""
        if key not in self.found and self.wants(rank):
            self.found[key] = (rank, pick)
            if len(self.found) > self.size:
                del self.found[self._worst]
            if len(self.found) == self.size:
                self._worst = max(self.found, key=lambda known: self.found[known][0])

    def in_order(self) -> list[Pick]:
        """The records by rank."""
        return [self.found[key][1] for key in self.keys_in_order()]

    def keys_in_order(self) -> list[bytes]:
        """The keys of the records, by rank."""
        return sorted(self.found, key=lambda key: self.found[key][0])


def random_rank(key: bytes, seed: int) -> bytes:
    """A rank that looks random and depends only on the music and the seed.

    So the same examples are shown however they are spread over shards.
    """
    return blake2b(key, digest_size=8, key=seed.to_bytes(8, "little", signed=True)).digest()
