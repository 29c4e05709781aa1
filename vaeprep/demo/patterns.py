"""The rhythms, drum patterns and chords that the demo songs are made of.

Rhythms are written as one character for each sixteenth note, so that they can be
read like a step sequencer. A letter or digit starts a note, "-" holds it, "." is
a rest. A bar has 16 characters in 4/4 and 12 in 3/4 and 6/8. Tables are keyed by
that number.
"""

from functools import cache
from typing import NamedTuple

from vaeprep.music.pitch_names import KEYS

# One bar each. A phrase is a bar of MELODY and then one of MELODY_ENDS.
MELODY = {
    16: (
        "x---x---x-x-x---",
        "x-x-x-x-x---x---",
        "x-----x-x---x-x-",
        "x---x-x-x-------",
        "..x-x-x-x---x---",
        "x-x---x-x---x-x-",
        "x--x--x-x--x--x-",
        "x-xxx---x-x-x---",
        "....x-x-x-x-x-x-",
    ),
    12: ("x-------x---", "x---x---x---", "x-x-x---x---", "x-----x-x-x-", "..x-x-x-x---"),
}
MELODY_ENDS = {
    16: ("x-------x---....", "x---x---x-......", "x-----------....", "x-x-x-------...."),
    12: ("x-------....", "x---x---....", "x-x-x-----.."),
}

# R root, 3 third, 5 fifth, 8 octave, A a scale step above the next bar's root.
BASS = {
    16: (
        "R---R---R---R---",
        "R-R-R-R-R-R-R-R-",
        "R-----R-5---8---",
        "R---3---5---A---",
        "R-8-R-8-R-8-R-8-",
        "R-----5-R-----A-",
        "R-------....R-A-",
    ),
    12: ("R-------5---", "R---3---A---", "R-----5-----"),
}
CHORDS = {
    16: ("x---------------", "x-------x-------", "x---x---x---x---", "x-----x---x-...."),
    12: ("x-----------", "....x---x---", "x-----x-----"),
}

# A drum pattern: General MIDI pitch -> rhythm of one or two bars. Here X is an
# accent, x a stroke and o a ghost note.
Groove = dict[int, str]

# Kick 36, snare 38, side stick 37, closed hat 42 (edge 22), pedal hat 44, open hat
# 46 (edge 26), ride 51. Every pitch is in GrooVAE's map of Roland drums.
KIT_GROOVES: dict[int, tuple[Groove, ...]] = {
    16: (
        {36: "X.......X.x.....", 38: "....X.......X...", 42: "x.x.x.x.x.x.x.x."},
        {36: "X...X...X...X...", 38: "....X.......X...", 46: "..x...x...x...x."},
        {36: "X.........x.....", 38: "........X.......", 42: "x...x...x...x..."},
        {36: "X..x......x.....", 37: "...x..x...x..x..", 51: "x.x.x.x.x.x.x.x."},
        {36: "X.....x.X.......", 38: "....X..o.o..X...", 42: "x.x.x.x.x.x.x.x."},
        {
            36: "X.......x.......X.....x.x.......",
            38: "....X.......X.......X.......X.oo",
            51: "x...x...x...x...x...x...x...x...",
            44: "....x.......x.......x.......x...",
        },
        {
            36: "X.x.....X.x.....",
            38: "....X.......X..o",
            22: "x...x...x...x...",
            26: "......x.......x.",
        },
    ),
    12: (
        {36: "X...........", 38: "....x...x...", 42: "x...x...x..."},
        {36: "X.........x.", 38: "......X.....", 42: "x.x.x.x.x.x."},
    ),
}

# These use more of General MIDI: kick 35, clap 39, tambourine 54, cowbell 56, congas
# 62 to 64, maracas 70, claves 75.
GM_GROOVES: dict[int, tuple[Groove, ...]] = {
    16: (
        {35: "X.....x.X.....x.", 75: "x..x..x...x.x...", 70: "x.x.x.x.x.x.x.x."},
        {36: "X...X...X...X...", 39: "....X.......X...", 56: "x...x...x...x..."},
        {
            36: "X.......x.......",
            62: "....x.......x...",
            63: "..x.....x.x.....",
            64: "x.....x.......x.",
        },
        {36: "X.......X.x.....", 40: "....X.......X...", 54: "x.x.x.x.x.x.x.x."},
    ),
    12: ({35: "X...........", 54: "....x...x...", 42: "x...x...x..."},),
}

# High tom 50, middle tom 47, low tom 43.
FILLS: dict[int, tuple[Groove, ...]] = {
    16: (
        {36: "X.......X.......", 38: "....X...XxXx....", 50: "............XxXx"},
        {38: "X...X...", 50: "......xX", 47: "........xxX.....", 43: "............xxXX"},
        {36: "X...X...X...X...", 38: "x.x.x.x.xxxxXXXX"},
    ),
    12: ({36: "X.......", 38: "....x...XxXx"},),
}
CRASH = 49
# Roland's GS sets have a snare roll here. No configuration of MusicVAE knows it.
SNARE_ROLL = 25

# One scale degree (0 = tonic) for each bar.
MAJOR_PROGRESSIONS = (
    (0, 4, 5, 3),
    (5, 3, 0, 4),
    (0, 5, 3, 4),
    (1, 4, 0, 0),
    (0, 3, 0, 4),
    (0, 2, 3, 4),
    (0, 0, 3, 3),
)
MINOR_PROGRESSIONS = ((0, 5, 2, 6), (0, 3, 4, 0), (0, 6, 5, 4), (5, 6, 0, 0), (0, 2, 5, 6))

_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
_MAJOR_TRIADS = ("", "m", "m", "", "", "m", "dim")
_MINOR_TRIADS = ("m", "dim", "", "m", "m", "", "")


class Key(NamedTuple):
    """A key: the tonic's pitch class, and natural minor or major."""

    tonic: int
    minor: bool

    def pitch(self, place: int) -> int:
        """The MIDI pitch of a scale place; 0 is the tonic next to middle C (60)."""
        scale = _MINOR if self.minor else _MAJOR
        return 55 + (self.tonic + 5) % 12 + 12 * (place // 7) + scale[place % 7]

    def chord_name(self, degree: int) -> str:
        """The symbol of the triad on a scale degree, as "Am" or "F#dim"."""
        triads = _MINOR_TRIADS if self.minor else _MAJOR_TRIADS
        return KEYS[self.pitch(degree) % 12] + triads[degree % 7]

    @property
    def name(self) -> str:
        """As "F# minor"."""
        return f"{KEYS[self.tonic]} {'minor' if self.minor else 'major'}"


class Stroke(NamedTuple):
    """One note of a rhythm: its character, start and length in quarter notes."""

    symbol: str
    start: float
    length: float


@cache
def strokes(rhythm: str) -> tuple[Stroke, ...]:
    """Reads a rhythm: "x-..x---" is a note of two sixteenths, a rest and a note of four."""
    found = []
    for place, symbol in enumerate(rhythm):
        if symbol not in "-.":
            held = rhythm[place + 1 :]
            length = 1 + len(held) - len(held.lstrip("-"))
            found.append(Stroke(symbol, place / 4, length / 4))
    return tuple(found)
