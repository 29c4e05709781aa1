"""What `pip install vaeprep` brings, and that it is enough for the light commands.

Run by the Python of an environment that holds vaeprep and nothing else, it is the smoke
test of an installed copy; `make check-wheel` does so for the wheel and for the sdist:

    build/bare/bin/python -I tests/light_install.py
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution, distributions, version
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ALLOWED = {
    "click",
    "google-crc32c",
    "importlib-resources",
    "mido",
    "numpy",
    "packaging",
    "pretty-midi",
    "protobuf",
    "six",
    "tqdm",
}
"""Every package of a light install. A new one is a decision: it goes onto every machine."""

LIMIT = 100_000_000
"""Bytes of all these packages together, unpacked."""

HEAVY = ("tensorflow", "librosa", "note_seq", "magenta", "scipy", "pandas")

FROM_PYTHON = """
import vaeprep

examples = list(vaeprep.read_examples("out/trio.tfrecord*"))
assert examples, "no example"
try:
    vaeprep.load_dataset
except ImportError as error:
    assert "pip install 'vaeprep[train]'" in str(error), error
else:
    raise AssertionError("load_dataset works without TensorFlow?")
"""


def closure(requirements: Iterable[str]) -> dict[str, Distribution]:
    """The installed packages that requirements lead to, each under its normalized name."""
    found: dict[str, Distribution] = {}
    waiting = [(Requirement(line), "") for line in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        if name in found and not requirement.extras:
            continue
        found[name] = distribution(name)
        for line in found[name].requires or ():
            waiting += [(Requirement(line), wanted) for wanted in ("", *requirement.extras)]
    return found


def size(package: Distribution) -> int:
    """The bytes of a package's files."""
    paths = [Path(str(file.locate())) for file in package.files or ()]
    return sum(path.stat().st_size for path in paths if path.exists())


def check_packages() -> None:
    """Nothing is installed but vaeprep, what it asks for, and pip."""
    installed = {canonicalize_name(each.metadata["Name"]) for each in distributions()}
    packages = closure(["vaeprep"])
    assert installed - {"pip", "setuptools"} == set(packages), installed ^ set(packages)
    assert set(packages) - {"vaeprep"} <= ALLOWED, set(packages) - ALLOWED
    total = sum(map(size, packages.values()))
    for name, package in sorted(packages.items()):
        print(f"  {name:<22}{package.version:<14}{size(package) / 1e6:8.1f} MB")
    print(f"  {'together':<36}{total / 1e6:8.1f} MB")
    assert total < LIMIT
    assert not [name for name in HEAVY if find_spec(name)]


def vaeprep(*words: str, code: int = 0, says: str = "") -> None:
    """Runs the installed program and checks its exit code and a part of what it prints."""
    program = Path(sys.executable).with_name("vaeprep")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    started = time.monotonic()
    done = subprocess.run(
        [program, *words], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    print(f"  {time.monotonic() - started:5.1f} s  vaeprep {' '.join(words)}")
    assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}"
    assert says in done.stdout, f"{says!r} is not in\n{done.stdout}"
    assert "Traceback" not in done.stdout, done.stdout


def check_commands() -> None:
    """The light commands, in the current folder; the others name their extra."""
    melody, trio = ("--config", "cat-mel_2bar_small"), ("--config", "flat-trio_16bar")
    songs = ("--input", "songs.tfrecord", "--output-shards", "2")
    vaeprep("--version", says=version("vaeprep"))
    vaeprep("configs", says="hierdec-trio_16bar")
    vaeprep("demo-songs", "songs.tfrecord", "--songs", "12", "--seed", "7")
    vaeprep("inspect", "songs.tfrecord", *melody, "--html", "songs.html", says="12 songs")
    report = ("--report", "out/report.html")
    vaeprep("run", *songs, "--output-tfrecord", "out/mel.tfrecord", *melody, *report)
    tensors = ("--format", "tensors")
    vaeprep("run", *songs, "--output-tfrecord", "out/trio.tfrecord", *trio, *tensors)
    vaeprep("verify", "out/mel.tfrecord")
    vaeprep("verify", "out/trio.tfrecord")
    vaeprep("export", "out/trio.tfrecord*", "--random", "3", "--midi", "listen")
    vaeprep("export", "songs.tfrecord", "--random", "3", "--midi", "midi")
    vaeprep("convert", "midi", "converted.tfrecord")
    vaeprep("inspect", "converted.tfrecord", "--json", says='"songs"')
    for page in ("songs.html", "out/report.html"):
        assert "<style>" in Path(page).read_text("utf-8"), page
    subprocess.run([sys.executable, "-I", "-c", FROM_PYTHON], check=True)
    Path("tune.abc").write_text("X:1\nK:C\nCDEF|GABc|\n")
    scores = "pip install 'vaeprep[scores]'"
    vaeprep("convert", "tune.abc", "midi", "scores.tfrecord", says=scores)
    other = ("--output-tfrecord", "other.tfrecord", *melody, "--engine", "magenta")
    vaeprep("run", *songs, *other, code=2, says="pip install 'vaeprep[magenta]'")
    vaeprep("train", *melody, "--run-dir", "x", code=2, says="pip install 'vaeprep[train]'")


if __name__ == "__main__":
    check_packages()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        check_commands()
        os.chdir("/")
