"""Valid songs with hostile contents: bounded time and memory, counted, survived."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.robustness import hostile
from vaeprep import source_ids
from vaeprep.configs import CONFIGS
from vaeprep.engines.engine import extract_one
from vaeprep.engines.spec import EngineSpec, build
from vaeprep.files.names import existing_shards
from vaeprep.files.tfrecord import Record, read_records, write_records
from vaeprep.job.options import RunOptions
from vaeprep.job.run import run
from vaeprep.music import limits
from vaeprep.music.protos import NoteSequence

VERY_MANY = 20_000
CPU_SECONDS = 10
PEAK_MB = 400


@pytest.mark.parametrize(
    "config",
    [
        "cat-mel_2bar_med_chords",
        "cat-drums_2bar_small",
        "hierdec-trio_16bar",
        "groovae_4bar",
        "hier-multiperf_vel_1bar_med_chords",
    ],
)
def test_every_hostile_song_ends_in_bounded_time_and_memory(config: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.robustness.hostile", config, str(VERY_MANY)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) == 2 * len(list(hostile.songs(10)))
    for result in results:
        assert result["seconds"] < CPU_SECONDS, result
        assert result["peak_mb"] < PEAK_MB, result


def test_songs_beyond_a_limit_fail_by_name() -> None:
    def failure(song: Any, config: str = "cat-mel_2bar_big") -> str:
        spec = EngineSpec("fast", None, CONFIGS[config].converter, config)
        return extract_one(build(spec), song.SerializeToString()).failure or ""

    long = hostile._song()
    long.notes.add(pitch=60, velocity=80, start_time=1e9, end_time=1e9 + 1)
    long.total_time = 2e9
    assert failure(long).startswith("TooMuchError: 2e+09 quarter notes long")
    late_chord = hostile._song()
    late_chord.text_annotations.add(time=1e12, text="C", annotation_type=1)
    late_chord.total_time = 1e13
    assert failure(late_chord).startswith("TooMuchError")
    named = hostile._song()
    named.id = "x" * (limits.MAX_ID_BYTES + 1)
    assert "its id has 65,537 bytes" in failure(named)
    crowd = hostile._many(limits.MAX_INSTRUMENTS + 1, lambda i: (1.0, i))
    assert "10,001 instruments" in failure(crowd)
    assert "choices of instruments" in failure(hostile._bands(120), "hierdec-trio_16bar")


def test_both_engines_refuse_the_same_songs() -> None:
    pytest.importorskip("magenta")
    from tests import magenta_oracle
    from vaeprep.engines.magenta import magenta_engine

    config = "cat-drums_2bar_small"
    magenta = magenta_engine(magenta_oracle.converter(config), None)
    fast = build(EngineSpec("fast", None, CONFIGS[config].converter, config))
    long = hostile._song()
    long.notes.add(pitch=36, velocity=80, start_time=1e9, end_time=1e9 + 1, is_drum=True)
    long.total_time = 2e9
    named = hostile._song()
    named.id = "x" * (limits.MAX_ID_BYTES + 1)
    crowd = hostile._many(limits.MAX_INSTRUMENTS + 1, lambda i: (1.0, i))
    many_tempos = hostile._song()
    for number in range(5000):
        many_tempos.tempos.add(time=number * 1e-3, qpm=60 + number % 100)
    for song in (long, named, crowd, many_tempos, hostile._song()):
        payload = song.SerializeToString()
        assert extract_one(magenta, payload).failure == extract_one(fast, payload).failure
        assert extract_one(magenta, payload).counters == extract_one(fast, payload).counters


HARD_IDS = ["a,b", "a", "b", 'say "hi"', '"quoted"', "two\nlines", "../../../../tmp/evil", "",
            "/etc/passwd", "\x1b[31mred", "c:\\music", "ünï", "%2C", "a,b,"]  # fmt: skip


def test_an_id_with_a_comma_is_told_from_two_ids(tmp_path: Path) -> None:
    songs = []
    for source_id in HARD_IDS:
        song = hostile._song()
        song.id = source_id
        songs.append(song.SerializeToString())
    write_records(tmp_path / "songs", songs)
    options = RunOptions(
        input_tfrecord=(str(tmp_path / "songs"),),
        output_tfrecord=tmp_path / "out" / "x",
        config="cat-drums_2bar_small",
        output_shards=1,
    )
    with ThreadPoolExecutor(1) as executor:
        summary = run(options, executor)
    assert summary.most_sources == len(HARD_IDS)
    (path,) = existing_shards(options.output_tfrecord)
    for record in read_records(path):
        assert isinstance(record, Record)
        found = source_ids.split(NoteSequence.FromString(record.payload).id)
        assert all(one == hard for one, hard in zip(found, HARD_IDS, strict=True) if hard)
        assert found[HARD_IDS.index("")].startswith("/id/sequence/")  # from its content
    written = sorted(found.name for found in tmp_path.rglob("*"))
    assert written == ["out", "songs", "vaeprep-x.json", "x-00000-of-00001"]


def test_what_a_fault_says_is_one_line_that_no_terminal_obeys(tmp_path: Path) -> None:
    song = NoteSequence(id="\x1b]0;evil\x07\n\u202e" + "x" * 5000, total_time=4.0)
    song.notes.add(pitch=60, velocity=80, start_time=1.0, end_time=2.0)
    song.tempos.add(qpm=float("inf"))
    write_records(tmp_path / "songs", [song.SerializeToString()])
    options = RunOptions(
        input_tfrecord=(str(tmp_path / "songs"),),
        output_tfrecord=tmp_path / "x",
        config="cat-drums_2bar_small",
        filters=None,
    )
    with ThreadPoolExecutor(1) as executor:
        summary = run(options, executor)
    (fault,) = summary.faults
    assert fault.kind == "failed"
    assert str(fault).isprintable()
    assert len(str(fault)) < 1000
