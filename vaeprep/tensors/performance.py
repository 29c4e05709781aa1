"""A performance example: a row of tokens for each instrument, without padding.

A row is the instrument's program, its events and an end token. Events are
numbered as note_seq's `PerformanceOneHotEncoding` does: pitches that start,
pitches that end, time shifts, velocities. The rows stand behind each other, and
`length` says how long each is; rows of instruments that are not there have the
end token alone.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vaeprep.converters.performance.converter import PerformanceConverter
from vaeprep.errors import UsageError
from vaeprep.music import grid
from vaeprep.music.velocity_bins import bin_of, bin_size
from vaeprep.tensors import controls, notes_of_example, tf_example
from vaeprep.tensors.kinds import Encode, Feature, Kind, Stored, Tensors

PROGRAMS = 128
_MAX_SHIFT_QUARTERS = 4
TOKENS = "tokens"

StoredNote = tuple[int, int, int, int, float, int]
"""Of a note: first step, end step, pitch, velocity bin, start in seconds, track."""


class Vocabulary:
    """The numbers of the tokens of a converter.

    Attributes:
        first_off, first_shift, first_velocity, first_program, end: Where each
            group begins. Pitches that start begin at 0; the program after the
            last is the drums'.
        size: Number of tokens.
    """

    def __init__(self, converter: PerformanceConverter) -> None:
        pitches = converter.max_pitch - converter.min_pitch + 1
        shifts = _MAX_SHIFT_QUARTERS * converter.steps_per_quarter
        self.first_off = pitches
        self.first_shift = 2 * pitches
        self.first_velocity = self.first_shift + shifts
        self.first_program = self.first_velocity + converter.num_velocity_bins
        self.end = self.first_program + PROGRAMS + 1
        self.size = self.end + 1


def kind(converter: PerformanceConverter) -> Kind:
    """Performances of a converter.

    Raises:
        UsageError: The converter cuts its examples into chunks, which none of
            the built-in configurations does.
    """
    if converter.hop_size_bars != converter.chunk_size_bars:
        raise UsageError("tensor shards hold performances of one chunk, not of several")
    vocabulary = Vocabulary(converter)
    rows, row = converter.max_num_instruments, converter.max_events_per_instrument
    chord_classes = controls.classes_of(converter.chord_encoding)

    def expand(stored: Stored) -> Tensors:
        lengths = np.asarray(stored[tf_example.LENGTH], np.int32)
        events = _padded(stored["tokens"], lengths, row, vocabulary.size)
        if chord_classes:
            conditions = _padded(stored["chords"], lengths, row, chord_classes)
        else:
            conditions = np.zeros((1, 0), np.bool_)
        return Tensors(events, events, conditions, lengths)

    return Kind(
        name="performance",
        storage={
            "steps": rows * row,
            "rows": rows,
            "row_tokens": row,
            "steps_per_quarter": converter.steps_per_quarter,
            "min_pitch": converter.min_pitch,
            "max_pitch": converter.max_pitch,
            "num_velocity_bins": converter.num_velocity_bins,
            "chord_classes": chord_classes,
        },
        features={
            "tokens": Feature("uint16", (TOKENS,), _meaning(converter, vocabulary)),
            **controls.features(TOKENS, converter.chord_encoding, False),
        },
        depths=(vocabulary.size, vocabulary.size, chord_classes),
        control_steps=rows * row if chord_classes else 1,
        dtype="bool",
        length_shape=(rows,),
        encode=_encoder(converter, vocabulary),
        expand=expand,
    )


def _meaning(converter: PerformanceConverter, vocabulary: Vocabulary) -> str:
    v, low = vocabulary, converter.min_pitch
    velocities = f"velocity bins 1, 2, ... from {v.first_velocity}, "
    return (
        f"token: pitches {low}, {low + 1}, ... start from 0 and end from {v.first_off}, "
        f"time shifts of 1, 2, ... steps from {v.first_shift}, "
        f"{velocities if converter.num_velocity_bins else ''}"
        f"programs 0 to 127 from {v.first_program}, drums {v.end - 1}, end {v.end}"
    )


def _encoder(converter: PerformanceConverter, vocabulary: Vocabulary) -> Encode:
    steps_per_second = grid.step_rate(converter.steps_per_quarter)
    bar = converter.steps_per_quarter * converter.quarters_per_bar
    total_steps = bar * converter.hop_size_bars
    rows, encoding = converter.max_num_instruments, converter.chord_encoding
    bins = converter.num_velocity_bins
    size = bin_size(bins) if bins else 1

    @lru_cache(maxsize=1 << 16)
    def parse(message: bytes) -> tuple[int, tuple[bool, int], StoredNote]:
        note = notes_of_example.note(message)
        start = notes_of_example.step_of(note.start, steps_per_second)
        end = notes_of_example.end_step_of(start, note.end, steps_per_second)
        velocity = bin_of(note.velocity, size) if bins else 0
        pitch = note.pitch - converter.min_pitch
        track = note.is_drum, PROGRAMS if note.is_drum else note.program
        return note.instrument, track, (start, end, pitch, velocity, note.start, 0)

    def encode(example: bytes) -> bytes:
        parts = notes_of_example.read(example)
        tracks: dict[int, tuple[tuple[bool, int], list[StoredNote]]] = {}
        for message in parts.notes:
            instrument, track, note = parse(message)
            tracks.setdefault(instrument, (track, []))[1].append(note)
        ordered = [tracks[instrument] for instrument in sorted(tracks)]
        ordered.sort(key=lambda track: track[0])
        tokens: list[int] = []
        steps: list[int] = []
        lengths = []
        for (_, program), notes in ordered:
            events, at = track_events(notes, total_steps, vocabulary)
            tokens += [vocabulary.first_program + program, *events, vocabulary.end]
            steps += at
            lengths.append(len(events) + 2)
        absent = rows - len(lengths)
        tokens += [vocabulary.end] * absent
        stored = {"tokens": np.array(tokens, "<u2").tobytes()}
        if encoding is not None:
            last = max(note[1] for _, notes in ordered for note in notes)
            chords = controls.chord_progression(parts.annotations, last, steps_per_second)
            classes = [encoding.encode(figure) for figure in chords.figures]
            at_step = np.array(classes, np.uint8)[chords.step_labels(total_steps + 1)].tolist()
            stored["chords"] = _chord_rows(lengths, steps, at_step) + bytes(absent)
        return tf_example.features({**stored, tf_example.LENGTH: [*lengths, *[1] * absent]})

    return encode


def track_events(
    notes: list[StoredNote], total_steps: int, vocabulary: Vocabulary
) -> tuple[list[int], list[int]]:
    """The events of one instrument, and the step at which each stands.

    Follows `BasePerformance._from_quantized_sequence` and `set_length`. Magenta
    then decodes and encodes each track once more (`split_performance` with
    `clip_tied_notes`). For an example this changes nothing: its notes come from
    such a decoding, which joins starts and ends of one pitch first in, first
    out, so they are joined in the same way again; no note reaches over the end;
    and notes of one pitch and start keep their order, that of their ends.

    Args:
        notes: In stored order.
        total_steps: Length of the example.
        vocabulary: Numbers of the tokens.
    """
    notes = sorted(notes, key=lambda note: (note[4], note[2]))
    moments = sorted(
        [(note[0], index, False) for index, note in enumerate(notes)]
        + [(note[1], index, True) for index, note in enumerate(notes)]
    )
    events: list[int] = []
    at: list[int] = []
    now = velocity = 0
    shift = vocabulary.first_shift - 1
    for step, index, is_end in moments:
        if step > now:
            events.append(shift + step - now)
            at.append(now)
            now = step
        _, _, pitch, loudness, _, _ = notes[index]
        if is_end:
            events.append(vocabulary.first_off + pitch)
        else:
            if loudness != velocity:
                velocity = loudness
                events.append(vocabulary.first_velocity + velocity - 1)
                at.append(now)
            events.append(pitch)
        at.append(now)
    if now < total_steps:
        events.append(shift + total_steps - now)
        at.append(now)
    return events, at


def _chord_rows(lengths: list[int], steps: list[int], at_step: list[int]) -> bytes:
    """The chord class of every token of the tracks.

    The program has no chord, an event the chord of its step, and the end token
    that of the last event, as `_quantized_subsequence_to_tensors` has it.
    """
    classes = bytearray()
    position = 0
    for length in lengths:
        events = steps[position : position + length - 2]
        position += length - 2
        row = [0, *(at_step[step] for step in events)]
        classes += bytes([*row, row[-1]])
    return bytes(classes)


def _padded(
    values: NDArray[np.unsignedinteger], lengths: NDArray[np.int32], row: int, depth: int
) -> NDArray[np.bool_]:
    """bool[rows * row, depth]: each row one-hot, followed by zeros."""
    there = (np.arange(row) < lengths[:, None]).ravel()
    tensor = np.zeros((len(there), depth), np.bool_)
    tensor[np.flatnonzero(there), values] = True
    return tensor
