"""What is stored of an example expands to what Magenta's converter gives for it, bit by bit."""

from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import magenta_oracle as oracle
from tests import strategies
from tests.tensors import shards
from vaeprep.configs import CONFIGS
from vaeprep.music.protos import NoteSequence
from vaeprep.music.sequence import from_proto
from vaeprep.music.time_changes import split_on_time_changes
from vaeprep.tensors import with_ids
from vaeprep.tensors.format import kind_of
from vaeprep.tensors.kinds import Tensors
from vaeprep.tensors.reader import stored_example

# Configurations with different converters; the others have the same tensors.
DIFFERENT = list({config.converter: name for name, config in CONFIGS.items()}.values())


def magenta_tensors(config: str, example: bytes) -> Tensors:
    """The one result of Magenta's converter, in the dtypes that its loader delivers."""
    converter = oracle.converter(config)
    found = converter.to_tensors(NoteSequence.FromString(example))
    assert len(found.inputs) == 1, "an example must give itself once"
    dtypes = (converter.input_dtype, converter.output_dtype, converter.control_dtype, np.int32)
    return Tensors(
        *(np.array(part[0], dtype) for part, dtype in zip(found, dtypes, strict=True))
    )


def our_tensors(config: str, example: bytes, ids: Iterable[str] = ()) -> Tensors:
    kind = kind_of(CONFIGS[config])
    record = with_ids(kind.encode(example), ids)
    return kind.expand(stored_example(record, kind.features, not kind.length_shape))


def assert_equal(config: str, example: bytes) -> None:
    theirs, ours = magenta_tensors(config, example), our_tensors(config, example)
    for name, their, our in zip(Tensors._fields, theirs, ours, strict=True):
        if name == "inputs" and "dropout" in config:
            continue  # random in Magenta; tested with the loader
        assert our.shape == their.shape, name
        assert our.dtype == their.dtype, name
        # Bytes, because 0.0 and -0.0 are equal and nan is not.
        assert our.tobytes() == their.tobytes(), name


@pytest.mark.parametrize("config", CONFIGS)
def test_every_example_of_the_demo_songs(config: str) -> None:
    found = shards.examples(config, most=30 if config in DIFFERENT else 3)
    assert found
    for example, _ in found:
        assert_equal(config, example)


@pytest.mark.parametrize("config", DIFFERENT)
def test_real_music(config: str, shared_data: Path) -> None:
    names = ("openmsx",) if "groovae" in config else ("openmsx", "nottingham", "pop909")
    random = Random(config)
    for name in names:
        songs = oracle.songs(shared_data / "tfrecords" / f"{name}.tfrecord")
        for song in random.sample(songs, 4):
            if "groovae" in config:
                song = played_loosely(song, random)
            found = sorted(examples_of(config, song))
            for example in random.sample(found, min(5, len(found))):
                assert_equal(config, example)


@pytest.mark.parametrize("config", DIFFERENT)
def test_hard_music(config: str) -> None:
    tested = 0

    @settings(max_examples=12)
    @given(_music_for(config), st.randoms(use_true_random=False))
    def check(song: Any, random: Random) -> None:
        nonlocal tested
        if "groovae" in config:
            song = played_loosely(song, random)
        try:
            found = sorted(examples_of(config, song))
        except Exception:
            return  # a song that fails has no examples
        for example in random.sample(found, min(4, len(found))):
            assert_equal(config, example)
            tested += 1

    check()
    assert tested


def _music_for(config: str) -> st.SearchStrategy[Any]:
    """Hard music in which the configuration finds something most of the time."""
    if "16bar" in config:
        return strategies.note_sequences(
            min_bars=16, max_bars=20, every_kind=True, max_tracks=1
        )
    if "groovae" in config:
        return strategies.note_sequences(min_bars=8, max_bars=12, kinds=("drums",))
    return strategies.note_sequences(kinds=("melody", "bass", "drums", "any"))


def examples_of(config: str, song: Any) -> set[bytes]:
    converter = CONFIGS[config].converter
    pieces = split_on_time_changes(from_proto(song))
    return {example for piece in pieces for example in converter.convert(piece).examples}


def played_loosely(song: Any, random: Random) -> Any:
    """The drums of a song that a groove converter knows, out of time and unevenly loud."""
    known = {p for pitches in oracle.data.ROLAND_DRUM_PITCH_CLASSES for p in pitches}
    loose = NoteSequence()
    loose.CopyFrom(song)
    del loose.notes[:]
    for note in song.notes:
        if note.is_drum and note.pitch in known:
            played = loose.notes.add()
            played.CopyFrom(note)
            late = random.choice([0.0, random.gauss(0, 0.02), 0.0625, -0.03125])
            played.start_time = max(0.0, note.start_time + late)
            played.end_time = note.end_time + late
            played.velocity = random.randrange(128)
    return loose
