"""Looks at files of music: one pass, bounded memory, every kind of record."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vaeprep.engines.engine import Extraction, groups
from vaeprep.errors import UsageError, option
from vaeprep.files import tfrecord
from vaeprep.files.names import summary_beside
from vaeprep.inputs.found import InputFile, Loss
from vaeprep.inputs.kinds import FileKind
from vaeprep.inputs.records import BadRecord, SongRecord, read_file
from vaeprep.inspection.items import Item, Kind, UnknownRecord, read_item
from vaeprep.inspection.runs import FinishedRun, find_runs
from vaeprep.inspection.section import Section, new_section
from vaeprep.inspection.trial import Trial
from vaeprep.job.report import NAMED, Fault
from vaeprep.music.sequence import Columns
from vaeprep.progress import Advance
from vaeprep.tensors.description import read_description
from vaeprep.tensors.to_notes import decode_tensors

SHOWN = 6
"""Records of each choice (random, most frequent) that a page shows."""


@dataclass(slots=True)
class Inspection:
    """What is in some files.

    Attributes:
        paths: The files, in order.
        bytes: Their size.
        sections: The records by kind; only kinds that occur.
        fault_counts: Bad records by kind of fault.
        faults: The first of them.
        runs: The runs that made the files, where their summaries are found.
        trial: With a configuration: what it would make of the songs.
        remark_counts: Songs that were read, yet something is worth saying, by kind.
        remarks: The first of them.
        sample_of: How many examples there are, if the files are a fair sample
            of a run's shards only.
        told: Called with every fault, every remark, every song that gives nothing.
    """

    paths: list[Path]
    bytes: int
    sections: dict[Kind, Section] = field(default_factory=dict)
    fault_counts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    runs: list[FinishedRun] = field(default_factory=list)
    trial: Trial | None = None
    remark_counts: Counter[str] = field(default_factory=Counter)
    remarks: list[Fault] = field(default_factory=list)
    sample_of: int | None = None
    told: Callable[[Fault], None] = lambda _fault: None

    @property
    def count(self) -> int:
        """All records that could be read."""
        return sum(section.count for section in self.sections.values())


def inspect_files(
    files: Sequence[InputFile],
    seed: int = 0,
    shown: int = SHOWN,
    trial: Trial | None = None,
    advance: Advance = lambda _count: None,
    lenient_midi: bool = False,
    losses: Iterable[Loss] = (),
    told: Callable[[Fault], None] = lambda _fault: None,
    observe: Callable[[Item], None] = lambda _item: None,
) -> Inspection:
    """Reads all records of the files and counts what is in them.

    Memory does not grow with the files: where many different things have to be
    remembered (to tell repeats), an even sample of them is (`KeyCounts`).

    Args:
        files: TFRecords, and files of music, which are converted to songs.
        seed: Decides which records are shown as the random ones.
        shown: How many records of each choice are shown.
        trial: Tries a configuration on the songs as well.
        advance: Called with the number of bytes read.
        lenient_midi: Mend MIDI files that Magenta refuses.
        losses: What cannot be read already; faults like others.
        told: Called with every fault, every remark, and every song that the trial gives
            no example of.
        observe: Called with each record that could be read.

    Returns:
        The counts. Bad records are counted and the first of them named.

    Raises:
        UsageError: Not one record can be read, or there are no songs to try
            the configuration on.
        OSError: A file cannot be read.
    """
    paths = [file.path for file in files]
    inspection = Inspection(paths, sum(file.size for file in files))
    inspection.runs = find_runs(paths)
    inspection.trial = trial
    inspection.told = told
    for loss in losses:
        _add_fault(inspection, Fault("damaged", str(loss.path), loss.offset, "", loss.reason))
    index = 0
    for file in files:
        described = _description(file)
        for group in groups(read_file(file, lenient_midi), _size):
            read = [_read(record, described) for record in group]
            extracted = _extracted(trial, group, read)
            for record, item in zip(group, read, strict=True):
                if isinstance(record, BadRecord):
                    fault = Fault("damaged", record.path, record.offset, "", record.reason)
                    _add_fault(inspection, fault)
                else:
                    _add_remarks(inspection, record)
                    if isinstance(item, Item):
                        _add_item(inspection, record, item, extracted, index, seed, shown)
                        observe(item)
                    elif item is not None:
                        _add_fault(inspection, _undecodable(record, item))
                    advance(len(record.payload) + tfrecord.FRAME_BYTES)
                index += 1
    _refuse_nothing(inspection)
    if trial is not None:
        trial.finish(_songs(files, lenient_midi))
    return inspection


def _size(record: SongRecord | BadRecord) -> int:
    return len(record.payload) if isinstance(record, SongRecord) else 0


def _read(
    record: SongRecord | BadRecord, described: dict[str, Any] | None
) -> Item | UnknownRecord | None:
    """What a record holds, or why it is of no known kind; None of one that is damaged."""
    if isinstance(record, BadRecord):
        return None
    try:
        item = read_item(record.payload)
        if item.kind is Kind.TENSORS and described is not None:
            return replace(item, music=_music(record.payload, described))
    except UnknownRecord as error:
        return error
    return item


def _undecodable(record: SongRecord, error: UnknownRecord) -> Fault:
    return Fault("undecodable", record.path, record.offset, "", str(error))


def _extracted(
    trial: Trial | None,
    group: Sequence[SongRecord | BadRecord],
    read: Sequence[Item | UnknownRecord | None],
) -> Iterator[Extraction]:
    """What the trial's engine makes of the songs of a group."""
    if trial is None:
        return iter(())
    songs = [
        record.payload
        for record, item in zip(group, read, strict=True)
        if isinstance(record, SongRecord) and isinstance(item, Item) and item.kind is Kind.SONG
    ]
    return iter(trial.extract(songs))


def _music(record: bytes, described: dict[str, Any]) -> Columns | None:
    """The music of a record of tensor shards, None if its kind is not known here.

    Raises:
        UnknownRecord: It is not as its description says.
    """
    try:
        return decode_tensors(record, described)
    except (ValueError, KeyError, IndexError) as error:
        raise UnknownRecord(f"not as its description says: {error}") from error


def _add_item(
    inspection: Inspection,
    record: SongRecord,
    item: Item,
    extracted: Iterator[Extraction],
    index: int,
    seed: int,
    shown: int,
) -> None:
    if item.kind not in inspection.sections:
        section = inspection.sections[item.kind] = new_section(item.kind, shown)
        if item.kind is not Kind.SONG:
            section.browsed.want_songs(_songs_of_runs(inspection.runs))
    inspection.sections[item.kind].add(record.payload, item, index, seed)
    if inspection.trial is not None and item.kind is Kind.SONG:
        place = (record.path, record.offset)
        nothing = inspection.trial.add(next(extracted), item.name, *place, seed)
        if nothing is not None:
            inspection.told(nothing)


def _songs_of_runs(runs: Sequence[FinishedRun]) -> Iterator[str]:
    """The ids of the songs that gave examples, as far as the summaries list them."""
    for run in runs:
        yield from (song.source_id for song in run.summary.songs if song.examples)


def _add_remarks(inspection: Inspection, record: SongRecord) -> None:
    for remark in record.remarks:
        inspection.remark_counts[remark.kind] += 1
        said = Fault(remark.kind, record.path, record.offset, "", remark.text)
        inspection.told(said)
        if len(inspection.remarks) < NAMED:
            inspection.remarks.append(said)


def _add_fault(inspection: Inspection, fault: Fault) -> None:
    inspection.fault_counts[fault.kind] += 1
    inspection.told(fault)
    if len(inspection.faults) < NAMED:
        inspection.faults.append(fault)


def _refuse_nothing(inspection: Inspection) -> None:
    """Bad records are faults among others, and an error if there is nothing else."""
    if not inspection.count and inspection.faults:
        first = inspection.faults[0]
        raise UsageError(f"cannot read {first.path}: {first.reason}")
    if inspection.trial is not None and Kind.SONG not in inspection.sections:
        raise UsageError(
            option("config"), " needs songs to try it on, and there are none in these files"
        )


def _description(file: InputFile) -> dict[str, Any] | None:
    """The description of tensor shards beside this file, if it is one of them."""
    if file.kind is not FileKind.TFRECORD:
        return None
    try:
        return read_description(summary_beside(file.path))
    except UsageError:
        return None


def _songs(files: Sequence[InputFile], lenient_midi: bool) -> Iterator[tuple[bytes, str]]:
    """The songs of the files once more, with their file names."""
    for file in files:
        for record in read_file(file, lenient_midi):
            if isinstance(record, SongRecord):
                try:
                    item = read_item(record.payload)
                except UnknownRecord:
                    continue
                if item.kind is Kind.SONG:
                    yield record.payload, item.name
