"""Windows of a few bars on melodies, one beginning at every bar.

All the melodies of a piece stand one after the other on a single line of steps,
so that the windows of all of them are found, compared and written at once.

Follows `to_tensors` of Magenta's `OneHotMelodyConverter` (it inherits it from
`LegacyEventListOneHotConverter`) and note_seq's `MelodyOneHotEncoding`.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vaeprep.converters.melody.voices import Melodies, Voices
from vaeprep.music.note_block import stretches
from vaeprep.music.sequence import Bools, Ints

NOTE_OFF = 1
FIRST_NOTE = 2

Tokens = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Line:
    """All the melodies of a piece, one after the other on a single line of steps.

    Attributes:
        on, end, pitch: int64[n], the notes, on the line's steps.
        tokens: uint8[steps], what happens at each step, as in note_seq's
            `MelodyOneHotEncoding`: 0 nothing, 1 a note ends and none starts,
            from 2 on a note starts (2 is the lowest pitch).
        begins: int64[melodies + 1], the step of the line where each melody begins,
            and the line's end.
        starts: int64[melodies], the step of the piece where each melody begins.
    """

    on: Ints
    end: Ints
    pitch: Ints
    tokens: Tokens
    begins: Ints
    starts: Ints

    def steps(self) -> Ints:
        """int64[steps]: for each step of the line the step of the piece."""
        return stretches(self.starts, self.starts + np.diff(self.begins))[0]


def line_up(voices: Voices, found: Melodies, min_pitch: int, total_steps: int | None) -> Line:
    """Puts melodies on a line.

    Args:
        voices: The voices.
        found: Some of their melodies in order; one at least.
        min_pitch: The lowest pitch.
        total_steps: If each melody shall have silence before and after, from
            the beginning of the piece to its end: the length of the piece.
    """
    lengths, starts = found.length, found.start
    if total_steps is not None:
        lengths, starts = np.full_like(lengths, total_steps), np.zeros_like(starts)
    begins = np.concatenate(([0], lengths.cumsum()))
    notes, melody = stretches(found.first, found.last)
    move = (begins[:-1] - starts)[melody]
    on = voices.on.take(notes) + move
    # Melodies that were cut off end their last notes early.
    end = np.minimum(voices.end.take(notes), (found.start + found.length)[melody]) + move
    pitch = voices.pitch.take(notes)
    tokens = np.zeros(begins[-1], np.uint8)
    # A note that lasts until the next one, or until the melody is over, needs no end.
    needless = np.empty_like(on)
    needless[:-1] = on[1:]
    needless[(found.last - found.first).cumsum() - 1] = begins[1:]
    tokens[end[end < needless]] = NOTE_OFF
    tokens[on] = pitch + (FIRST_NOTE - min_pitch)
    return Line(on, end, pitch, tokens, begins, starts)


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows on a line: from step `begin` to step `stop` (exclusive)."""

    begin: Ints
    stop: Ints

    def __len__(self) -> int:
        return len(self.begin)

    def take(self, index: Ints | Bools) -> "Windows":
        """The windows at `index`."""
        return Windows(self.begin[index], self.stop[index])


def windows_of(line: Line, slice_steps: int | None, steps_per_bar: int) -> Windows:
    """A window at every bar of every melody where one fits; or each melody whole."""
    first, lengths = line.begins[:-1], np.diff(line.begins)
    if slice_steps is None:
        return Windows(first, line.begins[1:])
    counts = np.maximum((lengths - slice_steps) // steps_per_bar + 1, 0)
    bar, melody = stretches(np.zeros_like(counts), counts)
    begin = first[melody] + bar * steps_per_bar
    return Windows(begin, begin + slice_steps)


def distinct(
    line: Line, windows: Windows, lanes: list[bytes], apart: Ints | None = None
) -> Ints:
    """One of all windows in which the same happens.

    Args:
        line: The line.
        windows: The windows.
        lanes: What else happens at each step: so many bytes for each.
        apart: int64[windows], ascending; windows with different numbers are never the same.

    Returns:
        Positions in `windows`.
    """
    tokens = line.tokens.tobytes()
    bounds = list(zip(windows.begin.tolist(), windows.stop.tolist(), strict=True))
    keys = [tokens[begin:stop] for begin, stop in bounds]
    for number in _with_stray_end(line, windows):
        keys[number] = keys[number].replace(b"\x01", b"\x00", 1)
    for lane in lanes:
        size = len(lane) // len(tokens)
        keys = [
            key + lane[begin * size : stop * size]
            for key, (begin, stop) in zip(keys, bounds, strict=True)
        ]
    changes = []
    if apart is not None:
        changes = (np.flatnonzero(apart[1:] != apart[:-1]) + 1).tolist()
    kept: list[int] = []
    for first, last in pairwise([0, *changes, len(keys)]):
        kept += dict(zip(keys[first:last], range(first, last), strict=True)).values()
    return np.array(kept, np.int64)


def _with_stray_end(line: Line, windows: Windows) -> list[int]:
    """The windows in which the end of a note comes first that began before it.

    That note is not heard, so its end does not count (note_seq's `Melody` drops
    it from a slice).
    """
    events = line.tokens.nonzero()[0]
    first = np.append(events, len(line.tokens))[events.searchsorted(windows.begin)]
    stray = np.append(line.tokens, 0)[first] == NOTE_OFF
    stray &= first < windows.stop
    numbers: list[int] = stray.nonzero()[0].tolist()
    return numbers
