"""Which MIDI programs play what, as Magenta's trio converter takes General MIDI."""

MELODY_PROGRAMS = range(32)
"""Piano, chromatic percussion, organ and guitar."""

BASS_PROGRAMS = range(32, 40)
"""The basses."""

DRUM_INSTRUMENT = 9
"""The instrument that Magenta gives drums in an example."""

TRIO_BASS = (1, 33)
"""Instrument and program of the bass in an example of a trio; its melody has 0 and 0."""
