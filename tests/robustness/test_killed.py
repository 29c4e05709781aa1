"""Killed at any moment, a run goes on from there and ends with the same bytes.

Real processes and real signals. `VAEPREP_KILLS=200 pytest tests/robustness/test_killed.py`
tries 200 moments; by default there are a few.
"""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.robustness import processes
from tests.robustness.processes import Command, command
from vaeprep.demo.songs import write_songs
from vaeprep.files.names import summary_path
from vaeprep.job.summary import from_json
from vaeprep.job.verify import verify
from vaeprep.job.workfolder import work_path

KILLS = int(os.environ.get("VAEPREP_KILLS", "8"))
SEED = int(os.environ.get("VAEPREP_KILL_SEED", "1"))
SONGS = 60
CONFIG = "cat-drums_2bar_small"
SHARDS = "40"

Undisturbed = tuple[Path, dict[str, bytes], float]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The input, the bytes of a run that nobody kills, and how long it takes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    songs = folder / "songs.tfrecord"
    write_songs(songs, SONGS, seed=7)
    one = command(songs, folder / "out" / "x", CONFIG, "--output-shards", SHARDS)
    began = time.monotonic()
    done = one.finish()
    assert done.returncode == 0, done.stderr
    return songs, processes.output(one.prefix), time.monotonic() - began


# --- What is killed, and when -------------------------------------------------------

Victim = Callable[[int, random.Random], None]
"""Kills something of the session."""


def main_killed(session: int, _random: random.Random) -> None:
    processes.kill(session, signal.SIGKILL)


def main_terminated(session: int, _random: random.Random) -> None:
    processes.kill(session, signal.SIGTERM)


def main_interrupted(session: int, _random: random.Random) -> None:
    processes.kill(session, signal.SIGINT)


def everything_killed(session: int, _random: random.Random) -> None:
    os.killpg(session, signal.SIGKILL)


def ctrl_c(session: int, _random: random.Random) -> None:
    os.killpg(session, signal.SIGINT)


def everything_terminated(session: int, _random: random.Random) -> None:
    os.killpg(session, signal.SIGTERM)


def a_worker_killed(session: int, chooser: random.Random) -> None:
    found = processes.workers(session)
    if found:
        processes.kill(chooser.choice(found).pid, signal.SIGKILL)


def a_worker_terminated(session: int, chooser: random.Random) -> None:
    found = processes.workers(session)
    if found:
        processes.kill(chooser.choice(found).pid, signal.SIGTERM)


def all_workers_killed(session: int, _random: random.Random) -> None:
    for worker in processes.workers(session):
        processes.kill(worker.pid, signal.SIGKILL)


def fork_server_killed(session: int, _random: random.Random) -> None:
    for server in processes.fork_servers(session):
        processes.kill(server.pid, signal.SIGKILL)


ENDS_THE_RUN: tuple[Victim, ...] = (
    main_killed, main_terminated, main_interrupted, everything_killed, ctrl_c,
    everything_terminated,
)  # fmt: skip
RUN_GOES_ON: tuple[Victim, ...] = (
    a_worker_killed, a_worker_terminated, all_workers_killed, fork_server_killed,
)  # fmt: skip


def _moments(one: Command, seconds: float, chooser: random.Random) -> tuple[str, float]:
    """Waits for a moment: any, or one that is too short to be met by chance."""
    prefix, work = one.prefix, work_path(one.prefix, None)
    seen: dict[str, Callable[[], bool]] = {
        "the plan stands": (work / "plan.json").exists,
        "a spill stands": lambda: any(work.glob("spills-*/*.spill")),
        "a segment stands": lambda: any(work.glob("spills-*/merge-*/*.segment")),
        "the spills are wanted no more": (work / "extracted.json").exists,
        "the merge began": lambda: any(prefix.parent.glob(".vaeprep-x-*.part")),
        "the merge ended": (work / "merged.json").exists,
        "a shard has its name": lambda: any(prefix.parent.glob("x-00000-of-*")),
        "the last shard has its name": lambda: any(prefix.parent.glob("x-00039-of-*")),
        "the summary stands": lambda: processes.finished(prefix),
    }
    name = chooser.choice([*seen, *["any time"] * 9])
    delay = chooser.uniform(0, seconds * 1.1)
    if name == "any time":
        time.sleep(delay)
    else:
        processes.wait_until(lambda: seen[name]() or processes.finished(prefix), 20)
        delay = chooser.choice([0.0, 0.0, chooser.uniform(0, 0.01)])
        time.sleep(delay)
    return name, delay


def _check_nothing_half_finished(
    prefix: Path, expected: dict[str, bytes], story: list[str]
) -> None:
    """Whoever sees a summary sees the whole output."""
    if processes.finished(prefix):
        assert from_json(summary_path(prefix).read_text()).lost_splits == [], story
        assert processes.output(prefix) == expected, story
        assert verify(prefix).problems == []


def test_killed_at_any_moment_it_ends_with_the_same_bytes(
    undisturbed: Undisturbed, tmp_path: Path
) -> None:
    songs, expected, seconds = undisturbed
    chooser = random.Random(SEED)
    tally: Counter[str] = Counter()
    kills = number = 0
    while kills < KILLS:
        number += 1
        folder = tmp_path / str(number)
        one = command(songs, folder / "x", CONFIG, "--output-shards", SHARDS)
        # Either way of merging, and each may go on where the other was killed.
        ways = [one, replace(one, module="tests.robustness.all_cores")]
        story = []
        for _ in range(chooser.choice([1, 1, 2, 3])):  # perhaps killed again while it goes on
            victim = chooser.choice(ENDS_THE_RUN + RUN_GOES_ON)
            started = chooser.choice(ways).start()
            moment, _delay = _moments(one, seconds, chooser)
            story.append(f"{victim.__name__} when {moment}")
            was_alive = started.poll() is None
            if was_alive:
                kills += 1
                tally[victim.__name__] += 1
                victim(started.pid, chooser)
            _, err = started.communicate(timeout=60)
            assert processes.all_gone(started.pid, 5), story
            # Ctrl-C before Python has come to vaeprep is told by Python itself.
            assert "Traceback" not in err or "KeyboardInterrupt" in err, (story, err)
            _check_nothing_half_finished(one.prefix, expected, story)
            if not was_alive or victim in RUN_GOES_ON:
                assert started.returncode in (0, 2), (story, err)  # 2: it was done before
        done = one.finish()
        if done.returncode == 2:
            assert "exists; add --overwrite" in done.stderr, (story, done.stderr)
        else:
            assert done.returncode == 0, (story, done.stderr)
        assert processes.output(one.prefix) == expected, story
        assert processes.leftovers(one.prefix) in ([], [".vaeprep-x.lock"]), story
        summary = from_json(summary_path(one.prefix).read_text())
        assert summary.lost_splits == [], story
        print(f"{kills} kills: {'; '.join(story)}", flush=True)
    print(f"{kills} kills in {number} runs: {dict(tally)}")


# --- One promise each -----------------------------------------------------------------


def started_and_at_work(one: Command) -> "subprocess.Popen[str]":
    """A run that is in the middle of its extraction."""
    started = one.start()
    work = work_path(one.prefix, None)
    assert processes.wait_until(lambda: any(work.glob("spills-*/*.spill")), 30)
    return started


@pytest.fixture
def long_run(undisturbed: Undisturbed, tmp_path: Path) -> Command:
    songs = tmp_path / "many.tfrecord"
    songs.write_bytes(undisturbed[0].read_bytes() * 60)
    return command(songs, tmp_path / "out" / "x", CONFIG)


def test_ctrl_c_stops_within_two_seconds_and_says_how_to_go_on(long_run: Command) -> None:
    started = started_and_at_work(long_run)
    time.sleep(0.1)
    began = time.monotonic()
    os.killpg(started.pid, signal.SIGINT)
    _, err = started.communicate(timeout=20)
    assert time.monotonic() - began < 2
    assert started.returncode == 130
    assert err == "stopped; give the same command again to go on from here\n"
    assert processes.all_gone(started.pid, 2), processes.names(processes.processes(started.pid))
    assert not processes.finished(long_run.prefix)
    again = long_run.finish()
    assert again.returncode == 0
    assert "going on where an earlier run was stopped" in again.stderr
    assert "splits done before" in again.stdout


def test_workers_end_with_their_run_however_it_ends(long_run: Command) -> None:
    started = started_and_at_work(long_run)
    assert processes.wait_until(lambda: bool(processes.workers(started.pid)), 20)
    processes.kill(started.pid, signal.SIGKILL)
    assert processes.all_gone(started.pid, 2), processes.names(processes.processes(started.pid))
    started.communicate()


def test_a_second_run_is_refused_and_the_first_goes_on(long_run: Command) -> None:
    started = started_and_at_work(long_run)
    second = long_run.finish()
    assert second.returncode == 2
    assert "another vaeprep run is writing this output" in second.stderr
    _, err = started.communicate(timeout=60)
    assert started.returncode == 0, err
    assert verify(long_run.prefix).problems == []


def test_resume_is_refused_when_input_or_options_differ(long_run: Command) -> None:
    started = started_and_at_work(long_run)
    os.killpg(started.pid, signal.SIGKILL)
    started.communicate()
    other = Command((*long_run.arguments, "--output-shards", "3"), long_run.prefix)
    refused = other.finish()
    assert refused.returncode == 2
    assert "its output shards was 32, now 3" in refused.stderr
    assert "--restart" in refused.stderr
    os.utime(long_run.arguments[1])
    refused = long_run.finish()
    assert refused.returncode == 2
    assert "has changed since" in refused.stderr
    restarted = Command((*long_run.arguments, "--restart"), long_run.prefix).finish()
    assert restarted.returncode == 0
    assert "splits done before" not in restarted.stdout
    assert processes.leftovers(long_run.prefix) == []
