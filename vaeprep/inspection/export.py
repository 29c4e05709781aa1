"""Examples and songs as MIDI files, to listen to.

The MIDI file is the one that note_seq's `sequence_proto_to_midi_file` writes;
only pretty_midi is imported for it, which takes half a second, not five.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from vaeprep.errors import UsageError, VaeprepError, option
from vaeprep.files import tfrecord
from vaeprep.files.folder import make_folder
from vaeprep.files.names import summary_beside
from vaeprep.files.whole import write_whole
from vaeprep.inputs.find import find_files
from vaeprep.inspection.items import Kind, UnknownRecord, read_item
from vaeprep.midi.writer import _STANDARD_PPQ, midi_bytes
from vaeprep.music.protos import NoteSequence
from vaeprep.music.sequence import Columns
from vaeprep.tensors.description import read_description
from vaeprep.tensors.to_notes import decode_tensors

_RANGE_BYTES = 1 << 20


class NotExported(VaeprepError):
    """A record has no MIDI file, and why."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Records in a row of one file.

    Attributes:
        path: The TFRecord file.
        start: Byte offset of the first record.
        stop: Byte offset after the last, None for a gzip file.
        first: Number of the first record among all records of all files.
        records: How many there are.
    """

    path: Path
    start: int
    stop: int | None
    first: int
    records: int


@dataclass(frozen=True, slots=True)
class Exported:
    """A MIDI file that was written.

    Attributes:
        path: The file.
        notes: Its notes.
        seconds: Its length.
    """

    path: Path
    notes: int
    seconds: float


def stretches(paths: Sequence[Path]) -> list[Stretch]:
    """Finds where the records are, by their headers alone (gzip files are read).

    Raises:
        UsageError: A file holds no records, and is not just empty.
        OSError: A file cannot be read.
    """
    found: list[Stretch] = []
    first = 0
    for path in paths:
        for start, stop, records in _ranges(path):
            found.append(Stretch(path, start, stop, first, records))
            first += records
    return found


def choose(total: int, count: int, seed: int) -> list[int]:
    """Draws records by lot, the same ones for the same seed.

    Args:
        total: How many there are.
        count: How many are wanted; no more than there are.
        seed: Any number.

    Returns:
        Their numbers, rising.
    """
    return sorted(Random(seed).sample(range(total), min(count, total)))


def export_all(
    patterns: Iterable[str],
    folder: Path,
    *,
    index: Sequence[int] = (),
    random: int | None = None,
    seed: int = 0,
    overwrite: bool = False,
) -> Iterator[Exported | NotExported]:
    """Writes some records of some files as MIDI files.

    Args:
        patterns: TFRecords of examples or songs, and patterns of them.
        folder: Where the MIDI files are written; it is made if it is not there.
        index: The numbers of the records, from 0.
        random: In place of `index`: how many records are drawn by lot.
        seed: Another seed draws other records.
        overwrite: Replace MIDI files that exist.

    Yields:
        What was written, or why a record has no MIDI file, record by record.

    Raises:
        UsageError: It is not said which records, there is no such record, or a
            MIDI file exists.
        OSError: A file cannot be read or written.
    """
    if bool(index) == (random is not None):
        raise UsageError("say which: ", option("index"), " or ", option("random"))
    found = stretches([file.path for file in find_files(patterns)])
    total = sum(stretch.records for stretch in found)
    chosen = index if random is None else choose(total, random, seed)
    if not chosen:
        raise UsageError("there are no records in these files")
    make_folder(folder)
    for number in chosen:
        try:
            yield export(found, number, folder, overwrite)
        except NotExported as error:
            yield error


def export(found: Sequence[Stretch], index: int, folder: Path, overwrite: bool) -> Exported:
    """Writes one record as a MIDI file.

    Args:
        found: Where the records are.
        index: The record's number, from 0.
        folder: Where the file is written, as `example-000012.mid` or
            `song-000012.mid`: the name is made of the number alone, whatever
            the record's id is.
        overwrite: Replace a file that exists.

    Returns:
        What was written.

    Raises:
        UsageError: There is no such record, or the MIDI file exists.
        NotExported: The record cannot be read or is no music that MIDI can hold.
        OSError: The file cannot be written.
    """
    path, record = _record(found, index)
    kind, proto = _note_sequence(path, record)
    midi_path = folder / f"{kind}-{index:06d}.mid"
    if midi_path.exists() and not overwrite:
        raise UsageError(
            f"{midi_path} exists; add ", option("overwrite", True), " to replace it"
        )
    try:
        midi = midi_bytes(proto)
    except Exception as error:  # mido refuses what MIDI cannot hold, in many ways
        reason = f"{type(error).__name__}: {error}"
        raise NotExported(f"record {index} cannot be written as MIDI: {reason}") from error
    write_whole(midi_path, midi)
    seconds = max((note.end_time for note in proto.notes), default=0.0)
    return Exported(midi_path, len(proto.notes), seconds)


def note_sequence_of(music: Columns) -> Any:
    """A NoteSequence with the notes and tempos of decoded tensors."""
    proto = NoteSequence(ticks_per_quarter=_STANDARD_PPQ, total_time=music.total_time)
    for tempo in music.tempos:
        proto.tempos.add(time=tempo.time, qpm=tempo.qpm)
    notes = music.notes
    for i in range(len(notes)):
        proto.notes.add(
            pitch=int(notes.pitch[i]),
            velocity=int(notes.velocity[i]),
            start_time=float(notes.start[i]),
            end_time=float(notes.end[i]),
            instrument=int(notes.instrument[i]),
            program=int(notes.program[i]),
            is_drum=bool(notes.is_drum[i]),
        )
    return proto


def _ranges(path: Path) -> Iterator[tuple[int, int | None, int]]:
    """First byte, last byte and number of records in a row; the rest after damage is lost."""
    if tfrecord.is_gzip(path):
        frames = [part for part in tfrecord.read_records(path) if not _ends(part)]
        yield 0, None, len(frames)
        return
    for part in tfrecord.walk(path, _RANGE_BYTES):
        if isinstance(part, tfrecord.Range):
            yield part.start, part.stop, part.records
        elif part.offset == 0:
            raise UsageError(f"{path} is {tfrecord.no_tfrecord(path)}")


def _ends(part: tfrecord.Record | tfrecord.Damage) -> bool:
    return isinstance(part, tfrecord.Damage) and part.rest_lost


def _record(found: Sequence[Stretch], index: int) -> tuple[Path, bytes]:
    """The file and the payload of a record."""
    for stretch in found:
        if not stretch.first <= index < stretch.first + stretch.records:
            continue
        records = tfrecord.read_records(stretch.path, stretch.start, stretch.stop)
        for number, record in enumerate(records, stretch.first):
            if number == index and isinstance(record, tfrecord.Damage):
                raise NotExported(f"record {index} cannot be read: {record.reason}")
            if number == index:
                assert isinstance(record, tfrecord.Record)
                return stretch.path, record.payload
    total = sum(stretch.records for stretch in found)
    numbers = f"0 to {total - 1:,}" if total else "none"
    raise UsageError(f"there is no record {index:,}; these files have the records {numbers}")


def _note_sequence(path: Path, record: bytes) -> tuple[str, Any]:
    """What a record is called, and its NoteSequence."""
    try:
        item = read_item(record)
    except UnknownRecord as error:
        raise NotExported(f"{path} holds a record that is no music: {error}") from error
    if item.kind is not Kind.TENSORS:
        name = "song" if item.kind is Kind.SONG else "example"
        return name, NoteSequence.FromString(record)
    try:
        described = read_description(summary_beside(path))
        music = decode_tensors(record, described)
    except (UsageError, ValueError, KeyError, IndexError) as error:
        why = error.args if isinstance(error, UsageError) else (str(error),)
        raise NotExported(f"{path} holds tensors without their description: ", *why) from error
    if music is None:
        kind = described["kind"]
        raise NotExported(f"tensors of kind {kind!r} cannot be heard; export NoteSequences")
    return "example", note_sequence_of(music)
