"""The music a benchmark runs on: the reader's TFRecords, or the sample."""

import glob
from pathlib import Path

from vaeprep.demo.songs import write_songs
from vaeprep.files import tfrecord

SEED = 7


def find(data: list[str]) -> list[Path]:
    """The files of the patterns, each once, sorted within a pattern.

    Raises:
        SystemExit: A pattern matches nothing.
    """
    found: list[Path] = []
    for pattern in data:
        matches = sorted(map(Path, glob.glob(pattern)))
        if not matches:
            raise SystemExit(f"no file matches {pattern!r}")
        found += [path.resolve() for path in matches if path.resolve() not in found]
    return found


def sample(folder: Path, songs: int) -> Path:
    """Composes the sample; a longer one begins with the songs of a shorter one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"sample-{songs}.tfrecord"
    if not path.exists():
        write_songs(path, songs, SEED)
    return path.resolve()


def payloads(path: Path, limit: int | None = None) -> list[bytes]:
    """The serialized NoteSequences of a file.

    Raises:
        SystemExit: The file is damaged.
    """
    records = []
    for record in tfrecord.read_records(path):
        if isinstance(record, tfrecord.Damage):
            raise SystemExit(f"{path}: {record.reason}")
        records.append(record.payload)
        if len(records) == limit:
            break
    return records
