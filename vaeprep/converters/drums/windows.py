"""Windows of a few bars on drum tracks, one beginning at every bar.

A bar has a number: 0 is silence, and bars that sound the same have the same one. So
windows are compared, and put into bytes, bar by bar.

Follows `to_tensors` of Magenta's `DrumsConverter`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vaeprep.converters.drums.hits import Hits
from vaeprep.converters.drums.tracks import Tracks
from vaeprep.music.note_block import stretches
from vaeprep.music.pieces import bounds_of
from vaeprep.music.sequence import Bools, Ints

Numbers = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Bars:
    """The n bars in which there are hits.

    Attributes:
        before_hit: int64[hits + 1], in how many of them there are hits before each hit;
            n at the end.
        place: int64[n], which bars these are: steps divided by those of a bar.
        number: int32[n], the number of each.
        labels: int64[numbers, steps_per_bar], for each number what is on each step of
            such a bar: the label of a hit, or 0.
        drums: For each label the hit's drums, as in `Hits`; 0 for label 0.
    """

    before_hit: Ints
    place: Ints
    number: Numbers
    labels: Ints
    drums: list[int]


def bars_of(hits: Hits, tracks: Tracks, steps_per_bar: int) -> Bars:
    """Puts hits into bars.

    Args:
        hits: The hits.
        tracks: Their tracks; hits of no track are left out.
        steps_per_bar: Steps in a bar.
    """
    names, drums_of_name = _names(hits)
    bar = hits.step // steps_per_bar
    is_first = np.ones(len(bar), np.bool_)
    is_first[1:] = bar[1:] != bar[:-1]
    before_hit = bounds_of(is_first)
    place = bar[is_first]
    rows = np.zeros((len(place), steps_per_bar), np.int64)
    rows[before_hit[1:] - 1, hits.step - bar * steps_per_bar] = _in_tracks(names, tracks)
    size = rows.itemsize * steps_per_bar
    keys: list[bytes] = rows.view(f"V{size}").ravel().tolist()
    numbers = {key: number for number, key in enumerate(dict.fromkeys([bytes(size), *keys]))}
    different, label = np.unique(
        np.frombuffer(b"".join(numbers), np.int64), return_inverse=True
    )
    return Bars(
        before_hit,
        place,
        np.array([numbers[key] for key in keys], np.int32),
        label.reshape(-1, steps_per_bar),
        [drums_of_name[name] for name in different.tolist()]
        if drums_of_name
        else different.tolist(),
    )


def _names(hits: Hits) -> tuple[Ints, list[int]]:
    """A number above 0 for hits of the same drums, and the drums of each number.

    The list is empty if these numbers are the drums themselves.
    """
    if hits.drums.dtype != object:
        return hits.drums, []
    different, name = np.unique(hits.drums, return_inverse=True)
    return name + 1, [0, *different.tolist()]


def _in_tracks(names: Ints, tracks: Tracks) -> Ints:
    """The names of hits, 0 for hits that are in no track."""
    if int((tracks.last - tracks.first).sum()) == len(names):
        return names
    inside = stretches(tracks.first, tracks.last)[0]
    left = np.zeros_like(names)
    left[inside] = names[inside]
    return left


@dataclass(frozen=True, slots=True)
class Windows:
    """n windows.

    Attributes:
        piece: int64[n], the piece that each is of, ascending.
        begins: int64[n + 1], the position in `bars` of its first bar; at the end the
            number of all bars.
        bars: int32[bars], the numbers of the bars of all windows.
    """

    piece: Ints
    begins: Ints
    bars: Numbers

    def __len__(self) -> int:
        return len(self.piece)

    def take(self, chosen: Bools) -> "Windows":
        """The chosen windows (bool[n])."""
        sizes = np.diff(self.begins)
        return Windows(
            self.piece[chosen],
            bounds_of(sizes[chosen]),
            self.bars[chosen.repeat(sizes)],
        )


def windows_of(
    bars: Bars, tracks: Iterable[Tracks], steps_per_bar: int, slice_bars: int | None
) -> Windows:
    """The windows of tracks; of those of a piece that sound the same, one.

    Args:
        bars: The bars of the tracks' hits.
        tracks: The tracks; at a time so many as shall be laid out in memory together.
        steps_per_bar: Steps in a bar.
        slice_bars: Bars of a window; None or 0 takes each track as a whole.
    """
    found: dict[tuple[int, bytes], None] = {}
    for some in tracks:
        line, begins = _lay_out(bars, some, steps_per_bar)
        begin, stop = begins[:-1], begins[1:]
        piece = some.piece
        if slice_bars:
            whole = some.length // steps_per_bar
            begin, owner = stretches(begin, begin + np.maximum(whole - slice_bars + 1, 0))
            stop = begin + slice_bars
            piece = piece[owner]
        numbers = line.tobytes()
        size = line.itemsize
        bounds = zip(begin.tolist(), stop.tolist(), strict=True)
        slices = [numbers[size * a : size * b] for a, b in bounds]
        found.update(dict.fromkeys(zip(piece.tolist(), slices, strict=True)))
    sizes = [len(window) // 4 for _, window in found]
    return Windows(
        np.array([of_piece for of_piece, _ in found], np.int64),
        bounds_of(np.array(sizes, np.int64)),
        np.frombuffer(b"".join([window for _, window in found]), np.int32),
    )


def _lay_out(bars: Bars, some: Tracks, steps_per_bar: int) -> tuple[Numbers, Ints]:
    """The numbers of all bars of some tracks, and where each track begins there."""
    # The first hit of a track is in a bar of its own, so all before it are in other bars.
    begins = bounds_of(-(-some.length // steps_per_bar))
    position, owner = stretches(bars.before_hit[some.first], bars.before_hit[some.last])
    move = begins[:-1] - some.start // steps_per_bar
    line = np.zeros(begins[-1], np.int32)
    line[bars.place[position] + move[owner]] = bars.number[position]
    return line, begins


def begin_and_end_sound(windows: Windows) -> Bools:
    """bool[n]: whether there is a hit in the first and in the last bar (of one at least)."""
    sounds = windows.bars != 0
    both: Bools = sounds[windows.begins[:-1]] & sounds[windows.begins[1:] - 1]
    return both


def sound(windows: Windows) -> Bools:
    """bool[n]: whether there is a hit."""
    before = bounds_of(windows.bars != 0)
    there: Bools = before[windows.begins[1:]] > before[windows.begins[:-1]]
    return there


def end_on_a_hit(windows: Windows, bars: Bars) -> Bools:
    """bool[n]: whether there is a hit on the last step of the last bar (of one at least)."""
    there: Bools = bars.labels[windows.bars[windows.begins[1:] - 1], -1] != 0
    return there
