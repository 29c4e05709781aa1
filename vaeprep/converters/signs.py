"""The chord symbols and key signatures that examples show, as signs above a score.

There is one of each at the start of an example and one at every change, as in
note_seq's `add_chords_to_sequence` and `add_keys_to_sequence`.
"""

from dataclasses import dataclass

from vaeprep.converters.chords import ChordEncoding, changes
from vaeprep.music.encode import chord_message, key_message, sequence_message, tempo_message
from vaeprep.music.grid import EXAMPLE_QPM, step_seconds
from vaeprep.music.sequence import Ints


@dataclass(frozen=True, slots=True)
class Signs:
    """The chords and keys that examples show, at each step of a line.

    Attributes:
        chords: int64[steps], the chord's class; None without chords.
        keys: int64[steps], 0 (C) to 11 (B); None without keys.
    """

    chords: Ints | None
    keys: Ints | None

    def chord_messages(
        self, begin: int, stop: int, steps_per_quarter: int, encoding: ChordEncoding | None
    ) -> bytes:
        """The chord symbols of a window: one at its start and one at every change."""
        if self.chords is None or encoding is None:
            return b""
        seconds = step_seconds(steps_per_quarter)
        chords = self.chords[begin:stop].tolist()
        return b"".join(
            chord_message(step * seconds, encoding.decode(chords[step]))
            for step in changes(chords)
        )

    def key_messages(self, begin: int, stop: int, steps_per_quarter: int) -> bytes:
        """The key signatures of a window: one at its start and one at every change."""
        if self.keys is None:
            return b""
        seconds = step_seconds(steps_per_quarter)
        keys = self.keys[begin:stop].tolist()
        return b"".join(key_message(step * seconds, keys[step]) for step in changes(keys))


TICKS_PER_QUARTER = 220


VELOCITY = 80
"""Of melodies and drums; performances and grooves have velocities of their own."""


TICKS = sequence_message(ticks_per_quarter=TICKS_PER_QUARTER)


HEAD = TICKS + tempo_message(EXAMPLE_QPM)
"""What comes before the notes of an example without keys, which stand in between."""
