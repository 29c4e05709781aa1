"""Converts files with one engine and says what it took: the process that `engines` measures.

Reads requests from standard input, a line each, `["config", ["file", ...]]` in
JSON, and answers each with a line of JSON. Reading the file, building the engine and
importing are outside the measured time; the conversion is inside, from the
bytes of a NoteSequence to the bytes of its examples.
"""

import argparse
import json
import os
import sys
import time
from hashlib import blake2b
from pathlib import Path
from typing import Any

from benchmarks import music
from vaeprep import configs
from vaeprep.engines.engine import Engine, Extracted, Extraction, groups
from vaeprep.engines.filters import Filters
from vaeprep.engines.spec import EngineSpec, build
from vaeprep.music.protos import NoteSequence


def main() -> None:
    """Answers requests until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["fast", "magenta"], required=True)
    parser.add_argument("--songs", type=int, default=None, help="the first N of each file")
    arguments = parser.parse_args()
    # TensorFlow and others may print; the answers keep standard output for themselves.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        config, paths = json.loads(line)
        files = [music.payloads(Path(path), arguments.songs) for path in paths]
        engine = _engine(arguments.engine, config)
        in_groups = arguments.engine == "fast"  # the other converts song by song anyhow
        answer = [convert(engine, records, in_groups) for records in files]
        print(json.dumps(answer), file=answers, flush=True)


def convert(engine: Engine, records: list[bytes], in_groups: bool) -> dict[str, Any]:
    """Converts the records and measures it.

    Args:
        engine: The engine.
        records: The songs.
        in_groups: Whether the engine is given many songs at once.

    Returns:
        `cpu` seconds of the conversion, `parse` CPU seconds of parsing the same
        records with protobuf and nothing else, and of every song its examples, the CPU
        seconds it takes `alone`, and a digest of all that the engines must agree on.
    """
    batches = list(groups(records, len)) if in_groups else [[record] for record in records]
    seconds, found = _timed(engine, batches)
    alone, _ = _timed(engine, [[record] for record in records]) if in_groups else (seconds, [])
    songs = [song for song in found if isinstance(song, Extraction)]
    start = time.process_time()
    for record in records:
        NoteSequence.FromString(record)
    return {
        "cpu": sum(seconds),
        "parse": time.process_time() - start,
        "songs": len(songs),
        "examples": len({example for song in songs for example in song.examples}),
        "examples of a song": [len(set(song.examples)) for song in songs],
        "alone": alone,
        "failed": sum(song.failure is not None for song in songs),
        "digests": [_digest(song) for song in songs],
    }


def _timed(engine: Engine, batches: list[list[bytes]]) -> tuple[list[float], list[Extracted]]:
    """CPU seconds of each batch, and what all songs gave."""
    seconds = []
    found: list[Extracted] = []
    for batch in batches:
        start = time.process_time()
        found += engine(batch)
        seconds.append(time.process_time() - start)
    return seconds, found


def _digest(song: Extraction) -> str:
    """Short hash of a song's id, distinct examples, counters and failure."""
    agreed = (
        song.source_id,
        sorted({blake2b(example).hexdigest() for example in song.examples}),
        sorted((name, count) for name, count in song.counters.items() if count),
        song.failure,
    )
    return blake2b(repr(agreed).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _engine(name: str, config: str) -> Engine:
    converter = configs.find(config).converter if name == "fast" else None
    return build(EngineSpec(name, Filters(), converter, config))


if __name__ == "__main__":
    main()
