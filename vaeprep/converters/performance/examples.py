"""The bytes of performance examples: the notes of each track, then the chords.

Follows `_to_single_notesequence` of Magenta's
`MultiInstrumentPerformanceConverter`.
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
from vaeprep.music.repeated_field import repeated_field
from vaeprep.music.sequence import Ints
from vaeprep.music.velocity_bins import velocity_of


def bar_examples(rules: Rules, bars: Bars) -> list[bytes]:
    """The examples of plain hops that can be extracted again, each serialized."""
    hop_list = np.flatnonzero(bars.surviving)
    if not len(hop_list):
        return []
    notes, at = _notes(rules, bars)
    bounds = np.append(np.searchsorted(bars.hop, hop_list), len(bars.hop))
    last = np.maximum.reduceat(bars.end, bounds[:-1])
    at = at[bounds]
    seconds = rules.seconds_per_step
    return [
        HEAD + notes[begin:stop] + _tail(seconds, last_step, bars.chords.get(hop, ()))
        for hop, begin, stop, last_step in zip(
            hop_list.tolist(), at[:-1].tolist(), at[1:].tolist(), last.tolist(), strict=True
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


def _notes(rules: Rules, bars: Bars) -> tuple[bytes, Ints]:
    """The notes of all surviving hops in the order of the examples, see `repeated_field`."""
    velocities = [DEFAULT_VELOCITY]
    velocities += [
        velocity_of(number, rules.shape.bin_size)
        for number in range(1, rules.shape.velocity_bins + 1)
    ]
    is_drum = bars.program == DRUMS
    seconds = rules.seconds_per_step
    return repeated_field(
        8,
        (1, bars.pitch),
        (2, np.array(velocities)[bars.velocity_bin]),
        (3, np.multiply(bars.start, seconds, dtype=np.float64)),
        (4, np.multiply(bars.end, seconds, dtype=np.float64)),
        (7, bars.position),
        (8, np.where(is_drum, 0, bars.program)),
        (9, is_drum),
    )
