"""A split or a file to its records: songs from a TFRecord range, or made from music."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from vaeprep.files.tfrecord import Damage, explain, read_records
from vaeprep.inputs.archives import UnreadableError, contents
from vaeprep.inputs.found import InputFile
from vaeprep.inputs.songs import Remark, Unconverted, convert
from vaeprep.inputs.splits import FileRange, MusicSplit, Split, whole_file


@dataclass(frozen=True, slots=True)
class SongRecord:
    """The bytes of one serialized NoteSequence and where they come from.

    Attributes:
        path: The TFRecord or file of music.
        offset: Byte offset of the record in the (unzipped) TFRecord, or of the tune in
            a tunebook; 0 where the file is the song.
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


def read_split(split: Split, lenient_midi: bool = False) -> Iterator[SongRecord | BadRecord]:
    """Reads a split's records in order.

    Args:
        split: The split.
        lenient_midi: Mend MIDI files that Magenta refuses, see `midi.lenient`.

    Yields:
        Each record, a `BadRecord` in place of each that cannot be read.

    Raises:
        OSError: A TFRecord file cannot be opened or read.
    """
    if isinstance(split, MusicSplit):
        return _music_files(split, lenient_midi)
    return chain.from_iterable(map(_tfrecord_range, split.ranges))


def read_file(file: InputFile, lenient_midi: bool = False) -> Iterator[SongRecord | BadRecord]:
    """Reads the records of a whole file in order, as `read_split` does.

    Raises:
        OSError: A TFRecord file cannot be opened or read.
    """
    return read_split(whole_file(file), lenient_midi)


def _tfrecord_range(part: FileRange) -> Iterator[SongRecord | BadRecord]:
    path = str(part.path)
    for record in read_records(part.path, part.start, part.stop):
        if isinstance(record, Damage):
            yield BadRecord(path, record.offset, explain(part.path, record))
        else:
            yield SongRecord(path, record.offset, record.payload)


def _music_files(split: MusicSplit, lenient_midi: bool) -> Iterator[SongRecord | BadRecord]:
    for file in split.files:
        yield from _songs_of(file, lenient_midi)


def _songs_of(file: InputFile, lenient_midi: bool) -> Iterator[SongRecord | BadRecord]:
    """The songs of one file of music, or why it has none."""
    path = file.text
    try:
        data = contents(file)
    except UnreadableError as error:
        yield BadRecord(path, 0, f"cannot be read: {error}")
        return
    except OSError as error:
        yield BadRecord(path, 0, f"cannot be read: {error.strerror or error}")
        return
    for song in convert(data, file, lenient_midi):
        if isinstance(song, Unconverted):
            yield BadRecord(path, song.offset, song.reason)
        else:
            yield SongRecord(path, song.offset, song.payload, song.remarks)
