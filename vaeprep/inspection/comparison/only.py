"""Some of what is on one side only, to be looked at and heard."""

from vaeprep.inputs.records import SongRecord, read_file
from vaeprep.inspection.comparison.compare import Read
from vaeprep.inspection.items import Kind, UnknownRecord, read_item
from vaeprep.inspection.keys import hash_key
from vaeprep.inspection.picks import Pick, random_rank
from vaeprep.inspection.section import Section

SHOWN = 6


def only_in(this: Read, other: Read, kind: Kind, seed: int = 0) -> list[Pick]:
    """Reads this side once more for music that the other one does not have.

    Args:
        this: Where it is from.
        other: Where it is not.
        kind: Songs or examples; tensors are told, and not drawn.
        seed: Decides which.

    Returns:
        Up to `SHOWN`, drawn by lot.

    Raises:
        OSError: A file cannot be read.
    """
    here, there = this.section(kind), other.section(kind)
    if here is None or there is None or kind is Kind.TENSORS:
        return []
    wanted = _drawn(here, there, seed)
    found: dict[int, Pick] = {}
    index = 0
    for file in this.side.files:
        for record in read_file(file):
            if len(found) == len(wanted):
                break
            if isinstance(record, SongRecord):
                _take(record, index, kind, wanted, found)
            index += 1
    return [found[key] for key in wanted if key in found]


def _drawn(here: Section, there: Section, seed: int) -> list[int]:
    halvings = max(here.contents.halvings, there.contents.halvings)
    only = here.contents.sample(halvings) - there.contents.sample(halvings)
    return sorted(only, key=lambda key: random_rank(key.to_bytes(8, "big"), seed))[:SHOWN]


def _take(
    record: SongRecord, index: int, kind: Kind, wanted: list[int], found: dict[int, Pick]
) -> None:
    try:
        item = read_item(record.payload)
    except UnknownRecord:
        return
    key = int.from_bytes(hash_key(item.content), "big")
    if item.kind is not kind or item.music is None or key not in wanted or key in found:
        return
    if len(item.music.notes):
        found[key] = Pick(index, item.music, item.ids, item.name, len(item.ids))
