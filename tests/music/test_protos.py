"""The NoteSequence that vaeprep carries is note_seq's own, class and schema."""

import os
import subprocess
import sys

import pytest
from note_seq.protobuf import music_pb2 as of_note_seq

from vaeprep.music import music_pb2 as carried
from vaeprep.music.protos import BEAT, CHORD_SYMBOL, NoteSequence

ORDERS = {
    "vaeprep first": "from vaeprep.music.protos import NoteSequence; import note_seq",
    "note_seq first": "import note_seq; from vaeprep.music.protos import NoteSequence",
}
SAME = """
from note_seq.protobuf import music_pb2
import copy, pickle

assert music_pb2.NoteSequence is NoteSequence is note_seq.NoteSequence
assert music_pb2.NoteSequence.Note is NoteSequence.Note
song = note_seq.NoteSequence(id="song")
song.notes.add(pitch=60, velocity=80, end_time=1.0)
song.text_annotations.add(text="C", annotation_type=NoteSequence.TextAnnotation.CHORD_SYMBOL)
assert isinstance(song, NoteSequence)
assert NoteSequence.FromString(song.SerializeToString()) == song
assert pickle.loads(pickle.dumps(song)) == copy.deepcopy(song) == song
"""


def test_the_carried_schema_is_that_of_note_seq_to_the_byte() -> None:
    assert carried.DESCRIPTOR.serialized_pb == of_note_seq.DESCRIPTOR.serialized_pb
    assert (BEAT, CHORD_SYMBOL) == (2, 1)
    assert NoteSequence is of_note_seq.NoteSequence


@pytest.mark.parametrize("runtime", ["upb", "python"])
@pytest.mark.parametrize("order", ORDERS)
def test_whichever_is_imported_first_both_have_one_class(order: str, runtime: str) -> None:
    """With both of protobuf's runtimes: each keeps its classes in its own way."""
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ORDERS[order] + SAME],
        env=os.environ | {"PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": runtime},
        check=True,
    )
