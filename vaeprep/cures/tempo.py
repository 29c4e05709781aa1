"""`--merge-tempo-changes`: a song with many tempos as one piece at one tempo.

A performance that follows its player has a tempo event on every beat, and Magenta
cuts it there. Its beats are known all the same: the tempo map tells how many quarter
notes have gone by at each second. So every time is turned into quarter notes through
the tempo map, and the quarter notes are played at the song's average tempo: all its
quarter notes, divided by all its seconds. The song lasts as long as before.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from vaeprep.music.sequence import DEFAULT_QPM, Floats, Tempo, by_time

_SECONDS_OF_A_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class SteadyTempo:
    """How the times of a song move when it is played at one tempo.

    Attributes:
        qpm: The one tempo.
        times: float64[n], seconds, where each stretch of one tempo begins.
        quarters: float64[n], the quarter notes before it.
        rates: float64[n], its quarter notes a second.
        seconds: Of one quarter note in the one tempo.
    """

    qpm: float
    times: Floats
    quarters: Floats
    rates: Floats
    seconds: float

    def moved(self, times: Floats) -> Floats:
        """Where these times lie in the one tempo, float64 of the same shape.

        Times before the start and after the end move with the first and last
        tempo; NaN and infinity stay.
        """
        stretch = np.maximum(self.times.searchsorted(times, side="right") - 1, 0)
        stretch = np.minimum(stretch, len(self.times) - 1)
        elapsed = times - self.times[stretch]
        moved: Floats = (self.quarters[stretch] + elapsed * self.rates[stretch]) * self.seconds
        return moved

    def move(self, time: float) -> float:
        """As `moved`, for one time."""
        return float(self.moved(np.array([time]))[0])


class NotMergedError(Exception):
    """A song whose beats are not known; the message says why."""


def steady_tempo(
    tempos: Iterable[Tempo], total_time: float, is_quantized: bool
) -> SteadyTempo | None:
    """The one tempo of a song, and how its times move.

    Tempos count as they do where songs are cut: in order of time, those that begin
    before the song's end, after 120 quarter notes a minute where the first begins
    later than the song.

    Args:
        tempos: Of the song, in stored order.
        total_time: Its length in seconds.
        is_quantized: Whether it is quantized already.

    Returns:
        None if the song has one tempo only, or no length: nothing is to be done.

    Raises:
        NotMergedError: It has several, and they tell no beats.
    """
    stored = list(tempos)
    if not stored or not total_time > 0:
        return None
    if any(math.isnan(tempo.time) for tempo in stored):
        raise NotMergedError("a tempo stands at no time (NaN)")
    times, tempos_there = _stretches(stored, total_time)
    if len(times) == 1:
        return None
    if is_quantized:
        raise NotMergedError("the song is quantized already")
    if not math.isfinite(total_time):
        raise NotMergedError("the song has no end")
    for qpm in tempos_there:
        if not 0 < qpm < math.inf:
            raise NotMergedError(f"a tempo of {qpm:g} quarter notes a minute has no beats")
    return _at_the_average(times, tempos_there, total_time)


def _stretches(tempos: list[Tempo], total_time: float) -> tuple[list[float], list[float]]:
    """Where the song's tempo changes, from 0 on, and the tempo from there on."""
    times, found = [0.0], [DEFAULT_QPM]
    for time, qpm in sorted(tempos, key=by_time):
        if not time < total_time:
            break
        if qpm == found[-1]:
            continue
        if time > times[-1]:
            times.append(time)
            found.append(qpm)
        else:
            found[-1] = qpm
    return times, found


def _at_the_average(times: list[float], tempos: list[float], total_time: float) -> SteadyTempo:
    rates = [qpm / _SECONDS_OF_A_MINUTE for qpm in tempos]
    quarters = [0.0]
    for number in range(len(times) - 1):
        elapsed = times[number + 1] - times[number]
        quarters.append(quarters[number] + elapsed * rates[number])
    total = quarters[-1] + (total_time - times[-1]) * rates[-1]
    qpm = total / total_time * _SECONDS_OF_A_MINUTE
    if not (0 < total < math.inf and 0 < qpm < math.inf and total_time / total > 0):
        raise NotMergedError(f"its tempos come to {total:g} quarter notes")
    return SteadyTempo(
        qpm, np.array(times), np.array(quarters), np.array(rates), total_time / total
    )
