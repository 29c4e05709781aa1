"""Columns read from bytes must be what protobuf reads, whatever the bytes are."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.facts import facts
from tests.strategies import note_sequences
from vaeprep.music.decode import notes_and_rest
from vaeprep.music.protos import NoteSequence
from vaeprep.music.sequence import NotANoteSequence, decode, from_proto


def by_protobuf(record: bytes) -> Any:
    try:
        return facts(from_proto(NoteSequence.FromString(record)))
    except Exception as error:
        return str(error)


def by_columns(record: bytes) -> Any:
    try:
        return facts(decode(record))
    except NotANoteSequence as error:
        return str(error)


def some_song(**note: Any) -> Any:
    ns = NoteSequence(id="x", filename="f", total_time=3.0)
    ns.tempos.add(qpm=90)
    for pitch in (60, 62, 64):
        ns.notes.add(pitch=pitch, velocity=80, start_time=0.5, end_time=1.5, **note)
    ns.control_changes.add(time=1.0, control_number=64, control_value=127)
    return ns


# What may stand between the fields of a NoteSequence or of a note.
PARTS = st.one_of(
    note_sequences(max_bars=2).map(lambda ns: ns.SerializeToString()),
    st.sampled_from(
        [
            some_song().SerializeToString(),
            some_song(instrument=3).SerializeToString(),
            some_song(program=200, is_drum=True).SerializeToString(),
            some_song(instrument=-1, part=5, voice=2, numerator=3).SerializeToString(),
            b"\x42\x00",  # a note without fields
            b"\x42\x04\x08\x3c\x08\x3d",  # a field twice
            b"\x42\x04\x10\x50\x08\x3d",  # fields out of order
            b"\x42\x03\x08\xbc\x00",  # an integer with a byte too many
            b"\x42\x03\x48\x80\x01",  # a boolean of 128
            b"\x42\x02\x48\x02",  # a boolean of 2
            b"\x42\x02\x78\x02",  # an unknown field of a note
            b"\x42\x03\x0a\x01\x3c",  # a known field of another type
            b"\x42\x05\x0d\x01\x3c\x00\x00",
            b"\x42\x82\x00\x08\x3c",  # a length with a byte too many
            b"\x0a\x02\xff\xfe",  # an id that is not UTF-8
            b"\x0a\x01a",
            b"\x43\x44",  # groups
            b"\xc8\x3e\x05",  # an unknown field
            b"\xcd\x3e\x05\x00\x00\x00",
            b"\xc1\x3e\x05\x00\x00\x00\x00\x00\x00\x00",
            b"\x44",
            b"\x00",
            b"\x42",
            b"\x42\x16",
            b"\x42\x7f\x08\x3c",
        ]
    ),
)


@given(parts=st.lists(PARTS, max_size=4), data=st.data())
@settings(max_examples=400)
def test_any_bytes_are_read_as_protobuf_reads_them(parts: list[bytes], data: Any) -> None:
    record = b"".join(parts)
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(record)))
        what = data.draw(st.sampled_from(["cut", "insert", "change", "lose"]))
        if what == "cut":
            record = record[:place]
        elif what == "insert":
            record = record[:place] + data.draw(PARTS)[:40] + record[place:]
        elif what == "change":
            record = record[:place] + data.draw(st.binary(max_size=3)) + record[place + 1 :]
        else:
            record = record[:place] + record[place + data.draw(st.integers(1, 30)) :]
    assert by_columns(record) == by_protobuf(record)


@given(ns=note_sequences(), size=st.sampled_from([1, 511, 512, 513, 1024, 1100]))
@settings(max_examples=50)
def test_runs_of_any_length_are_read(ns: Any, size: int) -> None:
    notes = list(ns.notes)[:3]
    del ns.notes[:]
    for note in notes:
        ns.notes.extend([note] * size)
    record = ns.SerializeToString()
    assert by_columns(record) == by_protobuf(record)


def test_ordinary_notes_are_not_left_to_protobuf() -> None:
    ns = some_song(instrument=2, program=33)
    ns.notes.add(pitch=36, velocity=1, end_time=1.0, is_drum=True, voice=3)
    found = notes_and_rest(ns.SerializeToString())
    assert found is not None
    (pitch, *_, is_drum), rest = found
    assert (pitch.tolist(), is_drum.tolist()) == ([60, 62, 64, 36], [False] * 3 + [True])
    del ns.notes[:]
    assert NoteSequence.FromString(rest) == ns


@pytest.mark.parametrize(("in_a_row", "as_columns"), [(1, False), (4, False), (50, True)])
def test_instruments_that_take_turns_are_left_to_protobuf(
    in_a_row: int, as_columns: bool
) -> None:
    ns = NoteSequence(id="x")
    for number in range(2000):
        ns.notes.add(
            pitch=60,
            velocity=80,
            start_time=1.0 + number,
            end_time=2.0 + number,
            instrument=number // in_a_row % 2,  # instrument 0 makes a shorter message
        )
    record = ns.SerializeToString()
    assert (notes_and_rest(record) is not None) is as_columns
    assert facts(decode(record)) == facts(from_proto(ns))


@pytest.mark.parametrize("record", [b"", b"\x0a\x01x"])
def test_a_song_without_notes_is_left_to_protobuf(record: bytes) -> None:
    assert notes_and_rest(record) is None
