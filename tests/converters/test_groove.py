"""Grooves must be those of Magenta's GrooveConverter, to the byte."""

import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import magenta_oracle as oracle
from tests.strategies import note_sequences
from tests.together import assert_as_alone, cut_all
from vaeprep.configs import CONFIGS
from vaeprep.converters.conversion import Conversion
from vaeprep.converters.drums.kit import REDUCED_DRUM_PITCH_CLASSES, ROLAND_DRUM_PITCH_CLASSES
from vaeprep.converters.groove.converter import GrooveConverter
from vaeprep.converters.reasons import NO_NOTES
from vaeprep.demo.songs import compose
from vaeprep.music.protos import NoteSequence
from vaeprep.music.sequence import decode, from_proto
from vaeprep.music.time_changes import split_on_time_changes

GROOVE_CONFIGS = [name for name in CONFIGS if name.startswith("groovae")]
ROLAND = [pitch for pitches in ROLAND_DRUM_PITCH_CLASSES for pitch in pitches]
STEP = 0.125  # seconds, at 120 quarter notes a minute


def both(**parameters: Any) -> tuple[GrooveConverter, Any]:
    """Our converter and Magenta's with the same parameters."""
    return GrooveConverter(**parameters), oracle.data.GrooveConverter(
        max_tensors_per_notesequence=None, **parameters
    )


def configured(name: str) -> tuple[Any, Any]:
    return CONFIGS[name].converter, oracle.converter(name)


@st.composite
def grooves(draw: Any) -> Any:
    """Drums whose pitches GrooVAE mostly knows, on the grid or off it."""
    ns = draw(note_sequences(kinds=("drums",), chords=False))
    known = draw(st.sampled_from([True] * 6 + [False]))
    timing = draw(st.sampled_from(["straight", "halves", "loose", "late"]))
    random = draw(st.randoms(use_true_random=False))
    for note in ns.notes:
        if known:
            note.pitch = ROLAND[note.pitch % len(ROLAND)]
        if timing == "halves":
            moved = random.choice([0, 0, 0.0625, -0.0625, 0.0624999999, -0.06250001])
        elif timing == "loose":
            moved = random.uniform(-0.07, 0.07)
        else:
            moved = random.choice([0.0625, 0.06, 0]) if timing == "late" else 0
        note.start_time = max(0, note.start_time + moved)
        note.end_time = max(note.end_time, note.start_time)
    return ns


def song(*notes: tuple[float, int, int], qpm: float = 120.0) -> Any:
    """A drum track of (step, pitch, velocity); steps may have fractions."""
    ns = NoteSequence(id="groove")
    ns.tempos.add(qpm=qpm)
    for step, pitch, velocity in notes:
        start = step * 15.0 / qpm
        ns.notes.add(
            pitch=pitch,
            velocity=velocity,
            start_time=start,
            end_time=start + STEP,
            instrument=9,
            is_drum=True,
        )
        ns.total_time = max(ns.total_time, start + STEP)
    return ns


def outcome(pair: tuple[Any, Any], ns: Any) -> Any:
    """What both engines make of a song of one piece: examples, extracted, dropped."""
    return oracle.assert_same(*pair, ns)[0]


def notes_of(example: bytes) -> list[tuple[float, int, int]]:
    """(start in steps, pitch, velocity) of an example's notes."""
    notes = NoteSequence.FromString(example).notes
    return [(note.start_time / STEP, note.pitch, note.velocity) for note in notes]


PARAMETERS = st.fixed_dictionaries(
    {"split_bars": st.sampled_from([None, 0, 1, 2, 2, 3, 4])},
    optional={
        "steps_per_quarter": st.sampled_from([4, 4, 4, 1, 2, 3, 6, 8, 12]),
        "quarters_per_bar": st.sampled_from([4, 4, 4, 4, 4, 3, 2]),
        "pitch_classes": st.sampled_from(
            [
                None,
                REDUCED_DRUM_PITCH_CLASSES,
                [ROLAND[:9], ROLAND[9:]],
                [[pitch] for pitch in ROLAND],
                [[0, 36], [200, 38, 37, 40], [42, 22, 44], ROLAND],
            ]
        ),
        "humanize": st.booleans(),
        "tapify": st.booleans(),
        "add_instruments": st.sampled_from([None, [], [0], [1, 1], [2], [8, -1], [12]]),
        "bins": st.sampled_from([(2, 2), (8, 8), (5, 7), (1, 8), (3, 1)]),
        "split_instruments": st.booleans(),
        "hop_size": st.sampled_from([None, 0, 4, 16, 16, 5, 32, 64]),
        "hits_as_controls": st.booleans(),
        "fixed_velocities": st.booleans(),
        "max_note_dropout_probability": st.sampled_from([None, 0.5, 1.0]),
    },
).map(
    lambda drawn: {
        name: value
        for name, value in {
            **drawn,
            "num_velocity_bins": drawn.get("bins", (None, None))[0],
            "num_offset_bins": drawn.get("bins", (None, None))[1],
            "hop_size": None if drawn["split_bars"] is None else drawn.get("hop_size"),
        }.items()
        if name != "bins"
    }
)


@pytest.mark.parametrize("name", GROOVE_CONFIGS)
@given(ns=grooves())
@settings(max_examples=80)
def test_groove_configurations_agree_on_hard_grooves(name: str, ns: Any) -> None:
    oracle.assert_same(*configured(name), ns)


@given(parameters=PARAMETERS, ns=grooves())
@settings(max_examples=350)
def test_any_parameters_agree_on_hard_grooves(parameters: dict[str, Any], ns: Any) -> None:
    oracle.assert_same(*both(**parameters), ns)


@given(
    notes=st.lists(
        st.tuples(
            st.integers(0, 34).flatmap(
                lambda step: st.sampled_from(
                    [0, 0.5, -0.5, 0.25, 0.4999999999, -0.4999999999]
                ).map(lambda offset: max(0.0, step + offset))
            ),
            st.sampled_from([36, 38, 37, 42, 51]),
            st.sampled_from([0, 1, 64, 100, 100, 127, 128, -3]),
        ),
        min_size=1,
        max_size=12,
    ),
    hop_size=st.sampled_from([None, None, 16, 7]),
    qpm=st.sampled_from([120.0, 97.3]),
)
@settings(max_examples=200)
def test_any_groove_of_single_notes_agrees(
    notes: list[tuple[float, int, int]], hop_size: int | None, qpm: float
) -> None:
    oracle.assert_same(*both(split_bars=1, hop_size=hop_size), song(*notes, qpm=qpm))


@given(
    songs=st.lists(st.one_of(grooves(), grooves(), note_sequences()), min_size=1, max_size=5),
    parameters=PARAMETERS,
)
@settings(max_examples=300)
def test_pieces_looked_at_together_give_what_each_gives_alone(
    songs: list[Any], parameters: dict[str, Any]
) -> None:
    assert_as_alone(GrooveConverter(**parameters), map(from_proto, songs))


@pytest.mark.parametrize("name", GROOVE_CONFIGS)
def test_no_piece_of_the_sample_is_looked_at_alone(name: str) -> None:
    songs = [from_proto(song) for song in compose(20, seed=3)]
    clean, said = assert_as_alone(CONFIGS[name].converter, songs)
    assert said == clean > 10


@pytest.mark.parametrize("name", ["groovae_4bar", "groovae_2bar_hits_control_tfds"])
def test_groove_configurations_agree_on_the_drums_of_real_music(
    name: str, shared_data: Path
) -> None:
    fast, magenta = configured(name)
    found = 0
    for ns in oracle.songs(shared_data / "tfrecords" / "openmsx.tfrecord"):
        drums = [note for note in ns.notes if note.is_drum and note.pitch in ROLAND]
        del ns.notes[:]
        ns.notes.extend(drums)
        found += sum(len(examples) for examples, *_ in oracle.assert_same(fast, magenta, ns))
    assert found > 200


@pytest.mark.parametrize("collection", ["openmsx", "nottingham"])
def test_songs_with_other_notes_fail_as_in_magenta(collection: str, shared_data: Path) -> None:
    fast, magenta = configured("groovae_4bar")
    songs = oracle.songs(shared_data / "tfrecords" / f"{collection}.tfrecord")
    outcomes = [oracle.assert_same(fast, magenta, ns) for ns in songs[::3]]
    assert any(got[:1] == ("failed",) and got[1].startswith("KeyError: ") for got in outcomes)


def test_a_pitch_of_no_class_fails_the_song_even_if_it_is_no_drum() -> None:
    ns = song((0, 36, 100))
    ns.notes.add(pitch=60, velocity=0, start_time=0, end_time=STEP)
    assert oracle.assert_same(*both(split_bars=1), ns) == ("failed", "KeyError: 60")


def test_the_loudest_note_of_a_class_counts_and_of_equals_the_first() -> None:
    ns = song((0.25, 38, 80), (0.125, 37, 90), (0.375, 40, 90))
    (example,) = outcome(both(split_bars=1), ns)[0]
    ((at, pitch, velocity),) = notes_of(example)
    assert (at, pitch, velocity) == (0.125, 38, 90)


def test_silent_windows_are_extracted_and_dropped() -> None:
    _, extracted, dropped = outcome(both(split_bars=1), song((0, 36, 100), (33, 38, 100)))
    assert (extracted, dropped) == (3, {"empty-reextraction": 1})


def test_an_early_first_note_starts_before_the_example_and_is_found_again() -> None:
    (example, other) = sorted(
        outcome(both(split_bars=1), song((0, 36, 100), (15.75, 38, 100)))[0], key=notes_of
    )
    assert notes_of(example) == [(-0.25, 38, 100)]
    assert notes_of(other) == [(0.0, 36, 100)]


def late_song() -> Any:
    """A song whose last note is on step 15 (of 0 to 15), late by exactly half a step."""
    ns = song((0, 36, 100), qpm=47.5)
    ns.notes.add(pitch=38, velocity=100, start_time=4.894736842105263, end_time=5.5)
    ns.total_time = 5.5
    return ns


def test_a_late_last_note_that_spills_into_another_bar_fails_the_song() -> None:
    ns = late_song()
    # In the example the note is on step 16, and there are two windows.
    assert oracle.assert_same(*both(split_bars=1), ns) == ("failed", "AssertionError: ")
    # A hop longer than a bar leaves no room for the second window.
    assert len(outcome(both(split_bars=1, hop_size=17), ns)[0]) == 1


def test_pieces_that_fail_leave_those_beside_them_as_they_are() -> None:
    well = song((0, 36, 100), (20, 38, 90))
    unknown = song((0, 36, 100), (3, 60, 90), (5, 61, 90))
    silent = song((0, 36, 100))
    silent.total_time = 9.0
    silent.tempos.add(time=4.0, qpm=90.0)  # from there on there are no notes
    group = [from_proto(ns) for ns in (well, late_song(), unknown, silent, well)]
    converter = GrooveConverter(split_bars=1)
    assert assert_as_alone(converter, group) == (6, 6)
    pieces = cut_all(group)
    assert pieces is not None
    first, late, stranger, short, none, last = converter.convert_all(pieces)
    assert isinstance(late, AssertionError)
    assert isinstance(stranger, KeyError)
    assert stranger.args == (60,)
    assert isinstance(none, Conversion)
    assert none.why == NO_NOTES
    for one in (first, short, last):
        assert isinstance(one, Conversion)
        assert one.examples
    assert first == last


def test_a_tempo_in_which_a_step_lasts_for_ever_fails_the_song() -> None:
    ns = song((0, 36, 100))
    ns.tempos.add(qpm=5e-324)
    expected = oracle.assert_same(*both(split_bars=None), ns)
    assert expected == ("failed", "ValueError: cannot convert float NaN to integer")


def test_a_pedal_that_a_pedal_at_nan_leaves_before_its_piece_drops_the_piece() -> None:
    ns = song((140, 53, 100))
    ns.tempos.add(time=6.0, qpm=60.0)
    for time in (ns.total_time, float("nan"), 0.5):
        ns.control_changes.add(time=time, control_number=64)
    for read in (from_proto(ns), decode(ns.SerializeToString())):
        assert [len(tuple(p.control_changes)) for p in split_on_time_changes(read)] == [0, 1]
    assert oracle.assert_same(*both(split_bars=1), ns)[1] == (frozenset(), 0, {})


def test_velocities_are_limited_to_those_of_midi() -> None:
    ns = song((0, 36, 200), (1, 36, -3), (2, 36, 0))
    (example,) = outcome(both(split_bars=1), ns)[0]
    assert [velocity for *_, velocity in notes_of(example)] == [127, 0, 0]


def test_with_bins_only_a_part_of_the_window_is_decoded() -> None:
    # Magenta divides the steps by the number of classes, even if all classes
    # are in one row.
    pair = both(split_bars=1, num_velocity_bins=4, num_offset_bins=4)
    (example,) = outcome(pair, song((0, 36, 100), (1, 38, 100)))[0]
    assert [pitch for _, pitch, _ in notes_of(example)] == [36]


def test_a_value_above_the_highest_bin_fails_the_song() -> None:
    pair = both(split_bars=1, num_velocity_bins=4, num_offset_bins=4)
    assert oracle.assert_same(*pair, song((0, 36, 200)))[0] == "failed"


def test_a_velocity_without_a_bin_is_named_before_an_offset_without_one() -> None:
    loud = both(split_bars=None, num_velocity_bins=3, num_offset_bins=1)
    expected = oracle.assert_same(*loud, song((0, 36, 128)))
    assert expected == ("failed", "IndexError: index 3 is out of bounds for axis 1 with size 3")
    expected = oracle.assert_same(*loud, song((0, 36, 127)))
    assert expected == ("failed", "IndexError: index 1 is out of bounds for axis 1 with size 1")


def test_contradicting_parameters_are_refused() -> None:
    with pytest.raises(ValueError, match="hop_size"):
        GrooveConverter(hop_size=16)
    with pytest.raises(ValueError, match="only one of"):
        GrooveConverter(num_velocity_bins=8)
    with pytest.raises(ValueError, match="same number of pitch classes"):
        GrooveConverter(inference_pitch_classes=[[36]])


def test_converters_can_be_compared_hashed_and_sent_to_workers() -> None:
    converter = GrooveConverter(split_bars=2, add_instruments=[2])
    copy = pickle.loads(pickle.dumps(converter))
    assert copy == converter
    assert hash(copy) == hash(converter)
    piece = from_proto(song((0, 36, 100), (31.8, 38, 90)))
    assert copy.convert(piece) == converter.convert(piece)
