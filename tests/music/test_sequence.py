"""The columns must be what protobuf finds in the same bytes."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.facts import facts
from tests.magenta_oracle import songs
from tests.strategies import note_sequences
from vaeprep.music.control_changes import LazyControlChanges
from vaeprep.music.protos import NoteSequence
from vaeprep.music.sequence import NotANoteSequence, decode, from_proto


@given(ns=note_sequences())
@settings(max_examples=300)
def test_decoding_the_bytes_gives_what_the_parsed_message_gives(ns: Any) -> None:
    record = ns.SerializeToString()
    assert facts(decode(record)) == facts(from_proto(ns))


def pedals(*times: float) -> Any:
    """A song without notes."""
    ns = NoteSequence(id="pedals")
    for number, time in enumerate(times):
        ns.control_changes.add(time=time, control_number=64, control_value=number)
    return ns


def test_pedals_are_left_for_later() -> None:
    ns = pedals(0.0, 17.25, 0.5)
    for read in (from_proto(ns), decode(ns.SerializeToString())):
        assert isinstance(read.control_changes, LazyControlChanges)
        assert [change.time for change in read.control_changes] == [0.0, 17.25, 0.5]


@given(
    st.floats(allow_nan=True).filter(math.isnan) | st.just(-math.nan),
    st.lists(st.floats(), max_size=3),
    st.lists(st.floats(), max_size=3),
)
def test_pedals_are_read_at_once_when_one_lies_at_nan(
    nan: float, before: list[float], after: list[float]
) -> None:
    ns = pedals(*before, nan, *after)
    for read in (from_proto(ns), decode(ns.SerializeToString())):
        assert isinstance(read.control_changes, tuple)
        assert len(read.control_changes) == len(ns.control_changes)


def test_bytes_that_are_no_note_sequence_are_refused() -> None:
    with pytest.raises(NotANoteSequence):
        decode(b"\xff\xff\xff")


@pytest.mark.parametrize("name", ["nottingham", "openmsx", "pop909"])
def test_real_music_is_decoded_as_protobuf_does(shared_data: Any, name: str) -> None:
    for ns in songs(shared_data / "tfrecords" / f"{name}.tfrecord"):
        assert facts(decode(ns.SerializeToString())) == facts(from_proto(ns))
