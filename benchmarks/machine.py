"""Says on what a benchmark ran: machine, versions, date, command."""

import os
import platform
import shlex
import subprocess
import sys
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from vaeprep.job.pool import available_cpus

_PACKAGES = (
    "vaeprep",
    "magenta",
    "note-seq",
    "numpy",
    "protobuf",
    "tensorflow",
    "tf-keras",
    "apache-beam",
)


def describe(arguments: list[str] | None = None) -> dict[str, Any]:
    """Everything that a sceptic needs to run the same again.

    Args:
        arguments: The command line; this process's own when None. Folders are
            cut off, since they say nothing to another reader.
    """
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "command": shlex.join(map(_without_folders, arguments or _command())),
        "commit": _commit(),
        "processor": _processor(),
        "cpus": available_cpus(),
        "memory GB": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "load at the end": round(os.getloadavg()[0], 2),
        **{name: _version(name) for name in _PACKAGES},
    }


def in_words(machine: dict[str, Any]) -> str:
    """The description as one paragraph of Markdown."""
    versions = ", ".join(f"{name} {machine[name]}" for name in _PACKAGES if machine[name])
    return (
        f"{machine['date']}, commit {machine['commit']}, {machine['cpus']} CPUs "
        f"({machine['processor']}), {machine['memory GB']} GB, {machine['system']}, "
        f"Python {machine['python']}, load average at the end {machine['load at the end']}; "
        f"{versions}.\n\n"
        f"    {machine['command']}\n"
    )


def _command() -> list[str]:
    name = Path(sys.argv[0]).stem
    return ["python", "-m", f"benchmarks.{name}", *sys.argv[1:]]


def _without_folders(argument: str) -> str:
    """`--out=/home/me/results` becomes `--out=/path/results`."""
    name, equals, value = argument.rpartition("=")
    path = Path(value)
    return f"{name}{equals}/path/{path.name}" if path.is_absolute() else argument


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _commit() -> str:
    try:
        result = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parent,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return result.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
