"""The pieces of many songs as columns, all notes one after the other.

Most of what is done to a piece costs the same for ten notes as for a thousand: it is the
price of calling NumPy. So the songs of a group are cut together, and filters and
converters look at all their pieces together.

What is said here of a piece is true of those that are *clean*, which nearly all are. Of
the others nothing is said but that they are not: whoever meets one takes it `alone`, as
`time_changes.cut` gives it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

import numpy as np

from vaeprep.music.control_changes import ControlChange, LazyControlChanges
from vaeprep.music.limits import MAX_INSTRUMENTS, MAX_QUARTERS
from vaeprep.music.quantization import nearest_steps
from vaeprep.music.sequence import Bools, Columns, Floats, Ints, Notes, every, joined
from vaeprep.music.time_changes import TimeChanges, cut, cut_pedals, moved

_VERY_MANY_NOTES = 50_000

_SLOWEST, _FASTEST = 0.1, 1e6
"""Quarter notes per minute at which no arithmetic with times comes near its limits."""


class _Song:
    """A song that is cut by itself if one of its pieces is asked for."""

    __slots__ = ("_cut", "_pedals", "_song", "_splits")

    def __init__(self, song: Columns, splits: list[float]) -> None:
        self._song, self._splits = song, splits
        self._cut: list[Columns] | None = None
        self._pedals: list[Iterable[ControlChange]] | None = None

    def pieces(self) -> list[Columns]:
        """Its pieces, as `cut` gives them."""
        if self._cut is None:
            self._cut = cut(self._song, self._splits)
        return self._cut

    def pedals(self) -> list[Iterable[ControlChange]]:
        """The pedals of each of its pieces, as `cut` gives them."""
        if self._pedals is None:
            self._pedals = cut_pedals(self._song.control_changes, self._splits)
        return self._pedals


@dataclass(frozen=True, slots=True)
class Pieces:
    """n pieces of some songs, in order.

    A *clean* piece is calm (see `Columns`; so is one without notes), within the `limits`,
    and all in it lies in a stretch of time that they allow. Its tempo is
    one at which nothing can overflow, and its meter one that can be. So to quantize
    it cannot fail, and to cut it on time changes once more gives its notes again.

    Attributes:
        notes: Those of all pieces, piece by piece in order of their start, from each
            piece's own time 0 on. Not all notes of pieces that are not clean.
        bounds: int64[n + 1], each piece's first note, and one after the last.
        song: int64[n], the number of the song that a piece is of.
        number: int64[n], which piece of its song it is.
        total_time: float64[n], seconds, the end of the note that ends last.
        qpm: float64[n], quarter notes per minute.
        numerator, denominator: int64[n], of the time signature.
        clean: bool[n].
        songs: Of each song, what gives its pieces one by one.
    """

    notes: Notes
    bounds: Ints
    song: Ints
    number: Ints
    total_time: Floats
    qpm: Floats
    numerator: Ints
    denominator: Ints
    clean: Bools
    songs: Sequence[_Song]

    def __len__(self) -> int:
        return len(self.song)

    @property
    def sizes(self) -> Ints:
        """int64[n]: how many notes each piece has."""
        return np.diff(self.bounds)

    @property
    def of_note(self) -> Ints:
        """int64[notes]: the number of each note's piece."""
        return np.arange(len(self)).repeat(self.sizes)

    def steps_per_second(self, steps_per_quarter: int) -> Floats:
        """float64[n], as `grid.step_rate` has it."""
        rates: Floats = steps_per_quarter * self.qpm / 60.0
        return rates

    def step_seconds(self, steps_per_quarter: int) -> Floats:
        """float64[n], as `grid.step_seconds` has it."""
        seconds: Floats = 60.0 / self.qpm / steps_per_quarter
        return seconds

    def steps_per_bar(self, steps_per_quarter: int) -> Floats:
        """float64[n], as `quantization.Grid` has it: not always whole."""
        steps: Floats = steps_per_quarter * (4.0 / self.denominator * self.numerator)
        return steps

    def total_steps(self, steps_per_quarter: int) -> Ints:
        """int64[n], the step of each `total_time`."""
        return nearest_steps(self.total_time, self.steps_per_second(steps_per_quarter))

    def size(self, piece: int) -> int:
        """How many notes a clean piece has."""
        return int(self.bounds[piece + 1] - self.bounds[piece])

    def notes_of(self, piece: int) -> Notes:
        """The notes of one clean piece."""
        return self.notes.take(slice(int(self.bounds[piece]), int(self.bounds[piece + 1])))

    def alone(self, piece: int) -> Columns:
        """One piece, with all that is in it."""
        of_song = self.songs[int(self.song[piece])].pieces()
        return of_song[int(self.number[piece])]

    def pedals(self, piece: int) -> Iterable[ControlChange]:
        """The pedals of one piece, as `alone` has them."""
        return self.songs[int(self.song[piece])].pedals()[int(self.number[piece])]

    def take(self, chosen: Bools) -> "Pieces":
        """The chosen pieces (bool[n]) only."""
        if every(chosen):
            return self
        sizes = self.sizes
        return Pieces(
            self.notes.take(chosen.repeat(sizes)),
            bounds_of(sizes[chosen]),
            self.song[chosen],
            self.number[chosen],
            self.total_time[chosen],
            self.qpm[chosen],
            self.numerator[chosen],
            self.denominator[chosen],
            self.clean[chosen],
            self.songs,
        )


_MOST_INSTRUMENTS = 1 << 15
"""Of a piece; MIDI has 16 channels."""


def are_usual(pieces: Pieces) -> Bools:
    """bool[pieces]: whether all instruments, pitches and programs are such as MIDI has."""
    notes = pieces.notes
    usual = (notes.pitch | notes.program) >> 7 == 0
    usual &= (notes.instrument >= 0) & (notes.instrument < _MOST_INSTRUMENTS)
    all_of_piece: Bools = count_in(pieces, usual) == pieces.sizes
    return all_of_piece


def count_in(pieces: Pieces, chosen: Bools) -> Ints:
    """int64[pieces]: how many notes of each piece are chosen (bool[notes])."""
    if every(chosen):
        return pieces.sizes
    return np.diff(chosen.nonzero()[0].searchsorted(pieces.bounds))


def total_quantized_steps(pieces: Pieces, steps_per_quarter: int) -> Ints:
    """int64[n]: the length of clean pieces as `quantization.Quantized` has it.

    A note is one step long at least. So a piece is a step longer than its `total_time`
    if a note starts on that very step, and then the last one does.
    """
    rates = pieces.steps_per_second(steps_per_quarter)
    steps = nearest_steps(pieces.total_time, rates)
    there = pieces.sizes > 0
    last_start = pieces.notes.start[pieces.bounds[1:][there] - 1]
    steps[there] += nearest_steps(last_start, rates[there]) == steps[there]
    return steps


def bounds_of(sizes: Ints | Bools) -> Ints:
    """int64[n + 1]: where each of n things begins that lie one after the other, and the end."""
    bounds = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=bounds[1:])
    return bounds


def cut_together(songs: Sequence[Columns], changes: Sequence[TimeChanges]) -> Pieces:
    """Cuts songs on their changes of tempo and meter, as `time_changes.cut` does each.

    Args:
        songs: One or more, none of which is quantized.
        changes: Of each song its `time_changes`.
    """
    counts = [len(change.held) for change in changes]
    orderly = [_is_orderly(song) for song in songs]
    notes_of = [
        song.notes if is_orderly else song.notes.take(slice(0))
        for song, is_orderly in zip(songs, orderly, strict=True)
    ]
    limits = [0, *accumulate([len(notes) for notes in notes_of])]
    notes, sizes = _stretches(joined(notes_of), limits, changes, orderly)
    begins = np.array([begin for change in changes for begin in change.splits[:-1]])
    stops = np.array([stop for change in changes for stop in change.splits[1:]])
    start, end = moved(notes.start, notes.end, begins.repeat(sizes), stops.repeat(sizes))
    held = [state for change in changes for state in change.held]
    qpm = np.array([tempo for tempo, _, _ in held], np.float64)
    numerator = np.array([above for _, above, _ in held], np.int64)
    denominator = np.array([below for _, _, below in held], np.int64)
    bounds = bounds_of(sizes)
    clean = np.array(orderly, np.bool_).repeat(counts)
    clean &= (stops - begins) * qpm <= 60.0 * MAX_QUARTERS
    clean &= (qpm >= _SLOWEST) & (qpm <= _FASTEST) & (sizes <= MAX_INSTRUMENTS)
    clean &= (numerator > 0) & (denominator > 0) & (denominator & (denominator - 1) == 0)
    positive = start < end
    there = sizes > 0
    if not every(positive):
        clean[there] &= np.logical_and.reduceat(positive, bounds[:-1][there])
    total_time = np.zeros(len(sizes))
    if len(end):
        total_time[there] = np.fmax.reduceat(end, bounds[:-1][there])
    total_time[~(total_time > 0.0)] = 0.0  # never -0.0, never NaN
    return Pieces(
        replace(notes, start=start, end=end),
        bounds,
        np.arange(len(songs)).repeat(counts),
        np.concatenate([np.arange(count) for count in counts]),
        total_time,
        qpm,
        numerator,
        denominator,
        clean,
        [_Song(song, change.splits) for song, change in zip(songs, changes, strict=True)],
    )


def _is_orderly(song: Columns) -> bool:
    """Whether no time is NaN, but for notes, and keys, which raise no error.

    A song of very many notes gains nothing among others, and would only take up memory.
    """
    return (
        len(song.notes) <= _VERY_MANY_NOTES
        and (song.control_changes == () or isinstance(song.control_changes, LazyControlChanges))
        and all(event.time == event.time for event in song.tempos)
        and all(event.time == event.time for event in song.time_signatures)
        and all(event.time == event.time for event in song.text_annotations)
    )


def _stretches(
    notes: Notes, limits: list[int], changes: Sequence[TimeChanges], orderly: list[bool]
) -> tuple[Notes, Ints]:
    """The notes that lie in a piece, in order of their start, and how many each piece has.

    Args:
        notes: Of all songs.
        limits: Each song's first note, and one after the last.
        changes: Of each song.
        orderly: Of each song; no longer so if one of its notes starts at NaN.
    """
    rising = notes.start[1:] >= notes.start[:-1]
    has_nan = bool(np.isnan(notes.start).any())
    sizes: list[int] = []
    kept: list[Ints] = []
    are_moved = False
    for number, (first, last) in enumerate(pairwise(limits)):
        splits = changes[number].splits
        start, order = notes.start[first:last], None
        if has_nan and np.isnan(start).any():
            orderly[number] = False
        elif last - first > 1 and not every(rising[first : last - 1]):
            order = start.argsort(kind="stable")
            start = start.take(order)
        if not orderly[number]:
            sizes += [0] * (len(splits) - 1)
            continue
        places = start.searchsorted(splits).tolist()
        sizes += [stop - begin for begin, stop in pairwise(places)]
        inside = slice(places[0], places[-1])
        kept.append(np.arange(first, last)[inside] if order is None else order[inside] + first)
        are_moved |= order is not None
    if are_moved or sum(sizes) < len(notes):
        notes = notes.take(np.concatenate([np.zeros(0, np.int64), *kept]))
    return notes, np.array(sizes, np.int64)
