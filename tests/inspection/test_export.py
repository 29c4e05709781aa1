"""Promises of the export: note_seq's own MIDI files, under harmless names."""

import gzip
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import mido
import pytest
from click.testing import CliRunner
from hypothesis import given, settings

import vaeprep
from tests.strategies import note_sequences
from vaeprep.cli.export import command
from vaeprep.demo.songs import write_songs
from vaeprep.errors import VaeprepError
from vaeprep.files.tfrecord import Record, frame, read_records, write_records
from vaeprep.inspection.export import choose, stretches
from vaeprep.midi.writer import midi_bytes
from vaeprep.music.protos import NoteSequence

KINDS = ("cat-mel_2bar_small", "hierdec-trio_16bar", "groovae_4bar")


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A function from a configuration to the prefix of its shards, in both formats."""
    folder = tmp_path_factory.mktemp("shards")
    write_songs(folder / "songs", 24, seed=7)

    def make(config: str) -> Path:
        prefix = folder / config
        if not list(folder.glob(f"{config}-*")):
            with ThreadPoolExecutor(1) as executor:
                vaeprep.run(
                    input_tfrecord=folder / "songs",
                    output_tfrecord=prefix,
                    config=config,
                    output_shards=3,
                    format="both",
                    executor=executor,
                )
        return prefix

    return make


def payloads(*paths: Path) -> list[bytes]:
    found = [record for path in paths for record in read_records(path)]
    return [record.payload for record in found if isinstance(record, Record)]


def export(*arguments: str | Path) -> Any:
    """Runs the command; returns click's result."""
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def reference(proto: Any) -> bytes:
    """What note_seq writes."""
    from note_seq import midi_io

    file = io.BytesIO()
    midi_io.note_sequence_to_pretty_midi(proto).write(file)
    return file.getvalue()


def outcome(make: Callable[[Any], bytes], proto: Any) -> bytes | str:
    try:
        return make(proto)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def test_songs_become_note_seqs_midi_files(shared_data: Path) -> None:
    paths = sorted((shared_data / "tfrecords").glob("*.tfrecord"))
    songs = [NoteSequence.FromString(one) for path in paths for one in payloads(path)[::25]]
    assert songs
    for song in songs:
        assert midi_bytes(song) == reference(song)


@settings(max_examples=80)
@given(note_sequences())
def test_hard_music_too(music: Any) -> None:
    assert outcome(midi_bytes, music) == outcome(reference, music)


@pytest.mark.parametrize("config", KINDS)
def test_tensors_sound_like_note_sequences(
    shards: Callable[[str], Path], tmp_path: Path, config: str
) -> None:
    prefix = shards(config)
    first = f"{prefix}-0*"
    second = f"{prefix.with_name('tensors-' + prefix.name)}-0*"
    for pattern, folder in ((first, "notes"), (second, "tensors")):
        done = export(pattern, "--random", "6", "--seed", "3", "--midi", tmp_path / folder)
        assert done.exit_code == 0, done.output
        assert done.output.count(".mid") == 6
    paths = sorted((tmp_path / "notes").iterdir())
    assert len(paths) == 6
    for path in paths:
        played = [mido.MidiFile(p) for p in (path, tmp_path / "tensors" / path.name)]
        assert strokes(played[0]) == strokes(played[1])


def strokes(midi: Any) -> list[tuple[int, int, int, int]]:
    """Tick, channel, pitch and velocity of everything that begins or ends, sorted."""
    found = []
    for track in midi.tracks:
        now = 0
        for message in track:
            now += message.time
            if message.type == "note_on":
                found.append((now, message.channel, message.note, message.velocity))
    return sorted(found)


def test_drums_are_on_channel_10(shards: Callable[[str], Path], tmp_path: Path) -> None:
    done = export(f"{shards('hierdec-trio_16bar')}-0*", "--index", "5", "--midi", tmp_path)
    assert done.exit_code == 0
    channels = {
        channel for _, channel, _, _ in strokes(mido.MidiFile(tmp_path / "example-000005.mid"))
    }
    assert 9 in channels  # counted from 0
    assert len(channels) == 3


def test_the_index_counts_through_all_files(
    shards: Callable[[str], Path], tmp_path: Path
) -> None:
    prefix = shards("cat-mel_2bar_small")
    paths = sorted(prefix.parent.glob(f"{prefix.name}-0*"))
    packed = tmp_path / "last.gz"
    packed.write_bytes(gzip.compress(paths[2].read_bytes()))
    expected = payloads(*paths)
    last = str(len(expected) - 1)
    flags = ["--index", "0", "--index", "70", "--index", last, "--midi", str(tmp_path / "midi")]
    done = export(paths[0], paths[1], packed, *flags)
    assert done.exit_code == 0, done.output
    for index in (0, 70, int(last)):
        midi = (tmp_path / "midi" / f"example-{index:06d}.mid").read_bytes()
        assert midi == reference(NoteSequence.FromString(expected[index]))


def test_names_come_from_the_number_never_from_the_id(tmp_path: Path) -> None:
    song = NoteSequence(id="../../etc/passwd", filename="/tmp/evil; rm -rf", total_time=1)
    song.notes.add(pitch=60, velocity=80, end_time=1.0)
    write_records(tmp_path / "songs", [song.SerializeToString()])
    done = export(tmp_path / "songs", "--index", "0", "--midi", tmp_path / "new" / "folder")
    assert done.exit_code == 0
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == [
        "song-000000.mid"
    ]
    assert str(tmp_path / "new" / "folder" / "song-000000.mid") in done.output


def test_a_bad_record_is_named_and_the_others_are_written(tmp_path: Path) -> None:
    good = NoteSequence(id="good", total_time=1)
    good.notes.add(pitch=60, velocity=80, end_time=1.0)
    high = NoteSequence(id="high", total_time=1)
    high.notes.add(pitch=500, velocity=80, end_time=1.0)
    damaged = bytearray(frame(good.SerializeToString()))
    damaged[-1] ^= 1
    path = tmp_path / "songs"
    rest = (good.SerializeToString(), high.SerializeToString(), b"\xff\xff")
    path.write_bytes(bytes(damaged) + b"".join(map(frame, rest)))
    done = export(path, "--random", "9", "--midi", tmp_path / "midi")
    assert isinstance(done.exception, VaeprepError)
    assert "3 of 4 records were not written" in str(done.exception)
    assert "record 0 cannot be read: wrong checksum" in done.output
    assert "record 2 cannot be written as MIDI" in done.output
    assert [p.name for p in (tmp_path / "midi").iterdir()] == ["song-000001.mid"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "say which"),
        (["--index", "0", "--random", "2"], "say which"),
        (["--index", "100000"], "there is no record 100,000"),
        (["--index", "0", "--index", "0"], "add --overwrite"),
    ],
)
def test_mistakes_are_told_in_a_line(
    shards: Callable[[str], Path], tmp_path: Path, flags: list[str], message: str
) -> None:
    done = export(f"{shards('cat-mel_2bar_small')}-0*", *flags, "--midi", tmp_path)
    assert isinstance(done.exception, VaeprepError)
    assert message in done.exception.in_shell


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello, this is no music at all")
    done = export(path, "--index", "0", "--midi", tmp_path)
    assert "a text file" in str(done.exception)


def test_tensors_without_their_description_are_refused(
    shards: Callable[[str], Path], tmp_path: Path
) -> None:
    prefix = shards("cat-mel_2bar_small")
    shard = next(prefix.parent.glob(f"tensors-{prefix.name}-00000*"))
    (tmp_path / "alone").write_bytes(shard.read_bytes())
    done = export(tmp_path / "alone", "--index", "0", "--midi", tmp_path)
    assert "description" in done.output


def test_a_seed_draws_the_same_records() -> None:
    assert choose(1000, 5, seed=1) == choose(1000, 5, seed=1) != choose(1000, 5, seed=2)
    assert choose(3, 5, seed=1) == [0, 1, 2]
    assert choose(0, 5, seed=1) == []


def test_empty_shards_hold_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert stretches([tmp_path / "empty"]) == []
    done = export(tmp_path / "empty", "--random", "1", "--midi", tmp_path)
    assert "no records" in str(done.exception)
