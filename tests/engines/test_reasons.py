"""Every piece without an example has a reason: a true one, and both engines' the same."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import magenta_oracle as oracle
from tests.strategies import note_sequences
from vaeprep.configs import CONFIGS
from vaeprep.converters.reasons import Kind, Reason
from vaeprep.engines.engine import Extraction, extract_one
from vaeprep.engines.fast import fast_engine
from vaeprep.engines.filters import Filters
from vaeprep.engines.magenta import magenta_engine
from vaeprep.files.tfrecord import Record, read_records
from vaeprep.music.protos import NoteSequence
from vaeprep.music.sequence import from_proto
from vaeprep.music.time_changes import split_on_time_changes

MELODY, DRUMS = "cat-mel_2bar_small", "cat-drums_2bar_small"
TRIO, GROOVE = "hierdec-trio_16bar", "groovae_2bar_humanize"
BANDS = "hier-multiperf_vel_1bar_med"
EACH_KIND = [MELODY, DRUMS, TRIO, GROOVE, BANDS]
WITH_CHORDS = ["cat-mel_2bar_med_chords", "hier-multiperf_vel_1bar_med_chords"]


def fast(config: str, song: Any, filters: Filters | None = None) -> Extraction:
    engine = fast_engine(CONFIGS[config].converter, filters or Filters())
    with np.errstate(all="ignore"):
        return extract_one(engine, song.SerializeToString())


def by_magenta(config: str, song: Any, filters: Filters | None = None) -> Extraction:
    engine = magenta_engine(
        oracle.converter(config), filters or Filters(), None, CONFIGS[config].converter
    )
    with np.errstate(all="ignore"):
        return extract_one(engine, song.SerializeToString())


def assert_same(config: str, song: Any) -> Extraction:
    got, expected = fast(config, song), by_magenta(config, song)
    assert got.reason == expected.reason
    assert got.reasons == expected.reasons
    assert set(got.examples) == set(expected.examples)
    assert (got.reason is None) == bool(got.examples)
    return got


@pytest.mark.parametrize("config", EACH_KIND)
@given(data=st.data())
@settings(max_examples=30)
def test_both_engines_give_a_song_the_same_reasons(config: str, data: Any) -> None:
    assert_same(config, data.draw(note_sequences()))


@pytest.mark.parametrize("config", WITH_CHORDS)
@given(data=st.data())
@settings(max_examples=8)
def test_both_engines_give_the_same_reasons_with_chords(config: str, data: Any) -> None:
    assert_same(config, data.draw(note_sequences()))


@pytest.mark.parametrize("config", list(CONFIGS))
@given(data=st.data())
@settings(max_examples=60)
def test_a_piece_has_a_reason_if_and_only_if_it_has_no_example(config: str, data: Any) -> None:
    song = data.draw(note_sequences())
    with np.errstate(all="ignore"):
        try:
            pieces = split_on_time_changes(from_proto(song))
            found = [CONFIGS[config].converter.convert(piece) for piece in pieces]
        except Exception:  # then the song fails, with a reason of its own
            # A filter might drop the piece before.
            engine = fast_engine(CONFIGS[config].converter, None)
            assert extract_one(engine, song.SerializeToString()).reason
            return
    for conversion in found:
        assert (conversion.reason is None) == bool(conversion.examples)


def cut(song: Any) -> list[Any]:
    """The pieces of a song, as note_seq cuts it."""
    return list(oracle.sequences_lib.split_note_sequence_on_time_changes(song))


def holds(reason: Reason, piece: Any, config: str) -> bool:
    """Whether a reason is true of a piece: by note_seq, not by the converter."""
    notes = list(piece.notes)
    sounding = [note for note in notes if note.velocity]
    wanted = CONFIGS[config].converter.steps_per_quarter * 4  # type: ignore[attr-defined]
    quantized = error = None
    try:
        quantized = oracle.sequences_lib.quantize_note_sequence(piece, wanted // 4)
    except Exception as raised:
        error = raised
    match reason.kind:
        case Kind.NO_NOTES:
            return not sounding or config in (BANDS, TRIO)
        case Kind.ONLY_DRUMS:
            return all(note.is_drum for note in sounding)
        case Kind.NO_DRUMS:
            return not any(note.is_drum for note in sounding)
        case Kind.MISSING_PART if reason.detail.endswith("drums"):
            return not any(note.is_drum and note.velocity for note in notes) or any(
                note.pitch not in KNOWN_DRUMS for note in notes if note.is_drum
            )
        case Kind.NO_KNOWN_DRUM:
            return reason.detail not in {str(pitch) for pitch in KNOWN_DRUMS}
        case Kind.PITCH_OUTSIDE:
            return not 21 <= int(reason.detail.replace("none of MIDI's", "999")) <= 108
        case Kind.OTHER_METER:
            assert quantized is not None
            return oracle.sequences_lib.steps_per_bar_in_quantized_sequence(quantized) != wanted
        case Kind.NOT_QUANTIZED:
            return error is not None
        case Kind.TOO_SHORT if config in (MELODY, DRUMS):
            assert quantized is not None
            heard = [note.quantized_end_step for note in quantized.notes]
            return max(heard, default=0) <= wanted
        case Kind.FEW_INSTRUMENTS:
            return int(reason.detail) < 2
    return True


KNOWN_DRUMS = {
    pitch
    for pitches in CONFIGS[DRUMS].converter.pitch_classes  # type: ignore[attr-defined]
    for pitch in pitches
}


def test_the_reason_of_a_piece_that_is_cut_again_is_that_of_its_notes() -> None:
    song = NoteSequence(id="/id/nan", total_time=10)
    song.tempos.add(qpm=60)
    song.tempos.add(qpm=120, time=1)
    song.time_signatures.add(numerator=4, denominator=4)
    song.time_signatures.add(numerator=3, denominator=4, time=5)
    song.time_signatures.add(numerator=4, denominator=4, time=float("nan"))
    song.notes.add(pitch=73, velocity=124, start_time=1, end_time=2)
    piece = from_proto(cut(song)[0])
    assert len(split_on_time_changes(piece)) == 2
    reason = CONFIGS[MELODY].converter.convert(piece).reason
    assert reason is not None
    assert reason.kind is Kind.TOO_SHORT


@pytest.mark.parametrize("config", EACH_KIND)
@given(data=st.data())
@settings(max_examples=60)
def test_what_a_reason_says_is_true_of_the_piece(config: str, data: Any) -> None:
    song = data.draw(note_sequences())
    with np.errstate(all="ignore"):
        try:
            # Twice, as the converters do: where a change lies at NaN, once leaves some in.
            pieces = [piece for once in cut(song) for piece in cut(once)]
            results = [CONFIGS[config].converter.convert(from_proto(one)) for one in pieces]
        except Exception:
            return
    for piece, result in zip(pieces, results, strict=True):
        if result.reason is not None:
            assert holds(result.reason, piece, config), (result.reason, piece)


def made(
    meter: tuple[int, int] = (4, 4),
    bars: int = 4,
    pitch: int = 60,
    program: int = 0,
    drums: bool = False,
    qpms: tuple[float, ...] = (120.0,),
) -> Any:
    """A note on every quarter; the tempos take turns every quarter."""
    song = NoteSequence(id="/id/made")
    song.time_signatures.add(numerator=meter[0], denominator=meter[1])
    for number in range(bars * 4):
        if number < len(qpms):
            song.tempos.add(time=number * 0.5, qpm=qpms[number])
        song.notes.add(pitch=pitch, velocity=80, start_time=number / 2,
                       end_time=number / 2 + 0.4, program=program, is_drum=drums)  # fmt: skip
    song.total_time = bars * 2.0
    return song


def drummer(pitch: int) -> Any:
    return made(pitch=pitch, drums=True)


RUBATO = tuple(100.0 + number % 7 for number in range(16))
EXPECTED = [
    (MELODY, made((3, 4)), Kind.OTHER_METER, "3/4"),
    (MELODY, made((1, 4)), Kind.OTHER_METER, "1/4"),
    (MELODY, made((100, 4)), Kind.OTHER_METER, "a strange one"),
    (MELODY, made((4, 3)), Kind.NOT_QUANTIZED, "time signature 4/3"),
    (MELODY, made(bars=1), Kind.TOO_SHORT, "2 bars"),
    (MELODY, made(qpms=RUBATO), Kind.CUT_SHORT, "15 tempo changes"),
    (MELODY, drummer(36), Kind.ONLY_DRUMS, ""),
    (MELODY, made(program=60), Kind.OTHER_PROGRAM, "60"),
    (MELODY, made(pitch=120), Kind.PITCH_OUTSIDE, "120"),
    (DRUMS, made(), Kind.NO_DRUMS, ""),
    (DRUMS, drummer(90), Kind.NO_KNOWN_DRUM, "90"),
    (DRUMS, made((3, 4)), Kind.NO_DRUMS, ""),  # no other meter would help
    (TRIO, made(), Kind.MISSING_PART, "bass and drums"),
    (TRIO, drummer(36), Kind.MISSING_PART, "melody and bass"),
    (GROOVE, drummer(56), Kind.UNKNOWN_DRUM, "56"),
    (GROOVE, made(pitch=60), Kind.NOT_A_DRUM, "60"),
    (GROOVE, made((3, 4), pitch=36, drums=True), Kind.OTHER_METER, "3/4"),
    (GROOVE, made(bars=1, pitch=36, drums=True), Kind.TOO_SHORT, "2 bars"),
    (BANDS, made(), Kind.FEW_INSTRUMENTS, "1"),
    (BANDS, NoteSequence(id="/id/none"), Kind.NO_NOTES, ""),
    (MELODY, made(qpms=tuple(range(60, 180)), bars=32), Kind.TOO_MANY_CHANGES, "tempo"),
]  # fmt: skip


@pytest.mark.parametrize(("config", "song", "kind", "detail"), EXPECTED)
def test_each_cause_is_told_apart_in_both_engines(
    config: str, song: Any, kind: Kind, detail: str
) -> None:
    assert assert_same(config, song).reason == Reason(kind, detail)


def test_the_filters_have_reasons_too() -> None:
    for filters, kind in (
        (Filters(max_total_time=1), Kind.TOO_LONG),
        (Filters(max_num_notes=3), Kind.TOO_MANY_NOTES),
        (Filters(min_velocities=2), Kind.FEW_VELOCITIES),
        (Filters(min_metric_positions=2), Kind.FEW_POSITIONS),
        (Filters(drums_only=True), Kind.NOT_ONLY_DRUMS),
        (Filters(is_drum=True), Kind.NO_DRUMS),
    ):
        got = fast(MELODY, made(), filters)
        assert got.reason is not None
        assert got.reason.kind is kind
        assert by_magenta(MELODY, made(), filters).reasons == got.reasons == {got.reason: 1}


def test_a_users_own_converter_gives_nothing_without_saying_why() -> None:
    engine = magenta_engine(oracle.converter(MELODY), Filters())
    reason = extract_one(engine, made((3, 4)).SerializeToString()).reason
    assert reason == Reason(Kind.OWN_CONVERTER)


def test_the_reason_of_a_song_is_that_of_most_of_its_notes() -> None:
    song = made((3, 4), bars=8)
    song.time_signatures.add(time=15.0, numerator=5, denominator=4)
    got = assert_same(MELODY, song)
    assert got.reason == Reason(Kind.OTHER_METER, "3/4")
    assert got.reasons == {
        Reason(Kind.OTHER_METER, "3/4"): 1,
        Reason(Kind.OTHER_METER, "5/4"): 1,
    }


@pytest.mark.parametrize("name", ["pop909", "openmsx", "nottingham"])
@pytest.mark.parametrize("config", EACH_KIND)
def test_real_songs_have_reasons_where_they_have_no_example(
    shared_data: Path, config: str, name: str
) -> None:
    path = shared_data / "tfrecords" / f"{name}.tfrecord"
    kinds: Counter[Kind] = Counter()
    for record in read_records(path):
        assert isinstance(record, Record)
        found = fast(config, NoteSequence.FromString(record.payload))
        assert (found.reason is None) == bool(found.examples)
        kinds.update([found.reason.kind] if found.reason else [])
    assert not kinds[Kind.OWN_CONVERTER]
    if (config, name) == (MELODY, "pop909"):
        assert kinds == {Kind.OTHER_METER: 57}


@pytest.mark.parametrize("config", [MELODY, TRIO, GROOVE])
def test_real_songs_have_the_same_reasons_in_both_engines(
    shared_data: Path, config: str
) -> None:
    for name in ("pop909", "openmsx"):
        records = list(read_records(shared_data / "tfrecords" / f"{name}.tfrecord"))
        for record in records[:: len(records) // 3]:
            assert isinstance(record, Record)
            assert_same(config, NoteSequence.FromString(record.payload))
