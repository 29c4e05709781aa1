"""Hypothesis strategies for NoteSequences that are hard to convert, yet are music.

A song is drawn in three layers. First the frame: sections of a meter and a
tempo. Then gridded tracks, patterns of a few bars repeated through the song, so
that most songs give examples. Then accidents, each of them rare: notes beside a
quantization boundary, zero and negative lengths, strange numbers, missing or
doubled tempos, pedals, chords that cannot be parsed, broken times.

The shape of a song (sections, tracks, accidents) is drawn by hypothesis and
shrinks; the single notes come from a drawn seed, which keeps a draw cheap.
"""

import math
from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypothesis import strategies as st

from vaeprep.music.protos import BEAT, CHORD_SYMBOL, NoteSequence

METERS = [(4, 4), (3, 4), (2, 4), (6, 8), (2, 2), (5, 8), (7, 16), (4, 8), (8, 8), (12, 8)]
BAD_METERS = [(4, 3), (4, 0), (0, 4), (0, 0), (-4, 4), (4, -4), (1, 64), (4, 6), (3, 1)]
TEMPOS = [120.0, 60.0, 90.0, 100.0, 133.0, 75.5, 140.25, 119.99999999999999, 181.3]
BAD_TEMPOS = [0.0, -120.0, 1e-300, 1e300, math.inf, math.nan, 5e-324]
BAD_TIMES = [
    *(-1.0, -0.0, -1e-9, -0.03, -0.0625, 1e9, 1e15, 1e18, 1e19, 1e300),
    *(math.inf, -math.inf, math.nan, 5e-324),
]
CHORDS = ["C", "Am", "F#dim", "Gaug", "Bb7", "Ebmaj7", "Dm7b5", "N.C.", "G/B", "Asus4", "E5"]
BAD_CHORDS = ["", "H", "Cxyz", "c", "?", "C/", "ünï", "Cm(", "C#b", " C"]
DRUM_PITCHES = [36, 38, 42, 46, 43, 47, 50, 49, 51, 36, 38, 42, 40, 44, 22, 58, 45, 48, 57, 53]
OTHER_DRUM_PITCHES = [35, 39, 27, 31, 82, 87, 26, 41, 54]  # in no GrooVAE class, but for 26
MELODY_PROGRAMS = [0, 0, 0, 24, 31, 5, 73]
BASS_PROGRAMS = [32, 33, 39]

ACCIDENTS = [
    *("boundary", "jitter", "zero_length", "negative_length", "long", "unordered"),
    *("silent", "pitch_edges", "pitch_outside", "doubled", "gap", "late_start"),
    *("mixed_programs", "mixed_drums", "overlap", "loud", "other_drums"),
]
RARE_ACCIDENTS = ["bad_time", "bad_velocity", "quantized"]


@dataclass
class Track:
    """One instrument: a pattern of `bars` bars, repeated."""

    instrument: int
    program: int
    is_drum: bool
    bars: int
    density: float
    chordal: bool


@dataclass
class Section:
    """A stretch of bars in one meter and tempo; it may end within a bar."""

    meter: tuple[int, int]
    qpm: float
    bars: int
    extra_steps: int = 0
    announced: bool = True  # whether tempo and meter are stored


@dataclass
class Plan:
    """All that hypothesis decides about a song."""

    seed: int
    sections: list[Section]
    tracks: list[Track]
    accidents: list[str] = field(default_factory=list)


def tracks(kind: str) -> st.SearchStrategy[Track]:
    """A track of a kind: "melody", "bass", "drums" or "any"."""
    any_number = st.one_of(
        st.integers(0, 15), st.sampled_from([9, 127, 128, 129, 1000, -1, 2**31 - 1])
    )
    programs = {
        "melody": st.sampled_from(MELODY_PROGRAMS),
        "bass": st.sampled_from(BASS_PROGRAMS),
        "drums": st.sampled_from([0, 0, 25]),
        "any": st.one_of(
            st.integers(0, 127), st.sampled_from([31, 32, 39, 40, 127, 128, 200, -1])
        ),
    }[kind]
    instruments = any_number if kind == "any" else st.integers(0, 9)
    is_drum = {"drums": st.just(True), "any": st.booleans()}.get(kind, st.just(False))
    return st.builds(
        Track,
        instrument=instruments,
        program=programs,
        is_drum=is_drum,
        bars=st.sampled_from([1, 2, 2, 3, 4]),
        density=st.sampled_from([0.5, 0.7, 0.9, 0.3, 0.1]),
        chordal=st.sampled_from([False, False, True]),
    )


def sections(
    min_bars: int, max_bars: int, plain_only: bool
) -> st.SearchStrategy[list[Section]]:
    """One to four sections; mostly one or two, mostly 4/4."""
    usual = st.integers(min(min_bars, max_bars), max_bars)
    bars = st.one_of(*[usual] * 4, st.integers(1, max_bars))
    section = st.builds(
        Section,
        meter=st.one_of(
            *[st.just((4, 4))] * 5,
            st.sampled_from(METERS),
            *[st.sampled_from(METERS + BAD_METERS)] * 2,
        ),
        qpm=st.one_of(
            *[st.sampled_from(TEMPOS)] * 8,
            st.floats(20, 300),
            st.sampled_from(TEMPOS + BAD_TEMPOS),
        ),
        bars=bars,
        extra_steps=st.sampled_from([0, 0, 0, 0, 1, 7]),
        announced=st.sampled_from([True, True, True, False]),
    )
    plain = st.builds(
        Section,
        meter=st.just((4, 4)),
        qpm=st.sampled_from(TEMPOS),
        bars=bars,
    )
    if plain_only:
        return st.one_of(plain.map(lambda s: [s]), st.lists(plain, min_size=1, max_size=2))
    return st.one_of(
        *[plain.map(lambda s: [s])] * 3,
        *[st.lists(plain, min_size=1, max_size=2)] * 2,
        st.lists(section, min_size=1, max_size=4),
    )


@st.composite
def note_sequences(
    draw: Any,
    kinds: tuple[str, ...] = ("melody", "bass", "drums", "any"),
    min_bars: int = 3,
    max_bars: int = 6,
    max_tracks: int = 4,
    every_kind: bool = False,
    chords: bool = True,
    accidents: bool = True,
) -> Any:
    """A NoteSequence.

    Args:
        draw: Given by hypothesis.
        kinds: The kinds of tracks, see `tracks`.
        min_bars: The shortest section, mostly; use 16 or more for 16-bar configurations.
        max_bars: The longest section.
        max_tracks: The most tracks (besides those of `every_kind`).
        every_kind: One track at least of each kind, as trios need.
        chords: Whether chord, key and beat annotations may be there.
        accidents: Whether anything beyond clean gridded music may be there.

    Returns:
        A `vaeprep.music.protos.NoteSequence`.
    """
    needed = [draw(tracks(kind)) for kind in kinds] if every_kind else []
    drawn = draw(
        st.lists(
            st.one_of([tracks(kind) for kind in kinds]),
            min_size=0 if every_kind else 1,
            max_size=max_tracks,
        )
    )
    all_tracks = needed + drawn
    if draw(st.sampled_from([True, True, True, False])):
        for number, track in enumerate(all_tracks):
            track.instrument = number
    some = st.lists(st.sampled_from(ACCIDENTS), max_size=3, unique=True)
    rare = st.lists(st.sampled_from(RARE_ACCIDENTS), max_size=1)
    accidents = accidents and draw(st.integers(0, 2)) > 0
    happening = []
    if accidents and draw(st.booleans()):
        happening = draw(some)
        if draw(st.integers(0, 5)) == 5:
            happening += draw(rare)
    plan = Plan(
        seed=draw(st.integers(0, 2**32 - 1)),
        sections=draw(sections(min_bars, max_bars, plain_only=not accidents)),
        tracks=all_tracks,
        accidents=happening,
    )
    ns = build(plan)
    if accidents:
        _state_accidents(draw, ns)
        _pedals(draw, ns)
    if chords:
        _annotations(draw, ns, accidents)
    return ns


def build(plan: Plan) -> Any:
    """The NoteSequence of a plan: the notes, tempos and time signatures."""
    random = Random(plan.seed)
    ns = NoteSequence(id=f"/id/{plan.seed % 1000}", ticks_per_quarter=220)
    start = 0.0
    for number, section in enumerate(plan.sections):
        numerator, denominator = section.meter
        if section.announced:
            ns.time_signatures.add(time=start, numerator=numerator, denominator=denominator)
            ns.tempos.add(time=start, qpm=section.qpm)
        usable = math.isfinite(section.qpm) and 1e-3 < abs(section.qpm) < 1e6
        step = 60.0 / (abs(section.qpm) if usable else 120.0) / 4
        steps_per_bar = max(1, 16 * abs(numerator) // max(1, abs(denominator)))
        steps_per_bar = min(steps_per_bar, 64)
        steps = section.bars * steps_per_bar + section.extra_steps
        last = number == len(plan.sections) - 1
        for track in plan.tracks:
            _play(ns, plan, track, random, start, step, steps_per_bar, steps, last)
        start += steps * step
    notes = list(ns.notes)
    if "unordered" in plan.accidents:
        random.shuffle(notes)
        del ns.notes[:]
        ns.notes.extend(notes)
    ns.total_time = max([0.0, *(note.end_time for note in notes)])
    if "quantized" in plan.accidents:
        if random.random() < 0.5:
            ns.quantization_info.steps_per_quarter = random.choice([4, -1])
        else:
            ns.quantization_info.steps_per_second = random.choice([100, -1])
    return ns


def _play(
    ns: Any,
    plan: Plan,
    track: Track,
    random: Random,
    start: float,
    step: float,
    steps_per_bar: int,
    steps: int,
    last: bool,
) -> None:
    """Adds a track's notes for one section of `steps` steps."""
    pattern = _pattern(track, random, track.bars * steps_per_bar)
    length = track.bars * steps_per_bar
    first = 0
    if "late_start" in plan.accidents:
        first = random.randrange(0, steps + 1)
    silence = range(0)
    if "gap" in plan.accidents:
        begin = random.randrange(0, steps)
        silence = range(begin, begin + random.choice([12, 15, 16, 17, 20, 33, 48]))
    for offset in range(0, steps, length):
        for at, duration, pitch, velocity in pattern:
            at_step = offset + at
            if at_step < first or at_step >= steps or at_step in silence:
                continue
            if last and at_step + duration > steps:
                duration = steps - at_step
            note = ns.notes.add(
                pitch=pitch,
                velocity=velocity,
                start_time=start + at_step * step,
                end_time=start + (at_step + duration) * step,
                instrument=track.instrument,
                program=track.program,
                is_drum=track.is_drum,
            )
            for accident in plan.accidents:
                if random.random() < 0.15:
                    _happen(accident, ns, note, random, step)


def _pattern(track: Track, random: Random, length: int) -> list[tuple[int, int, int, int]]:
    """(step, duration in steps, pitch, velocity) of the notes of a pattern."""
    pitches = DRUM_PITCHES if track.is_drum else list(range(48, 80))
    grid = random.choice([1, 2, 2, 4])
    notes = []
    for at in range(0, length, grid):
        if random.random() >= track.density:
            continue
        for _ in range(random.choice([2, 3]) if track.chordal else 1):
            duration = random.choice([1, grid, grid, 2 * grid, 4, 8, 16, 24])
            velocity = random.choice([80, 80, 100, random.randrange(1, 128)])
            notes.append((at, duration, random.choice(pitches), velocity))
    return notes


def _happen(accident: str, ns: Any, note: Any, random: Random, step: float) -> None:
    """Makes one accident happen to one note."""
    if accident == "boundary":  # start or end just beside a half step
        half = random.choice([-0.5, 0.5]) * step
        if random.random() < 0.5:
            note.start_time = _beside(note.start_time + half, random)
        else:
            note.end_time = _beside(note.end_time + half, random)
    elif accident == "jitter":
        note.start_time += random.uniform(-0.6, 0.6) * step
        note.end_time += random.uniform(-0.6, 0.6) * step
    elif accident == "zero_length":
        note.end_time = note.start_time
    elif accident == "negative_length":
        note.end_time = note.start_time - random.choice([0.1, 1, 3, 40]) * step
    elif accident == "long":
        note.end_time += random.choice([8, 16, 17, 64, 300]) * step
    elif accident == "silent":
        note.velocity = 0
    elif accident == "pitch_edges":
        note.pitch = random.choice([0, 20, 21, 22, 107, 108, 109, 127])
    elif accident == "pitch_outside":
        note.pitch = random.choice([128, 200, -1, -3, 2**31 - 1, -(2**31)])
    elif accident == "doubled":
        ns.notes.add().CopyFrom(note)
    elif accident == "mixed_programs":
        note.program = random.choice([0, 31, 32, 40, 128])
    elif accident == "mixed_drums":
        note.is_drum = not note.is_drum
    elif accident == "overlap":
        other = ns.notes.add()
        other.CopyFrom(note)
        other.pitch = min(max(note.pitch, -5), 200) + random.choice([-12, -1, 1, 12])
        other.start_time += random.choice([0, 1, 2]) * step
    elif accident == "other_drums" and note.is_drum:
        note.pitch = random.choice(OTHER_DRUM_PITCHES)
    elif accident == "loud":
        note.velocity = random.choice([1, 2, 126, 127, 128])
    elif accident == "bad_velocity":
        note.velocity = random.choice([128, 200, -1, 10**6])
    elif accident == "bad_time" and random.random() < 0.1:
        if random.random() < 0.5:
            note.start_time = random.choice(BAD_TIMES)
        else:
            note.end_time = random.choice(BAD_TIMES)


def _beside(time: float, random: Random) -> float:
    """`time` or one of the floats next to it."""
    for _ in range(random.randrange(0, 3)):
        time = math.nextafter(time, random.choice([-math.inf, math.inf]))
    return time


def _times(ns: Any) -> st.SearchStrategy[float]:
    """Times at which something may happen in a song."""
    known = [0.0, ns.total_time, ns.total_time / 2]
    known += [note.start_time for note in ns.notes[:20]]
    known += [note.end_time for note in ns.notes[:5]]
    known += [tempo.time for tempo in ns.tempos]
    end = ns.total_time if 0 < ns.total_time < 1e6 else 10.0
    return st.one_of(
        *[st.sampled_from(known)] * 4,
        *[st.floats(0, end)] * 3,
        st.one_of(*[st.floats(0, end)] * 4, st.sampled_from(BAD_TIMES)),
    )


def _state_accidents(draw: Any, ns: Any) -> None:
    """Missing, doubled and moved tempos and meters; another total time."""
    for _ in range(draw(st.sampled_from([0, 0, 0, 0, 0, 0, 1, 2, 3]))):
        time = draw(_times(ns))
        if draw(st.booleans()):
            ns.tempos.add(time=time, qpm=draw(st.sampled_from([*TEMPOS[:3], 0.0])))
        else:
            numerator, denominator = draw(st.sampled_from([*METERS[:3], (4, 3)]))
            ns.time_signatures.add(time=time, numerator=numerator, denominator=denominator)
    what = draw(st.integers(0, 39))
    if what == 0:
        del ns.tempos[:]
    elif what == 1:
        del ns.time_signatures[:]
    elif what == 2:
        _reverse(ns.tempos)
        _reverse(ns.time_signatures)
    elif what == 3:
        ns.total_time = draw(st.sampled_from([0.0, ns.total_time * 2, ns.total_time / 3]))
    elif what == 4:
        ns.total_time = draw(st.sampled_from(BAD_TIMES))


def _reverse(repeated: Any) -> None:
    items = list(repeated)[::-1]
    del repeated[:]
    repeated.extend(items)


def _pedals(draw: Any, ns: Any) -> None:
    """Sustain pedals, and control changes of other kinds."""
    instruments = sorted({note.instrument for note in ns.notes}) or [0]
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 4, 12]))):
        ns.control_changes.add(
            time=draw(_times(ns)),
            control_number=draw(st.sampled_from([64, 64, 64, 64, 66, 67, 7, 0])),
            control_value=draw(st.sampled_from([0, 127, 63, 64, 128, -1])),
            instrument=draw(st.sampled_from(instruments)),
        )


def _annotations(draw: Any, ns: Any, accidents: bool) -> None:
    """Chord symbols, keys, beats and texts of no known kind."""
    how_many = draw(st.sampled_from([0, 0, 1, 2, 6]))
    bad = accidents and draw(st.integers(0, 4)) == 4
    figures = st.sampled_from(CHORDS + BAD_CHORDS if bad else CHORDS)
    end = ns.total_time if 0.5 <= ns.total_time <= 60.0 else 60.0
    steps = [i * 0.5 for i in range(int(end * 2))]
    times = st.one_of(st.sampled_from(steps), _times(ns)) if bad else st.sampled_from(steps)
    # A chord at the start keeps chord inference out of most songs with chords.
    for number in range(how_many):
        ns.text_annotations.add(
            time=0.0 if number == 0 and not bad else draw(times),
            text=draw(figures),
            annotation_type=CHORD_SYMBOL,
        )
    for _ in range(draw(st.sampled_from([0, 0, 0, 0, 1, 2]))):
        ns.text_annotations.add(
            time=draw(times),
            text=draw(st.sampled_from(["", "C", "1", "beat"])),
            annotation_type=draw(st.sampled_from([BEAT, 0, 7])),
        )
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        ns.key_signatures.add(
            time=draw(times),
            key=draw(st.integers(0, 12 if bad else 11)),
            mode=draw(st.integers(0, 3)),
        )
