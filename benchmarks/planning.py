"""How long a folder of a million MIDI files takes to plan, and how much memory.

    python -m benchmarks.planning --folder /tmp/million

The folder is made of hard links to one file, and deleted afterwards.
"""

import argparse
import os
import resource
import shutil
import time
from pathlib import Path

from vaeprep.inputs import splits
from vaeprep.inputs.find import find
from vaeprep.inputs.found import changed_files, fingerprint
from vaeprep.job.workfolder import load_plan, open_work_folder, save_plan

_IN_A_FOLDER = 5000  # file systems bound the links to one file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--folder", type=Path, required=True, help="made, and deleted afterwards"
    )
    parser.add_argument("--files", type=int, default=1_000_000)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True)
    try:
        make(arguments.folder / "songs", arguments.files)
        measure(arguments.folder)
    finally:
        shutil.rmtree(arguments.folder)


def make(root: Path, files: int) -> None:
    for first in range(0, files, _IN_A_FOLDER):
        folder = root / f"{first // _IN_A_FOLDER:04d}"
        folder.mkdir(parents=True)
        one = folder / f"song_{first:07d}.mid"
        one.write_bytes(b"MThd")
        for number in range(first + 1, min(first + _IN_A_FOLDER, files)):
            os.link(one, folder / f"song_{number:07d}.mid")


def measure(folder: Path) -> None:
    begin = time.process_time()

    def lap(name: str) -> None:
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{name:<8} {time.process_time() - begin:6.2f} s of CPU  {memory:5.0f} MB")

    found = find((), [str(folder / "songs")])
    lap("found")
    plan = splits.plan(found.files, 1 << 22, found.losses)
    lap("planned")
    job = {"inputs": fingerprint(found.files)}
    work = open_work_folder(folder / "work", job, False, found.files)
    save_plan(work, plan)
    lap("saved")
    again = load_plan(work)
    lap("loaded")
    assert again is not None
    assert not changed_files(again.files)
    lap("compared")
    assert again == plan


if __name__ == "__main__":
    main()
