"""Trios must be those of Magenta's TrioConverter, to the byte."""

import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import magenta_oracle as oracle
from tests.strategies import note_sequences
from tests.together import assert_as_alone
from vaeprep.configs import CONFIGS
from vaeprep.converters.chords import MAJOR_MINOR, TRIAD
from vaeprep.converters.trio.converter import TrioConverter
from vaeprep.demo.songs import compose
from vaeprep.music.protos import CHORD_SYMBOL, NoteSequence
from vaeprep.music.sequence import from_proto

TRIO_CONFIG = "hierdec-trio_16bar"  # the three trio configurations share a converter
BAR = 2.0  # seconds, at 120 quarter notes a minute
STEP = BAR / 16
ENCODINGS = {
    None: None,
    TRIAD: oracle.note_seq.TriadChordOneHotEncoding(),
    MAJOR_MINOR: oracle.note_seq.MajorMinorChordOneHotEncoding(),
}
BANDS = {"kinds": ("melody", "bass", "drums"), "every_kind": True, "max_tracks": 2}


def both(**parameters: Any) -> tuple[TrioConverter, Any]:
    """Our converter and Magenta's with the same parameters."""
    theirs = dict(parameters)
    theirs["chord_encoding"] = ENCODINGS[parameters.get("chord_encoding")]
    return TrioConverter(**parameters), oracle.data.TrioConverter(
        max_tensors_per_notesequence=None, **theirs
    )


# The instruments of `band`: number, program, is_drum, pitch.
MELODY = (0, 0, False, 60)
BASS = (1, 33, False, 40)
DRUMS = (9, 0, True, 36)


def add(ns: Any, instrument: tuple[int, int, bool, int], step: int, steps: int = 1) -> Any:
    """Adds a note and returns it."""
    number, program, is_drum, pitch = instrument
    note = ns.notes.add(
        pitch=pitch,
        velocity=100,
        start_time=step * STEP,
        end_time=(step + steps) * STEP,
        instrument=number,
        program=program,
        is_drum=is_drum,
    )
    ns.total_time = max(ns.total_time, note.end_time)
    return note


def band(melody: list[int], bass: list[int], drums: list[int], tempo: bool = True) -> Any:
    """A song with a note of a quarter at the start of each of these bars."""
    ns = NoteSequence(id="band")
    if tempo:
        ns.tempos.add(qpm=120)
    for instrument, bars in ((MELODY, melody), (BASS, bass), (DRUMS, drums)):
        for bar in bars:
            add(ns, instrument, 16 * bar, 4)
    return ns


def outcome(pair: tuple[Any, Any], ns: Any) -> Any:
    """What both engines make of a song of one piece: examples, extracted, dropped."""
    return oracle.assert_same(*pair, ns)[0]


PARAMETERS = {
    "slice_bars": st.sampled_from([1, 2, 3, 4, 4, 4, 5, 8]),
    "gap_bars": st.sampled_from([0, 1, 2, 2, 3, 5]),
    "max_bars": st.sampled_from([3, 5, 8, 1024, 1024]),
    "steps_per_quarter": st.sampled_from([4, 4, 4, 4, 1, 2, 3, 6, 12]),
    "quarters_per_bar": st.sampled_from([4, 4, 4, 4, 4, 4, 3, 2]),
}
CONDITIONS = {
    "chord_encoding": st.sampled_from([None, TRIAD, TRIAD, MAJOR_MINOR]),
    "condition_on_key": st.booleans(),
}
# Where each instrument plays: a bar, a step in it, and how long.
PARTS = st.lists(
    st.tuples(
        st.sampled_from([MELODY, BASS, DRUMS, DRUMS, (2, 10, False, 72), (3, 39, False, 21)]),
        st.integers(0, 9),
        st.sampled_from([0, 0, 5, 15]),
        st.sampled_from([1, 1, 4, 16, 17, 40]),
    ),
    min_size=3,
    max_size=30,
)


@given(st.lists(note_sequences(), min_size=1, max_size=4), st.sampled_from([4, 3]))
@settings(max_examples=100)
def test_pieces_looked_at_together_give_what_each_gives_alone(
    songs: list[Any], quarters_per_bar: int
) -> None:
    converter = TrioConverter(slice_bars=2, quarters_per_bar=quarters_per_bar)
    assert_as_alone(converter, map(from_proto, songs))


def test_music_without_a_bass_is_not_looked_at_piece_by_piece() -> None:
    songs = [from_proto(song) for song in compose(20, seed=3)]
    melodies = [song.with_only(~song.notes.is_drum) for song in songs]
    clean, said = assert_as_alone(CONFIGS[TRIO_CONFIG].converter, melodies)
    assert said == clean > 0


@given(ns=note_sequences(**BANDS, min_bars=16, max_bars=24, chords=False))
@settings(max_examples=60)
def test_trio_configurations_agree_on_hard_bands(ns: Any) -> None:
    oracle.assert_same(CONFIGS[TRIO_CONFIG].converter, oracle.converter(TRIO_CONFIG), ns)


@given(parameters=st.fixed_dictionaries(PARAMETERS), ns=note_sequences(**BANDS, max_bars=9))
@settings(max_examples=250)
def test_any_parameters_agree_on_hard_bands(parameters: dict[str, Any], ns: Any) -> None:
    oracle.assert_same(*both(**parameters), ns)


@given(parameters=st.fixed_dictionaries(PARAMETERS), parts=PARTS)
@settings(max_examples=400)
def test_any_parameters_agree_on_parts_that_come_and_go(
    parameters: dict[str, Any], parts: list[tuple[Any, int, int, int]]
) -> None:
    ns = band([0], [0], [0])
    for instrument, bar, step, steps in parts:
        add(ns, instrument, 16 * bar + step, steps)
    oracle.assert_same(*both(**{**parameters, "quarters_per_bar": 4}), ns)


@given(
    parameters=st.fixed_dictionaries(PARAMETERS | CONDITIONS),
    ns=note_sequences(**BANDS, max_bars=6),
)
@settings(max_examples=25)
def test_any_conditioning_agrees_on_hard_bands(parameters: dict[str, Any], ns: Any) -> None:
    oracle.assert_same(*both(**parameters), ns)


@pytest.mark.parametrize("encoding", [None, TRIAD, MAJOR_MINOR])
@pytest.mark.parametrize("on_key", [False, True])
def test_chords_and_keys_stand_in_examples_as_in_magentas(encoding: Any, on_key: bool) -> None:
    ns = band([0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3])
    for time, figure in ((0, "C"), (1.5, "Bdim"), (3, "F#m7"), (4, "N.C."), (6.1, "G7")):
        ns.text_annotations.add(time=time, text=figure, annotation_type=CHORD_SYMBOL)
    ns.key_signatures.add(time=0, key=7)
    ns.key_signatures.add(time=5, key=2)
    pair = both(slice_bars=2, chord_encoding=encoding, condition_on_key=on_key)
    examples, extracted, _ = outcome(pair, ns)
    # A diminished chord has no class among major and minor ones.
    assert extracted == (0 if encoding is MAJOR_MINOR else 3)
    # Without chords and keys all three windows are the same.
    assert len(examples) == (extracted if encoding or on_key else 1)


def test_trios_agree_on_real_music(shared_data: Path) -> None:
    songs = oracle.songs(shared_data / "tfrecords" / "openmsx.tfrecord")
    fast, magenta = CONFIGS[TRIO_CONFIG].converter, oracle.converter(TRIO_CONFIG)
    found = 0
    for ns in sorted(songs, key=lambda song: song.id)[::4]:
        found += sum(extracted for _, extracted, _ in oracle.assert_same(fast, magenta, ns))
    assert found > 100


def test_repeated_windows_are_counted_and_kept_once() -> None:
    bars = list(range(6))
    examples, extracted, dropped = outcome(both(slice_bars=2), band(bars, bars, bars))
    assert (len(examples), extracted, dropped) == (1, 5, {})


def test_a_note_that_sounds_into_a_window_is_not_in_its_example() -> None:
    ns = band([], [0, 1, 2, 3], [0, 1, 2, 3])
    add(ns, MELODY, 0, 64)
    # The second window has no melody note: it is extracted, and not found again.
    assert outcome(both(slice_bars=2), ns)[1:] == (3, {"empty-reextraction": 2})


@pytest.mark.parametrize(("silent_bars", "extracted"), [(4, 5), (5, 0)])
def test_instruments_may_be_silent_for_twice_the_gap(silent_bars: int, extracted: int) -> None:
    everywhere = list(range(12))
    melody = [bar for bar in everywhere if not 4 <= bar < 4 + silent_bars]
    ns = band(melody, everywhere, everywhere)
    assert outcome(both(slice_bars=8, gap_bars=2), ns)[1] == extracted


def test_without_a_gap_one_present_instrument_is_enough() -> None:
    # Magenta's slice [-0:] is the whole piece.
    ns = band([0], [2], [3])
    assert outcome(both(slice_bars=4, gap_bars=0), ns)[1] == 1


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_band_without_one_of_the_three_gives_nothing(missing: int) -> None:
    parts = [[0, 1], [0, 1], [0, 1]]
    parts[missing] = []
    assert outcome(both(slice_bars=1), band(*parts)) == (frozenset(), 0, {})


def test_an_instrument_of_two_kinds_is_none() -> None:
    ns = band([0], [0], [0])
    add(ns, (0, 33, False, 60), 8)
    assert outcome(both(slice_bars=1), ns)[1] == 0
    del ns.notes[-1]
    add(ns, (0, 5, False, 60), 8)  # another program of the same kind
    assert outcome(both(slice_bars=1), ns)[1] == 1


@pytest.mark.parametrize(("number", "extracted"), [(127, 1), (128, 0), (1000, 0), (-1, 0)])
def test_strange_instrument_numbers_are_counted_as_in_magenta(
    number: int, extracted: int
) -> None:
    # -1 stands in the arrays for 127, but no note has instrument 127.
    ns = band([], [0], [0])
    add(ns, (number, 0, False, 60), 0)
    assert outcome(both(slice_bars=1), ns)[1] == extracted


def test_an_instrument_number_below_the_arrays_fails_the_song() -> None:
    ns = band([0], [0], [0])
    add(ns, (-129, 0, False, 60), 0)
    assert oracle.assert_same(*both(slice_bars=1), ns) == (
        "failed",
        "IndexError: index -129 is out of bounds for axis 0 with size 128",
    )


def test_a_band_without_a_tempo_fails() -> None:
    pair = both(slice_bars=1)
    assert oracle.assert_same(*pair, band([0], [0], [0], tempo=False))[0] == "failed"
    assert outcome(pair, band([0], [], [0], tempo=False))[1] == 0  # no trio: not asked for


def test_a_melody_note_that_ends_before_it_starts_fails_the_song() -> None:
    ns = band([0, 1], [0, 1], [0, 1])
    add(ns, MELODY, 18, -10)
    got = oracle.assert_same(*both(slice_bars=1), ns)
    assert got[0] == "failed"
    assert got[1].startswith("BadNoteError: ")
    # Also where the piece is too short for any window.
    assert oracle.assert_same(*both(slice_bars=16), ns) == got


def test_other_bars_than_4_4_give_nothing() -> None:
    # Magenta's converters of the parts are always made for 4/4.
    ns = band([0, 1, 2], [0, 1, 2], [0, 1, 2])
    ns.time_signatures.add(numerator=3, denominator=4)
    assert outcome(both(slice_bars=1, quarters_per_bar=3), ns) == (frozenset(), 0, {})


def test_without_slice_bars_every_band_fails() -> None:
    got = oracle.assert_same(*both(), band([0], [0], [0]))
    assert got[0] == "failed"
    assert got[1].startswith("TypeError: ")


def test_converters_can_be_compared_hashed_and_sent_to_workers() -> None:
    converter = TrioConverter(slice_bars=2, chord_encoding=TRIAD)
    copy = pickle.loads(pickle.dumps(converter))
    assert copy == converter
    assert hash(copy) == hash(converter)
    piece = from_proto(band([0, 1], [0, 1], [0, 1]))
    assert copy.convert(piece) == converter.convert(piece)
