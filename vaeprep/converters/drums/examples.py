"""The bytes of drum examples: windows played with one pitch for each class.

Follows `from_tensors` of Magenta's `DrumsConverter` and note_seq's
`DrumTrack.to_sequence`.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np

from vaeprep.converters.drums.windows import Bars, Windows
from vaeprep.converters.signs import HEAD, VELOCITY
from vaeprep.music.encode import sequence_message
from vaeprep.music.grid import step_seconds
from vaeprep.music.note_block import NoteBlock, stretches
from vaeprep.music.programs import DRUM_INSTRUMENT
from vaeprep.music.sequence import Ints


def drum_examples(
    windows: Windows, bars: Bars, pitches: Sequence[Sequence[int]], steps_per_quarter: int
) -> list[bytes]:
    """The windows (each with one hit at least) as serialized NoteSequences.

    Args:
        windows: The windows.
        bars: The bars.
        pitches: For each label of a hit the pitches that play it; none for label 0.
        steps_per_quarter: Grid.
    """
    if not len(windows):
        return []
    sizes = np.diff(windows.begins)
    # A window's bars count from 0. Windows share bars, and music repeats: each bar is
    # put into bytes only once for each of its places in a window.
    place = np.arange(len(windows.bars)) - windows.begins[:-1].repeat(sizes)
    code = place * len(bars.labels) + windows.bars
    different, bar_of = np.unique(code, return_inverse=True)
    place, number = np.divmod(different, len(bars.labels))
    messages = _bar_messages(place, bars.labels[number], pitches, steps_per_quarter)
    played = [messages[bar] for bar in bar_of.tolist()]
    ends = _ends(windows, bars).tolist()
    seconds = step_seconds(steps_per_quarter)
    tails = {end: sequence_message(total_time=end * seconds) for end in set(ends)}
    return [
        b"".join([HEAD, *played[begin:stop], tails[end]])
        for (begin, stop), end in zip(pairwise(windows.begins.tolist()), ends, strict=True)
    ]


def _bar_messages(
    place: Ints, labels: Ints, pitches: Sequence[Sequence[int]], steps_per_quarter: int
) -> list[bytes]:
    """The notes of some bars, serialized.

    Args:
        place: int64[bars], which bar of its window each is.
        labels: int64[bars, steps_per_bar].
        pitches: For each label.
        steps_per_quarter: Grid.
    """
    bar, step = labels.nonzero()
    label = labels[bar, step]
    limits = np.array([0, *accumulate([len(some) for some in pitches])])
    which, hit = stretches(limits[label], limits[label + 1])
    on = (step + place[bar] * labels.shape[1])[hit]
    seconds = np.float64(step_seconds(steps_per_quarter))
    notes = NoteBlock(
        np.array([pitch for some in pitches for pitch in some])[which],
        np.full(len(which), VELOCITY),
        on * seconds,
        (on + 1) * seconds,
        instrument=DRUM_INSTRUMENT,
        is_drum=True,
    )
    bounds = bar[hit].searchsorted(np.arange(len(place) + 1)).tolist()
    return [notes.between(*pair) for pair in pairwise(bounds)]


def _ends(windows: Windows, bars: Bars) -> Ints:
    """int64[n]: the step after the last hit of each window."""
    sounding = np.flatnonzero(windows.bars)
    last = sounding[np.searchsorted(sounding, windows.begins[1:]) - 1]
    steps_per_bar = bars.labels.shape[1]
    # The last hit of a bar, seen from its end.
    silent = (bars.labels[:, ::-1] != 0).argmax(axis=1)
    after_hit = steps_per_bar - silent[windows.bars[last]]
    ends: Ints = (last - windows.begins[:-1]) * steps_per_bar + after_hit
    return ends
