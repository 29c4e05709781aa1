"""`vaeprep run` writes exactly what Magenta's converters give, for every configuration.

The reference is Magenta's DoFn without Beam (`magenta_oracle`), with its cap on
examples lifted. By default a few songs of each set are compared; with
VAEPREP_ALL_MUSIC=1 in the environment, all of them.
"""

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import magenta_oracle
from vaeprep.configs import CONFIGS
from vaeprep.demo.songs import compose
from vaeprep.files.names import existing_shards
from vaeprep.files.tfrecord import Record, read_records, write_records
from vaeprep.job.options import RunOptions
from vaeprep.job.run import run
from vaeprep.music.protos import NoteSequence

ALL_MUSIC = bool(os.environ.get("VAEPREP_ALL_MUSIC"))

# One configuration for each converter and parameter set; the others share a converter.
DISTINCT = list(
    {config.converter: name for name, config in reversed([*CONFIGS.items()])}.values()
)

# Magenta needs most of a second for a tune whose chords it infers.
SONGS_OF_SET = {"openmsx": 4, "pop909": 3, "nottingham": 3}

Examples = dict[bytes, list[str]]


def payloads(path: Path) -> list[bytes]:
    return [record.payload for record in read_records(path) if isinstance(record, Record)]


def real_songs(folder: Path) -> Iterator[bytes]:
    for name, count in SONGS_OF_SET.items():
        songs = payloads(folder / "tfrecords" / f"{name}.tfrecord")
        step = 1 if ALL_MUSIC else max(len(songs) // count, 1)
        yield from songs[::step]


def by_magenta(config: str, songs: list[bytes]) -> tuple[Examples, Counter[str], list[str]]:
    """Examples with their ids in input order, the counters, and the failed songs."""
    converter = magenta_oracle.converter(config)
    examples: Examples = {}
    counters: Counter[str] = Counter()
    failed = []
    for song in songs:
        ns = NoteSequence.FromString(song)
        try:
            found, counts = magenta_oracle.extract(converter, ns)
        except Exception as error:
            failed.append(f"{ns.id}: {type(error).__name__}: {error}")
            continue
        counters.update(counts)
        for example in found:
            ids = examples.setdefault(example, [])
            if ns.id not in ids:
                ids.append(ns.id)
    return examples, +counters, failed


def by_vaeprep(
    config: str, songs: list[bytes], folder: Path
) -> tuple[Examples, Counter[str], list[str]]:
    write_records(folder / "songs.tfrecord", songs)
    options = RunOptions(
        input_tfrecord=(str(folder / "songs.tfrecord"),),
        output_tfrecord=folder / "out",
        config=config,
        output_shards=3,
    )
    with ThreadPoolExecutor(1) as executor:
        summary = run(options, executor)
    assert summary.engine == "fast"
    examples: Examples = {}
    for path in existing_shards(options.output_tfrecord):
        for payload in payloads(path):
            ns = NoteSequence.FromString(payload)
            ids = ns.id.split(",")
            ns.ClearField("id")
            assert ns.SerializeToString() not in examples, "an example stands twice"
            examples[ns.SerializeToString()] = ids
    counters = Counter(summary.counters)
    assert counters.pop("unique-examples", 0) == len(examples)
    failed = [f"{fault.source_id}: {fault.reason}" for fault in summary.faults]
    assert summary.fault_counts.get("failed", 0) >= len(failed)
    return examples, +counters, failed


def compare(config: str, songs: list[bytes], folder: Path) -> Examples:
    examples, counters, failed = by_vaeprep(config, songs, folder)
    expected, expected_counters, expected_failed = by_magenta(config, songs)
    assert examples == expected
    assert counters == expected_counters
    assert failed == [" ".join(text.split()) for text in expected_failed[: len(failed)]]
    return examples


@pytest.mark.parametrize("config", DISTINCT)
def test_real_music_gives_magentas_examples_ids_and_counters(
    shared_data: Path, tmp_path: Path, config: str
) -> None:
    songs = list(real_songs(shared_data))
    assert songs
    examples = compare(config, songs, tmp_path)
    # The drums among these songs are played by machines, whose velocities never change.
    assert examples or config.startswith("groovae")


@pytest.mark.parametrize("config", DISTINCT)
def test_the_sample_gives_magentas_examples_ids_and_counters(
    tmp_path: Path, config: str
) -> None:
    songs = list(compose(60, seed=7))
    drums_alone = [song for song in songs if all(note.is_drum for note in song.notes)]
    few = songs if ALL_MUSIC else songs[::8] + drums_alone
    assert compare(config, [song.SerializeToString() for song in few], tmp_path)


def test_every_configuration_is_compared() -> None:
    converters = {CONFIGS[name].converter for name in DISTINCT}
    assert {config.converter for config in CONFIGS.values()} == converters
