"""The bytes of groove examples: windows played at 120 qpm, every note one step long.

Follows `from_tensors` of Magenta's `GrooveConverter`.
"""

import numpy as np

from vaeprep.converters.groove.beats import Beats
from vaeprep.converters.groove.windows import Slicing, Windows
from vaeprep.music.encode import tempo_message
from vaeprep.music.grid import EXAMPLE_QPM, step_rate, step_seconds
from vaeprep.music.note_block import NoteBlock, stretches
from vaeprep.music.programs import DRUM_INSTRUMENT
from vaeprep.music.sequence import Floats, Ints

_TEMPO = tempo_message(EXAMPLE_QPM)


def groove_examples(
    beats: Beats,
    windows: Windows,
    pitches: Ints,
    steps_per_quarter: int,
    slicing: Slicing,
) -> tuple[list[bytes], Ints]:
    """The windows as serialized NoteSequences.

    Args:
        beats: The beats.
        windows: The windows, one or more.
        pitches: int64[classes], which pitch plays each.
        steps_per_quarter: Grid.
        slicing: How windows would lie in an example.

    Returns:
        An example for each window, and int64[windows]: how many examples Magenta
        extracts from it.

    Raises:
        ValueError: A start is NaN: in a tempo so slow that a step lasts for ever.
    """
    index, owner = stretches(windows.first, windows.last)
    played = beats.take(index)
    step_length = step_seconds(steps_per_quarter)
    start = (played.step - windows.begin[owner] - played.offset) * step_length
    notes = NoteBlock(
        pitches[played.drum],
        played.velocity,
        start,
        start + step_length,
        instrument=DRUM_INSTRUMENT,
        is_drum=True,
    )
    ends = np.cumsum(windows.last - windows.first)
    begins = ends - (windows.last - windows.first)
    examples = [
        _TEMPO + notes.between(begin, end)
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
    ]
    return examples, _extracted_again(start, begins, steps_per_quarter, slicing)


def _extracted_again(
    start: Floats, begins: Ints, steps_per_quarter: int, slicing: Slicing
) -> Ints:
    """How many examples Magenta extracts from each example.

    That takes no more than the step of an example's last note, computed as
    note_seq does. Every pitch is in the map, the meter is 4/4, and no step
    is negative: a first note is early by half a step at most, and half a
    step before 0 still is step 0. All velocities and offsets have bins.

    Args:
        start: float64[n], the seconds at which the notes of all examples start.
        begins: int64[examples], the first note of each.
        steps_per_quarter: Grid.
        slicing: How windows would lie in an example.
    """
    if np.isnan(start).any():
        raise ValueError("cannot convert float NaN to integer")
    step = (start * step_rate(steps_per_quarter) + 0.5).astype(np.int64)
    return slicing.count(slicing.whole_bars(np.maximum.reduceat(step, begins)))
