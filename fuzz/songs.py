"""Bytes from a fuzzer to a NoteSequence: music with hard values in it.

A fuzzer that flips bits of a serialized NoteSequence mostly breaks its lengths.
Here every few bytes choose a field's value instead, so that coverage can lead it
from one branch of a converter to the next.
"""

import math
from typing import Any

from vaeprep.music.protos import NoteSequence

TIMES = (
    *(0.0, 0.125, 0.25, 0.5, 1.0, 1.5, 2.0, 3.75, 4.0, 8.0, 16.0, 31.9, 32.0, 64.0, 100.0),
    *(0.0625, 0.06249999, 0.1875, 1e-9, -0.0, -0.03, -1.0, 1e6, 1e9, 1e15, 1e19, 1e300),
    *(math.inf, -math.inf, math.nan, 5e-324),
)
TEMPOS = (120.0, 60.0, 97.3, 240.0, 0.0, -120.0, 1e-300, 1e300, 1e6, math.inf, math.nan)
NUMERATORS = (4, 3, 6, 5, 0, -1, 2**31 - 1)
DENOMINATORS = (4, 8, 2, 16, 3, 0, -4, 2**30)
PITCHES = (36, 38, 42, 46, 60, 62, 64, 67, 21, 108, 0, 127, 128, -1, 2**31 - 1, -(2**31))
VELOCITIES = (80, 100, 1, 127, 0, 128, -5, 2**31 - 1)
INSTRUMENTS = (0, 1, 2, 3, 9, 127, 128, -1, -129, 2**31 - 1)
PROGRAMS = (0, 24, 32, 33, 40, 100, 127, 128, -1, 2**31 - 1)
FIGURES = ("C", "N.C.", "Am7", "F#dim", "Bb7(#9)", "", "X", "C/", "\0", "Cmaj7/E" * 9)
CONTROLS = (64, 66, 67, 7, -1)


class Choices:
    """Takes bytes one after the other and turns each into a choice; zeros when they end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def byte(self) -> int:
        """The next byte."""
        self._at += 1
        return self._data[self._at - 1] if self._at <= len(self._data) else 0

    def of(self, values: tuple[Any, ...]) -> Any:
        """One of some values."""
        return values[self.byte() % len(values)]

    def time(self) -> float:
        """Mostly a step of a grid, sometimes one of the hard times."""
        first = self.byte()
        if first < 200:
            return first * 0.125 + (self.byte() & 3) * 0.03125
        value: float = TIMES[first % len(TIMES)]
        return value


def song_of(data: bytes) -> Any:
    """A NoteSequence; every input gives one."""
    choose = Choices(data)
    song = NoteSequence(id="/id/fuzz")
    song.total_time = choose.time()
    while choose:
        _ADDERS[choose.byte() % len(_ADDERS)](song, choose)
    return song


def _note(song: Any, choose: Choices) -> None:
    start = choose.time()
    flags = choose.byte()
    end = start + (flags & 15) * 0.125 if flags & 16 else choose.time()
    song.notes.add(
        pitch=PITCHES[flags >> 4] if flags & 32 else 30 + choose.byte() % 64,
        velocity=choose.of(VELOCITIES),
        start_time=start,
        end_time=end,
        instrument=choose.of(INSTRUMENTS),
        program=choose.of(PROGRAMS),
        is_drum=bool(choose.byte() & 1),
    )
    if flags & 64 and end > song.total_time:
        song.total_time = end


def _riff(song: Any, choose: Choices) -> None:
    """A pattern of one instrument, again and again: real music has thousands of notes."""
    step, length, count = choose.byte() % 8 + 1, choose.byte() % 8 + 1, choose.byte()
    instrument, program = choose.of(INSTRUMENTS), choose.of(PROGRAMS)
    is_drum, pitch = bool(choose.byte() & 1), 30 + choose.byte() % 64
    for number in range(count):
        start = number * step * 0.125
        song.notes.add(
            pitch=pitch + (number * 5) % 12,
            velocity=60 + number % 40,
            start_time=start,
            end_time=start + length * 0.125,
            instrument=instrument,
            program=program,
            is_drum=is_drum,
        )
    song.total_time = max(song.total_time, count * step * 0.125)


def _tempo(song: Any, choose: Choices) -> None:
    song.tempos.add(time=choose.time(), qpm=choose.of(TEMPOS))


def _meter(song: Any, choose: Choices) -> None:
    song.time_signatures.add(
        time=choose.time(),
        numerator=choose.of(NUMERATORS),
        denominator=choose.of(DENOMINATORS),
    )


def _chord(song: Any, choose: Choices) -> None:
    song.text_annotations.add(
        time=choose.time(), text=choose.of(FIGURES), annotation_type=choose.byte() % 3
    )


def _key(song: Any, choose: Choices) -> None:
    song.key_signatures.add(time=choose.time(), key=choose.byte() % 16, mode=choose.byte() % 3)


def _pedal(song: Any, choose: Choices) -> None:
    song.control_changes.add(
        time=choose.time(),
        control_number=choose.of(CONTROLS),
        control_value=choose.byte(),
        instrument=choose.of(INSTRUMENTS),
    )


_ADDERS = (_note, _note, _riff, _note, _tempo, _meter, _chord, _key, _pedal)
