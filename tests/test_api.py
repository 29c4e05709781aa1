"""The Python API does what the program does, with typed results and its own errors."""

import json
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import vaeprep
from vaeprep.demo.songs import write_songs
from vaeprep.errors import OptionError, UsageError
from vaeprep.job.summary import Summary

NAME = "cat-mel_2bar_small"
LINKS = "<b>&\"'"


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("api") / "songs.tfrecord"
    write_songs(path, 6, 7)
    return path


@pytest.fixture(scope="module")
def summary(songs: Path) -> Summary:
    with ThreadPoolExecutor(1) as executor:
        return vaeprep.run(
            input_tfrecord=songs,
            output_tfrecord=songs.with_name("mel.tfrecord"),
            config=NAME,
            output_shards=2,
            format="both",
            executor=executor,
        )


def test_run_verify_and_read(songs: Path, summary: Summary) -> None:
    folder = songs.parent
    examples = list(vaeprep.read_examples(f"{folder}/tensors-mel.tfrecord*"))
    assert len(examples) == summary.unique > 0
    assert summary.records == 6
    verdict = vaeprep.verify(folder / "mel.tfrecord")
    assert verdict.problems == []
    assert verdict.records == 2 * summary.unique


def test_inspect_tells_tables_data_and_pages(songs: Path, tmp_path: Path) -> None:
    found = vaeprep.inspect(songs, config=NAME)
    assert (found.records, found.bad_records) == (6, 0)
    assert found.data()["songs"]["count"] == 6
    assert "unique-examples" in found.data()["with_config"]["counters"]
    assert "6 songs" in str(found)
    assert found._repr_html_().startswith("<pre>")
    found.write_page(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text("utf-8").startswith("<!doctype html>")


def test_export_and_convert_go_to_midi_and_back(
    songs: Path, summary: Summary, tmp_path: Path
) -> None:
    done = vaeprep.export(f"{songs.parent}/mel.tfrecord*", tmp_path / "midi", random=3)
    assert done.failed == ()
    assert len({one.path for one in done.written}) == 3
    one = vaeprep.export(songs, tmp_path / "midi", index=2)
    assert [file.path.name for file in one.written] == ["song-000002.mid"]
    with ThreadPoolExecutor(1) as executor:
        back = vaeprep.convert(tmp_path / "midi", tmp_path / "back", executor=executor)
    assert (back.songs, back.bad, back.lost) == (4, (), ())
    assert vaeprep.inspect(tmp_path / "back").records == 4


def test_faults_are_listed_by_inspect_and_convert(songs: Path, tmp_path: Path) -> None:
    faults = tmp_path / "faults.jsonl"
    vaeprep.inspect(
        songs, config=NAME, filters=vaeprep.Filters(max_total_time=1), faults=faults
    )
    listed = [json.loads(line) for line in faults.read_text("ascii").splitlines()]
    assert [one["kind"] for one in listed] == ["nothing"] * 6
    (tmp_path / "bad.mid").write_bytes(b"MThd" + bytes(60))
    with ThreadPoolExecutor(1) as executor:
        done = vaeprep.convert(
            [songs, tmp_path / "bad.mid"], tmp_path / "all", faults=faults, executor=executor
        )
    assert (done.songs, len(done.bad)) == (6, 1)
    assert json.loads(faults.read_text("ascii"))["path"] == str(tmp_path / "bad.mid")
    with pytest.raises(UsageError, match="is no list of faults"):
        vaeprep.convert(songs, tmp_path / "more", faults=tmp_path / "bad.mid")
    assert not (tmp_path / "more").exists()


def test_inspect_tries_cures_and_asks_for_what_they_are_tried_with(songs: Path) -> None:
    cures = vaeprep.Cures(meter="4/4")
    told = vaeprep.inspect(songs, config=NAME, cures=cures).data()["with_config"]
    assert "--meter 4/4" in told["departs_from_magenta"]
    with pytest.raises(UsageError, match="cures shows what it does for a config"):
        vaeprep.inspect(songs, cures=cures)


def test_inspect_tells_of_what_could_not_be_unpacked(tmp_path: Path, songs: Path) -> None:
    with zipfile.ZipFile(tmp_path / "music.zip", "w") as archive:
        archive.writestr("a.mid", b"MThd" + bytes(60))
    data = (tmp_path / "music.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(data[: len(data) // 2])
    found = vaeprep.inspect([songs, tmp_path / "cut.zip"])
    assert found.records == 6
    assert found.bad_records == 1


def test_sample_and_interpolate_give_the_pieces_with_their_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def fake(options: Any, *arguments: Any, **named: Any) -> None:
        asked.append((options, arguments, named))
        named.pop("show")(tmp_path / "a.mid", "music")

    monkeypatch.setattr("vaeprep.training.sample.sample", fake)
    monkeypatch.setattr("vaeprep.training.interpolate.interpolate", fake)
    model = {"run_dir": tmp_path, "output_dir": str(tmp_path / "out"), "seed": 4}
    (piece,) = vaeprep.sample(**model, chords="C G", hparams={"z_size": 8}, num_outputs=1)
    assert (piece.path, piece.music) == (tmp_path / "a.mid", "music")
    options, arguments, named = asked[0]
    assert (options.run_dir, options.hparams, options.seed) == (tmp_path, "z_size=8", 4)
    assert arguments == (1, tmp_path / "out")
    assert named == {"chords": ("C", "G"), "overwrite": False}
    vaeprep.interpolate(**model, input_midi_1="a.mid", input_midi_2="b.mid", pick_2=3)
    _, arguments, named = asked[1]
    assert arguments == ((Path("a.mid"), Path("b.mid")), 5, tmp_path / "out")
    assert named == {"picks": (0, 3), "overwrite": False}


def test_configs_are_data() -> None:
    assert len(vaeprep.configs.names()) == 23
    config = vaeprep.configs.find(NAME)
    assert config.parameters()["slice_bars"] == 2
    assert config.hparams["z_size"] == 256


def test_a_notebook_shows_a_summary_as_a_small_table_with_nothing_unescaped(
    summary: Summary,
) -> None:
    page = replace(summary, config=LINKS, lost_splits=[LINKS])._repr_html_()
    assert page.startswith("<table>")
    assert f"<td>{summary.unique:,}</td>" in page
    assert LINKS not in page
    assert page.count("&lt;b&gt;&amp;") == 2


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("run", {"engine": "Magenta"}, "engine"),
    ("run", {"workers": 0}, "workers"),
    ("run", {"output_shards": 1.5}, "output_shards"),
    ("run", {"eval_fraction": 2}, "eval_fraction"),
    ("run", {"format": "tensor"}, "format"),
    ("run", {"config": None}, "config"),
    ("run", {"filters": "none"}, "filters"),
    ("run", {"filters": False}, "filters"),
    ("run", {"enable_filtering": None}, "enable_filtering"),
    ("run", {"show_progress": "yes"}, "show_progress"),
    ("run", {"executor": 3}, "executor"),
    ("run", {"input": 7}, "input"),
    ("convert", {"workers": 0}, "workers"),
    ("convert", {"input": None}, "input"),
    ("convert", {"output": ""}, "output"),
    ("convert", {"overwrite": "no"}, "overwrite"),
    ("inspect", {"shown": 101}, "shown"),
    ("inspect", {"seed": -1}, "seed"),
    ("inspect", {"config": 3}, "config"),
    ("inspect", {"filters": {}}, "filters"),
    ("inspect", {"enable_filtering": 1}, "enable_filtering"),
    ("export", {"index": -1}, "index"),
    ("export", {"index": "3"}, "index"),
    ("export", {"random": 0}, "random"),
    ("export", {"folder": 3}, "folder"),
    ("verify", {"prefix": None}, "prefix"),
    ("train", {"mode": "test"}, "mode"),
    ("train", {"num_steps": -1}, "num_steps"),
    ("train", {"run_dir": 3}, "run_dir"),
    ("train", {"log": "LOUD"}, "log"),
    ("train", {"hparams": 3}, "hparams"),
    ("convert", {"faults": 3}, "faults"),
    ("inspect", {"faults": ""}, "faults"),
    ("inspect", {"cures": {}}, "cures"),
    ("sample", {"num_outputs": 0}, "num_outputs"),
    ("sample", {"temperature": 0}, "temperature"),
    ("sample", {"chords": 3}, "chords"),
    ("sample", {"hparams": 3}, "hparams"),
    ("sample", {"run_dir": None}, "run_dir"),
    ("interpolate", {"pick_1": -1}, "pick_1"),
    ("interpolate", {"num_outputs": 1}, "num_outputs"),
    ("interpolate", {"input_midi_2": b"x"}, "input_midi_2"),
    ("read_examples", {"pattern": 3}, "pattern"),
    ("load_dataset", {"batch_size": 0}, "batch_size"),
    ("load_dataset", {"is_training": "yes"}, "is_training"),
    ("load_dataset", {"transpose": (1,)}, "transpose"),
    ("load_dataset", {"transpose": "up"}, "transpose"),
    ("load_dataset", {"config": 3}, "config"),
]


@pytest.mark.parametrize(("function", "wrong", "name"), WRONG)
def test_every_function_refuses_what_cannot_be_in_pythons_words(
    songs: Path, tmp_path: Path, function: str, wrong: dict[str, Any], name: str
) -> None:
    good: dict[str, dict[str, Any]] = {
        "run": {"input": songs, "output_tfrecord": tmp_path / "x", "config": NAME},
        "convert": {"input": songs, "output": tmp_path / "x"},
        "inspect": {"input": songs},
        "export": {"input": songs, "folder": tmp_path / "x", "index": 0},
        "verify": {"prefix": tmp_path / "x"},
        "train": {"config": NAME, "run_dir": tmp_path / "x", "examples": songs},
        "sample": {"run_dir": songs, "output_dir": tmp_path / "x"},
        "interpolate": {
            "run_dir": songs,
            "output_dir": tmp_path / "x",
            "input_midi_1": songs,
            "input_midi_2": songs,
        },
        "read_examples": {"pattern": songs},
        "load_dataset": {"pattern": songs, "config": NAME},
    }
    with pytest.raises(OptionError) as caught:
        list(getattr(vaeprep, function)(**{**good[function], **wrong}) or ())
    assert str(caught.value).startswith(f"{name}={wrong[name]!r}: must ")
    assert "--" not in str(caught.value)
    assert caught.value.name == name
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("function", "wrong", "hint"),
    [
        ("run", "output_shard", "did you mean 'output_shards'"),
        ("run", "overwite", "did you mean 'overwrite'"),
        ("run", "xyz", "it has input_tfrecord"),
        ("train", "num_step", "did you mean 'num_steps'"),
    ],
)
def test_an_unknown_option_gets_the_nearest(function: str, wrong: str, hint: str) -> None:
    given = {"config": NAME, "run_dir" if function == "train" else "output_tfrecord": "x"}
    for kind in (vaeprep.UnknownOptionError, UsageError, TypeError):
        with pytest.raises(kind, match=f"vaeprep.{function} has no option '{wrong}'; {hint}"):
            getattr(vaeprep, function)(**given, **{wrong: 1})


def test_other_mistakes_raise(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no input; name files with input or input_tfrecord"):
        vaeprep.run(output_tfrecord=tmp_path / "x", config=NAME)
    with pytest.raises(UsageError, match="say which: index or random"):
        vaeprep.export(tmp_path, tmp_path)
    with pytest.raises(AttributeError):
        vaeprep.no_such_name  # noqa: B018


def test_every_name_is_there_and_documented() -> None:
    for name in vaeprep.__all__:
        found = getattr(vaeprep, name)
        assert name in dir(vaeprep)
        if callable(found):
            assert found.__doc__, name
            assert isinstance(found, type) or "Args:" in found.__doc__, name


def test_importing_vaeprep_imports_nothing_else() -> None:
    code = (
        "import sys, vaeprep; dir(vaeprep); "
        "print(sorted(name for name in sys.modules if name.startswith('vaeprep.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "['vaeprep.version']", done.stderr
