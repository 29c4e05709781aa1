"""What each player of a trio plays in each window, and whether the window is found again.

A window knows only the notes that start in it, so a player may be present in
other bars there than in the whole piece. What is present decides whether
Magenta's `TrioConverter` extracts the window's example again.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from vaeprep.converters.signs import VELOCITY
from vaeprep.converters.trio.band import Player, Trio
from vaeprep.converters.trio.lines import BASS, DRUMS, MELODY
from vaeprep.converters.trio.presence import near, together
from vaeprep.music.note_block import NoteBlock, stretches
from vaeprep.music.programs import DRUM_INSTRUMENT, TRIO_BASS
from vaeprep.music.sequence import Bools, Ints

# The instrument and the program of each kind in an example.
_AS_PLAYED = {MELODY: (0, 0), BASS: TRIO_BASS, DRUMS: (DRUM_INSTRUMENT, 0)}

# So many windows are serialized at once, which bounds the memory.
_WINDOWS_AT_ONCE = 128


class PlayedWindows:
    """What one player plays in each window of the band.

    A window knows only the notes that start in it.

    Attributes:
        present: bool[windows, slice_bars].
        plays: bool[windows]: whether there is any note.
        plays_last_bar: bool[windows]: whether there is sound in the last bar.
    """

    def __init__(
        self, player: Player, bars: int, slice_bars: int, steps_per_bar: int, gap_bars: int
    ) -> None:
        self._player = player
        self._steps = slice_bars * steps_per_bar
        line = player.line
        bar_starts = np.arange(bars + 1) * steps_per_bar
        note_at = np.searchsorted(line.on, bar_starts)
        count = bars - slice_bars + 1
        self._bar = np.arange(count)
        self._begin = bar_starts[:count]
        self._first, self._last = note_at[:count], note_at[slice_bars:]
        starts = note_at[1:] > note_at[:-1]
        # The bar in which the note started that sounds on into each bar, or -1.
        before = np.maximum(note_at[:-1] - 1, 0)
        sounds_on = (note_at[:-1] > 0) & (line.end[before] > bar_starts[:-1])
        since = np.where(sounds_on, line.on[before] // steps_per_bar, -1)
        sounding: Bools = sliding_window_view(since, slice_bars) >= self._bar[:, np.newaxis]
        sounding |= sliding_window_view(starts, slice_bars)
        self.present = near(sounding, gap_bars)
        self.plays: Bools = np.logical_or.reduce(sounding, axis=1)
        self.plays_last_bar = sounding[:, -1]

    def notes(self, windows: Ints, seconds_per_step: float) -> list[tuple[bytes, int]]:
        """The notes of some windows.

        Args:
            windows: int64[n], the bars at which they begin.
            seconds_per_step: In examples.

        Returns:
            For each window the note messages, and the step at which the last note ends.
        """
        found: list[tuple[bytes, int]] = []
        for at in range(0, len(windows), _WINDOWS_AT_ONCE):
            found += self._notes(windows[at : at + _WINDOWS_AT_ONCE], seconds_per_step)
        return found

    def _notes(self, windows: Ints, seconds_per_step: float) -> list[tuple[bytes, int]]:
        line = self._player.line
        first, last = self._first[windows], self._last[windows]
        index, owner = stretches(first, last)
        begin = self._begin[windows][owner]
        end = np.minimum(line.end[index] - begin, self._steps)
        instrument, program = _AS_PLAYED[self._player.kind]
        block = NoteBlock(
            line.pitch[index],
            np.full(len(index), VELOCITY),
            np.multiply(line.on[index] - begin, seconds_per_step, dtype=np.float64),
            np.multiply(end, seconds_per_step, dtype=np.float64),
            instrument,
            program,
            is_drum=self._player.kind == DRUMS,
        )
        stops = np.cumsum(last - first)
        starts = stops - (last - first)
        return [
            (block.between(start, stop), last_end)
            for start, stop, last_end in zip(
                starts.tolist(), stops.tolist(), end[stops - 1].tolist(), strict=True
            )
        ]


def found_again(trio: Trio, parts: dict[int, PlayedWindows], gap_bars: int) -> Trio:
    """The trio without the windows from whose examples Magenta extracts nothing.

    It never extracts two. Proof: an example has one instrument of each kind that
    plays, so one trio at most; it is in 4/4 and its steps come back from seconds
    exactly; its length is at most that of the window, so there is one window at
    most, if the last bar is not silent. What decides is then only whether all
    three are present in all bars. A note that sounds into the window from before
    is not in the example, a note that sounds on after the window ends with it,
    and all notes of the example are heard again: their pitches are in range and
    in the drum map, and of a line no two notes overlap. So `PlayedWindows.present` is what
    Magenta's coverage will be.

    Args:
        trio: The trio.
        parts: What its players play, by their positions in the band.
        gap_bars: An instrument may be silent for so many bars.
    """
    mine = [parts[at] for at in trio.players]
    windows = trio.windows
    found = together([part.present[windows] for part in mine], gap_bars).all(axis=1)
    last = np.zeros(len(windows), np.bool_)
    for part in mine:
        found &= part.plays[windows]
        last |= part.plays_last_bar[windows]
    return Trio(trio.players, windows[found & last])
