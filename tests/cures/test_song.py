"""A song is cured in the same way as columns and as a proto, and not at all without need."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import magenta_oracle
from tests.robustness.hostile import songs
from tests.strategies import note_sequences
from vaeprep.configs import CONFIGS
from vaeprep.converters.drums.kit import ROLAND_DRUM_PITCH_CLASSES
from vaeprep.cures.drums import DrumRules
from vaeprep.cures.options import Cures
from vaeprep.cures.song import (
    DRUM_MAP,
    MERGED,
    METER,
    UNKNOWN_DRUMS,
    SongCures,
    cure_columns,
    cure_proto,
    song_cures,
)
from vaeprep.engines.engine import MAX_PIECES, extract_one
from vaeprep.engines.fast import fast_engine
from vaeprep.engines.filters import Filters
from vaeprep.engines.magenta import magenta_engine
from vaeprep.music.protos import NoteSequence
from vaeprep.music.sequence import Columns, from_proto

KNOWN = frozenset(pitch for pitches in ROLAND_DRUM_PITCH_CLASSES for pitch in pitches)

cures = st.builds(
    SongCures,
    meter=st.sampled_from([None, (4, 4), (3, 4), (2, 2)]),
    merge_tempo_changes=st.booleans(),
    drums=st.one_of(
        st.none(),
        st.builds(
            DrumRules,
            pitches=st.sampled_from([(), ((39, 38), (41, 43)), ((0, 127), (36, 35))]),
            drums_only=st.booleans(),
            known=st.sampled_from([None, KNOWN]),
        ),
    ),
)


def told(song: Columns) -> str:
    """All that a song is, NaN equal to NaN."""
    return repr(
        (
            song.total_time,
            [column.tolist() for column in (song.notes.pitch, song.notes.velocity)],
            [column.tolist() for column in (song.notes.start, song.notes.end)],
            [column.tolist() for column in (song.notes.instrument, song.notes.program)],
            song.notes.is_drum.tolist(),
            song.tempos,
            song.time_signatures,
            song.key_signatures,
            song.text_annotations,
            list(song.control_changes),
        )
    )


@given(note_sequences(), cures)
@settings(max_examples=150)
@np.errstate(all="ignore")  # as in a worker
def test_columns_and_protos_are_cured_alike(ns: Any, asked: SongCures) -> None:
    columns, done = cure_columns(from_proto(ns), asked)
    as_columns = told(columns)  # now: pedals are read from the proto when they are asked for
    assert cure_proto(ns, asked) == done
    assert as_columns == told(from_proto(ns))


@given(note_sequences(), cures)
@settings(max_examples=50)
def test_a_song_that_no_cure_changed_is_the_same_song(ns: Any, asked: SongCures) -> None:
    song = from_proto(ns)
    columns, done = cure_columns(song, asked)
    assert (columns is song) == (not done.changed)


def test_hostile_songs_are_cured_alike_or_left_as_they_are() -> None:
    asked = SongCures((4, 4), True, DrumRules(((36, 38),), drums_only=False, known=KNOWN))
    count = 0
    for _, hostile in songs(500):
        ns = NoteSequence.FromString(hostile.SerializeToString())
        with np.errstate(all="ignore"):
            columns, done = cure_columns(from_proto(ns), asked)
            as_columns = told(columns)
            assert cure_proto(ns, asked) == done
        assert as_columns == told(from_proto(ns))
        count += 1
    assert count > 20


@pytest.mark.parametrize("config", ["cat-mel_2bar_small", "groovae_2bar_humanize"])
@given(ns=note_sequences(kinds=("melody", "drums")), asked=cures)
@settings(max_examples=12)
def test_both_engines_make_the_same_of_a_cured_song(
    config: str, ns: NoteSequence, asked: SongCures
) -> None:
    record = ns.SerializeToString()
    fast = extract_one(fast_engine(CONFIGS[config].converter, Filters(), asked), record)
    slow = extract_one(
        magenta_engine(magenta_oracle.converter(config), Filters(), asked), record
    )
    assert fast.done == slow.done
    assert (fast.failure is None) == (slow.failure is None)
    assert sorted(fast.examples) == sorted(slow.examples)


def music(*tempos: tuple[float, float], meters: tuple[tuple[float, int, int], ...] = ()) -> Any:
    """A note on every half second of 120 seconds."""
    ns = NoteSequence(id="a", total_time=120.0)
    for time, qpm in tempos:
        ns.tempos.add(time=time, qpm=qpm)
    for time, numerator, denominator in meters:
        ns.time_signatures.add(time=time, numerator=numerator, denominator=denominator)
    for number in range(240):
        ns.notes.add(
            pitch=60 + number % 12,
            velocity=80,
            start_time=number / 2,
            end_time=number / 2 + 0.25,
        )
    return ns


def test_a_song_of_more_changes_than_magenta_takes_is_saved() -> None:
    ns = music(*((float(second), 120.0 + second % 2) for second in range(MAX_PIECES + 15)))
    engine = fast_engine(CONFIGS["cat-mel_2bar_small"].converter, Filters())
    assert not extract_one(engine, ns.SerializeToString()).examples
    merging = SongCures(merge_tempo_changes=True)
    saved = fast_engine(CONFIGS["cat-mel_2bar_small"].converter, Filters(), merging)
    song = extract_one(saved, ns.SerializeToString())
    assert song.examples
    assert song.done.changed == (MERGED,)
    assert song.counters["sequence-time-splits"] == 1


def test_the_one_tempo_moves_all_that_has_a_time() -> None:
    ns = music((0.0, 60.0), (60.0, 120.0), meters=((60.0, 3, 4),))
    ns.key_signatures.add(time=60.0, key=2)
    ns.control_changes.add(time=60.0, control_number=64, control_value=127)
    ns.pitch_bends.add(time=60.0, bend=1)
    ns.text_annotations.add(time=60.0, text="C")
    ns.section_annotations.add(time=60.0, section_id=1)
    assert cure_proto(ns, SongCures(merge_tempo_changes=True)).changed == (MERGED,)
    assert [(tempo.time, tempo.qpm) for tempo in ns.tempos] == [(0.0, 90.0)]
    for events in (
        ns.time_signatures,
        ns.key_signatures,
        ns.control_changes,
        ns.pitch_bends,
        ns.text_annotations,
        ns.section_annotations,
    ):
        assert events[0].time == pytest.approx(40.0)
    assert ns.notes[120].start_time == pytest.approx(40.0)
    assert ns.total_time == pytest.approx(120.0)


def test_a_song_that_cannot_be_merged_goes_on_as_it_is_and_says_why() -> None:
    ns = music((0.0, 60.0), (60.0, 0.0))
    before = ns.SerializeToString()
    done = cure_proto(ns, SongCures(merge_tempo_changes=True))
    assert "0 quarter notes" in done.not_merged
    assert ns.SerializeToString() == before


def test_every_meter_is_read_as_the_one() -> None:
    ns = music(meters=((0.0, 1, 4), (1.0, 2, 4), (30.0, 3, 8)))
    assert cure_proto(ns, SongCures(meter=(4, 4))).changed == (METER,)
    found = [(one.time, one.numerator, one.denominator) for one in ns.time_signatures]
    assert found == [(0.0, 4, 4), (1.0, 4, 4), (30.0, 4, 4)]


def drums(*pitches: int, melody: int | None = None) -> Any:
    ns = NoteSequence(id="d", total_time=4.0)
    for number, pitch in enumerate(pitches):
        start = number / 2
        ns.notes.add(
            pitch=pitch, velocity=80, start_time=start, end_time=start + 0.1, is_drum=True
        )
    if melody is not None:
        ns.notes.add(pitch=melody, velocity=80, start_time=0.0, end_time=1.0)
    return ns


@pytest.mark.parametrize(
    ("asked", "pitches", "changed"),
    [
        (Cures(drum_map="gm"), [36, 38, 100], (DRUM_MAP,)),
        (Cures(drum_map="gm", unknown_drums="skip"), [36, 38], (DRUM_MAP, UNKNOWN_DRUMS)),
        (Cures(unknown_drums="skip"), [36], (UNKNOWN_DRUMS,)),
        (Cures(drum_map={56: 42}), [36, 42, 100], (DRUM_MAP,)),
    ],
)
def test_drums_are_mapped_or_left_out(
    asked: Cures, pitches: list[int], changed: tuple[str, ...]
) -> None:
    ns = drums(36, 56, 100, melody=60)
    rules = song_cures(asked.checked(), KNOWN)
    assert rules is not None
    assert cure_proto(ns, rules).changed == changed
    assert [note.pitch for note in ns.notes] == pitches


def test_a_map_for_another_configuration_leaves_other_instruments_alone() -> None:
    ns = drums(36, 56, melody=56)
    rules = song_cures(Cures(drum_map={56: 42}).checked(), None)
    assert rules is not None
    cure_proto(ns, rules)
    assert [note.pitch for note in ns.notes] == [36, 42, 56]


def test_drums_that_groovae_knows_give_what_they_gave() -> None:
    ns = drums(36, 45, 22, 58, 53)
    rules = song_cures(Cures(drum_map="gm", unknown_drums="skip"), KNOWN)
    assert rules is not None
    assert not cure_proto(ns, rules).changed
