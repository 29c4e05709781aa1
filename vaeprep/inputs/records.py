"""A split to its records: NoteSequences from a TFRecord range, or made from MIDI files."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from vaeprep.files.tfrecord import Damage, read_records
from vaeprep.inputs.splits import FileRange, MidiSplit, Split


@dataclass(frozen=True, slots=True)
class SongRecord:
    """The bytes of one serialized NoteSequence and where they come from.

    Attributes:
        path: The TFRecord or MIDI file.
        offset: Byte offset of the record in the (unzipped) TFRecord, 0 for MIDI.
        payload: The serialized NoteSequence.
    """

    path: str
    offset: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record or file that cannot be read, and why."""

    path: str
    offset: int
    reason: str


def read_split(split: Split) -> Iterator[SongRecord | BadRecord]:
    """Reads a split's records in order.

    Yields:
        Each record, a `BadRecord` in place of each that cannot be read.

    Raises:
        OSError: A TFRecord file cannot be opened or read.
    """
    if isinstance(split, MidiSplit):
        return _midi_files(split)
    return chain.from_iterable(map(_tfrecord_range, split.ranges))


def _tfrecord_range(part: FileRange) -> Iterator[SongRecord | BadRecord]:
    path = str(part.path)
    for record in read_records(part.path, part.start, part.stop):
        if isinstance(record, Damage):
            lost = "; the rest of the file is lost" if record.rest_lost else ""
            yield BadRecord(path, record.offset, record.reason + lost)
        else:
            yield SongRecord(path, record.offset, record.payload)


def _midi_files(split: MidiSplit) -> Iterator[SongRecord | BadRecord]:
    from vaeprep.midi.convert import MidiError, convert_file

    for name in split.files:
        try:
            payload = convert_file(Path(name), split.root, split.collection)
        except MidiError as error:
            yield BadRecord(name, 0, f"this MIDI file cannot be converted: {error}")
        except OSError as error:
            yield BadRecord(name, 0, f"cannot be read: {error.strerror or error}")
        else:
            yield SongRecord(name, 0, payload)
