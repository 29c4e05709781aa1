"""The bytes of performance examples: the notes of each track, then the chords.

Follows `_to_single_notesequence` of Magenta's
`MultiInstrumentPerformanceConverter`. The notes of bars come back in many
examples, so their messages are remembered.
"""

from functools import lru_cache

import numpy as np

from vaeprep.converters.performance.bars import Bars
from vaeprep.converters.performance.chords import ChordChange
from vaeprep.converters.performance.events import DEFAULT_VELOCITY
from vaeprep.converters.performance.rules import Rules
from vaeprep.converters.performance.stretches import Played
from vaeprep.converters.performance.tracks import DRUMS
from vaeprep.converters.signs import HEAD
from vaeprep.music.encode import chord_message, note_message, sequence_message
from vaeprep.music.sequence import Ints

_MAX_MESSAGES = 1 << 16


def bar_examples(rules: Rules, bars: Bars) -> list[bytes]:
    """The examples of plain hops that can be extracted again, each serialized."""
    hop_list = np.flatnonzero(bars.surviving)
    if not len(hop_list):
        return []
    messages = _note_messages(rules)
    notes = list(map(messages.__getitem__, messages.keys_of(bars).tolist()))
    bounds = np.append(np.searchsorted(bars.hop, hop_list), len(notes))
    last = np.maximum.reduceat(bars.end, bounds[:-1])
    seconds = rules.seconds_per_step
    return [
        b"".join([HEAD, *notes[lo:hi], _tail(seconds, last_step, bars.chords.get(hop, ()))])
        for hop, lo, hi, last_step in zip(
            hop_list.tolist(),
            bounds[:-1].tolist(),
            bounds[1:].tolist(),
            last.tolist(),
            strict=True,
        )
    ]


def stretch_example(rules: Rules, played: Played) -> bytes:
    """The example of any other hop, serialized."""
    seconds = rules.seconds_per_step
    notes = [
        note_message(
            pitch=note.pitch,
            velocity=note.velocity,
            start=note.start * seconds,
            end=note.end * seconds,
            instrument=position,
            program=program,
            is_drum=is_drum,
        )
        for note, position, program, is_drum in played.notes
    ]
    return b"".join([HEAD, *notes, _tail(seconds, played.last_step, played.chords)])


@lru_cache(maxsize=4096)
def _tail(seconds_per_step: float, last_step: int, chords: tuple[ChordChange, ...]) -> bytes:
    """What comes after the notes of an example."""
    return sequence_message(
        total_time=last_step * seconds_per_step,
        text_annotations=b"".join(
            [chord_message(step * seconds_per_step, figure) for step, figure in chords]
        ),
    )


class _NoteMessages(dict[int, bytes]):
    """The bytes of notes under one number each, made when they are first asked for."""

    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self._steps = rules.shape.hop_steps + 1
        self._bins = rules.shape.velocity_bins + 1
        self._velocities = [DEFAULT_VELOCITY] + [
            rules.shape.velocity_of(i) for i in range(1, self._bins)
        ]
        self._seconds = rules.seconds_per_step

    def keys_of(self, bars: Bars) -> Ints:
        """int64[n]: the number of each note."""
        key = bars.position * (DRUMS + 1) + bars.program
        key = (key * self._steps + bars.end) * self._steps + bars.start
        return (key * 128 + bars.pitch) * self._bins + bars.velocity_bin

    def __missing__(self, key: int) -> bytes:
        rest, velocity_bin = divmod(key, self._bins)
        rest, pitch = divmod(rest, 128)
        rest, start = divmod(rest, self._steps)
        rest, end = divmod(rest, self._steps)
        position, program = divmod(rest, DRUMS + 1)
        if len(self) >= _MAX_MESSAGES:
            self.clear()
        message = self[key] = note_message(
            pitch=pitch,
            velocity=self._velocities[velocity_bin],
            start=start * self._seconds,
            end=end * self._seconds,
            instrument=position,
            program=0 if program == DRUMS else program,
            is_drum=program == DRUMS,
        )
        return message


@lru_cache(maxsize=4)
def _note_messages(rules: Rules) -> _NoteMessages:
    return _NoteMessages(rules)
