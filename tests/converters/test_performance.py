"""Multi-track performances must be those of Magenta's converter, to the byte."""

import pickle
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import magenta_oracle as oracle
from tests.strategies import note_sequences
from tests.together import assert_as_alone
from vaeprep.converters.chords import MAJOR_MINOR, TRIAD
from vaeprep.converters.performance import bars
from vaeprep.converters.performance.converter import PerformanceConverter
from vaeprep.music.protos import CHORD_SYMBOL, NoteSequence
from vaeprep.music.sequence import from_proto
from vaeprep.music.time_changes import split_on_time_changes

ENCODINGS = {
    None: None,
    TRIAD: oracle.note_seq.TriadChordOneHotEncoding(),
    MAJOR_MINOR: oracle.note_seq.MajorMinorChordOneHotEncoding(),
}
MED = {
    "num_velocity_bins": 8,
    "hop_size_bars": 1,
    "max_num_instruments": 8,
    "max_events_per_instrument": 64,
}


def both(**parameters: Any) -> tuple[PerformanceConverter, Any]:
    """Our converter and Magenta's with the same parameters."""
    theirs = dict(parameters)
    theirs["chord_encoding"] = ENCODINGS[parameters.get("chord_encoding")]
    kind = oracle.data_hierarchical.MultiInstrumentPerformanceConverter
    return PerformanceConverter(**parameters), kind(**theirs)


CONVERTERS = {
    "med": both(**MED),
    "med_chords": both(**MED, chord_encoding=TRIAD),
}


@st.composite
def bands(draw: Any, chords: bool = False) -> Any:
    """Bands in 4/4 with all that makes performances hard.

    Notes on and off the grid, over bar lines, at the very end of a bar, of one
    pitch at once, pedals, strange programs and velocities.
    """
    random = Random(draw(st.integers(0, 2**32 - 1)))
    qpm = draw(st.sampled_from([120.0, 120.0, 90.0, 133.0, 75.5, 61.7]))
    grid = draw(st.sampled_from([4, 12, 24, 24, 96, 0]))
    bars = draw(st.integers(1, 4))
    numbers = draw(
        st.lists(
            st.one_of(st.integers(0, 15), st.sampled_from([-1, 128, 1000, 8, 16, 24])),
            min_size=2,
            max_size=draw(st.sampled_from([2, 3, 5, 9])),
            unique=True,
        )
    )
    trouble = draw(
        st.sets(st.sampled_from(["programs", "drums", "velocity", "pitch", "length", "edge"]))
    )
    trouble &= draw(st.sets(st.sampled_from(sorted(trouble)))) if trouble else set()
    few = draw(st.booleans())
    ns = NoteSequence()
    if qpm != 120.0 or draw(st.booleans()):
        ns.tempos.add(qpm=qpm)
    bar = 240.0 / qpm

    def moment() -> float:
        if "edge" in trouble and random.random() < 0.2:
            return (
                random.randint(1, bars) * bar - random.choice([0.0, 0.3, 0.5, 0.51]) * bar / 96
            )
        if not grid:
            return random.random() * bars * bar
        return random.randrange(bars * grid) * bar / grid

    def rare(name: str, usual: Any, others: list[Any]) -> Any:
        return random.choice(others) if name in trouble and random.random() < 0.1 else usual

    for number in numbers:
        program = random.choice([0, 0, 5, 33, 127])
        is_drum = random.random() < 0.3
        pitches = [random.randrange(128) for _ in range(random.choice([1, 3, 10]))]
        for _ in range(random.randint(1, (4 if few else 20) * bars)):
            start = moment()
            length = random.choice([bar / 96, bar / 16, bar / 4, bar, random.random() * bar])
            ns.notes.add(
                instrument=number,
                program=rare("programs", program, [0, 128, 127, 200, -1]),
                is_drum=rare("drums", is_drum, [not is_drum]),
                pitch=rare("pitch", random.choice(pitches), [0, 127, 128, -1]),
                velocity=rare(
                    "velocity", random.choice([1, 16, 17, 64, 100, 127]), [0, 128, 150]
                ),
                start_time=start,
                end_time=start + length * rare("length", 1, [0, -0.1, -2, 0.01]),
            )
    ns.total_time = max(note.end_time for note in ns.notes)
    for _ in range(draw(st.sampled_from([0, 0, 1, 5, 20]))):
        ns.control_changes.add(
            time=moment(),
            control_number=64,
            control_value=random.choice([0, 127]),
            instrument=random.choice(numbers),
        )
    if chords:
        for _ in range(draw(st.sampled_from([1, 1, 3, 6]))):
            ns.text_annotations.add(
                time=rare("chord", moment(), [0.0]),
                text=random.choice(["C", "Am", "Bdim", "Gaug7", "F#m7b5", "N.C.", "Cmaj7"]),
                annotation_type=CHORD_SYMBOL,
            )
        ns.text_annotations[0].time = draw(st.sampled_from([0.0, ns.text_annotations[0].time]))
        if draw(st.integers(0, 5)) == 5:
            ns.text_annotations[0].text = draw(st.sampled_from(["H", "", "Csus", "C5"]))
    return ns


@settings(max_examples=150)
@given(bands())
def test_bands_are_magentas(ns):
    oracle.assert_same(*CONVERTERS["med"], ns)


@settings(max_examples=100)
@given(bands(chords=True))
def test_bands_with_chords_are_magentas(ns):
    oracle.assert_same(*CONVERTERS["med_chords"], ns)


@settings(max_examples=12)
@given(bands())
def test_bands_with_inferred_chords_are_magentas(ns):
    oracle.assert_same(*CONVERTERS["med_chords"], ns)


def not_for_years(ns: Any) -> bool:
    """Magenta makes a copy of a song for each of its bars; some songs have too many."""
    return not 3600 < ns.total_time < 1e14


@settings(max_examples=100)
@given(note_sequences(max_bars=4, max_tracks=5).filter(not_for_years))
def test_hard_music_is_magentas(ns):
    oracle.assert_same(*CONVERTERS["med"], ns)


parameters = st.fixed_dictionaries(
    {},
    optional={
        "num_velocity_bins": st.sampled_from([0, 1, 2, 8, 32, 100, 127]),
        "hop_size_bars": st.integers(1, 3),
        "chunk_size_bars": st.integers(1, 2),
        "steps_per_quarter": st.sampled_from([1, 4, 6, 24]),
        "quarters_per_bar": st.sampled_from([4, 4, 3, 2, 5]),
        "min_num_instruments": st.integers(1, 3),
        "max_num_instruments": st.sampled_from([1, 2, 3, 9]),
        "min_total_events": st.sampled_from([0, 5, 20, 40]),
        "max_events_per_instrument": st.sampled_from([4, 20, 64, 300]),
        "min_pitch": st.sampled_from([-3, 0, 20]),
        "max_pitch": st.sampled_from([100, 127, 130]),
        "first_subsequence_only": st.booleans(),
        "chord_encoding": st.sampled_from([None, TRIAD, MAJOR_MINOR]),
    },
)


HARD_BANDS = st.one_of(
    bands(chords=True), note_sequences(max_bars=3, max_tracks=4).filter(not_for_years)
)


@settings(max_examples=150)
@given(parameters, HARD_BANDS)
def test_every_parameter_is_magentas(chosen, ns):
    if chosen.get("chunk_size_bars", 1) > chosen.get("hop_size_bars", 1):
        chosen["chunk_size_bars"] = 1
    if not any(a.annotation_type == CHORD_SYMBOL for a in ns.text_annotations):
        chosen["chord_encoding"] = None  # inferring chords is slow in note_seq
    oracle.assert_same(*both(**chosen), ns)


@settings(max_examples=150)
@given(bands(chords=True))
def test_all_bars_at_once_are_the_bars_one_by_one(ns):
    for converter, _ in CONVERTERS.values():
        for piece in split_on_time_changes(from_proto(ns)):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(bars, "can_be_plain", lambda _: False)
                expected = outcome(converter, piece)
            assert outcome(converter, piece) == expected


def outcome(converter: PerformanceConverter, piece: Any) -> Any:
    try:
        conversion = converter.convert(piece)
    except Exception as error:
        return repr(error)
    return sorted(conversion.examples), conversion.extracted, conversion.dropped


# --- One promise each -------------------------------------------------------------

STEP = 2.0 / 96  # seconds, at 120 quarter notes a minute


def song(*notes: tuple[int, int, int, int], **fields: Any) -> Any:
    """A song of (instrument, pitch, start, end), times in steps of 96 a bar."""
    ns = NoteSequence()
    for instrument, pitch, start, end in notes:
        ns.notes.add(
            instrument=instrument,
            pitch=pitch,
            velocity=100,
            start_time=start * STEP,
            end_time=end * STEP,
            program=fields.get("programs", {}).get(instrument, instrument),
        )
    ns.total_time = max(note.end_time for note in ns.notes)
    return ns


def examples(ns: Any, config: str = "med") -> list[Any]:
    got = oracle.assert_same(*CONVERTERS[config], ns)
    return [NoteSequence.FromString(e) for e in sorted(got[0][0])]


TWO_TRACKS = [(0, 60, 0, 48), (0, 64, 48, 96), (1, 40, 0, 96)]


def test_a_bar_of_two_instruments_is_an_example():
    (only,) = examples(song(*TWO_TRACKS))
    assert [(n.instrument, n.pitch) for n in only.notes] == [(0, 60), (0, 64), (1, 40)]


def test_a_note_over_the_bar_line_ends_there_and_does_not_come_back():
    found = examples(song(*TWO_TRACKS, (0, 72, 90, 120), (1, 41, 96, 192), (0, 65, 130, 150)))
    assert all(note.end_time <= 2.0 for ns in found for note in ns.notes)


def test_a_note_that_starts_on_the_last_half_step_is_lost():
    ns = song(*TWO_TRACKS)
    ns.notes.add(
        instrument=0, pitch=70, velocity=80, start_time=95.6 * STEP, end_time=100 * STEP
    )
    ns.total_time = 100 * STEP
    (only,) = examples(ns)
    assert 70 not in {note.pitch for note in only.notes}


def test_a_track_that_loses_all_its_notes_counts_once_but_not_when_extracted_again():
    ns = song(*TWO_TRACKS[:2], (0, 67, 10, 20), (0, 62, 30, 40))
    ns.notes.add(
        instrument=1, pitch=40, velocity=80, start_time=95.6 * STEP, end_time=96 * STEP
    )
    ((kept, extracted, dropped),) = oracle.assert_same(*CONVERTERS["med"], ns)
    assert (len(kept), extracted, dropped) == (0, 1, {"empty-reextraction": 1})


def test_of_one_pitch_at_once_the_first_start_gets_the_first_end():
    (only,) = examples(song((0, 60, 0, 90), (0, 60, 10, 20), (1, 40, 0, 96), (1, 41, 0, 9)))
    ends = [(n.start_time / STEP, n.end_time / STEP) for n in only.notes if n.pitch == 60]
    assert [(round(start), round(end)) for start, end in ends] == [(0, 20), (10, 90)]


@pytest.mark.parametrize("numbers", [(0, 8), (8, 0), (16, 8, 0), (-1, -2), (1000, 24, 8)])
def test_instruments_of_one_program_keep_the_order_of_a_set(numbers):
    notes = [(i, 60 + n, 2 * n, 50 + n) for n, i in enumerate(numbers)]
    notes += [(i, 70 + n, 60, 90 - n) for n, i in enumerate(numbers)]
    examples(song(*notes, programs=dict.fromkeys(numbers, 3)))


def test_an_instrument_of_two_programs_next_to_another_is_a_type_error():
    ns = song(*TWO_TRACKS)
    ns.notes[0].program = 9
    got = oracle.assert_same(*CONVERTERS["med"], ns)
    assert got[0] == "failed"
    assert got[1].startswith("TypeError: '<' not supported")


def test_velocity_zero_after_another_velocity_is_an_error():
    ns = song(*TWO_TRACKS)
    ns.notes[1].velocity = 0
    got = oracle.assert_same(*CONVERTERS["med"], ns)
    assert got == ("failed", "ValueError: Invalid velocity value: 0")


def test_a_velocity_above_midi_is_left_out_of_the_example():
    ns = song(*TWO_TRACKS, (0, 67, 60, 70))
    ns.notes[1].velocity = 150
    (only,) = examples(ns)
    assert {note.velocity for note in only.notes} == {97}


def test_a_note_that_ends_before_its_bar_starts_ends_the_conversion_of_the_piece():
    ns = song(*TWO_TRACKS, (0, 72, 100, 150), (1, 45, 100, 150))
    ns.notes.add(
        instrument=9, is_drum=True, pitch=36, velocity=80, start_time=2.5, end_time=1.9
    )
    ((kept, extracted, dropped),) = oracle.assert_same(*CONVERTERS["med"], ns)
    assert (len(kept), extracted, dropped) == (0, 0, {})


def test_an_error_in_an_earlier_bar_comes_before_a_later_negative_time():
    ns = song(*TWO_TRACKS, (0, 72, 100, 150), (1, 45, 100, 150))
    ns.notes[1].velocity = 0
    ns.notes.add(
        instrument=9, is_drum=True, pitch=36, velocity=80, start_time=2.5, end_time=1.9
    )
    assert oracle.assert_same(*CONVERTERS["med"], ns)[0] == "failed"


def test_other_meters_have_no_examples():
    ns = song(*TWO_TRACKS)
    ns.time_signatures.add(numerator=3, denominator=4)
    assert oracle.assert_same(*CONVERTERS["med"], ns)[0][1] == 0


def test_more_bars_than_memory_fail_alone():
    ns = song(*TWO_TRACKS)
    ns.notes[0].end_time = ns.total_time = 1e9
    (piece,) = split_on_time_changes(from_proto(ns))
    with pytest.raises(MemoryError, match="hops"):
        CONVERTERS["med"][0].convert(piece)


def test_examples_in_another_meter_never_come_back():
    ns = song(*TWO_TRACKS)
    ns.time_signatures.add(numerator=3, denominator=4)
    waltz = both(**MED, quarters_per_bar=3)
    assert oracle.assert_same(*waltz, ns)[0][1:] == (1, {"empty-reextraction": 1})


def test_two_chords_on_one_step_leave_the_bar_out():
    ns = song(*TWO_TRACKS)
    for time, figure in ((0.0, "C"), (1.0, "F"), (1.001, "G")):
        ns.text_annotations.add(time=time, text=figure, annotation_type=CHORD_SYMBOL)
    assert oracle.assert_same(*CONVERTERS["med_chords"], ns)[0][1] == 0


def test_a_chord_without_a_class_leaves_the_bar_out_if_an_event_meets_it():
    ns = song(*TWO_TRACKS)
    for time, figure in ((0.0, "C"), (10 * STEP, "Csus4"), (20 * STEP, "G")):
        ns.text_annotations.add(time=time, text=figure, annotation_type=CHORD_SYMBOL)
    (only,) = examples(ns, "med_chords")
    assert [a.text for a in only.text_annotations] == ["C", "G"]
    ns.notes[0].end_time = 15 * STEP
    assert oracle.assert_same(*CONVERTERS["med_chords"], ns)[0][1] == 0


def test_a_chord_at_the_very_end_of_a_bar_is_encoded_too():
    ns = song(*TWO_TRACKS, (0, 72, 96, 110))
    for time, figure in ((0.0, "C"), (95.7 * STEP, "?")):
        ns.text_annotations.add(time=time, text=figure, annotation_type=CHORD_SYMBOL)
    ns.notes.add(
        instrument=0, pitch=70, velocity=80, start_time=95.6 * STEP, end_time=100 * STEP
    )
    assert oracle.assert_same(*CONVERTERS["med_chords"], ns)[0][1] == 0


def test_a_converter_can_be_sent_to_a_worker_and_compared():
    converter, _ = CONVERTERS["med_chords"]
    converter.convert(from_proto(song(*TWO_TRACKS)))
    again = pickle.loads(pickle.dumps(converter))
    assert again == converter
    assert hash(again) == hash(converter)


@pytest.mark.parametrize(
    ("name", "value"), [("min_num_instruments", 0), ("num_velocity_bins", 128)]
)
def test_parameters_that_magenta_cannot_convert_with_are_refused(name, value):
    with pytest.raises(ValueError, match=r"instruments|velocity bins"):
        PerformanceConverter(**{name: value})


@pytest.mark.parametrize("config", ["med", "med_chords"])
def test_real_music_is_magentas(shared_data, config):
    songs = oracle.songs(shared_data / "tfrecords" / "openmsx.tfrecord")
    for ns in songs[3:6]:
        oracle.assert_same(*CONVERTERS[config], ns)


@settings(max_examples=100)
@given(st.lists(bands(chords=True), min_size=1, max_size=3))
def test_pieces_looked_at_together_give_what_each_gives_alone(songs):
    for converter, _ in CONVERTERS.values():
        assert_as_alone(converter, map(from_proto, songs))
