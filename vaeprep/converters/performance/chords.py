"""The chords of one performance example: a chord wherever an event meets a new one.

Follows `_quantized_subsequence_to_tensors` and `_to_single_notesequence` of
Magenta's `MultiInstrumentPerformanceConverter`, where it has a chord encoding.
"""

from collections.abc import Iterable

from vaeprep.converters.chords import (
    ChordEncoding,
    ChordEncodingError,
    ChordSymbolError,
    CoincidentChordsError,
    changes,
    progression,
)
from vaeprep.music.chord_inference import Chord

ChordChange = tuple[int, str]
"""A step from the start of an example and the figure from there on."""


def chord_changes(
    encoding: ChordEncoding,
    chords: Iterable[Chord],
    end: int,
    steps: list[int],
    last: list[int],
) -> tuple[ChordChange, ...] | None:
    """The chords of an example as they come back from their encoding.

    Every event is encoded with the chord of its step, and the chord is written
    where an event finds another chord than the one before.

    Args:
        encoding: The chord classes.
        chords: The chords of the hop.
        end: Where the hop's music ends, in steps.
        steps: The steps of the events before the end of their chunk, ascending.
        last: The steps of the events at the end of their chunk: these chords
            are encoded, but not written.

    Returns:
        The changes, or None if the hop is left out: two chords on one step, or
        a chord without a class.
    """
    try:
        sounding = progression(chords, end)
        if len(sounding.figures) == 1:
            return ((steps[0], encoding.decode(encoding.encode(sounding.figures[0]))),)
        for step in last:
            encoding.encode(sounding.at(step))
        figures = [encoding.decode(encoding.encode(sounding.at(step))) for step in steps]
    except (CoincidentChordsError, ChordSymbolError, ChordEncodingError):
        return None
    return tuple((steps[i], figures[i]) for i in changes(figures))
