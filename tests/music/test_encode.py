"""Joined bytes must be what protobuf's SerializeToString writes."""

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vaeprep.music.encode import (
    chord_message,
    key_message,
    note_message,
    sequence_message,
    tempo_message,
)
from vaeprep.music.protos import CHORD_SYMBOL, NoteSequence

INT32 = st.one_of(st.sampled_from([0, 1, 127, 128, -1]), st.integers(-(2**31), 2**31 - 1))
TIMES = st.one_of(st.sampled_from([0.0, -0.0, math.nan, math.inf, 0.125]), st.floats())
NOTES = st.lists(st.tuples(INT32, INT32, TIMES, TIMES, INT32, INT32, st.booleans()), max_size=5)
NOTE_FIELDS = (
    *("pitch", "velocity", "start_time", "end_time", "instrument", "program", "is_drum"),
)


@given(
    notes=NOTES,
    ticks=INT32,
    total_time=TIMES,
    qpm=TIMES,
    chords=st.lists(st.tuples(TIMES, st.text(max_size=200)), max_size=3),
    keys=st.lists(st.tuples(TIMES, st.integers(0, 11)), max_size=3),
)
def test_the_bytes_are_those_of_protobuf(
    notes: Any, ticks: int, total_time: float, qpm: float, chords: Any, keys: Any
) -> None:
    ns = NoteSequence(ticks_per_quarter=ticks, total_time=total_time)
    ns.tempos.add(qpm=qpm)
    for note in notes:
        ns.notes.add(**dict(zip(NOTE_FIELDS, note, strict=True)))
    for time, text in chords:
        ns.text_annotations.add(time=time, text=text, annotation_type=CHORD_SYMBOL)
    for time, key in keys:
        ns.key_signatures.add(time=time, key=key)
    written = sequence_message(
        ticks_per_quarter=ticks,
        key_signatures=b"".join(key_message(*key) for key in keys),
        tempos=tempo_message(qpm),
        notes=b"".join(note_message(*note) for note in notes),
        total_time=total_time,
        text_annotations=b"".join(chord_message(*chord) for chord in chords),
    )
    assert written == ns.SerializeToString(deterministic=True)


def test_minus_zero_is_written_even_after_zero_was_remembered() -> None:
    def expected(**times: float) -> bytes:
        ns = NoteSequence()
        ns.notes.add(pitch=60, velocity=80, **times)
        return ns.SerializeToString()

    for start in (0.0, -0.0, 0.0):
        for end in (0.0, -0.0, 1.0):
            got = note_message(60, 80, start, end)
            assert got == expected(start_time=start, end_time=end)


def test_the_bytes_of_a_chord_and_a_key_at_minus_zero() -> None:
    for time in (0.0, -0.0, 0.0):
        ns = NoteSequence()
        ns.text_annotations.add(time=time, text="C", annotation_type=CHORD_SYMBOL)
        assert chord_message(time, "C") == ns.SerializeToString()
        ns = NoteSequence()
        ns.key_signatures.add(time=time, key=3)
        assert key_message(time, 3) == ns.SerializeToString()
        ns = NoteSequence()
        ns.tempos.add(qpm=time)
        assert tempo_message(time) == ns.SerializeToString()
