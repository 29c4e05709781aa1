"""`vaeprep run` as real processes: start them, find and kill them, see what is left."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vaeprep.files.names import existing_shards, song_list_path, summary_path


@dataclass(frozen=True)
class Process:
    """A process as /proc shows it."""

    pid: int
    parent: int
    command: str


def _hear_ctrl_c() -> None:
    """Tests that a shell runs in the background ignore Ctrl-C, and so would their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True)
class Command:
    """A `vaeprep run` command."""

    arguments: tuple[str, ...]
    prefix: Path
    module: str = "vaeprep"

    def start(self) -> "subprocess.Popen[str]":
        """Starts it in a session of its own, so that all its processes can be found."""
        return subprocess.Popen(
            [sys.executable, "-m", self.module, "run", *self.arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=_hear_ctrl_c,
        )

    def finish(self) -> "subprocess.CompletedProcess[str]":
        """Runs it to its end."""
        started = self.start()
        out, err = started.communicate(timeout=120)
        return subprocess.CompletedProcess(self.arguments, started.returncode, out, err)


def command(songs: Path, prefix: Path, config: str, *more: str) -> Command:
    """A command that reads `songs` and writes `prefix`."""
    arguments = ("--input-tfrecord", str(songs), "--output-tfrecord", str(prefix),
                 "--config", config, "--workers", "2", *more)  # fmt: skip
    return Command(arguments, prefix)


def output(prefix: Path) -> dict[str, bytes]:
    """The shards by name."""
    return {path.name: path.read_bytes() for path in existing_shards(prefix)}


def finished(prefix: Path) -> bool:
    """Whether the output looks finished: there is a summary."""
    return summary_path(prefix).exists()


def leftovers(prefix: Path) -> list[str]:
    """What stands in the output folder beside shards, summary and the list of its songs."""
    expected = {path.name for path in existing_shards(prefix)}
    expected |= {summary_path(prefix).name, song_list_path(prefix).name}
    return sorted(
        path.name
        for path in prefix.parent.iterdir()
        if path.name not in expected and not (path.is_dir() and not any(path.iterdir()))
    )


def processes(session: int) -> list[Process]:
    """The living processes of a session (zombies are dead)."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            command_line = (
                (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            )
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] not in "ZX":
            found.append(Process(int(folder.name), int(fields[1]), command_line))
    return found


def fork_servers(session: int) -> list[Process]:
    """The process that workers are forked from."""
    found = processes(session)
    return [one for one in found if "forkserver" in one.command and one.parent == session]


def workers(session: int) -> list[Process]:
    """The workers of a run."""
    servers = {server.pid for server in fork_servers(session)}
    return [one for one in processes(session) if one.parent in servers]


def kill(pid: int, number: signal.Signals) -> None:
    """Sends a signal to a process that may be gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether a condition became true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.0005)
    return True


def all_gone(session: int, seconds: float) -> bool:
    """Whether no process of a session is left after at most so many seconds."""
    return wait_until(lambda: not processes(session), seconds)


def names(found: Sequence[Process]) -> str:
    """Processes for a message."""
    return "; ".join(f"{one.pid} {one.command}" for one in found)


def peak_mb() -> int:
    """The most memory this process has held, in MiB.

    Not `ru_maxrss`: that counts what the process was before it started its
    program too, a copy of its parent.
    """
    status = Path("/proc/self/status").read_text("utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024
