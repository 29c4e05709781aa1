"""One song in, its examples out: the two engines behind one function type.

`fast` works on columns with vaeprep's own converters, `magenta` calls Magenta's
converter objects. Both follow `ExtractExamplesDoFn` in
`magenta.models.music_vae.preprocess_tfrecord`, with the cap on examples lifted,
and agree to the byte. Both refuse songs beyond the `limits`, which Magenta does not know.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from vaeprep.converters.conversion import Conversion
from vaeprep.cures.song import NOTHING_DONE, Done

MAX_PIECES = 100
"""A song with more tempo and meter changes than this is dropped, as in Magenta."""

TOO_MANY_PIECES = "filtered-too-many-sequence-time-splits"


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one song gave.

    Attributes:
        source_id: The song's id.
        examples: Canonical bytes of the examples, repeats included.
        counters: Magenta's counter names with their counts.
        failure: Why the song failed ("KeyError: 60"), or None. A failed song
            has no examples and no counters.
        done: What the cures did to the song.
    """

    source_id: str
    examples: list[bytes]
    counters: Mapping[str, int] = field(default_factory=dict)
    failure: str | None = None
    done: Done = NOTHING_DONE


Engine = Callable[[bytes], Extraction]
"""From the bytes of a serialized NoteSequence to its extraction.

Raises `notesequence.NotANoteSequence` when the bytes are none.
"""


def failed(source_id: str, error: Exception) -> Extraction:
    """The extraction of a song whose conversion raised."""
    return Extraction(source_id, [], failure=f"{type(error).__name__}: {error}")


def count_conversion(counters: dict[str, int], conversion: Conversion) -> None:
    """Adds one converted piece to the counters, under Magenta's names."""
    add(counters, "unfiltered-sequences")
    if not conversion.extracted:
        add(counters, "empty-extractions")
        return
    add(counters, "extracted-examples", conversion.extracted)
    for name, count in conversion.dropped.items():
        add(counters, name, count)
    dropped = sum(conversion.dropped.get(name, 0) for name in _NOT_WRITTEN)
    add(counters, "all-examples", conversion.extracted - dropped)


def add(counters: dict[str, int], name: str, by: int = 1) -> None:
    """Counts under a name."""
    if by:  # a counter that stays 0 is left out, as in Magenta's job
        counters[name] = counters.get(name, 0) + by


_NOT_WRITTEN = ("empty-reextraction", "different-reextraction-count")
