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
from vaeprep.engines.engine import Engine, Extraction, groups
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
        answer = [convert(engine, records) for records in files]
        print(json.dumps(answer), file=answers, flush=True)


def convert(engine: Engine, records: list[bytes]) -> dict[str, Any]:
    """Converts the records and measures it.

    Returns:
        `cpu` and `wall` seconds of the conversion, `parse` CPU seconds of
        parsing the same records with protobuf and nothing else, and of every
        song a digest of all that the engines must agree on.
    """
    start, wall = time.process_time(), time.perf_counter()
    found = [song for group in groups(records, len) for song in engine(group)]
    cpu, wall = time.process_time() - start, time.perf_counter() - wall
    songs = [song for song in found if isinstance(song, Extraction)]
    start = time.process_time()
    for record in records:
        NoteSequence.FromString(record)
    return {
        "cpu": cpu,
        "wall": wall,
        "parse": time.process_time() - start,
        "songs": len(songs),
        "examples": len({example for song in songs for example in song.examples}),
        "failed": sum(song.failure is not None for song in songs),
        "digests": [_digest(song) for song in songs],
    }


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
