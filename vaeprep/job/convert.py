"""MIDI files to one TFRecord of NoteSequences, in parallel and in order.

The records equal those of Magenta's `convert_dir_to_note_sequences`. `vaeprep
run --input` needs no such file; this is for those who want to keep it.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path

from vaeprep.errors import UsageError
from vaeprep.files import tfrecord
from vaeprep.inputs import find, splits
from vaeprep.inputs.records import BadRecord, SongRecord, read_split
from vaeprep.inputs.splits import Split
from vaeprep.job import pool
from vaeprep.progress import Advance, Progress, no_progress

_SPLIT_BYTES = 1 << 18
_QUEUED_PER_WORKER = 3


@dataclass(frozen=True, slots=True)
class Converted:
    """What a conversion wrote.

    Attributes:
        songs: NoteSequences written.
        bad: The files that could not be converted, and why.
    """

    songs: int
    bad: list[BadRecord]


def convert(
    inputs: Iterable[str],
    output: Path,
    workers: int,
    executor: Executor | None = None,
    progress: Progress = no_progress,
) -> Converted:
    """Converts MIDI files and folders of them to a TFRecord file.

    Args:
        inputs: Files, patterns and folders, as `vaeprep run --input` takes them.
            TFRecords among them are copied.
        output: The TFRecord file; it appears under its name when it is complete.
        workers: Processes that convert.
        executor: Takes the place of a pool of `workers` processes.
        progress: Opens the progress bar.

    Returns:
        What was written.

    Raises:
        UsageError: An input is not there.
        OSError: The output cannot be written.
    """
    files = find.find_files((), inputs)
    if any(file.path.resolve() == output.resolve() for file in files):
        raise UsageError(f"{output} is an input too; choose another output")
    planned = splits.plan(files, _SPLIT_BYTES)
    bad = [BadRecord(str(loss.path), loss.offset, loss.reason) for loss in planned.losses]
    own = executor or pool.new_pool(workers, ("vaeprep.job.convert", "vaeprep.midi.convert"))
    try:
        with progress("converting", len(files), "files") as advance:
            songs = _in_order(planned.splits, own, workers * _QUEUED_PER_WORKER)
            written = tfrecord.write_records(output, _payloads(songs, bad, advance))
    except BaseException:
        if executor is None:
            pool.stop(own)
        raise
    if executor is None:
        own.shutdown()
    return Converted(written, bad)


def read_all(split: Split) -> list[SongRecord | BadRecord]:
    """A split's records; what a worker runs."""
    return list(read_split(split))


def _payloads(
    songs: Iterable[list[SongRecord | BadRecord]],
    bad: list[BadRecord],
    advance: Advance,
) -> Iterator[bytes]:
    for records in songs:
        for record in records:
            if isinstance(record, BadRecord):
                bad.append(record)
            else:
                yield record.payload
        advance(len(records))


def _in_order(
    splits: Iterable[Split], executor: Executor, in_flight: int
) -> Iterator[list[SongRecord | BadRecord]]:
    """The splits' records in the order of the splits, a few splits ahead of the reader."""
    running: deque[Future[list[SongRecord | BadRecord]]] = deque()
    for split in splits:
        running.append(executor.submit(read_all, split))
        if len(running) >= in_flight:
            yield running.popleft().result()
    while running:
        yield running.popleft().result()
