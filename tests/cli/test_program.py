"""The program as a user meets it: real processes, one clear line for each mistake."""

import json
import subprocess
import sys
from multiprocessing.spawn import get_preparation_data
from pathlib import Path
from types import ModuleType

import pytest

from vaeprep.cli import program
from vaeprep.demo.songs import write_songs
from vaeprep.files.tfrecord import write_records

MELODY = "cat-mel_2bar_small"
PROGRAM = (sys.executable, "-m", "vaeprep")


def vaeprep(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)], capture_output=True, text=True, cwd=cwd, check=False
    )


def run(
    songs: Path, prefix: Path | str, config: str, *flags: str, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """`vaeprep run` on the songs."""
    arguments = {"--input-tfrecord": songs, "--output-tfrecord": prefix, "--config": config}
    given = [part for pair in arguments.items() for part in pair]
    return vaeprep("run", *given, *flags, cwd=cwd)


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("songs") / "songs.tfrecord"
    write_songs(path, 12, seed=7)
    return path


def test_workers_of_the_script_do_not_run_the_script_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = ModuleType("__main__")
    script.__file__ = "/usr/bin/vaeprep"
    monkeypatch.setitem(sys.modules, "__main__", script)
    monkeypatch.setattr(sys, "argv", ["/usr/bin/vaeprep"])
    assert "init_main_from_path" in get_preparation_data("a worker")
    program._call_it_a_module()
    assert "init_main_from_path" not in get_preparation_data("a worker")


def test_magentas_own_command_runs_unchanged(songs: Path, tmp_path: Path) -> None:
    config = "cat-mel_2bar_small"
    done = vaeprep(
        "run",
        f"--input_tfrecord={songs}",
        f"--output_tfrecord={tmp_path}/train-{config}.tfrecord",
        "--output_shards=10",
        f"--config={config}",
        "--alsologtostderr",
    )
    assert done.returncode == 0, done.stderr
    assert "unique examples" in done.stdout
    shards = sorted(tmp_path.glob(f"train-{config}.tfrecord*"))
    assert [path.name[-15:] for path in shards] == [f"-{n:05d}-of-00010" for n in range(10)]
    summary = json.loads((tmp_path / f"vaeprep-train-{config}.tfrecord.json").read_text())
    assert summary["records"] == 12
    assert summary["options"]["filters"] == {
        "max_total_time": 1800,
        "max_num_notes": 10000,
        "min_velocities": 1,
        "min_metric_positions": 1,
        "is_drum": None,
        "drums_only": False,
    }


@pytest.mark.parametrize(
    ("flags", "filters"),
    [
        (["--noenable_filtering"], None),
        (["--enable_filtering=false"], None),
        (["--is_drum", "--max_total_time=60"], {"is_drum": True, "max_total_time": 60}),
        (["--nois_drum", "--drums_only"], {"is_drum": False, "drums_only": True}),
        (["--is_drum=true", "--min_velocities=3"], {"is_drum": True, "min_velocities": 3}),
    ],
)
def test_absl_flags_mean_what_they_mean_in_magenta(
    songs: Path, tmp_path: Path, flags: list[str], filters: dict[str, object] | None
) -> None:
    done = run(songs, tmp_path / "x", "cat-drums_2bar_small", "--workers=1", "--json", *flags)
    summary = json.loads(done.stdout)
    if filters is None:
        assert summary["options"]["filters"] is None
    else:
        assert filters.items() <= summary["options"]["filters"].items()


def test_pipeline_options_get_one_line_and_the_run_goes_on(songs: Path, tmp_path: Path) -> None:
    done = run(songs, tmp_path / "x", MELODY, "--pipeline_options=--runner=DirectRunner")
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    assert "no Beam" in done.stderr
    assert "--workers" in done.stderr


MISTAKES = {
    "missing file": (["--input-tfrecord", "none.tfrecord"], "there is no file"),
    "pattern without match": (["--input-tfrecord", "none*"], "no file matches"),
    "folder as input": (["--input-tfrecord", "."], "is a folder"),
    "text as input": (["--input-tfrecord", "notes.txt"], "a text file"),
    "MIDI as TFRecord": (
        ["--input-tfrecord", "song.mid"],
        "this MIDI file cannot be converted",
    ),
    "unknown configuration": (["--config", "cat-mel_2bar_smal"], "did you mean"),
    "no shards": (["--output-shards", "0"], "--output-shards must be at least 1"),
    "negative workers": (["--workers", "-1"], "--workers must be at least 1"),
    "zero seconds": (["--max-total-time", "0"], "--max-total-time must be at least 1"),
    "negative notes": (["--max_num_notes=-5"], "--max-num-notes must be at least 1"),
    "no number": (["--workers", "many"], "many"),
    "unknown flag": (["--no-such-flag"], "no-such-flag"),
    "folder as output": (["--output-tfrecord", "."], "must end in a file name"),
    "file as output folder": (["--output-tfrecord", "notes.txt/out"], "notes.txt"),
    "missing module": (["--config", "no_such_module:MY"], "no_such_module"),
}


@pytest.mark.parametrize("mistake", list(MISTAKES))
def test_a_mistake_gets_one_line_exit_code_2_and_writes_nothing(
    songs: Path, tmp_path: Path, mistake: str
) -> None:
    (tmp_path / "notes.txt").write_text("no music")
    (tmp_path / "song.mid").write_bytes(b"MThd" + bytes(60))
    before = sorted(tmp_path.iterdir())
    flags, message = MISTAKES[mistake]
    base = {"--input-tfrecord": str(songs), "--output-tfrecord": "out/x",
            "--config": "cat-mel_2bar_small"}  # fmt: skip
    arguments = [part for name, value in base.items() if name != flags[0]
                 for part in (name, value)]  # fmt: skip
    done = vaeprep("run", *arguments, *flags, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith("Error")]) == 1
    assert done.stdout == ""
    assert sorted(tmp_path.iterdir()) == before


def test_no_example_at_all_is_exit_code_1_with_the_likely_reasons(
    songs: Path, tmp_path: Path
) -> None:
    done = run(songs, tmp_path / "x", MELODY, "--max-total-time", "1")
    assert done.returncode == 1
    assert "12 of 12 songs gave nothing" in done.stderr
    assert "longer than --max-total-time" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir()), "nothing blocks the corrected command"


def test_fewer_examples_than_a_batch_is_said(songs: Path, tmp_path: Path) -> None:
    done = run(songs, tmp_path / "x", MELODY, "--max-examples-per-sequence=1")
    assert done.returncode == 0
    assert "fewer than the batch size 512" in done.stdout


def test_a_dry_run_writes_nothing(songs: Path, tmp_path: Path) -> None:
    done = run(songs, tmp_path / "x", MELODY, "--dry-run")
    assert done.returncode == 0
    assert "12 records" in done.stdout
    assert "x-00000-of-00032" in done.stdout
    assert not list(tmp_path.iterdir())


def test_quiet_prints_nothing(songs: Path, tmp_path: Path) -> None:
    done = run(songs, tmp_path / "x", MELODY, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_users_own_config_is_found_in_the_current_folder(songs: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from magenta.models.music_vae import data\n"
        "from magenta.models.music_vae.configs import CONFIG_MAP, update_config\n"
        "MINE = update_config(CONFIG_MAP['cat-mel_2bar_small'], dict(\n"
        "    data_converter=data.OneHotMelodyConverter(slice_bars=4)))\n"
    )
    done = run(songs, "x", "mine:MINE", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "mine:MINE, fast engine" in done.stdout
    missing = run(songs, "y", "mine:YOURS", cwd=tmp_path)
    assert missing.returncode == 2
    assert "'YOURS'" in missing.stderr


def test_a_custom_converter_class_runs_on_the_magenta_engine(
    songs: Path, tmp_path: Path
) -> None:
    (tmp_path / "special.py").write_text(
        "from magenta.models.music_vae import data\n"
        "from magenta.models.music_vae.configs import CONFIG_MAP, update_config\n"
        "class Special(data.DrumsConverter):\n"
        "    pass\n"
        "MINE = update_config(CONFIG_MAP['cat-drums_2bar_small'], dict(\n"
        "    data_converter=Special(slice_bars=2)))\n"
    )
    done = run(songs, "x", "special:MINE", "--workers", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "magenta engine" in done.stdout
    assert "special.Special" in done.stdout
    refused = run(songs, "y", "special:MINE", "--engine", "fast", cwd=tmp_path)
    assert refused.returncode == 2


def test_the_help_begins_with_an_example() -> None:
    for command in ("run", "configs", "demo-songs", "verify"):
        shown = vaeprep(command, "--help").stdout
        assert shown.startswith(f"Example:\n  vaeprep {command}")


def test_configs_lists_all_23() -> None:
    shown = vaeprep("configs").stdout.splitlines()
    assert len(shown) == 24
    assert any(
        "hierdec-trio_16bar" in line and "melody, bass and drums" in line for line in shown
    )


def test_verify_says_what_is_wrong(songs: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "x"
    assert vaeprep("verify", prefix).returncode == 2
    run(songs, prefix, MELODY, "--output-shards", "3")
    assert vaeprep("verify", prefix).returncode == 0
    shard = tmp_path / "x-00001-of-00003"
    data = shard.read_bytes()
    shard.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    wrong = vaeprep("verify", prefix)
    assert wrong.returncode == 1
    assert "x-00001-of-00003" in wrong.stdout
    shard.unlink()
    assert "missing" in vaeprep("verify", prefix).stdout
    write_records(tmp_path / "x-00003-of-00004", [b""])
    assert "not among the shards" in vaeprep("verify", prefix).stdout


LIGHT = """
import sys
from vaeprep.{module} import *
heavy = {{"tensorflow", "magenta", "note_seq", "numpy"}} - set({allowed})
print(sorted(heavy & set(sys.modules)))
"""


@pytest.mark.parametrize(
    ("module", "allowed"),
    [("cli.program", []), ("cli.run", []), ("job.worker", ["numpy"]), ("configs", ["numpy"])],
)
def test_what_must_be_light_imports_nothing_heavy(module: str, allowed: list[str]) -> None:
    code = LIGHT.format(module=module, allowed=allowed)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
