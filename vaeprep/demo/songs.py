"""Composes the sample: band songs made up from a seed, for the demo and the tests.

The songs imitate what a folder of MIDI files holds. Most are pop songs in 4/4
with melody, bass and drums in verses and choruses that repeat. A few are there
for what can go wrong: too long, too many notes, empty, in 6/8, a new tempo in
every bar. Only `random.Random.random` is drawn from, whose values are the same
on every machine and in every Python version, and only + - * / are computed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar

from vaeprep.demo.patterns import (
    BASS,
    CHORDS,
    CRASH,
    FILLS,
    GM_GROOVES,
    KIT_GROOVES,
    MAJOR_PROGRESSIONS,
    MELODY,
    MELODY_ENDS,
    MINOR_PROGRESSIONS,
    SNARE_ROLL,
    Groove,
    Key,
    strokes,
)
from vaeprep.files import tfrecord
from vaeprep.music.protos import CHORD_SYMBOL, NoteSequence

T = TypeVar("T")


class Meter(NamedTuple):
    """A time signature."""

    numerator: int
    denominator: int

    @property
    def sixteenths(self) -> int:
        """Sixteenth notes in a bar."""
        return 16 * self.numerator // self.denominator


class Instrument(NamedTuple):
    """Who plays: the instrument's number, its MIDI program, drums or not."""

    instrument: int
    program: int
    is_drum: bool = False


class Tone(NamedTuple):
    """A written note: start and length in quarter notes from the section's start."""

    start: float
    length: float
    pitch: int
    velocity: int


Score = dict[Instrument, list[Tone]]

_FOUR, _THREE, _SIX = Meter(4, 4), Meter(3, 4), Meter(6, 8)
_DRUMS = Instrument(9, 0, is_drum=True)
# I introduction, V verse, C chorus, B bridge, O outro, and one bar by itself.
_BARS = {"I": 4, "V": 8, "C": 8, "B": 8, "O": 4, "1": 1}
_FORMS = ("IVCVC", "VCVC", "VVCO", "VCVCO", "VCVCBC", "IVCBCO", "VC")
# A MIDI velocity for each symbol of a drum pattern.
_STRENGTH = {"X": 108, "x": 84, "o": 44}
_LOOSE_VELOCITY = 9


@dataclass(frozen=True)
class Style:
    """What stays the same throughout one song.

    Attributes:
        key: Of all its sections.
        qpm: Quarter notes a minute.
        meter: The song's meter.
        form: Section letters in the order they are played.
        melody, bass, drums, chords, second: Who plays that voice; None: nobody.
            `second` is a second melody.
        grooves: The drum patterns that the song draws from, by sixteenths a bar.
        swing: The second eighth of each beat comes a sixth of a beat late.
        looseness: Seconds by which a note may come early or late. 0 is music made
            on a grid, whose velocities do not vary either.
        pedal: The chords are played with the sustain pedal.
        chord_names: The song is annotated with chord symbols.
        key_signature: The song has a key signature.
        fills: A drum fill ends each section.
        chorus_qpm: The tempo of the choruses.
        bridge_meter: The meter of the bridge.
        slows_down: The last section gets slower bar by bar.
    """

    key: Key
    qpm: float
    meter: Meter
    form: str
    melody: Instrument | None
    bass: Instrument | None
    drums: Instrument | None
    chords: Instrument | None
    second: Instrument | None
    grooves: dict[int, tuple[Groove, ...]]
    swing: bool
    looseness: float
    pedal: bool
    chord_names: bool
    key_signature: bool
    fills: bool
    chorus_qpm: float
    bridge_meter: Meter
    slows_down: bool = False


@dataclass(frozen=True)
class Section:
    """One written section: its meter, one scale degree a bar, and the parts."""

    meter: Meter
    degrees: tuple[int, ...]
    score: Score

    @property
    def quarters(self) -> float:
        """Length in quarter notes."""
        return len(self.degrees) * self.meter.sixteenths / 4


def compose(songs: int, seed: int) -> Iterator[Any]:
    """Composes the sample's songs, one after another.

    Song i depends on `seed` and i only, so a larger sample begins with the
    smaller one.

    Args:
        songs: How many songs.
        seed: Any integer; another seed gives other songs.

    Yields:
        Unquantized NoteSequence protos, times in seconds, with the ids
        `/id/demo/<seed>/<index>`, in the collection "demo".
    """
    for index in range(songs):
        yield _song(seed, index)


def write_songs(path: Path, songs: int, seed: int) -> None:
    """Writes the sample as an uncompressed TFRecord of NoteSequences.

    The file appears under its name only when it is complete.

    Args:
        path: The file to write.
        songs: How many songs, see `compose`.
        seed: See `compose`.

    Raises:
        OSError: The file cannot be written.
    """
    tfrecord.write_records(path, (song.SerializeToString() for song in compose(songs, seed)))


# --- chance -----------------------------------------------------------------------


def _pick(rng: Random, options: Sequence[T]) -> T:
    return options[int(rng.random() * len(options))]


def _whole(rng: Random, low: int, high: int) -> int:
    """A whole number from `low` to `high`, both possible."""
    return low + int(rng.random() * (high - low + 1))


def _chance(rng: Random, probability: float) -> bool:
    return rng.random() < probability


# --- a song and its style -----------------------------------------------------------

# The exceptions stand at fixed places, so that every sample of 60 songs has them.
_EXCEPTIONS = {
    9: "empty",
    14: "endless",
    16: "waltz",
    22: "crowded",
    27: "short",
    30: "six-eight",
    34: "odd",
    46: "waltz",
    52: "six-eight",
    57: "rubato",
}


def _kind(index: int) -> str:
    place = index % 60
    if place in _EXCEPTIONS:
        return _EXCEPTIONS[place]
    if place % 8 == 5:
        return "drum-machine" if place % 16 == 5 else "drummer"
    if place % 10 == 3:
        return "two-tempo"
    return "two-meter" if place % 20 == 6 else "band"


def _song(seed: int, index: int) -> Any:
    # A text, because neighbouring seeds would share songs if it were seed + index.
    rng = Random(f"{seed}/{index}")
    kind = _kind(index)
    style = _bend(rng, _style(rng), kind)
    song = NoteSequence(
        id=f"/id/demo/{seed}/{index}",
        filename=f"song-{index:05d}",
        collection_name="demo",
        ticks_per_quarter=220,
    )
    song.sequence_metadata.title = f"{kind} in {style.key.name}"
    if kind != "empty":
        sections = {label: _section(rng, style, label) for label in dict.fromkeys(style.form)}
        _perform(rng, song, style, sections, 10_001 if kind == "crowded" else 1)
        if kind == "endless":
            _hide_a_last_note(song)
        if kind == "odd":
            _add_oddities(song)
        song.total_time = max(note.end_time for note in song.notes)
    return song


def _style(rng: Random) -> Style:
    qpm = float(_whole(rng, 76, 148))
    return Style(
        key=Key(_whole(rng, -5, 6) % 12, _chance(rng, 0.4)),
        qpm=qpm,
        meter=_FOUR,
        form=_pick(rng, _FORMS),
        melody=Instrument(0, _pick(rng, (0, 4, 11, 16, 24, 25, 27, 30))),
        bass=Instrument(1, _pick(rng, (33, 33, 33, 32, 34, 38))),
        drums=_DRUMS,
        chords=Instrument(2, _pick(rng, (0, 5, 48, 89))) if _chance(rng, 0.4) else None,
        second=Instrument(3, _pick(rng, (26, 28, 65, 73))) if _chance(rng, 0.3) else None,
        grooves=KIT_GROOVES if _chance(rng, 0.6) else GM_GROOVES,
        swing=_chance(rng, 0.15),
        looseness=_pick(rng, (0.0, 0.006, 0.012)),
        pedal=_chance(rng, 0.5),
        chord_names=_chance(rng, 0.35),
        key_signature=_chance(rng, 0.5),
        fills=_chance(rng, 0.6),
        chorus_qpm=qpm,
        bridge_meter=_FOUR,
    )


def _bend(rng: Random, style: Style, kind: str) -> Style:
    """The style changed to suit the kind of song."""
    if kind in ("drummer", "drum-machine"):
        return _drums_alone(rng, style, machine=kind == "drum-machine")
    if kind in ("waltz", "six-eight"):
        meter = _THREE if kind == "waltz" else _SIX
        return replace(style, meter=meter, bridge_meter=meter, swing=False)
    if kind == "two-tempo":
        faster = style.qpm + _whole(rng, 4, 20)
        return replace(style, form="VVCCO", chorus_qpm=faster, slows_down=_chance(rng, 0.5))
    if kind == "two-meter":
        return replace(style, form="VCBC", bridge_meter=_THREE, swing=False)
    if kind == "crowded":
        return replace(style, form="VCBC", chords=Instrument(2, 0), second=Instrument(3, 26))
    if kind == "short":
        return replace(style, form="1")
    if kind == "rubato":
        return replace(style, form="O" * 26, drums=None, slows_down=True, swing=False)
    return style


def _drums_alone(rng: Random, style: Style, machine: bool) -> Style:
    # A machine on 120, where every sixteenth is a binary fraction of a second: only
    # then are two bars that look the same also the same to GrooVAE.
    qpm = 120.0 if machine else style.qpm
    return replace(
        style,
        qpm=qpm,
        chorus_qpm=qpm,
        form="VCVC" + _pick(rng, ("", "BC", "VC")),
        grooves=KIT_GROOVES,
        looseness=0.0 if machine else 0.01,
        melody=None,
        bass=None,
        chords=None,
        second=None,
        swing=False,
        chord_names=False,
        key_signature=False,
    )


# --- writing a section ----------------------------------------------------------------


def _section(rng: Random, style: Style, label: str) -> Section:
    meter = style.bridge_meter if label == "B" else style.meter
    progression = _pick(rng, MINOR_PROGRESSIONS if style.key.minor else MAJOR_PROGRESSIONS)
    degrees = tuple(progression[bar % 4] for bar in range(_BARS[label]))
    score: Score = {}
    if style.melody and label != "I":
        score[style.melody] = _melody(rng, style.key, meter, degrees, octave=7)
        if style.second:
            score[style.second] = _second_melody(rng, style.key, meter, degrees, label)
    if style.bass:
        score[style.bass] = _bass_line(rng, style.key, meter, degrees)
    if style.chords:
        score[style.chords] = _chord_strokes(rng, style.key, meter, degrees)
    if style.drums:
        score[style.drums] = _beat(rng, style, meter, len(degrees))
    return Section(meter, degrees, score)


def _melody(
    rng: Random, key: Key, meter: Meter, degrees: tuple[int, ...], octave: int
) -> list[Tone]:
    """Phrases of two bars, some of them repeated over other chords."""
    order = _pick(rng, ("aaba", "abab", "abac", "aabb"))
    ideas = {letter: _phrase(rng, meter) for letter in "abc"}
    tones = []
    place = 0
    for bar, degree in enumerate(degrees):
        idea = ideas[order[bar // 2 % 4]][bar % 2]
        # A phrase starts at its own height, so that a repeated one sounds the same.
        if bar % 2 == 0:
            place = octave + idea.start
        for stroke, step in zip(strokes(idea.rhythm), idea.steps, strict=False):
            place = _within(place + step, octave - 3, octave + 7)
            if stroke.start % 2 == 0:
                place = _chord_tone(place, degree)
            start = bar * meter.sixteenths / 4 + stroke.start
            velocity = 92 if stroke.start % 1 == 0 else 80
            tones.append(Tone(start, stroke.length, key.pitch(place), velocity))
    return tones


class Idea(NamedTuple):
    """A bar of melody before it meets a chord: the scale place to start from,
    the rhythm, and how each note moves along the scale.
    """

    start: int
    rhythm: str
    steps: tuple[int, ...]


def _phrase(rng: Random, meter: Meter) -> tuple[Idea, Idea]:
    def idea(rhythms: tuple[str, ...]) -> Idea:
        steps = tuple(_pick(rng, (-2, -1, -1, 0, 1, 1, 2, 3)) for _ in range(12))
        return Idea(_whole(rng, -2, 4), _pick(rng, rhythms), steps)

    return idea(MELODY[meter.sixteenths]), idea(MELODY_ENDS[meter.sixteenths])


def _within(place: int, low: int, high: int) -> int:
    """The place, an octave higher or lower where it leaves the range."""
    if place < low:
        return place + 7
    return place - 7 if place > high else place


def _chord_tone(place: int, degree: int) -> int:
    """The place itself or its neighbour, whichever belongs to the triad on `degree`."""
    return place + (0, -1, 0, 1, 0, -1, 1)[(place - degree) % 7]


def _second_melody(
    rng: Random, key: Key, meter: Meter, degrees: tuple[int, ...], label: str
) -> list[Tone]:
    """Long chord tones, or in the chorus a melody of its own, an octave lower."""
    if label == "C":
        return _melody(rng, key, meter, degrees, octave=0)
    bar = meter.sixteenths / 4
    return [
        Tone(number * bar, bar, key.pitch(degree % 7 + 2), 70)
        for number, degree in enumerate(degrees)
    ]


def _bass_line(rng: Random, key: Key, meter: Meter, degrees: tuple[int, ...]) -> list[Tone]:
    rhythm = _pick(rng, BASS[meter.sixteenths])
    tones = []
    for bar, degree in enumerate(degrees):
        following = degrees[(bar + 1) % len(degrees)]
        root = (degree if degree < 5 else degree - 7) - 14
        places = {"R": root, "3": root + 2, "5": root + 4, "8": root + 7, "A": following - 13}
        for stroke in strokes(rhythm):
            start = bar * meter.sixteenths / 4 + stroke.start
            pitch = key.pitch(places[stroke.symbol])
            tones.append(Tone(start, stroke.length, pitch, 96 if stroke.start == 0 else 86))
    return tones


def _chord_strokes(rng: Random, key: Key, meter: Meter, degrees: tuple[int, ...]) -> list[Tone]:
    rhythm = _pick(rng, CHORDS[meter.sixteenths])
    return [
        Tone(
            bar * meter.sixteenths / 4 + stroke.start,
            stroke.length,
            key.pitch((degree + third) % 7 - 7),
            66,
        )
        for bar, degree in enumerate(degrees)
        for stroke in strokes(rhythm)
        for third in (0, 2, 4)
    ]


def _beat(rng: Random, style: Style, meter: Meter, bars: int) -> list[Tone]:
    """One pattern all the section long, varied in every fourth bar, perhaps with a fill."""
    plain = _pick(rng, style.grooves[meter.sixteenths])
    if _chance(rng, 0.5):
        plain = _varied(rng, plain)
    fourth = _varied(rng, plain)
    last = _pick(rng, FILLS[meter.sixteenths]) if style.fills else fourth
    tones = [Tone(0.0, 0.5, CRASH, 100)] if _chance(rng, 0.5) else []
    for bar in range(bars):
        groove = fourth if bar % 4 == 3 else plain
        tones += _beat_bar(last if 1 <= bar == bars - 1 else groove, meter, bar)
    if style.fills and style.grooves is GM_GROOVES:
        tones.append(Tone(bars * meter.sixteenths / 4 - 2, 1.0, SNARE_ROLL, 70))
    return tones


def _varied(rng: Random, groove: Groove) -> Groove:
    """The groove with up to three strokes more or fewer on one of its drums."""
    drum = _pick(rng, tuple(groove))
    rhythm = list(groove[drum])
    for _ in range(_whole(rng, 1, 3)):
        place = _whole(rng, 1, len(rhythm) - 1)
        rhythm[place] = "x" if rhythm[place] == "." else "."
    return {**groove, drum: "".join(rhythm)}


def _beat_bar(groove: Groove, meter: Meter, bar: int) -> Iterator[Tone]:
    size = meter.sixteenths
    for pitch, rhythm in groove.items():
        first = bar * size % (-(-len(rhythm) // size) * size)
        for stroke in strokes(rhythm[first : first + size]):
            start = bar * size / 4 + stroke.start
            yield Tone(start, 0.25, pitch, _STRENGTH[stroke.symbol])


# --- playing it -----------------------------------------------------------------------


class Bar(NamedTuple):
    """A bar in time: its start in seconds, and its tempo."""

    start: float
    qpm: float


def _perform(
    rng: Random, song: Any, style: Style, sections: dict[str, Section], min_notes: int
) -> None:
    if style.key_signature:
        mode = song.KeySignature.MINOR if style.key.minor else song.KeySignature.MAJOR
        song.key_signatures.add(key=style.key.tonic, mode=mode)
    now = 0.0
    while len(song.notes) < min_notes:
        for label in style.form:
            now = _play(rng, song, style, label, sections[label], now)


def _play(
    rng: Random, song: Any, style: Style, label: str, section: Section, now: float
) -> float:
    """Adds a section that starts at `now` seconds; returns when it ends."""
    bars = []
    qpm = style.chorus_qpm if label == "C" else style.qpm
    for _ in section.degrees:
        bars.append(Bar(now, qpm))
        now += section.meter.sixteenths / 4 * 60 / qpm
        qpm -= 3.0 if style.slows_down and label == "O" else 0.0
    _mark_changes(song, section.meter, bars)
    if style.chord_names:
        _mark_chords(song, style.key, section, bars)
    for part, tones in section.score.items():
        for tone in tones:
            _play_tone(rng, song, style, part, tone, bars, section.meter)
    if style.chords and style.pedal:
        _press_pedal(song, style.chords, bars, now)
    return now


def _mark_changes(song: Any, meter: Meter, bars: list[Bar]) -> None:
    last = song.time_signatures[-1] if song.time_signatures else None
    if last is None or (last.numerator, last.denominator) != meter:
        song.time_signatures.add(
            time=bars[0].start, numerator=meter.numerator, denominator=meter.denominator
        )
    for bar in bars:
        if not song.tempos or song.tempos[-1].qpm != bar.qpm:
            song.tempos.add(time=bar.start, qpm=bar.qpm)


def _mark_chords(song: Any, key: Key, section: Section, bars: list[Bar]) -> None:
    for degree, bar in zip(section.degrees, bars, strict=True):
        name = key.chord_name(degree)
        if not song.text_annotations or song.text_annotations[-1].text != name:
            song.text_annotations.add(time=bar.start, text=name, annotation_type=CHORD_SYMBOL)


def _play_tone(
    rng: Random,
    song: Any,
    style: Style,
    part: Instrument,
    tone: Tone,
    bars: list[Bar],
    meter: Meter,
) -> None:
    number = int(tone.start // (meter.sixteenths / 4))
    quarters = tone.start - number * meter.sixteenths / 4
    if style.swing and quarters % 1 == 0.5:
        quarters += 1 / 6
    beat = 60 / bars[number].qpm
    start, length = bars[number].start + quarters * beat, tone.length * beat
    velocity = tone.velocity
    if style.looseness:
        start = max(0.0, start + (2 * rng.random() - 1) * style.looseness)
        length *= 0.9
        velocity += _whole(rng, -_LOOSE_VELOCITY, _LOOSE_VELOCITY)
    song.notes.add(
        pitch=tone.pitch,
        velocity=velocity,
        start_time=start,
        end_time=start + length,
        instrument=part.instrument,
        program=part.program,
        is_drum=part.is_drum,
    )


def _press_pedal(song: Any, part: Instrument, bars: list[Bar], end: float) -> None:
    """Down at the start of each bar, up a little before the next."""
    for bar, following in zip(bars, [*(bar.start for bar in bars[1:]), end], strict=True):
        lift = following - 0.1
        for time, value in ((bar.start, 127), (lift, 0)):
            song.control_changes.add(
                time=time,
                control_number=64,
                control_value=value,
                instrument=part.instrument,
                program=part.program,
            )


def _hide_a_last_note(song: Any) -> None:
    """A note after a long silence, as a hidden track: past the 1800 s of the filter."""
    song.notes.add(pitch=60, velocity=50, start_time=1810.0, end_time=1812.0)


def _add_oddities(song: Any) -> None:
    """What careless software writes."""
    # A second program on the melody's instrument number, and one beyond MIDI's 127.
    song.notes.add(pitch=72, velocity=80, start_time=1.0, end_time=1.5, program=80)
    song.notes.add(
        pitch=67, velocity=80, start_time=2.0, end_time=2.5, instrument=130, program=127
    )
    # A drum among a bass's notes, no length, no velocity, pitches no piano has.
    song.notes.add(
        pitch=38, velocity=80, start_time=2.0, end_time=2.2, instrument=1, is_drum=True
    )
    song.notes.add(pitch=64, velocity=80, start_time=3.0, end_time=3.0, instrument=4)
    song.notes.add(pitch=64, velocity=0, start_time=3.5, end_time=4.0, instrument=4)
    song.notes.add(pitch=12, velocity=80, start_time=4.0, end_time=5.0, instrument=5)
    song.notes.add(pitch=115, velocity=80, start_time=5.0, end_time=6.0, instrument=5)
    # A chord that is neither major, minor, augmented nor diminished.
    song.text_annotations.add(time=6.0, text="Gsus4", annotation_type=CHORD_SYMBOL)
