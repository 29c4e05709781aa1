"""Why a piece gives no example: a fixed list of reasons.

Magenta counts such pieces ("empty-extractions") and says no more. Here each
converter says where it stopped. A piece often has several faults; the one that
counts is the one nearest to its content: a piece in 3/4 without a drum has no
drums, whatever its meter, because no other meter would help it.

A reason is a kind and a detail. Details are bounded: there are only so many
meters, pitches and lengths in `Reason`s, so that they can be counted.
"""

from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from vaeprep.converters.chords import (
    ChordEncodingError,
    ChordSymbolError,
    CoincidentChordsError,
)
from vaeprep.music.chord_inference import ChordInferenceError
from vaeprep.music.pieces import Pieces
from vaeprep.music.quantization import (
    BadTimeSignatureError,
    MultipleTempoError,
    MultipleTimeSignatureError,
    NegativeTimeError,
)
from vaeprep.music.sequence import Columns, Notes


class Kind(str, Enum):
    """What a piece lacks or has too much of; the comment says what the detail is."""

    __str__ = str.__str__  # as StrEnum, which Python 3.10 does not have

    NO_NOTES = "no-notes"
    ONLY_DRUMS = "only-drums"  # where a melody is wanted
    NO_DRUMS = "no-drums"
    MISSING_PART = "missing-part"  # of a trio: "bass and drums"
    MIXED_PARTS = "mixed-parts"  # an instrument of a trio is melody and bass in turn
    OTHER_PROGRAM = "other-program"  # the first program
    PITCH_OUTSIDE = "pitch-outside"  # the first pitch
    UNKNOWN_DRUM = "unknown-drum"  # its pitch
    NO_KNOWN_DRUM = "no-known-drum"  # there are drums, the first has this pitch
    NOT_A_DRUM = "not-a-drum"  # the pitch of a note where only drums are known
    POLYPHONY = "polyphony"
    OTHER_METER = "other-meter"  # "3/4"
    NOT_QUANTIZED = "not-quantized"  # what is wrong with its times or its meter
    TOO_SHORT = "too-short"  # the length of a window: "2 bars"
    CUT_SHORT = "cut-short"  # the changes that cut the song: "33 tempo changes"
    RESTS = "rests"  # long enough, but no melody or drum track is: the window's length
    NEVER_TOGETHER = "never-together"  # the parts of a trio: the window's length
    CHORDS = "chords"  # what is wrong with them
    FEW_INSTRUMENTS = "few-instruments"  # in the fullest hop: how many
    MANY_INSTRUMENTS = "many-instruments"
    FEW_EVENTS = "few-events"
    MANY_EVENTS = "many-events"
    OTHER_INSTRUMENT = "other-instrument"  # a program that is not MIDI's
    SEVERAL_HOPS = "several-hops"  # where pieces of one hop are wanted
    ROUND_TRIP = "round-trip"  # all its examples are lost when they are read again
    CONFIGURATION = "configuration"  # it gives no examples of anything
    OWN_CONVERTER = "own-converter"  # a user's own class, which does not say why
    # The filters of the job:
    TOO_LONG = "too-long"
    TOO_MANY_NOTES = "too-many-notes"
    FEW_VELOCITIES = "few-velocities"
    FEW_POSITIONS = "few-positions"
    NOT_ONLY_DRUMS = "not-only-drums"
    # Whole songs:
    TOO_MANY_CHANGES = "too-many-changes"  # what changes: "tempo", "meter" or both
    ERROR = "error"  # the conversion raised this type of error

    __hash__ = str.__hash__  # an enum's own is slow, and every empty piece is counted


class Reason(NamedTuple):
    """Why a piece, or a song, gives no example.

    Attributes:
        kind: One of the list.
        detail: Which meter, pitch and so on, see `Kind`; empty where there is none.
    """

    kind: Kind
    detail: str = ""


NO_NOTES = Reason(Kind.NO_NOTES)
ONLY_DRUMS = Reason(Kind.ONLY_DRUMS)
NO_DRUMS = Reason(Kind.NO_DRUMS)


@lru_cache(maxsize=1024)
def bars_wanted(kind: Kind, count: int | None) -> Reason:
    """A reason whose detail is the length of a window in bars."""
    return Reason(kind, f"{count or 1} bar{'s' if (count or 1) != 1 else ''}")


def midi_number(kind: Kind, number: int) -> Reason:
    """A reason whose detail is a pitch or a program; what is not MIDI's is not told apart."""
    return Reason(kind, str(number) if 0 <= number <= 127 else "none of MIDI's")


_MOST = 32
"""The largest number of a meter that is told apart."""


@lru_cache(maxsize=4096)
def _meter(numerator: int, denominator: int) -> str:
    known = 0 <= numerator <= _MOST and 0 <= denominator <= _MOST
    return f"{numerator}/{denominator}" if known else "a strange one"


def meter_of(piece: Columns) -> str:
    """The meter of a piece that has one, as text; 4/4 where none is stored."""
    if not piece.time_signatures:
        return "4/4"
    _, numerator, denominator = piece.time_signatures[0]
    return _meter(numerator, denominator)


def other_meter(piece: Columns) -> Reason:
    """The bars of a piece are not those of the converter."""
    return Reason(Kind.OTHER_METER, meter_of(piece))


def other_bars(pieces: Pieces, number: int) -> Reason:
    """As `other_meter`, of one of many pieces."""
    meter = _meter(int(pieces.numerator[number]), int(pieces.denominator[number]))
    return Reason(Kind.OTHER_METER, meter)


def of_error(error: Exception, piece: Columns) -> Reason:
    """The reason behind an error after which Magenta's converters give nothing."""
    if isinstance(error, BadTimeSignatureError):
        return Reason(Kind.NOT_QUANTIZED, f"time signature {meter_of(piece)}")
    if isinstance(error, NegativeTimeError):
        return Reason(Kind.NOT_QUANTIZED, "a time before 0")
    if isinstance(error, MultipleTimeSignatureError):
        return Reason(Kind.NOT_QUANTIZED, "two time signatures")
    if isinstance(error, MultipleTempoError):
        return Reason(Kind.NOT_QUANTIZED, "two tempos")
    for type_, detail in _CHORD_ERRORS.items():
        if isinstance(error, type_):
            return Reason(Kind.CHORDS, detail)
    return Reason(Kind.ERROR, type(error).__name__[:40])


def of_failure(error: Exception, notes: Notes | None = None) -> Reason:
    """The reason behind an error that ends the conversion of a song.

    Args:
        error: The error.
        notes: Of the piece in which it was met, if it was in one.

    GrooVAE's converter looks every note up in its table of drums, also those that
    are no drums, and raises KeyError with the pitch.
    """
    pitch = error.args[0] if isinstance(error, KeyError) and error.args else None
    if not isinstance(pitch, int) or notes is None:
        return Reason(Kind.ERROR, type(error).__name__[:40])
    is_drum = notes.is_drum[notes.pitch == pitch]
    known = len(is_drum) and not is_drum[0]
    return midi_number(Kind.NOT_A_DRUM if known else Kind.UNKNOWN_DRUM, pitch)


_CHORD_ERRORS: dict[type[Exception], str] = {
    ChordInferenceError: "they cannot be inferred",
    ChordSymbolError: "a text that is no chord symbol",
    ChordEncodingError: "a chord of a quality that has no class",
    CoincidentChordsError: "two chords at one step",
}
NO_CLASS = Reason(Kind.CHORDS, "two chords at one step, or one without a class")
