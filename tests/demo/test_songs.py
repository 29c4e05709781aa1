"""The sample is the same everywhere, and every configuration finds examples in it."""

import hashlib
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from vaeprep.demo.patterns import KIT_GROOVES, strokes
from vaeprep.demo.songs import compose, write_songs
from vaeprep.files import tfrecord

# The sample that the documentation speaks of: --songs 60 --seed 7.
SONGS, SEED = 60, 7
DIGEST = "878ac3963f7e25b435167f70886f4329631a2239fa0844e91c4a3b638820be43"


@pytest.fixture(scope="module")
def songs() -> list[Any]:
    return list(compose(SONGS, SEED))


def _titled(songs: list[Any], word: str) -> list[Any]:
    found = [song for song in songs if song.sequence_metadata.title.startswith(word)]
    assert found, f"no song is titled {word!r}"
    return found


def test_the_sample_is_the_same_on_every_machine_and_python(songs: list[Any]) -> None:
    digest = hashlib.sha256()
    for song in songs:
        digest.update(song.SerializeToString())
    assert digest.hexdigest() == DIGEST


def test_a_larger_sample_begins_with_the_smaller_one(songs: list[Any]) -> None:
    assert list(compose(9, SEED)) == songs[:9]


def test_another_seed_gives_other_songs(songs: list[Any]) -> None:
    for seed in (SEED + 1, -SEED, 0):
        others = [note for song in compose(3, seed) for note in song.notes]
        ours = [note for song in songs[:4] for note in song.notes]
        assert others[:50] != ours[:50]


def test_no_two_songs_of_a_large_sample_are_the_same() -> None:
    many = list(compose(300, 1))
    bodies = [tuple((n.pitch, n.start_time) for n in song.notes) for song in many]
    assert len(set(bodies)) == len(bodies) - 4  # five of them are empty
    assert len({song.id for song in many}) == len(many)


def test_the_sample_holds_each_exception(songs: list[Any]) -> None:
    assert [len(s.notes) for s in _titled(songs, "empty")] == [0]
    assert _titled(songs, "endless")[0].total_time > 1800
    assert len(_titled(songs, "crowded")[0].notes) > 10_000
    assert _titled(songs, "short")[0].total_time < 4
    assert len(_titled(songs, "rubato")[0].tempos) > 100
    assert len({(n.instrument, n.program) for n in _titled(songs, "odd")[0].notes}) > 6
    assert all(s.time_signatures[0].numerator == 3 for s in _titled(songs, "waltz"))
    assert all(s.time_signatures[0].denominator == 8 for s in _titled(songs, "six-eight"))
    assert all(len(s.tempos) > 1 for s in _titled(songs, "two-tempo"))
    assert all(len(s.time_signatures) == 3 for s in _titled(songs, "two-meter"))


def test_drums_alone_stay_in_the_map_of_groovae(songs: list[Any]) -> None:
    # The pitches that Magenta's ROLAND_DRUM_PITCH_CLASSES holds.
    roland = {22, 26, 36, 37, 38, 40, *range(42, 54), 55, 57, 58, 59}
    alone = _titled(songs, "drummer") + _titled(songs, "drum-machine")
    assert len(alone) == 7
    for song in alone:
        assert {note.pitch for note in song.notes} <= roland
        assert all(note.is_drum for note in song.notes)


def test_most_songs_are_bands_and_some_have_more(songs: list[Any]) -> None:
    bands = [s for s in songs if {0, 1, 9} <= {note.instrument for note in s.notes}]
    assert len(bands) > 45
    for wanted in (
        lambda s: s.text_annotations,
        lambda s: s.key_signatures,
        lambda s: s.control_changes,
        lambda s: any(note.instrument == 2 for note in s.notes),
        lambda s: any(note.instrument == 3 for note in s.notes),
        lambda s: any(note.pitch == 25 for note in s.notes),
    ):
        assert 5 < sum(bool(wanted(song)) for song in bands) < len(bands)


def test_every_note_is_one_that_midi_can_hold(songs: list[Any]) -> None:
    for song in songs:
        for note in song.notes:
            assert 0 <= note.pitch <= 127
            assert 0 <= note.velocity <= 127
            assert 0 <= note.start_time <= note.end_time <= song.total_time
        assert all(early.time < late.time for early, late in pairwise(song.tempos))


def test_a_rhythm_reads_as_it_looks() -> None:
    assert strokes("x-..X---") == (("x", 0.0, 0.5), ("X", 1.0, 1.0))
    for size, grooves in KIT_GROOVES.items():
        assert all(len(r) % size == 0 for groove in grooves for r in groove.values())


def test_written_file_holds_the_songs_and_stands_alone(
    tmp_path: Path, songs: list[Any]
) -> None:
    path = tmp_path / "demo.tfrecord"
    write_songs(path, 5, SEED)
    payloads = [record.payload for record in tfrecord.read_records(path)]
    assert payloads == [song.SerializeToString() for song in songs[:5]]
    assert list(tmp_path.iterdir()) == [path]


# One configuration for each converter and its parameters, with some songs that suit
# it, and the fewest examples to be found in these. Chords are slow to infer, so the
# songs for the *_chords configurations bring their own but for one.
@pytest.mark.parametrize(
    ("config", "indices", "fewest"),
    [
        ("cat-mel_2bar_small", range(20), 200),
        ("cat-mel_2bar_med_chords", (12, 18, 20), 60),
        ("cat-drums_2bar_small", range(20), 100),
        ("nade-drums_2bar_reduced", range(20), 100),
        ("nade-drums_2bar_full", range(20), 100),
        ("hierdec-trio_16bar", range(12), 100),
        ("hierdec-mel_16bar", range(12), 200),
        ("hier-multiperf_vel_1bar_med", range(8), 80),
        ("hier-multiperf_vel_1bar_med_chords", (12, 18, 20), 30),
        ("groovae_4bar", (5, 13, 29), 20),
        ("groovae_2bar_humanize", (13, 29), 20),
        ("groovae_2bar_tap_fixed_velocity", (13, 29), 20),
        ("groovae_2bar_tap_fixed_velocity_note_dropout", (13, 29), 20),
        ("groovae_2bar_add_closed_hh", (13, 29), 20),
        ("groovae_2bar_hits_control_tfds", (13, 29), 20),
    ],
)
def test_magenta_finds_examples(
    songs: list[Any], config: str, indices: tuple[int, ...], fewest: int
) -> None:
    from tests import magenta_oracle

    converter = magenta_oracle.converter(config)
    found: Counter[bytes] = Counter()
    for index in indices:
        examples, _ = magenta_oracle.extract(converter, songs[index])
        found.update(examples)
    assert len(found) >= fewest


def test_examples_repeat_within_a_song_and_across_songs(songs: list[Any]) -> None:
    from tests import magenta_oracle

    def sources(config: str, some: list[Any]) -> Counter[bytes]:
        converter = magenta_oracle.converter(config)
        return Counter(
            example
            for song in some
            for example in set(magenta_oracle.extract(converter, song)[0])
        )

    assert sum(n > 1 for n in sources("cat-drums_2bar_small", songs[:20]).values()) > 10
    machine = magenta_oracle.extract(
        magenta_oracle.converter("groovae_2bar_humanize"), songs[5]
    )
    assert len(set(machine[0])) < len(machine[0])
