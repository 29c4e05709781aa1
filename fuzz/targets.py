"""The fuzz targets: each takes any bytes and raises only when a promise is broken."""

import contextlib
import struct
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from fuzz.songs import song_of
from vaeprep.configs import CONFIGS
from vaeprep.engines.engine import Engine, Extraction, extract_one
from vaeprep.engines.spec import EngineSpec, build
from vaeprep.files import tfrecord
from vaeprep.inputs import splits
from vaeprep.inputs.found import Folder, InputFile
from vaeprep.job import spill
from vaeprep.midi.convert import MidiError, convert_midi, midi_to_note_sequence
from vaeprep.music.protos import NoteSequence
from vaeprep.music.sequence import NotANoteSequence, decode
from vaeprep.music.time_changes import split_on_time_changes

_CONVERTERS = {
    "melody": "cat-mel_2bar_big",
    "melody_chords": "cat-mel_2bar_med_chords",
    "drums": "cat-drums_2bar_small",
    "drums_full": "nade-drums_2bar_full",
    "trio": "hierdec-trio_16bar",
    "groove": "groovae_4bar",
    "performance": "hier-multiperf_vel_1bar_med",
    "performance_chords": "hier-multiperf_vel_1bar_med_chords",
}


def records(data: bytes) -> None:
    """Whatever is read from a TFRecord stands in it, checksums and all."""
    with tempfile.NamedTemporaryFile(dir=_memory()) as file:
        file.write(data)
        file.flush()
        path = Path(file.name)
        found = [r for r in tfrecord.read_records(path) if isinstance(r, tfrecord.Record)]
        if not tfrecord.is_gzip(path):
            for record in found:
                assert _frame_is_sound(data, record), record.offset
        described = InputFile(Folder(str(path.parent)), path.name, len(data), 0)
        for size in (1, 64, 1 << 20):
            plan = splits.plan([described], size)
            planned = [
                part
                for split in plan.splits
                for one in split.ranges
                for part in tfrecord.read_records(one.path, one.start, one.stop)
                if isinstance(part, tfrecord.Record)
            ]
            assert planned == found, "splits read other records than the whole file"
        tfrecord.looks_like(path)


def spills(data: bytes) -> None:
    """A damaged spill is refused; nothing else is raised."""
    with tempfile.NamedTemporaryFile(dir=_memory()) as file:
        file.write(data)
        file.flush()
        try:
            opened = spill.open_spill(Path(file.name))
            list(spill.read_entries(opened, 0, spill.BUCKETS))
        except spill.SpillError:
            pass


def decoding(data: bytes) -> None:
    """Columns hold what protobuf reads, and a cut loses no field's length."""
    try:
        song = decode(data)
    except NotANoteSequence:
        return
    ns = NoteSequence.FromString(data)
    assert song.id == ns.id
    assert song.notes.pitch.tolist() == [note.pitch for note in ns.notes]
    starts = np.array([note.start_time for note in ns.notes], np.float64)
    assert song.notes.start.tobytes() == starts.tobytes()
    assert len(song.tempos) == len(ns.tempos)
    assert len(list(song.control_changes)) == len(ns.control_changes)
    if len(song.tempos) + len(song.time_signatures) > 200:
        return
    try:
        pieces = split_on_time_changes(song)
    except Exception:  # the song would count as failed
        return
    assert sum(len(piece.notes) for piece in pieces) <= len(ns.notes)


def midi(data: bytes) -> None:
    """A MIDI file is converted, mended or refused with `MidiError`."""
    with contextlib.suppress(MidiError):
        midi_to_note_sequence(data).SerializeToString()
    with contextlib.suppress(MidiError):
        convert_midi(data, lenient=True).sequence.SerializeToString()


def converter(name: str) -> Callable[[bytes], None]:
    """The target of one converter: every song ends as examples or as a failure."""

    def convert(data: bytes) -> None:
        is_proto = data[:1] == b"\x00"  # as in the seeds
        payload = data[1:] if is_proto else song_of(data[1:]).SerializeToString()
        try:
            extraction = extract_one(_engine(_CONVERTERS[name]), payload)
        except NotANoteSequence:
            return
        _check(extraction)

    return convert


def _check(extraction: Extraction) -> None:
    assert extraction.failure is None or not extraction.examples
    assert extraction.failure is None or "NameError" not in extraction.failure
    assert extraction.failure is None or "AttributeError" not in extraction.failure
    for example in set(extraction.examples):
        ns = NoteSequence.FromString(example)
        assert not ns.id
        assert ns.SerializeToString(deterministic=True) == example, "not canonical"
    counters = extraction.counters
    assert len(extraction.examples) <= counters.get("all-examples", 0)
    assert all(count >= 0 for count in counters.values())


@cache
def _engine(config: str) -> Engine:
    # Without filters: they would keep the hardest songs from the converters.
    return build(EngineSpec("fast", None, CONFIGS[config].converter, config))


@cache
def _memory() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _frame_is_sound(data: bytes, record: tfrecord.Record) -> bool:
    length, crc = struct.unpack_from("<QI", data, record.offset)
    body = data[record.offset + 12 : record.offset + 12 + length]
    (body_crc,) = struct.unpack_from("<I", data, record.offset + 12 + length)
    return (
        body == record.payload
        and crc == tfrecord.masked_crc(data[record.offset : record.offset + 8])
        and body_crc == tfrecord.masked_crc(body)
    )


TARGETS: dict[str, Callable[[bytes], None]] = {
    "records": records,
    "spills": spills,
    "decoding": decoding,
    "midi": midi,
    **{name: converter(name) for name in _CONVERTERS},
}
"""All targets by name."""
