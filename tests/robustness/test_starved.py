"""Without disk, permission or open files: one clear line, nothing half-written, work kept.

Small file systems in memory are mounted for it, so most tests need root.
"""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.robustness import processes
from tests.robustness.processes import Command, command
from vaeprep.demo.songs import write_songs
from vaeprep.files.names import existing_shards
from vaeprep.job.verify import verify
from vaeprep.job.workfolder import work_path

CONFIG = "cat-drums_2bar_small"

Mount = Callable[[str, str], Path]


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("songs") / "songs.tfrecord"
    write_songs(path, 60, seed=7)
    return path


@pytest.fixture(scope="module")
def expected(songs: Path) -> dict[str, bytes]:
    one = command(songs, songs.parent / "out" / "x", CONFIG)
    assert one.finish().returncode == 0
    return processes.output(one.prefix)


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """Mounts file systems in memory, with options such as "size=100k"."""
    mounted: list[Path] = []

    def mount_one(name: str, options: str) -> Path:
        path = tmp_path / name
        path.mkdir(exist_ok=True)
        again = path in mounted
        options = f"remount,{options}" if again else options
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"mounting is not permitted: {done.stderr.strip()}")
        if not again:
            mounted.append(path)
        return path

    yield mount_one
    for path in mounted:
        subprocess.run(["umount", str(path)], check=False)


def refused(one: Command, *words: str) -> None:
    """The command fails with one clear line, and nothing looks finished."""
    done = one.finish()
    assert done.returncode in (1, 2), done.stderr
    lines = done.stderr.splitlines()
    assert len([line for line in lines if line.startswith("Error: ")]) == 1, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in lines[-1], lines[-1]
    assert not processes.finished(one.prefix)
    assert existing_shards(one.prefix) == []


def test_a_full_work_folder_is_told_and_the_run_goes_on_with_more_space(
    songs: Path, expected: dict[str, bytes], tmp_path: Path, mount: Mount
) -> None:
    work = mount("work", "size=300k")
    one = command(songs, tmp_path / "out" / "x", CONFIG, "--work-dir", str(work))
    refused(one, "the disk is full", str(work), "--work-dir", "same command")
    mount("work", "size=20m")
    done = one.finish()
    assert done.returncode == 0, done.stderr
    assert "going on where" in done.stderr
    assert processes.output(one.prefix) == expected
    assert not list(work.iterdir())


def test_a_full_output_is_told_and_the_run_goes_on_with_more_space(
    songs: Path, expected: dict[str, bytes], tmp_path: Path, mount: Mount
) -> None:
    out = mount("out", "size=120k")
    one = command(songs, out / "x", CONFIG, "--work-dir", str(tmp_path / "work"))
    refused(one, "the disk is full", str(out), "same command")
    assert not list(out.glob(".vaeprep-*.part")), "half a merge fills the disk"
    mount("out", "size=20m")
    done = one.finish()
    assert done.returncode == 0, done.stderr
    assert "going on where" in done.stderr
    assert processes.output(one.prefix) == expected
    assert processes.leftovers(one.prefix) == []
    assert not list((tmp_path / "work").iterdir())


def test_a_disk_too_full_for_the_lock_or_the_summary(
    songs: Path, expected: dict[str, bytes], tmp_path: Path, mount: Mount
) -> None:
    out = mount("out", "size=20m,nr_inodes=2")
    one = command(songs, out / "x", CONFIG, "--work-dir", str(tmp_path / "work"))
    refused(one, "the disk is full", str(out))
    mount("out", "size=20m,nr_inodes=34")  # 32 shards and the lock: none for the summary
    refused_at_the_end = one.finish()
    assert refused_at_the_end.returncode == 1
    assert "the disk is full" in refused_at_the_end.stderr
    assert not processes.finished(one.prefix)
    mount("out", "size=20m,nr_inodes=400")
    done = one.finish()
    assert done.returncode == 0, done.stderr
    assert processes.output(one.prefix) == expected
    assert verify(one.prefix).problems == []


def test_a_folder_that_cannot_be_written_is_told_before_any_work(
    songs: Path, tmp_path: Path, mount: Mount
) -> None:
    folder = mount("locked", "size=1m,ro")
    for one in (
        command(songs, folder / "x", CONFIG),
        command(songs, folder / "deeper" / "x", CONFIG),
        command(songs, folder / "x", CONFIG, "--work-dir", str(tmp_path / "work")),
        command(songs, tmp_path / "out" / "x", CONFIG, "--work-dir", str(folder)),
    ):
        refused(one, "Read-only file system", str(folder))
    assert not list((tmp_path / "out").glob("x*"))


def test_no_permission_is_told(songs: Path, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    refused(command(songs, folder / "x", CONFIG), "ermission denied", str(folder))


FEW_FILES = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
sys.argv = ["vaeprep", *sys.argv[1:]]
from vaeprep.cli.program import main
main()
"""


def test_thousands_of_shards_and_many_splits_need_few_open_files(
    songs: Path, tmp_path: Path
) -> None:
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] > 40
    one = command(songs, tmp_path / "x", CONFIG, "--output-shards", "2000")
    done = subprocess.run(
        [sys.executable, "-c", FEW_FILES, "run", *one.arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(processes.output(one.prefix)) == 2000
    checked = subprocess.run(
        [sys.executable, "-c", FEW_FILES, "verify", str(one.prefix)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 1
    assert checked.stderr.startswith("Error: too many open files")
    assert "ulimit" in checked.stderr
    assert verify(one.prefix).problems == []


def test_the_work_folder_may_be_on_another_file_system(
    songs: Path, expected: dict[str, bytes], tmp_path: Path, mount: Mount
) -> None:
    work = mount("work", "size=20m")
    assert work.stat().st_dev != tmp_path.stat().st_dev
    one = command(songs, tmp_path / "out" / "x", CONFIG, "--work-dir", str(work))
    started = one.start()
    folder = work_path(one.prefix, work)
    assert processes.wait_until(lambda: any(folder.glob("spills-*/*.spill")), 30)
    os.killpg(started.pid, signal.SIGKILL)
    started.communicate()
    done = one.finish()
    assert done.returncode == 0, done.stderr
    assert processes.output(one.prefix) == expected


def test_two_outputs_of_one_name_may_share_a_work_dir(
    songs: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    shared = ("--work-dir", str(tmp_path / "work"))
    first = command(songs, tmp_path / "a" / "x", CONFIG, *shared)
    second = command(songs, tmp_path / "b" / "x", CONFIG, *shared)
    started = first.start()
    folder = work_path(first.prefix, tmp_path / "work")
    assert processes.wait_until((folder / "merged.json").exists, 30)
    os.killpg(started.pid, signal.SIGKILL)
    started.communicate()
    assert second.finish().returncode == 0
    assert processes.output(second.prefix) == expected
    assert first.finish().returncode in (0, 2)  # 2: it had come to its end
    assert processes.output(first.prefix) == expected
