"""Counts how often each key comes, in bounded memory, to tell repeats apart."""

from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b

from vaeprep.inspection.spread import Spread

LIMIT = 1 << 19
"""Different keys that are remembered (about 60 MB)."""

_KEY_BITS = 64


@dataclass(slots=True)
class KeyCounts:
    """How often each key came: exact up to `limit` different keys.

    Beyond that only the keys whose hash begins with `halvings` zero bits are
    kept: an even sample of the keys (not of the records), from which the rest
    is estimated.

    Attributes:
        limit: Different keys that are remembered.
        total: How many keys were added, repeats included; always exact.
        halvings: How often the sample was halved; 0 means that all is exact.
        kept: Hash of a key -> how often it came.
    """

    limit: int = LIMIT
    total: int = 0
    halvings: int = 0
    kept: Counter[int] = field(default_factory=Counter)

    def add(self, key: bytes) -> int | None:
        """Counts a key.

        Args:
            key: Any bytes; 8 bytes or more of a good hash are taken as they are.

        Returns:
            How often this key has come by now, None if it is not in the sample.
        """
        self.total += 1
        number = int.from_bytes(key[:8], "big")
        if number >> (_KEY_BITS - self.halvings):
            return None
        self.kept[number] += 1
        times = self.kept[number]
        if len(self.kept) > self.limit:
            self._halve()
        return times

    @property
    def exact(self) -> bool:
        """Whether no key was left out."""
        return self.halvings == 0

    @property
    def different(self) -> int:
        """How many different keys came; an estimate if not `exact`."""
        return len(self.kept) << self.halvings

    @property
    def repeats(self) -> int:
        """How many keys had come before; an estimate if not `exact`."""
        return max(self.total - self.different, 0)

    def times(self) -> Spread:
        """How often each key came."""
        spread = Spread()
        for times, keys in Counter(self.kept.values()).items():
            spread.add(times, keys)
        return spread

    def sample(self, halvings: int) -> set[int]:
        """The keys that a sample would hold that was halved so often, or more often."""
        shift = _KEY_BITS - max(halvings, self.halvings)
        return {key for key in self.kept if not key >> shift}

    def _halve(self) -> None:
        while len(self.kept) > self.limit:
            self.halvings += 1
            shift = _KEY_BITS - self.halvings
            self.kept = Counter({k: n for k, n in self.kept.items() if not k >> shift})


def hash_key(text: bytes) -> bytes:
    """An 8-byte hash of any bytes, for `KeyCounts.add`."""
    return blake2b(text, digest_size=8).digest()
