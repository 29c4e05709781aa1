"""Merges all spills of a folder: the process that `million_songs` measures.

Prints one line of JSON: what was merged, and this process's own CPU seconds.
"""

import argparse
import json
import time
from pathlib import Path

from vaeprep.job import merge, shards, spill_index
from vaeprep.music.encode import note_sequence_payload


def main() -> None:
    """Merges, counts, and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spills", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--output-shards", type=int, default=32)
    arguments = parser.parse_args()
    paths = sorted(arguments.spills.glob("*.spill"))
    output = shards.ShardSet(arguments.out, arguments.output_shards, note_sequence_payload)
    entries: list[int] = []
    start = time.process_time()
    counts = merge.merge(
        spill_index.build(arguments.out.with_name("index"), paths), [output], entries.append
    )
    written = output.close()
    answer = {
        "spills": len(paths),
        "spill bytes": sum(path.stat().st_size for path in paths),
        "entries": sum(entries),
        "shares": len(entries),
        "unique": counts.unique,
        "most sources": counts.most_sources,
        "written": sum(shard.records for shard in written),
        "written bytes": sum(shard.bytes for shard in written),
        "cpu": time.process_time() - start,
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
