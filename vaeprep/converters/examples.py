"""How every example is played: at 120 quarter notes a minute, whatever the song's tempo.

These are note_seq's own defaults where Magenta's `from_tensors` names none.
"""

from vaeprep.encoding import sequence_message, tempo_message

EXAMPLE_QPM = 120.0
TICKS_PER_QUARTER = 220
VELOCITY = 80
"""Of melodies and drums; performances and grooves have velocities of their own."""

TICKS = sequence_message(ticks_per_quarter=TICKS_PER_QUARTER)
HEAD = TICKS + tempo_message(EXAMPLE_QPM)
"""What comes before the notes of an example without keys, which stand in between."""
