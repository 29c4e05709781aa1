"""Small shards of every configuration, from the songs that the demo composes."""

import functools
import gzip
import json
from pathlib import Path

from vaeprep.configs import CONFIGS
from vaeprep.demo.songs import compose
from vaeprep.engines.engine import extract_one
from vaeprep.engines.fast import fast_engine
from vaeprep.files.tfrecord import write_records
from vaeprep.music.encode import note_sequence_payload
from vaeprep.tensors import describe, encoder, with_ids

SHARDS = 3


@functools.cache
def _songs() -> tuple[bytes, ...]:
    return tuple(song.SerializeToString() for song in compose(40, 7))


@functools.cache
def _all_examples(converter: object) -> tuple[tuple[bytes, tuple[str, ...]], ...]:
    engine = fast_engine(converter, None)  # type: ignore[arg-type]
    found: dict[bytes, list[str]] = {}
    for song in _songs():
        extraction = extract_one(engine, song)
        for example in extraction.examples:
            found.setdefault(example, []).append(extraction.source_id)
    return tuple((example, tuple(dict.fromkeys(ids))) for example, ids in found.items())


def examples(config: str, most: int = 200) -> list[tuple[bytes, tuple[str, ...]]]:
    """Canonical examples of a configuration with their source ids, evenly chosen."""
    every = _all_examples(CONFIGS[config].converter)
    return list(every[:: max(1, len(every) // most)][:most])


def write_tensors(folder: Path, config: str, most: int = 200, zipped: bool = False) -> str:
    """Writes tensor shards with their description; returns their pattern."""
    encode = encoder(CONFIGS[config])
    prefix = folder / f"{config}.tfrecord"
    payloads = [with_ids(encode(example), ids) for example, ids in examples(config, most)]
    _write(prefix, payloads, zipped)
    summary = {"tensors": describe(CONFIGS[config])}
    prefix.with_name(f"vaeprep-{prefix.name}.json").write_text(json.dumps(summary), "utf-8")
    return f"{prefix}*"


def write_note_sequences(folder: Path, config: str, most: int = 200) -> str:
    """Writes the same examples as NoteSequence shards; returns their pattern."""
    prefix = folder / f"{config}-notes.tfrecord"
    payloads = [
        note_sequence_payload(example, b"", ids) for example, ids in examples(config, most)
    ]
    _write(prefix, payloads, False)
    return f"{prefix}*"


def _write(prefix: Path, payloads: list[bytes], zipped: bool) -> None:
    for shard in range(SHARDS):
        path = prefix.with_name(f"{prefix.name}-{shard:05d}-of-{SHARDS:05d}")
        write_records(path, payloads[shard::SHARDS])
        if zipped:
            path.write_bytes(gzip.compress(path.read_bytes()))
