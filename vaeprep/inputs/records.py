"""A split or a file to its records: songs from a TFRecord range, or made from MIDI files."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from vaeprep.files.tfrecord import Damage, explain, read_records
from vaeprep.inputs.find import InputFile
from vaeprep.inputs.splits import FileRange, MidiSplit, Split, whole_file


@dataclass(frozen=True, slots=True)
class Remark:
    """Something worth saying about a song that was read.

    Attributes:
        kind: "mended" (a MIDI file was read in spite of its faults) or "unread"
            (tempos, meters or keys outside its first track, which count for nothing).
        text: What exactly.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class SongRecord:
    """The bytes of one serialized NoteSequence and where they come from.

    Attributes:
        path: The TFRecord or MIDI file.
        offset: Byte offset of the record in the (unzipped) TFRecord, 0 for MIDI.
        payload: The serialized NoteSequence.
        remarks: What is worth saying about it.
    """

    path: str
    offset: int
    payload: bytes
    remarks: tuple[Remark, ...] = ()


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


def read_file(file: InputFile) -> Iterator[SongRecord | BadRecord]:
    """Reads the records of a whole file in order, as `read_split` does; a MIDI file is one.

    Raises:
        OSError: A TFRecord file cannot be opened or read.
    """
    return read_split(whole_file(file))


def _tfrecord_range(part: FileRange) -> Iterator[SongRecord | BadRecord]:
    path = str(part.path)
    for record in read_records(part.path, part.start, part.stop):
        if isinstance(record, Damage):
            yield BadRecord(path, record.offset, explain(part.path, record))
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
