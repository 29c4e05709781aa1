"""One task of the pool: a split's records to examples, written as a spill."""

import functools
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vaeprep.converters.reasons import Kind, Reason
from vaeprep.engines.engine import Engine, Extracted, Extraction, groups
from vaeprep.engines.spec import EngineSpec, build
from vaeprep.inputs.records import BadRecord, SongRecord, read_split
from vaeprep.inputs.splits import Split
from vaeprep.job import fault_lines, songs, spill
from vaeprep.job.cause_words import words_of
from vaeprep.job.foreign import no_note_sequence
from vaeprep.job.lines import Lines
from vaeprep.job.outcomes import causes_of, outcome_of
from vaeprep.job.report import NAMED, Fault, Report, StrictError
from vaeprep.job.songs import file_name, song_result
from vaeprep.music.sequence import NotANoteSequence
from vaeprep.source_ids import content_id

if TYPE_CHECKING:
    from vaeprep.configs import Config

BATCH_BYTES = 32 << 20
"""Examples and ids that a worker holds before it writes them (a gzip file is one split)."""


@dataclass(frozen=True, slots=True)
class Task:
    """All that a worker needs to know of one split.

    Attributes:
        split: The records to read.
        engine: The engine to build (once in each process).
        spill_path: Where the result shall stand.
        max_examples: At most this many examples of each song, None for all.
        strict: Raise on the first fault.
        tensors: The configuration whose tensor features are computed of each
            example; None computes none.
        lenient_midi: Mend MIDI files that Magenta refuses.
    """

    split: Split
    engine: EngineSpec
    spill_path: Path
    max_examples: int | None = None
    strict: bool = False
    tensors: "Config | None" = None
    lenient_midi: bool = False


@dataclass(slots=True)
class _Batch:
    """Distinct examples that wait for their spill, and their songs' ids."""

    ids: list[str] = field(default_factory=list)
    found: dict[bytes, tuple[bytes, list[int]]] = field(default_factory=dict)
    size: int = 0

    def add(self, source_id: str, examples: dict[bytes, bytes]) -> None:
        number = len(self.ids)
        self.ids.append(source_id)
        self.size += len(source_id)
        for digest, example in examples.items():
            if digest in self.found:
                self.found[digest][1].append(number)
            else:
                self.found[digest] = (example, [number])
                self.size += len(example)


@dataclass(slots=True)
class _Tally:
    """Counts of a task while it works, and the lines that tell all faults and songs."""

    fault_lines: Lines
    song_lines: Lines
    records: int = 0
    without_id: int = 0
    entries: int = 0
    entry_bytes: int = 0
    batches: int = 0
    counters: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    fault_counts: Counter[str] = field(default_factory=Counter)
    cured: Counter[str] = field(default_factory=Counter)
    remarks: list[Fault] = field(default_factory=list)
    remark_counts: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    song_reasons: Counter[Reason] = field(default_factory=Counter)
    piece_reasons: Counter[Reason] = field(default_factory=Counter)
    gave_nothing: list[Fault] = field(default_factory=list)


# A song with infinite times fails or gives nothing; NumPy need not warn too.
@np.errstate(all="ignore")
def extract_split(task: Task) -> Report:
    """Extracts the examples of one split and writes its spill.

    Args:
        task: The split and what to do with it.

    Returns:
        What was counted; the same stands in the spill.

    Raises:
        StrictError: With `strict`, on the first fault.
        OSError: The input cannot be opened, or the spill cannot be written.
    """
    engine = _engine(task.engine)
    tally = _Tally(Lines(task.spill_path, fault_lines.KIND), Lines(task.spill_path, songs.KIND))
    batch = _Batch()
    for record, song in _songs(task, engine, tally):
        examples = _distinct(song.examples, task.max_examples)
        name = file_name(record.payload)
        result = song_result(song, name, len(examples), task.engine.config)
        tally.song_lines.add(songs.line_of(result))
        if not examples:
            continue
        batch.add(song.source_id, examples)
        if batch.size >= BATCH_BYTES:
            entries = _entries(task, tally, batch)
            spill.write(
                spill.batch_path(task.spill_path, tally.batches), entries, batch.ids, b""
            )
            tally.batches += 1
            batch = _Batch()
    return _finish(task, tally, batch)


@functools.lru_cache(maxsize=1)
def _engine(spec: EngineSpec) -> Engine:
    return build(spec)


def _songs(
    task: Task, engine: Engine, tally: _Tally
) -> Iterable[tuple[SongRecord, Extraction]]:
    """The split's songs; faults and counters go to the tally."""
    records = read_split(task.split, task.lenient_midi)
    for group in groups(records, _size):
        payloads = [record.payload for record in group if isinstance(record, SongRecord)]
        found = iter(engine(payloads) if payloads else ())
        for record in group:
            if isinstance(record, BadRecord):
                _add_fault(task, tally, _fault("damaged", record, "", record.reason))
                continue
            song = _checked(task, tally, record, next(found))
            if song is not None:
                yield record, song


def _size(record: SongRecord | BadRecord) -> int:
    return len(record.payload) if isinstance(record, SongRecord) else 0


def _checked(
    task: Task, tally: _Tally, record: SongRecord, song: Extracted
) -> Extraction | None:
    """A song as it counts; None, and a fault, if the record is none."""
    tally.records += 1
    if isinstance(song, NotANoteSequence):
        reason = no_note_sequence(record.payload) or f"{song}"
        _add_fault(task, tally, _fault("undecodable", record, "", reason))
        return None
    if not song.examples and (why := no_note_sequence(record.payload)):
        _add_fault(task, tally, _fault("undecodable", record, "", why))
        return None
    if not song.source_id:
        song = replace(song, source_id=content_id(record.payload))
        tally.without_id += 1
    _add_remarks(task, tally, record, song)
    _add_outcome(task, tally, record, song)
    if song.failure is None:
        tally.counters.update(song.counters)
    return song


def _distinct(examples: list[bytes], limit: int | None) -> dict[bytes, bytes]:
    """Each different example by its hash; the `limit` smallest hashes of them.

    Choosing by hash takes a random-looking sample that depends neither on the
    engine nor on the order of the windows.
    """
    by_hash = {spill.hash_example(example): example for example in examples}
    if limit is None or len(by_hash) <= limit:
        return by_hash
    return {digest: by_hash[digest] for digest in sorted(by_hash)[:limit]}


def _entries(task: Task, tally: _Tally, batch: _Batch) -> list[spill.Entry]:
    """The batch's examples ordered by hash, counted in the tally."""
    features = _features(task.tensors) if task.tensors else lambda _example: b""
    entries = [
        spill.Entry(digest, sources, example, features(example))
        for digest, (example, sources) in sorted(batch.found.items())
    ]
    tally.entries += len(entries)
    tally.entry_bytes += sum(map(spill.entry_size, entries))
    return entries


def _finish(task: Task, tally: _Tally, batch: _Batch) -> Report:
    """Writes the last batch with the report: that marks the split as done."""
    entries = _entries(task, tally, batch)
    report = Report(
        split=task.split.index,
        records=tally.records,
        counters={name: count for name, count in sorted(tally.counters.items()) if count},
        faults=tally.faults,
        fault_counts=dict(tally.fault_counts),
        entries=tally.entries,
        entry_bytes=tally.entry_bytes,
        batches=tally.batches,
        without_id=tally.without_id,
        cured=dict(tally.cured),
        remarks=tally.remarks,
        remark_counts=dict(tally.remark_counts),
        outcomes=dict(tally.outcomes),
        causes=causes_of(tally.song_reasons, tally.piece_reasons),
        gave_nothing=tally.gave_nothing,
        fault_lines=tally.fault_lines.close(),
        song_lines=tally.song_lines.close(),
    )
    data = json.dumps(asdict(report)).encode("utf-8")
    spill.write(task.spill_path, entries, batch.ids, data)
    return report


@functools.lru_cache(maxsize=1)
def _features(config: "Config") -> Callable[[bytes], bytes]:
    from vaeprep.tensors import encoder

    return encoder(config)


def _fault(kind: str, record: SongRecord | BadRecord, source_id: str, reason: str) -> Fault:
    return Fault(kind, record.path, record.offset, _short(source_id), _short(reason))


def _short(text: str, limit: int = 300) -> str:
    """Text for a message: one line, of bounded length, nothing a terminal would obey."""
    line = " ".join(text[: 4 * limit].split())
    line = line if len(line) <= limit else f"{line[:limit]}..."
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in line)


def _add_fault(task: Task, tally: _Tally, fault: Fault) -> None:
    if task.strict:
        raise StrictError.at(f"{fault.kind}: {fault}")
    tally.fault_counts[fault.kind] += 1
    _name(tally, tally.faults, fault)


def _name(tally: _Tally, named: list[Fault], fault: Fault) -> None:
    """Names a fault if few are named yet; a line beside the spill tells each of them."""
    if len(named) < NAMED:
        named.append(fault)
    tally.fault_lines.add(fault_lines.line_of(fault))


def _add_outcome(task: Task, tally: _Tally, record: SongRecord, song: Extraction) -> None:
    """Counts what became of a song and why; names it if it gave nothing."""
    tally.outcomes[outcome_of(song)] += 1
    if song.reasons:
        tally.piece_reasons.update(song.reasons)
    if song.reason is None:
        return
    tally.song_reasons[song.reason] += 1
    if song.failure is not None:
        fault = _fault("failed", record, song.source_id, song.failure)
        if song.reason.kind is not Kind.ERROR:
            fault = replace(fault, cause=words_of(song.reason, task.engine.config))
        _add_fault(task, tally, fault)
    else:
        why = words_of(song.reason, task.engine.config)
        _name(tally, tally.gave_nothing, _fault("nothing", record, song.source_id, why))


def _add_remarks(task: Task, tally: _Tally, record: SongRecord, song: Extraction) -> None:
    """Counts what the cures did, and names what is worth saying about the song."""
    tally.cured.update(song.done.changed)
    remarks = [(remark.kind, remark.text) for remark in record.remarks]
    if song.done.not_merged:
        remarks.append(("not-merged", song.done.not_merged))
    for kind, text in remarks:
        tally.remark_counts[kind] += 1
        _name(tally, tally.remarks, _fault(kind, record, song.source_id, text))
