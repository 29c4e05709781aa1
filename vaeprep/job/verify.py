"""Checks finished shards against their summary, and says what is wrong.

Examples lie in the shards in the order of their hashes, example i in shard
i mod N. So the shards are read side by side, one record of each in turn, and
the hashes must rise: that finds every example that stands twice, in the same
shard or in two, without keeping any of them in memory.
"""

import glob
import re
import resource
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import google_crc32c

from vaeprep.errors import UsageError
from vaeprep.files import tfrecord
from vaeprep.files.names import existing_shards, shard_name, summary_path
from vaeprep.files.remote import RemotePath, local_or_remote
from vaeprep.files.tfrecord import Damage
from vaeprep.job import spill
from vaeprep.job.shards import Shard
from vaeprep.job.summary import Summary, from_json
from vaeprep.music.protos import NoteSequence

_CHUNK = 1 << 20
_BUFFERS = 64 << 20
_LEAST_BUFFER = 1 << 13
_SPARE_FILES = 64
_SUMMARY = re.compile(r"vaeprep-(.+)\.json", re.DOTALL)
_SONG_LIST = re.compile(r"vaeprep-(.+)-songs\.jsonl", re.DOTALL)
_NAMED = 5
MAX_PROBLEMS = 50
"""How many problems are named before the check stops looking for more."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check found.

    Attributes:
        shards: Shards that were looked at.
        records: Records that were read.
        problems: One line for each thing that is wrong.
    """

    shards: int
    records: int
    problems: list[str]


def verify(prefix: Path) -> Verdict:
    """Checks the shards of a prefix against the summary next to them.

    Args:
        prefix: The `--output-tfrecord` of the run.

    Returns:
        The verdict; without problems the shards are as the run wrote them.

    Raises:
        UsageError: There is no summary, so no finished run.
    """
    if not prefix.name:
        raise UsageError("the prefix must end in a file name, e.g. out/mel.tfrecord")
    summary = _load_summary(prefix)
    problems: list[str] = []
    records = looked_at = total = 0
    for name, expected in summary.shards.items():
        if not _stands_in(prefix.parent, expected):
            continue  # an evaluation set in a folder of its own, with a summary of its own
        problems += _unexpected_shards(prefix.parent, expected)
        sound = [shard for shard in expected if _check_file(prefix.parent, shard, problems)]
        looked_at += len(sound)
        ordered = name == "notesequences" and len(sound) == len(expected)
        records += _check_records(prefix.parent, sound, ordered, problems)
        total += sum(shard.records for shard in expected)
    whole = summary.song_list
    if whole is not None and _has_summary(prefix.parent, _SONG_LIST, whole.name):
        _check_file(prefix.parent, whole, problems)
    if not problems and records != total:
        problems.append(f"the shards hold {records:,} examples, the summary says {total:,}")
    return Verdict(looked_at, records, problems[:MAX_PROBLEMS])


def prefixes_of(given: Sequence[str]) -> list[Path]:
    """The prefixes of finished runs that some paths mean.

    Args:
        given: Prefixes, shards, patterns of shards, summaries, folders of these.

    Returns:
        Each run's prefix once, also where it has several outputs.
    """
    found: dict[tuple[Path, str], Path] = {}
    for text in given:
        for prefix in _prefixes(local_or_remote(text)):
            path = summary_path(prefix)
            key = path.read_text("utf-8", "replace") if path.is_file() else str(path)
            found.setdefault((prefix.parent.resolve(), key), prefix)
    return list(found.values())


def _prefixes(path: Path) -> list[Path]:
    if path.name and summary_path(path).exists():
        return [path]
    summary = _SUMMARY.fullmatch(path.name) or _SONG_LIST.fullmatch(path.name)
    if summary and path.exists():
        return [path.with_name(summary[1])]
    if path.is_dir():
        named = (_SUMMARY.fullmatch(one.name) for one in sorted(path.iterdir()))
        runs = [path / one[1] for one in named if one]
        if not runs and not path.name:
            raise UsageError("there is no finished run in this folder; name the prefix of one")
        return runs or [path]
    is_remote = isinstance(path, RemotePath)
    matches = [] if is_remote else [Path(one) for one in sorted(glob.glob(str(path)))]
    shards = (shard_name(one) for one in matches or [path])
    return list(dict.fromkeys(one.prefix for one in shards if one)) or [path]


def _load_summary(prefix: Path) -> Summary:
    path = summary_path(prefix)
    if not path.exists():
        found = existing_shards(prefix)
        if found:
            raise UsageError(
                f"{found[0]} exists but there is no summary {path}: the run has not finished; "
                "give its command again"
            )
        raise UsageError(f"there is no summary {path}; {_others(path.parent)}")
    try:
        return from_json(path.read_text("utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _others(folder: Path) -> str:
    """The finished runs in a folder, for who has named none."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    names = [match[1] for match in (_SUMMARY.fullmatch(one.name) for one in files) if match]
    if not names:
        return "is the prefix right?"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"finished there: {', '.join(names[:_NAMED])}{more}"


def _stands_in(folder: Path, expected: Sequence[Shard]) -> bool:
    """Whether the run has written a set of shards into this folder, even if they are gone."""
    named = shard_name(folder / expected[0].name) if expected else None
    return named is None or summary_path(named.prefix).exists()


def _has_summary(folder: Path, pattern: re.Pattern[str], name: str) -> bool:
    """Whether the summary that a file belongs to stands in this folder."""
    named = pattern.fullmatch(name)
    return named is None or summary_path(folder / named[1]).exists()


def _unexpected_shards(folder: Path, expected: Sequence[Shard]) -> Iterator[str]:
    """Files that a training command would read too, but that the run did not write."""
    names = {shard.name for shard in expected}
    named = shard_name(folder / expected[0].name)
    for path in existing_shards(named.prefix) if named else ():
        if path.name not in names:
            yield f"{path.name}: not among the shards of this run"


def _check_file(folder: Path, shard: Shard, problems: list[str]) -> bool:
    """Size and checksum of a whole shard; True when it is there at all."""
    path = folder / shard.name
    if not path.exists():
        problems.append(f"{shard.name}: missing")
        return False
    size = path.stat().st_size
    if size != shard.bytes:
        problems.append(f"{shard.name}: {size:,} bytes, the summary says {shard.bytes:,}")
    elif _file_crc(path) != shard.crc32c:
        problems.append(f"{shard.name}: its bytes are not those that were written")
    return True


def _file_crc(path: Path) -> int:
    crc = 0
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            crc = google_crc32c.extend(crc, chunk)
    return crc


def _check_records(
    folder: Path, expected: Sequence[Shard], ordered: bool, problems: list[str]
) -> int:
    """Reads every record; hashes must rise where `ordered`. Returns the number of records."""
    _allow_open_files(len(expected))
    buffer_bytes = max(_BUFFERS // max(len(expected), 1), _LEAST_BUFFER)
    readers = [
        tfrecord.read_records(folder / shard.name, buffer_bytes=buffer_bytes)
        for shard in expected
    ]
    counts = [0] * len(readers)
    last = b""
    reading = set(range(len(readers)))
    while reading and len(problems) < MAX_PROBLEMS:
        for number in sorted(reading):
            record = next(readers[number], None)
            if record is None:
                reading.remove(number)
                continue
            name = expected[number].name
            if isinstance(record, Damage):
                problems.append(f"{name} at byte {record.offset:,}: {record.reason}")
                ordered = False
                continue
            counts[number] += 1
            if ordered:
                last = _check_order(name, record, last, problems)
    for shard, count in zip(expected, counts, strict=True):
        if count != shard.records and len(problems) < MAX_PROBLEMS:
            problems.append(
                f"{shard.name}: {count:,} records, the summary says {shard.records:,}"
            )
    return sum(counts)


def _check_order(name: str, record: tfrecord.Record, last: bytes, problems: list[str]) -> bytes:
    """Decodes an example and compares its hash with the one before; returns the hash."""
    where = f"{name} at byte {record.offset:,}"
    try:
        example = NoteSequence.FromString(record.payload)
    except Exception as error:  # protobuf's DecodeError, by whichever runtime
        problems.append(f"{where}: no NoteSequence ({error})")
        return last
    example.ClearField("id")
    digest = spill.hash_example(example.SerializeToString(deterministic=True))
    if digest == last:
        problems.append(f"{where}: this example stands twice")
    elif digest < last:
        problems.append(f"{where}: not in the order of the hashes")
    return digest


def _allow_open_files(count: int) -> None:
    """Raises this process's own limit of open files where the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
