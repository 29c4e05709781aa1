"""Pieces must fall on the steps that note_seq puts them on."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.facts import outcome
from tests.magenta_oracle import note_seq, songs
from tests.strategies import note_sequences
from vaeprep.music.quantization import quantize
from vaeprep.music.sequence import from_proto

SPLIT = note_seq.sequences_lib.split_note_sequence_on_time_changes


def quantized_facts(quantized: Any) -> Any:
    """What Quantized keeps, of a quantized NoteSequence."""
    meter, tempo = quantized.time_signatures[0], quantized.tempos[0]
    return (
        [(n.quantized_start_step, n.quantized_end_step) for n in quantized.notes],
        quantized.total_quantized_steps,
        [a.quantized_step for a in quantized.text_annotations],
        (meter.numerator, meter.denominator, repr(tempo.qpm)),
        note_seq.steps_per_bar_in_quantized_sequence(quantized),
    )


def assert_quantizes_the_same(ns: Any, steps_per_quarter: int) -> None:
    expected = outcome(
        lambda: quantized_facts(note_seq.quantize_note_sequence(ns, steps_per_quarter))
    )

    def fast() -> Any:
        q = quantize(from_proto(ns), steps_per_quarter)
        return (
            list(zip(q.start.tolist(), q.end.tolist(), strict=True)),
            q.total_steps,
            list(q.annotation_steps),
            (q.numerator, q.denominator, repr(q.qpm)),
            q.steps_per_bar,
        )

    assert outcome(fast) == expected


@given(ns=note_sequences(), steps_per_quarter=st.sampled_from([4, 16, 24, 3, 1]))
@settings(max_examples=300)
def test_quantizes_whole_songs_and_pieces_as_note_seq_does(
    ns: Any, steps_per_quarter: int
) -> None:
    assert_quantizes_the_same(ns, steps_per_quarter)
    if ns.quantization_info.steps_per_quarter <= 0:
        ns.ClearField("quantization_info")
        for piece in SPLIT(ns):
            assert_quantizes_the_same(piece, steps_per_quarter)


@pytest.mark.parametrize("name", ["nottingham", "openmsx", "pop909"])
def test_real_music_is_quantized_as_note_seq_does(shared_data: Any, name: str) -> None:
    for ns in songs(shared_data / "tfrecords" / f"{name}.tfrecord"):
        for piece in SPLIT(ns)[:3]:
            assert_quantizes_the_same(piece, 4)
