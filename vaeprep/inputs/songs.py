"""A file of music to its songs, with the ids and names that Magenta's script gives them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from vaeprep.inputs.found import InputFile
from vaeprep.inputs.kinds import FileKind
from vaeprep.source_ids import file_id


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
class Song:
    """One song of a file.

    Attributes:
        offset: Where it begins in the file; 0 where the file is the song.
        payload: The serialized NoteSequence.
        remarks: What is worth saying about it.
    """

    offset: int
    payload: bytes
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Unconverted:
    """A file, or a tune of it, that gives no song, and why."""

    offset: int
    reason: str


def convert(
    data: bytes, file: InputFile, lenient_midi: bool = False
) -> Iterator[Song | Unconverted]:
    """Converts the songs of a file, as `convert_dir_to_note_sequences` does.

    Args:
        data: What is in the file, unpacked.
        file: Its kind and names.
        lenient_midi: Mend a MIDI file that Magenta refuses.

    Yields:
        Each song with id, `collection_name` and `filename`, in order; an
        `Unconverted` in place of each that cannot be converted.
    """
    match file.kind:
        case FileKind.MIDI:
            yield from _midi(data, file, lenient_midi)
        case FileKind.MUSICXML:
            yield from _musicxml(data, file)
        case FileKind.ABC:
            yield from _abc(data, file)


def _midi(data: bytes, file: InputFile, lenient: bool) -> Iterator[Song | Unconverted]:
    from vaeprep.midi.convert import MidiError, convert_midi

    try:
        midi = convert_midi(data, lenient)
    except MidiError as error:
        yield Unconverted(0, f"this MIDI file cannot be converted: {error}")
        return
    song = _named(midi.payload, file, "midi", file.relative)
    told = {"mended": midi.mended, "unread": midi.unread}
    remarks = tuple(Remark(kind, "; ".join(texts)) for kind, texts in told.items() if texts)
    yield replace(song, remarks=remarks) if isinstance(song, Song) and remarks else song


def _musicxml(data: bytes, file: InputFile) -> Iterator[Song | Unconverted]:
    from vaeprep.scores.musicxml import ScoreError, musicxml_to_note_sequence

    try:
        sequence = musicxml_to_note_sequence(data)
    except ScoreError as error:
        yield Unconverted(0, f"this score cannot be converted: {error}")
    else:
        yield _named(sequence.SerializeToString(), file, "musicxml", file.relative)


def _abc(data: bytes, file: InputFile) -> Iterator[Song | Unconverted]:
    from vaeprep.scores.abc import tunes

    for tune in tunes(data):
        if tune.sequence is None:
            yield Unconverted(
                tune.offset, f"the tune X:{tune.number} cannot be converted: {tune.fault}"
            )
        else:
            name = f"{file.relative}_{tune.number}"
            payload = tune.sequence.SerializeToString()
            yield _named(payload, file, "abc", name, tune.offset, tune.copy)


def _named(
    payload: bytes,
    file: InputFile,
    source_type: str,
    name: str,
    offset: int = 0,
    copy: int = 1,
) -> Song | Unconverted:
    """The song with its id, filename and collection name, the first of all fields."""
    from vaeprep.music.protos import NoteSequence

    collection = file.folder.collection
    try:
        names = NoteSequence(
            id=file_id(source_type, collection, name, file.copy, copy),
            filename=file.relative,
            collection_name=collection,
        )
    except UnicodeEncodeError:
        return Unconverted(offset, "its path is not valid Unicode")
    return Song(offset, names.SerializeToString() + payload)
