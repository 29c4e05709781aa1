"""The names of the twelve pitch classes, from C on: three spellings for three uses."""

CHORD_ROOTS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
"""As note_seq spells the roots of chords that it infers or decodes."""

SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
"""As pitches are named in tables and on piano keys."""

KEYS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
"""As most pop songs write their keys: with the fewest accidentals."""

NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
"""The pitch class of each white key."""
