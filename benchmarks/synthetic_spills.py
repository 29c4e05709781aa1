"""Writes the spills that a run over very many songs would leave, without the songs.

The hashes are random and the examples are filler of a usual length, so the
reducer has its real work to do: reading, dedup, ids, shards.
"""

import json
import random
from pathlib import Path

from vaeprep.job import spill

SONGS_PER_SPLIT = 100
"""What a split of 4 MiB holds (a POP909 song is about 44 kB)."""

_EXAMPLE_BYTES = range(150, 700)
_REPEATED = 0.15
"""Share of examples that other songs have too; POP909's two-bar melodies have about this."""

_COMMON = 50_000
"""Different examples that the repeated ones are drawn from."""


def write(folder: Path, songs: int, examples_per_song: int, seed: int = 0) -> list[Path]:
    """Writes the spills.

    Args:
        folder: Where; it is made.
        songs: Number of songs, each with an id of its own.
        examples_per_song: Examples of each song.
        seed: Makes it repeatable.

    Returns:
        The spills in the order of their splits.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    filler = rng.randbytes(_EXAMPLE_BYTES.stop)
    common = [rng.randbytes(spill.HASH_BYTES) for _ in range(_COMMON)]
    paths = []
    for first in range(0, songs, SONGS_PER_SPLIT):
        count = min(SONGS_PER_SPLIT, songs - first)
        sources: dict[bytes, set[int]] = {}
        for song in range(count):
            for _ in range(examples_per_song):
                repeated = rng.random() < _REPEATED
                digest = rng.choice(common) if repeated else rng.randbytes(spill.HASH_BYTES)
                sources.setdefault(digest, set()).add(song)
        entries = [
            spill.Entry(digest, sorted(sources[digest]), _example(digest, filler), b"")
            for digest in sorted(sources)
        ]
        ids = [f"/id/synthetic/{first + song:012d}" for song in range(count)]
        path = folder / f"{first // SONGS_PER_SPLIT:07d}.spill"
        spill.write(path, entries, ids, json.dumps({}).encode())
        paths.append(path)
    return paths


def _example(digest: bytes, filler: bytes) -> bytes:
    """The same bytes for the same hash, different ones for different hashes."""
    length = _EXAMPLE_BYTES.start + digest[-1] * len(_EXAMPLE_BYTES) // 256
    return digest + filler[: length - len(digest)]
