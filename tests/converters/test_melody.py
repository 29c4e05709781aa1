"""Melodies must be those of Magenta's OneHotMelodyConverter, to the byte."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import magenta_oracle as oracle
from tests.strategies import note_sequences
from tests.together import assert_as_alone
from vaeprep.configs import CONFIGS
from vaeprep.converters.chords import MAJOR_MINOR, TRIAD
from vaeprep.converters.melody.converter import MelodyConverter
from vaeprep.demo.songs import compose
from vaeprep.music.protos import CHORD_SYMBOL, NoteSequence
from vaeprep.music.sequence import from_proto

MELODY_CONFIGS = ["cat-mel_2bar_small", "cat-mel_2bar_med_chords", "hierdec-mel_16bar"]
KINDS = ("melody", "melody", "any")
ENCODINGS = {
    None: None,
    TRIAD: oracle.note_seq.TriadChordOneHotEncoding(),
    MAJOR_MINOR: oracle.note_seq.MajorMinorChordOneHotEncoding(),
}


def both(**parameters: Any) -> tuple[MelodyConverter, Any]:
    """Our converter and Magenta's with the same parameters."""
    theirs = dict(parameters)
    theirs["chord_encoding"] = ENCODINGS[parameters.get("chord_encoding")]
    return MelodyConverter(**parameters), oracle.data.OneHotMelodyConverter(
        max_tensors_per_notesequence=None, **theirs
    )


def configured(name: str) -> tuple[Any, Any]:
    return CONFIGS[name].converter, oracle.converter(name)


PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "min_pitch": st.sampled_from([0, 21, 60]),
        "max_pitch": st.sampled_from([127, 108, 72]),
        "valid_programs": st.sampled_from(
            [None, frozenset(range(32)), frozenset({0, 40, 73, 200}), frozenset({33})]
        ),
        "skip_polyphony": st.booleans(),
        "max_bars": st.sampled_from([None, 1, 2, 3, 100]),
        "slice_bars": st.sampled_from([None, 1, 2, 2, 3, 4]),
        "gap_bars": st.sampled_from([1.0, None, 0, 2, 0.5, 0.25, 0.01]),
        "steps_per_quarter": st.sampled_from([4, 4, 1, 2, 3, 12]),
        "quarters_per_bar": st.sampled_from([4, 4, 4, 3, 2]),
        "add_end_token": st.booleans(),
        "pad_to_total_time": st.booleans(),
        "presplit_on_time_changes": st.booleans(),
        "dedupe_event_lists": st.booleans(),
    },
)


@given(ns=note_sequences(kinds=KINDS))
@settings(max_examples=300)
def test_two_bar_melodies_are_magentas(ns: Any) -> None:
    oracle.assert_same(*configured("cat-mel_2bar_small"), ns)


@given(ns=note_sequences(kinds=KINDS, min_bars=14, max_bars=24))
@settings(max_examples=100)
def test_sixteen_bar_melodies_are_magentas(ns: Any) -> None:
    oracle.assert_same(*configured("hierdec-mel_16bar"), ns)


@given(ns=note_sequences(kinds=KINDS), parameters=PARAMETERS)
@settings(max_examples=400)
def test_melodies_are_magentas_with_any_parameters(ns: Any, parameters: dict[str, Any]) -> None:
    oracle.assert_same(*both(**parameters), ns)


@given(
    ns=note_sequences(kinds=KINDS, max_bars=4, max_tracks=2),
    parameters=PARAMETERS,
    encoding=st.sampled_from([TRIAD, TRIAD, MAJOR_MINOR, None]),
    condition_on_key=st.booleans(),
)
@settings(max_examples=60)
def test_chords_and_keys_are_magentas_with_any_parameters(
    ns: Any, parameters: dict[str, Any], encoding: Any, condition_on_key: bool
) -> None:
    if not ns.text_annotations:  # Magenta takes long to infer chords
        ns.text_annotations.add(text="Am", annotation_type=CHORD_SYMBOL)
    if condition_on_key and not ns.key_signatures:
        ns.key_signatures.add(key=3)
    conditions = {"chord_encoding": encoding, "condition_on_key": condition_on_key}
    oracle.assert_same(*both(**parameters, **conditions), ns)


@given(ns=note_sequences(kinds=("melody",), max_bars=3, max_tracks=2))
@settings(max_examples=12)
def test_melodies_with_chords_are_magentas(ns: Any) -> None:
    oracle.assert_same(*configured("cat-mel_2bar_med_chords"), ns)


@given(st.lists(note_sequences(kinds=KINDS), min_size=1, max_size=4), PARAMETERS)
@settings(max_examples=250)
def test_pieces_looked_at_together_give_what_each_gives_alone(
    songs: list[Any], parameters: dict[str, Any]
) -> None:
    assert_as_alone(both(**parameters)[0], map(from_proto, songs))


def test_the_sample_is_looked_at_together() -> None:
    songs = [from_proto(song) for song in compose(20, seed=3)]
    clean, said = assert_as_alone(CONFIGS["cat-mel_2bar_small"].converter, songs)
    assert said > 0.8 * clean > 10


@pytest.mark.parametrize("songs", ["nottingham", "openmsx", "pop909"])
@pytest.mark.parametrize("config", MELODY_CONFIGS)
def test_melodies_of_real_music_are_magentas(shared_data: Any, config: str, songs: str) -> None:
    count = 1 if "chords" in config else 6
    for ns in oracle.songs(shared_data / "tfrecords" / f"{songs}.tfrecord")[:count]:
        assert oracle.assert_same(*configured(config), ns)


# --- Single promises ---------------------------------------------------------------


def song(*notes: tuple[int, float, float], **fields: Any) -> Any:
    """Notes of pitch, first and end step at 120 quarter notes a minute."""
    ns = NoteSequence()
    for pitch, start, end in notes:
        ns.notes.add(pitch=pitch, velocity=80, start_time=start / 8, end_time=end / 8, **fields)
    ns.total_time = max(note.end_time for note in ns.notes)
    return ns


def two_bars(ns: Any, **parameters: Any) -> Any:
    return oracle.assert_same(*both(slice_bars=2, **parameters), ns)


def test_of_notes_that_start_together_the_highest_is_the_melodys() -> None:
    ((examples, _, _),) = two_bars(song((60, 0, 4), (72, 0, 8), (64, 0, 4), (65, 16, 32)))
    (example,) = examples
    assert [note.pitch for note in NoteSequence.FromString(example).notes] == [72, 65]


def test_a_note_that_ends_before_it_starts_fails_the_song() -> None:
    outcome = two_bars(song((60, 0, 4), (62, 8, 4), (64, 16, 32)))
    assert outcome[0] == "failed"
    assert outcome[1].startswith("BadNoteError")


def test_a_short_note_at_the_same_step_as_a_higher_one_does_no_harm() -> None:
    ((examples, extracted, _),) = two_bars(song((60, 0, 16), (60, 16, 32), (48, 16, 12)))
    assert (len(examples), extracted) == (1, 1)


def test_a_silent_note_can_begin_a_melody() -> None:
    ns = song((60, 0, 4), (62, 17, 40))
    ns.notes[0].velocity = 0
    ((_, extracted, dropped),) = two_bars(ns)
    assert (extracted, dropped) == (2, {"empty-reextraction": 1})


def test_a_melody_that_is_silent_in_its_first_hundred_bars_is_no_melody() -> None:
    ns = song((60, 0, 4), (62, 33, 64))
    ns.notes[0].velocity = 0
    ((examples, extracted, _),) = two_bars(ns, max_bars=2)
    assert (len(examples), extracted) == (0, 0)


def test_the_end_of_a_note_from_before_a_window_is_not_heard_in_it() -> None:
    ((_, extracted, _),) = two_bars(
        song((60, 0, 17), (62, 20, 40), (64, 48, 53), (62, 56, 64)), gap_bars=2
    )
    assert extracted == 3


@pytest.mark.parametrize("zero_length_at", [32, 40])
def test_a_note_without_length_at_the_end_is_lost_in_the_second_cut(
    zero_length_at: int,
) -> None:
    two_bars(song((60, 0, 32), (62, zero_length_at, zero_length_at)))
    two_bars(song((60, 0, 32), (62, 31.9, 31.9), (62, 32, 32)))


def test_the_last_quality_of_chords_is_decoded_as_no_chord() -> None:
    ns = song((60, 0, 16), (62, 16, 32))
    for time, figure in [(0, "Bdim"), (1, "G"), (2, "Caug")]:
        ns.text_annotations.add(time=time, text=figure, annotation_type=CHORD_SYMBOL)
    ((examples, _, _),) = two_bars(ns, chord_encoding=TRIAD)
    (example,) = examples
    texts = [a.text for a in NoteSequence.FromString(example).text_annotations]
    assert texts == ["N.C.", "G", "Caug"]


def test_chords_that_cannot_be_encoded_count_only_where_they_sound() -> None:
    ns = song((60, 0, 16), (62, 16, 32), (62, 64, 96))
    for time, figure in [(0, "C"), (6, "nonsense"), (7, "G")]:
        ns.text_annotations.add(time=time, text=figure, annotation_type=CHORD_SYMBOL)
    ((examples, _, _),) = two_bars(ns, chord_encoding=TRIAD)
    assert len(examples) == 2
    ns.text_annotations[1].time = 2.0
    ((examples, _, _),) = two_bars(ns, chord_encoding=TRIAD)
    assert not examples


def test_a_key_that_is_none_of_the_twelve_fails_the_song() -> None:
    ns = song((60, 0, 32))
    ns.key_signatures.add(key=12)
    assert two_bars(ns, condition_on_key=True)[0] == "failed"


def test_keys_and_end_tokens_do_not_go_together_as_in_magenta() -> None:
    ns = song((60, 0, 32))
    ns.key_signatures.add(key=1)
    outcome = two_bars(ns, condition_on_key=True, add_end_token=True)
    assert outcome == ("failed", "AttributeError: 'tuple' object has no attribute 'append'")


def test_keys_are_inferred_where_there_are_none() -> None:
    two_bars(song((60, 0, 8), (64, 8, 16), (67, 16, 32)), condition_on_key=True)
    two_bars(
        song((60, 0, 8), (64, 8, 16), (67, 16, 32)), condition_on_key=True, chord_encoding=TRIAD
    )


def test_strange_parameters_are_refused() -> None:
    with pytest.raises(ValueError, match="gap_bars"):
        MelodyConverter(gap_bars=-1)
    with pytest.raises(ValueError, match="pitches"):
        MelodyConverter(min_pitch=60, max_pitch=50)
