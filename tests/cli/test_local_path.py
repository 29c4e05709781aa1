"""Every path option of every command takes `~` and refuses addresses, before any work."""

from pathlib import Path

import click
import pytest

from vaeprep.cli.local_path import LocalPath
from vaeprep.cli.program import cli
from vaeprep.errors import UsageError

OPTIONS = [
    (name, parameter)
    for name in cli.list_commands(click.Context(cli))
    for parameter in cli.get_command(click.Context(cli), name).params  # type: ignore[union-attr]
    if isinstance(parameter.type, click.Path)
]


def test_every_path_of_every_command_is_a_local_path() -> None:
    assert len(OPTIONS) > 8
    assert not [(name, p.name) for name, p in OPTIONS if not isinstance(p.type, LocalPath)]


def test_a_tilde_after_an_equals_sign_is_the_home_folder(
    songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "songs.tfrecord").write_bytes(songs.read_bytes())
    cli.main(
        ["run", "--input-tfrecord=~/songs.tfrecord", "--output-tfrecord=~/o/m", "--quiet",
         "--config=cat-mel_2bar_small", "--output-shards=1", "--workers=1", "--dry-run"],
        standalone_mode=False,
    )  # fmt: skip
    cli.main(["demo-songs", "~/demo.tfrecord", "--songs", "2"], standalone_mode=False)
    assert (tmp_path / "demo.tfrecord").exists()
    assert not (tmp_path / "~").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [
            "run",
            "--input-tfrecord=x",
            "--output-tfrecord=hdfs://b/x",
            "--config=cat-mel_2bar_small",
        ],
        ["run", "--input=http://b/x", "--output-tfrecord=x", "--config=cat-mel_2bar_small"],
        ["run", "--input=x", "--output-tfrecord=o", "--work-dir=s3://b/x", "--config=c"],
        ["convert", "songs", "s3://b/x"],
        ["convert", "ftp://b/x", "out"],
        ["export", "out*", "--random=1", "--midi=s3://b/x"],
        ["inspect", "x", "--html=s3://b/x.html"],
        ["verify", "file:///b/x"],
        ["compare", "file://b/x", "y"],
        ["compare", "songs", "songs", "--html=s3://b/x.html"],
        ["demo-songs", "s3://b/x"],
        ["train", "--run-dir=s3://b/x", "--config=cat-mel_2bar_small"],
    ],
)
def test_an_address_is_refused_and_nothing_is_written(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"(s3|hdfs|http|ftp|file):// is not supported here"):
        cli.main(arguments, standalone_mode=False)
    assert not list(tmp_path.iterdir())
