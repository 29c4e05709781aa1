"""The kinds of chords: their scale degrees and abbreviations, as in chord_symbols_lib."""

_MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)

# Each kind of chord: its scale degrees, and how it is abbreviated. The order of
# the abbreviations decides how an ambiguous figure is read, so it is
# chord_symbols_lib's.
_KINDS = (
    ("1 3 5", ("", "maj", "M")),
    ("1 b3 5", ("m", "min", "-")),
    ("1 3 #5", ("+", "aug")),
    ("1 b3 b5", ("o", "dim")),
    ("1 3 5 b7", ("7",)),
    ("1 3 5 7", ("maj7", "M7")),
    ("1 b3 5 b7", ("m7", "min7", "-7")),
    ("1 b3 b5 bb7", ("o7", "dim7")),
    ("1 3 #5 b7", ("+7", "aug7")),
    ("1 b3 b5 b7", ("m7b5", "-7b5", "/o", "/o7")),
    (
        "1 b3 5 7",
        tuple(
            minor + seventh
            for sevenths in (("maj7", "M7"), ("(maj7)", "(M7)"))
            for minor in ("m", "min", "-")
            for seventh in sevenths
        ),
    ),
    ("1 3 5 6", ("6",)),
    ("1 b3 5 6", ("m6", "min6", "-6")),
    ("1 3 5 b7 9", ("9",)),
    ("1 3 5 7 9", ("maj9", "M9")),
    ("1 b3 5 b7 9", ("m9", "min9", "-9")),
    ("1 3 #5 b7 9", ("+9", "aug9")),
    ("1 3 5 6 9", ("6/9",)),
    ("1 3 5 b7 9 11", ("11",)),
    ("1 3 5 7 9 11", ("maj11", "M11")),
    ("1 b3 5 b7 9 11", ("m11", "min11", "-11")),
    ("1 3 5 b7 9 11 13", ("13",)),
    ("1 3 5 7 9 11 13", ("maj13", "M13")),
    ("1 b3 5 b7 9 11 13", ("m13", "min13", "-13")),
    ("1 2 5", ("sus2",)),
    ("1 4 5", ("sus", "sus4")),
    ("1 4 5 b7", ("sus7", "7sus")),
    ("1", ("ped",)),
    ("1 5", ("5",)),
)


def accidentals(text: str) -> int:
    """Semitones up (sharps) or down (flats)."""
    return text.count("#") - text.count("b")


DEGREES = {
    abbreviation: {int(degree.lstrip("#b")): accidentals(degree) for degree in degrees.split()}
    for degrees, abbreviations in _KINDS
    for abbreviation in abbreviations
}
"""Abbreviation -> scale degree -> semitones that it is raised by."""


def pitches(abbreviation: str) -> tuple[int, ...]:
    """Semitones of a chord's notes above its root, in the order of their degrees."""
    return tuple(
        _MAJOR_SCALE[degree - 1] + raised for degree, raised in DEGREES[abbreviation].items()
    )
