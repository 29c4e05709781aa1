"""Windows of a few bars on melodies, one beginning at every bar.

All the melodies of a piece stand one after the other on a single line of steps,
so that the windows of all of them are found, compared and written at once.

Follows `to_tensors` of Magenta's `OneHotMelodyConverter` (it inherits it from
`LegacyEventListOneHotConverter`) and note_seq's `MelodyOneHotEncoding`.
"""

from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from vaeprep.converters.melody.voices import Melody, Voices
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
        begins: The step of the line where each melody begins, and the line's end.
        starts: The step of the piece where each melody begins.
    """

    on: Ints
    end: Ints
    pitch: Ints
    tokens: Tokens
    begins: list[int]
    starts: list[int]

    def steps(self) -> Ints:
        """int64[steps]: for each step of the line the step of the piece."""
        return np.concatenate(
            [
                np.arange(start, start + last - first)
                for start, (first, last) in zip(self.starts, pairwise(self.begins), strict=True)
            ]
        )


def line_up(
    voices: Voices, found: list[Melody], min_pitch: int, total_steps: int | None
) -> Line:
    """Puts melodies on a line.

    Args:
        voices: The voices.
        found: Some of their melodies in order; one at least.
        min_pitch: The lowest pitch.
        total_steps: If each melody shall have silence before and after, from
            the beginning of the piece to its end: the length of the piece.
    """
    lengths = [melody.length if total_steps is None else total_steps for melody in found]
    starts = [melody.start if total_steps is None else 0 for melody in found]
    begins = [0, *accumulate(lengths)]
    sizes = [melody.last - melody.first for melody in found]
    moves = [begin - start for begin, start in zip(begins, starts, strict=False)]
    stops = [melody.start + melody.length for melody in found]
    notes = _ranges([(melody.first, melody.last) for melody in found])
    move = np.array(moves).repeat(sizes)
    on = voices.on.take(notes) + move
    # Melodies that were cut off end their last notes early.
    end = np.minimum(voices.end.take(notes), np.array(stops).repeat(sizes)) + move
    pitch = voices.pitch.take(notes)
    tokens = np.zeros(begins[-1], np.uint8)
    # A note that lasts until the next one, or until the melody is over, needs no end.
    needless = np.empty_like(on)
    needless[:-1] = on[1:]
    needless[[last - 1 for last in accumulate(sizes)]] = begins[1:]
    tokens[end[end < needless]] = NOTE_OFF
    tokens[on] = pitch + (FIRST_NOTE - min_pitch)
    return Line(on, end, pitch, tokens, begins, starts)


def _ranges(bounds: list[tuple[int, int]]) -> Ints:
    """All numbers from each first to each last (exclusive)."""
    first, last = bounds[0][0], bounds[-1][1]
    if sum(stop - start for start, stop in bounds) == last - first:
        return np.arange(first, last)
    return np.concatenate([np.arange(start, stop) for start, stop in bounds])


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
    if slice_steps is None:
        return Windows(np.array(line.begins[:-1]), np.array(line.begins[1:]))
    begin = np.concatenate(
        [
            np.arange(first, last - slice_steps + 1, steps_per_bar)
            for first, last in pairwise(line.begins)
        ]
    )
    return Windows(begin, begin + slice_steps)


def distinct(line: Line, windows: Windows, lanes: list[bytes]) -> Ints:
    """One of all windows in which the same happens.

    Args:
        line: The line.
        windows: The windows.
        lanes: What else happens at each step: so many bytes for each.

    Returns:
        Positions in `windows`.
    """
    tokens = line.tokens.tobytes()
    bounds = list(zip(windows.begin.tolist(), windows.stop.tolist(), strict=True))
    slices = [tokens[begin:stop] for begin, stop in bounds]
    heard = {tokens_of: _without_stray_end(tokens_of) for tokens_of in set(slices)}
    keys = [heard[tokens_of] for tokens_of in slices]
    for lane in lanes:
        size = len(lane) // len(tokens)
        keys = [
            key + lane[begin * size : stop * size]
            for key, (begin, stop) in zip(keys, bounds, strict=True)
        ]
    one_of = dict(zip(keys, range(len(keys)), strict=True))
    return np.fromiter(one_of.values(), np.int64, len(one_of))


def _without_stray_end(window: bytes) -> bytes:
    """A window's tokens without the end of a note that began before it.

    That note is not heard, so its end does not count (note_seq's `Melody` drops
    it from a slice).
    """
    if window.lstrip(b"\x00").startswith(b"\x01"):
        return window.replace(b"\x01", b"\x00", 1)
    return window
