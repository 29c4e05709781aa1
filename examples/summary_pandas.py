"""Looks at the summary of a run in pandas.

python examples/summary_pandas.py out/vaeprep-mel.tfrecord.json
"""

import json
import sys
from pathlib import Path

import pandas as pd


def main(summary_path: str) -> None:
    """Prints what was kept and dropped, and how even the shards are."""
    summary = json.loads(Path(summary_path).read_text("utf-8"))

    counters = pd.Series(summary["counters"], name="count").sort_values(ascending=False)
    print(counters.to_string(), end="\n\n")

    shards = pd.concat(
        {kind: pd.DataFrame(shards) for kind, shards in summary["shards"].items()},
        names=["kind"],
    )
    sizes = shards.groupby("kind")[["records", "bytes"]].agg(["sum", "min", "max"])
    print(sizes.to_string(), end="\n\n")

    faults = pd.DataFrame(summary["faults"], columns=["kind", "path", "offset", "reason"])
    print("no bad records" if faults.empty else faults.to_string())


if __name__ == "__main__":
    main(*sys.argv[1:])
