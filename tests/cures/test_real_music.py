"""A cured song gives what Magenta gives for music that was written so."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests import magenta_oracle
from vaeprep.cures.options import Cures
from vaeprep.cures.song import SongCures, cure_proto
from vaeprep.files.names import existing_shards
from vaeprep.files.tfrecord import Record, read_records, write_records
from vaeprep.job.options import RunOptions
from vaeprep.job.run import run
from vaeprep.job.summary import Summary
from vaeprep.music.protos import NoteSequence


def songs_of(folder: Path, name: str, count: int) -> list[bytes]:
    records = read_records(folder / "tfrecords" / f"{name}.tfrecord")
    songs = [record.payload for record in records if isinstance(record, Record)]
    return songs[:: max(len(songs) // count, 1)]


def by_vaeprep(
    config: str, songs: list[bytes], cures: Cures, folder: Path
) -> tuple[set[bytes], Summary]:
    write_records(folder / "songs.tfrecord", songs)
    options = RunOptions(
        input_tfrecord=(str(folder / "songs.tfrecord"),),
        output_tfrecord=folder / "out",
        config=config,
        output_shards=2,
        cures=cures,
    )
    with ThreadPoolExecutor(1) as executor:
        summary = run(options, executor)
    found = set()
    for path in existing_shards(options.output_tfrecord):
        for record in read_records(path):
            assert isinstance(record, Record)
            ns = NoteSequence.FromString(record.payload)
            ns.ClearField("id")
            found.add(ns.SerializeToString())
    return found, summary


def by_magenta(config: str, songs: list[bytes], rewrite: Callable[[Any], None]) -> set[bytes]:
    converter = magenta_oracle.converter(config)
    found = set()
    for song in songs:
        ns = NoteSequence.FromString(song)
        rewrite(ns)
        try:
            found.update(magenta_oracle.extract(converter, ns)[0])
        except KeyError:
            continue
    return found


def in_common_time(ns: Any) -> None:
    for signature in ns.time_signatures:
        signature.numerator = signature.denominator = 4


@pytest.mark.parametrize("config", ["cat-mel_2bar_small", "hierdec-trio_16bar"])
def test_with_a_meter_the_examples_are_magentas_for_rewritten_time_signatures(
    shared_data: Path, tmp_path: Path, config: str
) -> None:
    name = "pop909" if config == "cat-mel_2bar_small" else "openmsx"
    songs = songs_of(shared_data, name, 4)
    examples, summary = by_vaeprep(config, songs, Cures(meter="4/4"), tmp_path)
    assert examples
    assert examples == by_magenta(config, songs, in_common_time)
    assert summary.departs_from_magenta["--meter 4/4"] > 0
    assert len(examples) > len(by_magenta(config, songs, lambda _: None))


def test_with_merged_tempos_the_examples_are_magentas_for_a_song_at_one_tempo(
    shared_data: Path, tmp_path: Path
) -> None:
    all_songs = songs_of(shared_data, "pop909-rich", 60)
    songs = [song for song in all_songs if len(NoteSequence.FromString(song).tempos) > 20][:3]
    config = "cat-mel_2bar_small"
    cures = Cures(merge_tempo_changes=True)

    def at_one_tempo(ns: Any) -> None:
        cure_proto(ns, SongCures(merge_tempo_changes=True))
        assert len({tempo.qpm for tempo in ns.tempos}) <= 1

    examples, summary = by_vaeprep(config, songs, cures, tmp_path)
    assert examples == by_magenta(config, songs, at_one_tempo)
    assert summary.departs_from_magenta["--merge-tempo-changes"] == len(songs)
    assert len(examples) > len(by_magenta(config, songs, lambda _: None))


def test_full_bands_give_grooves_with_the_drum_map_and_none_without(
    shared_data: Path, tmp_path: Path
) -> None:
    songs = songs_of(shared_data, "openmsx", 6)
    config = "groovae_2bar_humanize"
    assert not by_magenta(config, songs, lambda _: None)
    examples, summary = by_vaeprep(config, songs, Cures(drum_map="gm"), tmp_path)
    assert examples
    assert summary.departs_from_magenta["--drum-map gm"] == len(songs)


def test_without_cures_nothing_departs_from_magenta(shared_data: Path, tmp_path: Path) -> None:
    songs = songs_of(shared_data, "pop909", 3)
    examples, summary = by_vaeprep("cat-mel_2bar_small", songs, Cures(), tmp_path)
    assert examples == by_magenta("cat-mel_2bar_small", songs, lambda _: None)
    assert summary.departs_from_magenta == {}
