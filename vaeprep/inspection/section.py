"""All that is counted of the records of one kind: songs, examples or tensors."""

from collections import Counter
from dataclasses import dataclass, field

from vaeprep.inspection.browsed import Browsed
from vaeprep.inspection.items import Item, Kind
from vaeprep.inspection.keys import KeyCounts, hash_key
from vaeprep.inspection.music import Music
from vaeprep.inspection.picks import Pick, Picks, random_rank
from vaeprep.inspection.spread import Spread


@dataclass(slots=True)
class Section:
    """The records of one kind.

    Attributes:
        kind: Which.
        random: Some of them at random.
        frequent: Those that are found in most songs (examples and tensors).
        size: Bytes of all records.
        records: Equal records, byte for byte.
        contents: Equal music, whatever the ids.
        ids: Of examples: a song's id -> its examples. Of songs: their own ids.
        sources: How many songs each example is found in.
        music: What is counted of the music.
        browsed: More of them, to be turned to.
        features: Of tensors: feature name -> how many records have it.
    """

    kind: Kind
    random: Picks
    frequent: Picks
    size: int = 0
    records: KeyCounts = field(default_factory=KeyCounts)
    contents: KeyCounts = field(default_factory=KeyCounts)
    ids: KeyCounts = field(default_factory=KeyCounts)
    sources: Spread = field(default_factory=Spread)
    music: Music = field(default_factory=Music)
    features: Counter[str] = field(default_factory=Counter)
    browsed: Browsed = field(default_factory=Browsed)

    @property
    def count(self) -> int:
        """How many records."""
        return self.records.total

    def add(self, record: bytes, item: Item, index: int, seed: int) -> None:
        """Counts a record.

        Args:
            record: Its bytes.
            item: What was read from them.
            index: Its number among all records.
            seed: Decides which records are shown as the random ones.
        """
        self.size += len(record)
        self.records.add(hash_key(record))
        key = hash_key(item.content)
        self.contents.add(key)
        for source_id in item.ids:
            self.ids.add(hash_key(source_id.encode("utf-8")))
        if self.kind is not Kind.SONG:
            self.sources.add(len(item.ids))
        if item.features is not None:
            self.features.update(item.features.keys())
        if item.music is not None:
            self.music.add(item.music)
            self._show(key, item, index, seed)

    def _show(self, key: bytes, item: Item, index: int, seed: int) -> None:
        if item.music is None or not len(item.music.notes):
            return
        pick = Pick(index, item.music, item.ids, item.name, len(item.ids))
        self.random.add(key, random_rank(key, seed), pick)
        if self.kind is not Kind.SONG and len(item.ids) > 1:
            self.frequent.add(key, (-len(item.ids), key), pick)
        if self.random.size:
            self.browsed.add(key, pick, seed)


def new_section(kind: Kind, shown: int) -> Section:
    """A section without records that will show up to `shown` of each choice."""
    return Section(kind, Picks(shown), Picks(shown))
