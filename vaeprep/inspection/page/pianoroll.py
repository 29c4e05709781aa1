"""Piano rolls as SVG: time runs to the right, pitch upwards, drums in lanes below.

Melody, bass, drums and other instruments differ in colour and in shape: solid
bars, striped bars, diamonds, hollow bars; where melody and bass play the same note,
the melody is an outline around the bass. Long music is cut into lines of four
bars, each an SVG of its own, so that a narrow screen shows them one below the
other as a score does.
"""

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vaeprep.inspection.page.markup import Markup, decimal, join, tag
from vaeprep.inspection.roles import PITCHED, Role, mask
from vaeprep.inspection.words import note_name, plural, printable
from vaeprep.music.protos import CHORD_SYMBOL
from vaeprep.music.sequence import DEFAULT_QPM, Bools, Columns, Notes

BARS_A_LINE = 4
MOST_LINES = 4

_GUTTER = 52
_WIDTH = 337
_PLOT = _WIDTH - _GUTTER - 4
_HEAD = 16
_CHORDS = 15
_LANE = 12
_FOOT = 5
_PITCH_HEIGHT = 110
_ROW = (3.1, 6.0)
_FEWEST_ROWS = 13
_SMALLEST_NOTE = 1.6
_DEFAULT_BEATS = 4
_LONGEST_BAR = 60.0
_STROKE = 0.02
"""Seconds that a drum is drawn for: how long it is held means nothing."""
_MOST_CHORDS = 200
_TENTHS_OF_A_MS = 10_000

_DRUM_LANES = {
    "ride": (51, 53, 59),
    "crash": (49, 52, 55, 57),
    "tom": (41, 43, 45, 47, 48, 50),
    "open hat": (46, 26),
    "hi-hat": (42, 44, 22),
    "snare": (37, 38, 40),
    "kick": (35, 36),
}
"""Drums with a lane of their own, from above; all others share the lane "other"."""

_LANE_OF_PITCH = {pitch: lane for lane, pitches in _DRUM_LANES.items() for pitch in pitches}
_LANES = (*_DRUM_LANES, "other")


@dataclass(frozen=True, slots=True)
class Frame:
    """What part of the music is drawn, and how time is divided.

    Attributes:
        start: Where it begins, seconds.
        bar: Length of a bar, seconds.
        beats: Beats of a bar.
        bars: How many bars are drawn.
    """

    start: float
    bar: float
    beats: int
    bars: int


@dataclass(frozen=True, slots=True)
class _Layout:
    """The vertical layout that all lines of a roll share."""

    low: int
    high: int
    row: float
    top: float
    lanes: tuple[str, ...]

    @property
    def pitch_bottom(self) -> float:
        return self.top + (self.high - self.low + 1) * self.row

    @property
    def lanes_top(self) -> float:
        return self.pitch_bottom + (5 if self.high >= self.low and self.lanes else 0)

    @property
    def height(self) -> float:
        return self.lanes_top + len(self.lanes) * _LANE + _FOOT

    def y(self, pitch: int) -> float:
        """Top of a pitch's row."""
        return self.top + (self.high - pitch) * self.row


def frame_of(music: Columns, bars: int | None = None) -> Frame:
    """The frame of an example or of a song's beginning.

    Args:
        music: Its first tempo and meter divide the time; songs are drawn from
            the bar of the first note on.
        bars: How many bars; None draws all, up to `MOST_LINES` lines.
    """
    qpm = music.tempos[0].qpm if music.tempos else DEFAULT_QPM
    meter = music.time_signatures[0] if music.time_signatures else None
    beats = meter.numerator if meter and 0 < meter.numerator <= 16 else _DEFAULT_BEATS
    quarters = beats * 4 / meter.denominator if meter and meter.denominator > 0 else beats
    bar = quarters * 60 / qpm if math.isfinite(qpm) and qpm > 0 else 0.0
    if not 0.1 < bar < _LONGEST_BAR:
        bar = 2.0
    first = float(music.notes.start.min()) if len(music.notes) else 0.0
    start = math.floor(first / bar + 1e-6) * bar if 0 < first < 1e7 else 0.0
    if bars is None:
        seconds = _last_moment(music) - start
        needed = math.ceil(seconds / bar - 1e-3) if math.isfinite(seconds) else BARS_A_LINE
        bars = min(max(needed, 1), BARS_A_LINE * MOST_LINES)
    return Frame(start, bar, beats, bars)


def _last_moment(music: Columns) -> float:
    """When the last note ends, or the last stroke is over, or the music as it is stored."""
    notes = music.notes
    if not len(notes):
        return music.total_time
    ends = np.where(notes.is_drum, notes.start + _STROKE, notes.end)
    return max(music.total_time, float(ends.max()))


def piano_roll(
    music: Columns, frame: Frame, name: str, spoken: str, labels: dict[Role, str]
) -> Markup:
    """Draws notes, and keeps them as data for `player.js`.

    Args:
        music: What is drawn.
        frame: Which part of it.
        name: Unique on the page, without spaces.
        spoken: What its buttons are named after, e.g. "Example 12".
        labels: What the roles are called.

    Returns:
        A group of SVGs, one for each line of up to four bars.
    """
    notes = _in_frame(music.notes, frame)
    layout = _layout(notes, has_chords(music))
    line_bars = min(frame.bars, BARS_A_LINE)
    lines = []
    for first_bar in range(0, frame.bars, line_bars):
        is_first = first_bar == 0
        title_id, text_id = f"{name}-title", f"{name}-desc"
        titles = (
            join(
                [
                    tag("title", "Piano roll", id=title_id),
                    tag("desc", describe(notes, labels), id=text_id),
                ]
            )
            if is_first
            else ""
        )
        lines.append(
            tag(
                "svg",
                titles,
                _line(music, notes, frame, layout, first_bar, line_bars),
                viewBox=f"0 0 {_WIDTH} {decimal(layout.height)}",
                role="img" if is_first else None,
                aria_labelledby=f"{title_id} {text_id}" if is_first else None,
                aria_hidden=None if is_first else "true",
            )
        )
    return tag(
        "div",
        *lines,
        class_="roll",
        data_name=spoken,
        data_notes=_as_data(notes, frame),
        data_seconds=frame.bars * frame.bar,
        data_line_seconds=line_bars * frame.bar,
        data_left=_GUTTER,
        data_width=_PLOT,
    )


def describe(notes: Notes, labels: dict[Role, str]) -> str:
    """The notes in words: how many of whom, from which pitch to which."""
    sentences = []
    for role in PITCHED:
        pitches = notes.pitch[mask(notes, role)]
        if len(pitches):
            low, high = int(pitches.min()), int(pitches.max())
            edges = note_name(low) if low == high else f"{note_name(low)} to {note_name(high)}"
            sentences.append(f"{labels[role]}: {plural(len(pitches), 'note')}, {edges}.")
    strokes = Counter(_lane(int(pitch)) for pitch in notes.pitch[notes.is_drum])
    if strokes:
        kinds = ", ".join(f"{lane} {count}" for lane, count in strokes.most_common())
        strokes_of = plural(strokes.total(), "stroke")
        sentences.append(f"{labels[Role.DRUMS]}: {strokes_of} ({kinds}).")
    return " ".join(sentences).capitalize() if sentences else "No notes."


def present_roles(music: Columns, frame: Frame) -> set[Role]:
    """The roles that have a note in the frame."""
    notes = _in_frame(music.notes, frame)
    return {role for role in Role if mask(notes, role).any()}


def has_chords(music: Columns) -> bool:
    """Whether chords stand above the roll."""
    return bool(_chords(music))


def _as_data(notes: Notes, frame: Frame) -> str:
    """The notes as `player.js` reads them: six whole numbers a note, as JSON.

    Start and end (in tenths of a millisecond from the start of the frame, cut where
    it ends), pitch, velocity, program (-1 of drums), instrument.
    """
    length = frame.bars * frame.bar
    times = [
        np.round(np.clip(time - frame.start, 0.0, length) * _TENTHS_OF_A_MS).astype(np.int64)
        for time in (notes.start, notes.end)
    ]
    program = np.where(notes.is_drum, -1, notes.program)
    columns = (*times, notes.pitch, notes.velocity, program, notes.instrument)
    return json.dumps(np.stack(columns, axis=1).reshape(-1).tolist(), separators=(",", ":"))


def _in_frame(notes: Notes, frame: Frame) -> Notes:
    end = frame.start + frame.bars * frame.bar
    inside = (notes.start < end) & (notes.end >= frame.start)
    inside &= np.isfinite(notes.start) & np.isfinite(notes.end)
    inside &= (notes.pitch >= 0) & (notes.pitch < 128)
    return notes.take(inside)


def _layout(notes: Notes, with_chords: bool) -> _Layout:
    pitches = notes.pitch[~notes.is_drum]
    drums = {_lane(int(pitch)) for pitch in notes.pitch[notes.is_drum]}
    lanes = tuple(lane for lane in _LANES if lane in drums)
    top = _HEAD + (_CHORDS if with_chords else 0)
    if not len(pitches):
        return _Layout(0, -1, _ROW[1], top, lanes)
    low, high = int(pitches.min()) - 1, int(pitches.max()) + 1
    missing = max(_FEWEST_ROWS - (high - low + 1), 0)
    low, high = low - (missing + 1) // 2, high + missing // 2
    row = min(max(_PITCH_HEIGHT / (high - low + 1), _ROW[0]), _ROW[1])
    return _Layout(low, high, row, top, lanes)


def _line(
    music: Columns,
    notes: Notes,
    frame: Frame,
    layout: _Layout,
    first_bar: int,
    bars: int,
) -> Markup:
    start = frame.start + first_bar * frame.bar
    seconds = bars * frame.bar
    scale = _PLOT / seconds
    parts = [_grid(frame, layout, first_bar, bars), _labels(layout)]
    parts.append(_chord_labels(music, layout, start, seconds, scale))
    inside = notes.take((notes.start < start + seconds) & (notes.end > start))
    melody = mask(inside, Role.MELODY)
    hidden = melody & _doubled(inside, melody, mask(inside, Role.BASS))
    for chosen, kind in (
        *((mask(inside, role) & ~hidden, role.value) for role in PITCHED),
        (hidden, f"{Role.MELODY.value} outline"),
    ):
        bars_path = _note_bars(inside.take(chosen), layout, start, seconds, scale)
        if bars_path:
            parts.append(tag("path", d=bars_path, class_=f"fill {kind}"))
    hits = notes.take(
        notes.is_drum & (notes.start >= start - 1e-6) & (notes.start < start + seconds - 1e-6)
    )
    diamonds = _diamonds(hits, layout, start, scale)
    if diamonds:
        parts.append(tag("path", d=diamonds, class_="fill drums"))
    return join(parts)


def _doubled(notes: Notes, these: Bools, others: Bools) -> Bools:
    """bool[n]: those of `these` that one of the others covers: same pitch, same time."""
    found = np.zeros(len(notes), np.bool_)
    other = notes.take(others)
    for note in np.flatnonzero(these).tolist():
        same = other.pitch == notes.pitch[note]
        same &= (other.start < notes.end[note]) & (other.end > notes.start[note])
        found[note] = same.any()
    return found


def _note_bars(
    notes: Notes, layout: _Layout, start: float, seconds: float, scale: float
) -> str:
    """One path of a rectangle for each note, cut at the ends of the line."""
    begins = np.clip(notes.start - start, 0, seconds) * scale + _GUTTER
    ends = np.clip(notes.end - start, 0, seconds) * scale + _GUTTER
    height = decimal(layout.row - 0.6)
    parts = []
    for pitch, begin, end in zip(
        notes.pitch.tolist(), begins.tolist(), ends.tolist(), strict=True
    ):
        width = max(end - begin - 0.8, _SMALLEST_NOTE)
        y = layout.y(pitch) + 0.3
        parts.append(
            f"M{decimal(begin)} {decimal(y)}h{decimal(width)}v{height}h-{decimal(width)}z"
        )
    return "".join(parts)


def _diamonds(hits: Notes, layout: _Layout, start: float, scale: float) -> str:
    """One path of a diamond for each stroke; the louder, the larger."""
    parts = []
    for pitch, velocity, begin in zip(
        hits.pitch.tolist(), hits.velocity.tolist(), hits.start.tolist(), strict=True
    ):
        half = 2.2 + 1.8 * min(max(velocity, 0), 127) / 127
        x = _GUTTER + (begin - start) * scale + half * 0.6
        lane = layout.lanes.index(_lane(pitch))
        y = layout.lanes_top + lane * _LANE + _LANE / 2 - half
        size = decimal(half)
        parts.append(f"M{decimal(x)} {decimal(y)}l{size} {size}-{size} {size}-{size}-{size}z")
    return "".join(parts)


def _grid(frame: Frame, layout: _Layout, first_bar: int, bars: int) -> Markup:
    """Lines for bars, beats, the Cs and the lanes; the number of each bar above."""
    width = _PLOT / bars
    bottom = layout.height - _FOOT
    faint, strong, texts = [], [], []
    for bar in range(bars + 1):
        x = _GUTTER + bar * width
        strong.append(f"M{decimal(x)} {decimal(layout.top)}V{decimal(bottom)}")
        if bar < bars:
            texts.append(
                tag("text", str(first_bar + bar + 1), x=x + 1, y=10, class_="bar-number")
            )
            for beat in range(1, frame.beats):
                at = decimal(x + beat * width / frame.beats)
                faint.append(f"M{at} {decimal(layout.top)}V{decimal(bottom)}")
    for pitch in range(layout.low, layout.high + 1):
        if pitch % 12 == 0:
            faint.append(f"M{_GUTTER} {decimal(layout.y(pitch) + layout.row)}h{_PLOT}")
    for lane in range(len(layout.lanes)):
        y = decimal(layout.lanes_top + lane * _LANE + _LANE / 2)
        faint.append(f"M{_GUTTER} {y}h{_PLOT}")
    lines = [
        tag("path", d="".join(faint), class_="beat-lines"),
        tag("path", d="".join(strong), class_="bar-lines"),
    ]
    return join([*lines, *texts])


def _labels(layout: _Layout) -> Markup:
    """The names of the Cs and of the lanes, left of the plot."""
    texts = []
    for pitch in range(layout.low, layout.high + 1):
        if pitch % 12 == 0:
            y = layout.y(pitch) + layout.row
            texts.append(tag("text", note_name(pitch), x=_GUTTER - 4, y=y + 3, class_="end"))
    for place, lane in enumerate(layout.lanes):
        y = layout.lanes_top + place * _LANE + _LANE / 2 + 3
        texts.append(tag("text", lane, x=_GUTTER - 4, y=y, class_="end lane"))
    return join(texts)


def _chord_labels(
    music: Columns, layout: _Layout, start: float, seconds: float, scale: float
) -> Markup:
    """The chords above the plot; one that would cover the last is left out."""
    texts = []
    free = 0.0
    for time, figure in _chords(music):
        x = _GUTTER + (time - start) * scale
        if start - 1e-6 <= time < start + seconds - 1e-6 and x >= free:
            texts.append(tag("text", figure, x=x + 1, y=layout.top - 4, class_="chord"))
            free = x + 6.5 * len(figure) + 4
    return join(texts)


def _chords(music: Columns) -> Sequence[tuple[float, str]]:
    chords = [
        (text.time, printable(text.text, 12))
        for text in music.text_annotations
        if text.annotation_type == CHORD_SYMBOL
    ]
    return chords[:_MOST_CHORDS]


def _lane(pitch: int) -> str:
    return _LANE_OF_PITCH.get(pitch, "other")
