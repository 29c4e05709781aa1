"""Where does the fast engine spend its time? CPU time by file, and by step.

python -m benchmarks.profile_engine --data '/path/*.tfrecord' --config cat-mel_2bar_small
"""

import argparse
import cProfile
import pstats
import time
from collections import defaultdict
from pathlib import Path

from benchmarks import music, options, report
from benchmarks.engines import one_of_each_kind
from vaeprep import configs
from vaeprep.engines.engine import groups
from vaeprep.engines.fast import fast_engine
from vaeprep.engines.filters import Filters

_STEPS = {
    "decode": ("sequence.py", "decode"),
    "cut": ("time_changes.py", "cut"),
    "filter": ("filters.py", "drop_reason"),
    "chords": ("chord_inference.py", "infer_harmony"),
}
_NAMED = 4


def main() -> None:
    """Profiles and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_common(parser)
    arguments = parser.parse_args()
    files = options.files(arguments)
    records = [record for file in files for record in music.payloads(file)]
    rows = [row(config, records) for config in arguments.config or one_of_each_kind()]
    head = ("configuration", *_STEPS, "most of it in")
    report.save(arguments.out, "profile_engine", {"rows": rows}, report.table(head, rows))


def row(config: str, records: list[bytes]) -> list[str]:
    """Shares of the time of one configuration's conversion.

    The profiler makes small functions look slower than they are, so the shares
    are good for finding the largest, not for adding up.
    """
    engine = fast_engine(configs.find(config).converter, Filters())
    profile = cProfile.Profile(time.process_time)
    profile.runcall(lambda: [engine(group) for group in groups(records, len)])
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    total = sum(own for _, _, own, _, _ in stats.values())
    by_file: dict[str, float] = defaultdict(float)
    steps = dict.fromkeys(_STEPS, 0.0)
    for (file, _, function), (_, _, own, cumulative, _) in stats.items():
        by_file[_room(file, function)] += own
        for step, place in _STEPS.items():
            if (Path(file).name, function) == place:
                steps[step] += cumulative
    largest = sorted(by_file.items(), key=lambda item: -item[1])[:_NAMED]
    shares = [f"{seconds / total:.0%}" for seconds in steps.values()]
    return [config, *shares, ", ".join(f"{name} {s / total:.0%}" for name, s in largest)]


def _room(file: str, function: str) -> str:
    """The file of vaeprep, or NumPy, or Python's own functions."""
    if "vaeprep" in file:
        return Path(file).name
    numpy = ("numpy", "ufunc", "ndarray")
    return "NumPy" if any(name in file + function for name in numpy) else "Python"


if __name__ == "__main__":
    main()
