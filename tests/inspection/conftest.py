"""Songs and shards that the tests of the inspection share."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import vaeprep
from vaeprep.demo.songs import write_songs
from vaeprep.files.tfrecord import write_records

ONE_OF_EACH_KIND = (
    "cat-mel_2bar_small",
    "cat-mel_2bar_med_chords",
    "cat-drums_2bar_small",
    "nade-drums_2bar_full",
    "hierdec-trio_16bar",
    "groovae_4bar",
    "hier-multiperf_vel_1bar_med",
    "hier-multiperf_vel_1bar_med_chords",
)


@pytest.fixture(scope="session")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TFRecord of composed songs."""
    path = tmp_path_factory.mktemp("songs") / "songs.tfrecord"
    write_songs(path, 24, seed=7)
    return path


@pytest.fixture(scope="session")
def shards(tmp_path_factory: pytest.TempPathFactory, songs: Path) -> Callable[[str], Path]:
    """A function from a configuration to the prefix of its shards, in both formats."""
    made: dict[str, Path] = {}
    folder = tmp_path_factory.mktemp("shards")

    def make(config: str) -> Path:
        if config not in made:
            made[config] = folder / config
            with ThreadPoolExecutor(1) as executor:
                vaeprep.run(
                    input_tfrecord=songs,
                    output_tfrecord=made[config],
                    config=config,
                    output_shards=3,
                    format="both",
                    executor=executor,
                )
        return made[config]

    return make


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes NoteSequences (or bytes) as a TFRecord file."""

    def write_file(name: str, *records: Any) -> Path:
        path = tmp_path / name
        payloads = [r if isinstance(r, bytes) else r.SerializeToString() for r in records]
        write_records(path, payloads)
        return path

    return write_file
