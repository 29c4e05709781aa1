"""The columns must be what protobuf finds in the same bytes."""

from typing import Any

import pytest
from hypothesis import given, settings

from tests.facts import facts
from tests.magenta_oracle import songs
from tests.strategies import note_sequences
from vaeprep.notesequence import NotANoteSequence, decode, from_proto


@given(ns=note_sequences())
@settings(max_examples=300)
def test_decoding_the_bytes_gives_what_the_parsed_message_gives(ns: Any) -> None:
    record = ns.SerializeToString()
    assert facts(decode(record)) == facts(from_proto(ns))


def test_bytes_that_are_no_note_sequence_are_refused() -> None:
    with pytest.raises(NotANoteSequence):
        decode(b"\xff\xff\xff")


@pytest.mark.parametrize("name", ["nottingham", "openmsx", "pop909"])
def test_real_music_is_decoded_as_protobuf_does(shared_data: Any, name: str) -> None:
    for ns in songs(shared_data / "tfrecords" / f"{name}.tfrecord"):
        assert facts(decode(ns.SerializeToString())) == facts(from_proto(ns))
