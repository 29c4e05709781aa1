"""Files of music to one TFRecord of NoteSequences, in parallel and in order.

The records equal those of Magenta's `convert_dir_to_note_sequences`. `vaeprep
run --input` needs no such file; this is for those who want to keep it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path

from vaeprep.errors import UsageError, option
from vaeprep.files import tfrecord
from vaeprep.inputs import find, splits
from vaeprep.inputs.found import among
from vaeprep.inputs.records import BadRecord, SongRecord, read_split
from vaeprep.inputs.splits import Split, absolute
from vaeprep.job import pool
from vaeprep.job.fanout import KILLED_TWICE, Lost, Outcome, fan_out
from vaeprep.job.given_executor import Given
from vaeprep.job.report import Fault
from vaeprep.progress import Advance, Progress, no_progress

_SPLIT_BYTES = 1 << 18
_QUEUED_PER_WORKER = 3
_WORKER_MODULES = ("vaeprep.job.convert", "vaeprep.midi.convert")

_Records = list[SongRecord | BadRecord]


@dataclass(frozen=True, slots=True)
class Converted:
    """What a conversion wrote.

    Attributes:
        songs: NoteSequences written.
        bad: The files that could not be converted, and why.
        lost: Parts of the input whose worker was killed twice, in words.
        notes: What the user should know about the inputs, a line each.
        remarks: The songs of which something is worth saying, their music left out.
    """

    songs: int
    bad: tuple[BadRecord, ...]
    lost: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    remarks: tuple[SongRecord, ...] = ()


def convert(
    inputs: Iterable[str],
    output: Path,
    workers: int,
    executor: Given | None = None,
    progress: Progress = no_progress,
    lenient_midi: bool = False,
    overwrite: bool = False,
) -> Converted:
    """Converts files of music and folders of them to a TFRecord file.

    Args:
        inputs: Files, patterns and folders, as `vaeprep run --input` takes them.
            TFRecords among them are copied.
        output: The TFRecord file; it appears under its name when it is complete.
        workers: Processes that convert.
        executor: Takes the place of a pool of `workers` processes.
        progress: Opens the progress bar.
        lenient_midi: Mend MIDI files that Magenta refuses.
        overwrite: Replace an output that exists.

    Returns:
        What was written.

    Raises:
        UsageError: An input is not there, or the output is in the way of something.
        OSError: The output cannot be written.
    """
    found = find.find((), inputs)
    files = found.files
    if among(output, files):
        raise UsageError(f"{output} is an input too; choose another output")
    _check_output(output, overwrite)
    planned = splits.plan(files, _SPLIT_BYTES, found.losses)
    bad = [BadRecord(str(loss.path), loss.offset, loss.reason) for loss in planned.losses]
    lost: list[str] = []
    remarks: list[SongRecord] = []
    read = partial(read_all, lenient_midi=lenient_midi)
    in_flight = workers * _QUEUED_PER_WORKER
    with (
        progress("converting", len(files), "files") as advance,
        pool.executors(workers, _WORKER_MODULES, executor) as new_executor,
    ):
        # Another engine's processes may work in another folder.
        tasks = planned.splits if executor is None else map(absolute, planned.splits)
        done = fan_out(read, tasks, new_executor, in_flight, in_order=True)
        payloads = _payloads(done, bad, lost, remarks, advance)
        first = next(payloads, None)
        written = 0  # of nothing no file is made, which would block the corrected command
        if first is not None:
            written = tfrecord.write_records(output, chain([first], payloads))
    notes = tuple(found.lines())
    return Converted(written, tuple(bad), tuple(lost), notes, tuple(remarks))


def faults_of(done: Converted) -> Iterator[Fault]:
    """Everything that was not converted, and what is worth saying about songs that were."""
    for bad in done.bad:
        yield Fault("damaged", bad.path, bad.offset, "", bad.reason)
    for part in done.lost:
        yield Fault("lost", part.partition(",")[0], 0, "", part)
    for song in done.remarks:
        for remark in song.remarks:
            yield Fault(remark.kind, song.path, song.offset, "", remark.text)


def _check_output(output: Path, overwrite: bool) -> None:
    if output.is_dir():
        raise UsageError(f"the output {str(output)!r} is a folder; add a file name")
    if output.exists() and not overwrite:
        raise UsageError(f"{output} exists; add ", option("overwrite", True), " to replace it")
    if not output.parent.is_dir():
        raise UsageError(f"there is no folder {str(output.parent)!r}; make it first")


def read_all(split: Split, lenient_midi: bool = False) -> _Records:
    """A split's records; what a worker runs."""
    return list(read_split(split, lenient_midi))


def _payloads(
    outcomes: Iterable[Outcome[Split, _Records]],
    bad: list[BadRecord],
    lost: list[str],
    remarks: list[SongRecord],
    advance: Advance,
) -> Iterator[bytes]:
    """The songs in order; what is not among them goes to `bad` and `lost`."""
    for outcome in outcomes:
        if isinstance(outcome, Lost):
            lost.append(f"{splits.name_of(outcome.task)}: {KILLED_TWICE}")
            advance(outcome.task.records)
            continue
        for record in outcome.result:
            if isinstance(record, BadRecord):
                bad.append(record)
            else:
                if record.remarks:
                    remarks.append(replace(record, payload=b""))
                yield record.payload
        advance(len(outcome.result))
