"""Drum windows must be those of Magenta's DrumsConverter, to the byte."""

import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests import magenta_oracle as oracle
from tests.strategies import note_sequences
from tests.together import assert_as_alone, cut_all
from vaeprep.configs import CONFIGS
from vaeprep.converters.conversion import Conversion
from vaeprep.converters.drums.converter import DrumsConverter
from vaeprep.converters.drums.kit import FULL_DRUM_PITCH_CLASSES
from vaeprep.demo.songs import compose
from vaeprep.music.protos import NoteSequence
from vaeprep.music.sequence import from_proto

# cat-drums_2bar_big has the converter of cat-drums_2bar_small.
DRUM_CONFIGS = ["cat-drums_2bar_small", "nade-drums_2bar_reduced", "nade-drums_2bar_full"]
STEP = 0.125  # seconds, at 120 quarter notes a minute

BASS_DRUM, SNARE, CLOSED_HIHAT, CRASH = 36, 38, 42, 49


def both(**parameters: Any) -> tuple[DrumsConverter, Any]:
    """Our converter and Magenta's with the same parameters."""
    return DrumsConverter(**parameters), oracle.data.DrumsConverter(
        max_tensors_per_notesequence=None, **parameters
    )


def configured(name: str) -> tuple[Any, Any]:
    return CONFIGS[name].converter, oracle.converter(name)


def song(hits: list[tuple[int, int]], qpm: float = 120.0, **note: Any) -> Any:
    """A drum track of (step, pitch)."""
    ns = NoteSequence(id="drums")
    ns.tempos.add(qpm=qpm)
    for step, pitch in hits:
        start = step * 15.0 / qpm
        end = start + note.get("length", 15.0 / qpm)
        ns.notes.add(
            pitch=pitch,
            velocity=note.get("velocity", 100),
            start_time=start,
            end_time=end,
            instrument=9,
            is_drum=True,
        )
        ns.total_time = max(ns.total_time, end)
    return ns


def outcome(pair: tuple[Any, Any], ns: Any) -> Any:
    """What both engines make of a song of one piece: examples, extracted, dropped."""
    return oracle.assert_same(*pair, ns)[0]


# Few pitches and short gaps, so that windows repeat and gaps are about a bar long.
PATTERNS = st.lists(
    st.tuples(
        st.integers(0, 20).flatmap(
            lambda bar: st.sampled_from([0, 1, 8, 14, 15]).map(
                lambda step: 16 * (bar % 7) + step
            )
        ),
        st.sampled_from([BASS_DRUM, 35, SNARE, CLOSED_HIHAT, 46, CRASH, 51, 60, 1]),
    ),
    max_size=30,
)
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "max_bars": st.sampled_from([None, 0, 1, 2, 3, 5, 100]),
        "slice_bars": st.sampled_from([None, 0, 1, 2, 2, 3]),
        "gap_bars": st.sampled_from([None, 0, 0.25, 0.5, 1.0, 1, 2, 3]),
        "pitch_classes": st.sampled_from(
            [
                None,
                [[36], [38, 40], (42, 44, 46)],
                [[36, 38], [38], [42], [49, 36]],  # a pitch in two classes
                [[0, 36], [127, 38], [42]],
                [[], [36, 38, 42], [46, 49, 51]],
                [[p] for p in range(30, 45)],
            ]
        ),
        "add_end_token": st.booleans(),
        "steps_per_quarter": st.sampled_from([4, 4, 4, 1, 2, 3, 6, 8, 12, 24]),
        "quarters_per_bar": st.sampled_from([4, 4, 4, 4, 3, 2, 1]),
        "pad_to_total_time": st.booleans(),
        "roll_input": st.booleans(),
        "roll_output": st.booleans(),
        "presplit_on_time_changes": st.booleans(),
    },
)


@pytest.mark.parametrize("name", DRUM_CONFIGS)
@given(ns=note_sequences(kinds=("drums", "any")))
@settings(max_examples=120)
def test_drum_configurations_agree_on_hard_sequences(name: str, ns: Any) -> None:
    oracle.assert_same(*configured(name), ns)


@pytest.mark.parametrize("name", DRUM_CONFIGS)
@given(hits=PATTERNS)
@settings(max_examples=150)
def test_drum_configurations_agree_on_patterns(name: str, hits: list[tuple[int, int]]) -> None:
    oracle.assert_same(*configured(name), song(hits))


@given(parameters=PARAMETERS, ns=note_sequences(kinds=("drums", "any")))
@settings(max_examples=250)
def test_any_parameters_agree_on_hard_sequences(parameters: dict[str, Any], ns: Any) -> None:
    oracle.assert_same(*both(**parameters), ns)


@given(parameters=PARAMETERS, hits=PATTERNS)
@example({"gap_bars": None, "slice_bars": 2}, [(0, 36), (40, 38), (64, 36), (90, 38)])
@example({"gap_bars": 0.25, "slice_bars": 1}, [(0, 36), (6, 38), (8, 36), (20, 36)])
@settings(max_examples=300)
def test_any_parameters_agree_on_patterns(
    parameters: dict[str, Any], hits: list[tuple[int, int]]
) -> None:
    oracle.assert_same(*both(**parameters), song(hits))


@given(
    songs=st.lists(
        st.one_of(
            PATTERNS.map(song),
            note_sequences(kinds=("drums", "any")),
            note_sequences(),
        ),
        min_size=1,
        max_size=5,
    ),
    parameters=PARAMETERS,
)
@settings(max_examples=300)
def test_pieces_looked_at_together_give_what_each_gives_alone(
    songs: list[Any], parameters: dict[str, Any]
) -> None:
    assert_as_alone(DrumsConverter(**parameters), map(from_proto, songs))


@pytest.mark.parametrize("name", DRUM_CONFIGS)
def test_no_piece_of_the_sample_is_looked_at_alone(name: str) -> None:
    songs = [from_proto(song) for song in compose(20, seed=3)]
    clean, said = assert_as_alone(CONFIGS[name].converter, songs)
    assert said == clean > 10


@given(
    drums=st.sets(st.sampled_from([p for (p,) in FULL_DRUM_PITCH_CLASSES]), min_size=1),
    name=st.sampled_from(DRUM_CONFIGS),
)
@settings(max_examples=100)
def test_notes_of_a_hit_stand_in_the_order_of_magentas_frozensets(
    drums: set[int], name: str
) -> None:
    examples, extracted, _ = outcome(
        configured(name), song([(s, p) for s in (0, 16) for p in drums])
    )
    assert len(examples) == extracted == 1


@pytest.mark.parametrize("name", DRUM_CONFIGS)
def test_drum_configurations_agree_on_real_music(name: str, shared_data: Path) -> None:
    fast, magenta = configured(name)
    found = 0
    for ns in oracle.songs(shared_data / "tfrecords" / "openmsx.tfrecord"):
        found += sum(len(examples) for examples, *_ in oracle.assert_same(fast, magenta, ns))
    assert found > 400


def test_a_hit_may_have_more_classes_than_an_int64_has_bits() -> None:
    classes = [[p] for p in range(20, 120)]
    pair = both(pitch_classes=classes, slice_bars=1, roll_input=True, roll_output=True)
    assert (
        len(outcome(pair, song([(s, p) for s in (0, 3, 16) for p in range(15, 125, s + 1)]))[0])
        == 2
    )


def test_with_long_gaps_a_window_needs_a_hit_in_its_first_and_its_last_bar() -> None:
    pair = both(gap_bars=None, slice_bars=3)
    _, extracted, dropped = outcome(pair, song([(0, BASS_DRUM), (40, SNARE), (80, SNARE)]))
    assert extracted == 4
    assert dropped == {"empty-reextraction": 3}  # only the first one stays


def test_padded_windows_need_a_hit_on_their_last_step() -> None:
    pair = both(gap_bars=None, slice_bars=1, pad_to_total_time=True)
    examples, extracted, dropped = outcome(
        pair, song([(15, BASS_DRUM), (40, SNARE), (63, BASS_DRUM)])
    )
    assert extracted == 3  # the first and the last bar sound the same
    assert len(examples) == 1
    assert dropped == {"empty-reextraction": 2}


def test_hits_after_a_gap_within_a_bar_belong_to_no_track() -> None:
    pair = both(gap_bars=0.25, slice_bars=1)
    examples, *_ = outcome(pair, song([(0, BASS_DRUM), (6, SNARE), (16, CRASH)]))
    (first, second) = sorted(
        [n.pitch for n in NoteSequence.FromString(e).notes] for e in examples
    )
    assert (first, second) == ([BASS_DRUM], [CRASH])


def test_other_bars_than_4_4_are_extracted_and_all_dropped() -> None:
    ns = song([(0, BASS_DRUM), (13, SNARE), (26, SNARE)])
    ns.time_signatures.add(numerator=3, denominator=4)
    assert outcome(both(quarters_per_bar=3, slice_bars=1), ns) == (
        frozenset(),
        3,
        {"empty-reextraction": 3},
    )


def test_a_hit_of_no_length_at_the_very_end_is_lost_in_the_second_cut() -> None:
    ns = song([(0, BASS_DRUM), (16, SNARE)])
    ns.notes.add(
        pitch=CRASH, velocity=90, is_drum=True, start_time=17 * STEP, end_time=17 * STEP
    )
    ns.notes.add(pitch=60, velocity=90, start_time=16 * STEP, end_time=18 * STEP)
    ns.total_time = 18 * STEP
    (kept,) = outcome(both(slice_bars=2), ns)[0]
    assert CRASH in [n.pitch for n in NoteSequence.FromString(kept).notes]
    del ns.notes[-1]
    (lost,) = outcome(both(slice_bars=2), ns)[0]
    assert CRASH not in [n.pitch for n in NoteSequence.FromString(lost).notes]


def test_the_reasons_of_pieces_looked_at_together_are_those_of_each() -> None:
    reasons: list[Any] = []
    none = song([])
    none.total_time = 9.0
    none.tempos.add(time=4.0, qpm=90.0)
    waltz = song([(0, 36), (40, 36)])
    waltz.time_signatures.add(numerator=3, denominator=4)
    melody = song([(0, 36), (40, 36)])
    silent = song([(0, 36), (40, 36)], velocity=0)
    for note in melody.notes:
        note.is_drum = False
    strange = song([(0, 1), (3, 2), (40, 1)])
    short, rests = song([(0, 36)]), song([(0, 36), (64, 36)])
    well = song([(8, 36), (20, 36)])
    group = [
        from_proto(ns) for ns in (none, waltz, melody, silent, strange, short, rests, well)
    ]
    converter = DrumsConverter(slice_bars=2)
    assert assert_as_alone(converter, group) == (9, 9)
    pieces = cut_all(group)
    assert pieces is not None
    for outcome in converter.convert_all(pieces):
        assert isinstance(outcome, Conversion)
        reasons.append(outcome.why and tuple(outcome.why))
    assert reasons == [
        ("no-notes", ""),
        ("no-notes", ""),
        ("other-meter", "3/4"),
        ("no-drums", ""),
        ("no-notes", ""),
        ("no-known-drum", "1"),
        ("too-short", "2 bars"),
        ("rests", "2 bars"),
        None,
    ]


def test_rolls_with_an_end_token_fail_as_in_magenta() -> None:
    got = oracle.assert_same(*both(roll_output=True, add_end_token=True), song([(0, 36)]))
    assert got[0] == "failed"
    assert got[1].startswith("TypeError: ")


def test_one_hot_vectors_that_nobody_can_allocate_fail_as_in_magenta() -> None:
    pair = both(pitch_classes=FULL_DRUM_PITCH_CLASSES, slice_bars=1)
    assert oracle.assert_same(*pair, song([(0, 36)]))[0] == "failed"


def test_a_class_that_no_midi_pitch_plays_is_refused() -> None:
    with pytest.raises(ValueError, match="128"):
        DrumsConverter(pitch_classes=[[36], [128]])


def test_converters_can_be_compared_hashed_and_sent_to_workers() -> None:
    converter = DrumsConverter(slice_bars=2, pitch_classes=[[36, 35], [38]])
    copy = pickle.loads(pickle.dumps(converter))
    assert copy == converter
    assert hash(copy) == hash(converter)
    ns = from_proto(song([(0, 36), (16, 38)]))
    assert copy.convert(ns) == converter.convert(ns)
