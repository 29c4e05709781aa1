"""Files that every player opens are read too, if that is asked for; others as ever."""

import random
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaeprep.demo.songs import compose
from vaeprep.midi.convert import ConvertedMidi, MidiError, convert_midi, midi_to_note_sequence
from vaeprep.midi.lenient import mend
from vaeprep.midi.writer import midi_bytes

NOTES = b"\x00\x90\x3c\x50\x60\x80\x3c\x00\x00\x90\x3e\x50\x60\x80\x3e\x00"
END = b"\x00\xff\x2f\x00"
TEMPO = b"\x00\xff\x51\x03\x09\x27\xc0"


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack(">L", len(content)) + content


def midi(*tracks: bytes, form: int = 1, count: int | None = None) -> bytes:
    header = struct.pack(">hhh", form, len(tracks) if count is None else count, 96)
    return chunk(b"MThd", header) + b"".join(chunk(b"MTrk", track) for track in tracks)


GOOD = midi(TEMPO + NOTES + END)

WRONG = {
    "a velocity above 127": midi(TEMPO + NOTES.replace(b"\x3c\x50", b"\x3c\xc8") + END),
    "a controller of 255": midi(TEMPO + b"\x00\xb0\x07\xff" + NOTES + END),
    "a key with 18 flats": midi(TEMPO + b"\x00\xff\x59\x02\xee\x00" + NOTES + END),
    "a key of mode 5": midi(TEMPO + b"\x00\xff\x59\x02\x00\x05" + NOTES + END),
    "a key of one byte": midi(TEMPO + b"\x00\xff\x59\x01\x00" + NOTES + END),
    "a key of no byte": midi(TEMPO + b"\x00\xff\x59\x00" + NOTES + END),
    "a bad key in the second track": midi(
        TEMPO + END, b"\x00\xff\x59\x02\x00\x05" + NOTES + END
    ),
    "a meter of two bytes": midi(TEMPO + b"\x00\xff\x58\x02\x03\x02" + NOTES + END),
    "a meter of one byte": midi(TEMPO + b"\x00\xff\x58\x01\x03" + NOTES + END),
    "a meter of 0/4": midi(TEMPO + b"\x00\xff\x58\x04\x00\x02\x18\x08" + NOTES + END),
    "a denominator of 2**255": midi(TEMPO + b"\x00\xff\x58\x04\x04\xff\x18\x08" + NOTES + END),
    "a tempo of two bytes": midi(b"\x00\xff\x51\x02\x09\x27" + NOTES + END),
    "a tempo of nothing": midi(b"\x00\xff\x51\x03\x00\x00\x00" + NOTES + END),
    "a channel prefix of no byte": midi(TEMPO + b"\x00\xff\x20\x00" + NOTES + END),
    "a sequence number of one byte": midi(b"\x00\xff\x00\x01\x05" + NOTES + END),
    "an SMPTE offset out of range": midi(b"\x00\xff\x54\x05\x60\x7f\x00\x00\x00" + NOTES + END),
    "a text of a megabyte": midi(b"\x00\xff\x01\xbd\x84\x41" + b"a" * 1_000_001 + NOTES + END),
    "bytes above 127 in a system exclusive": midi(b"\x00\xf0\x03\x50\xff\xf7" + NOTES + END),
    "an undefined status byte": midi(b"\x00\xf4" + NOTES + END),
    "running status before any status": midi(b"\x00\x3c" + NOTES + END),
    "running status after a system exclusive": midi(
        NOTES[:8] + b"\x00\xf0\x02\x50\xf7" + b"\x00\x3e\x50" + NOTES[8:] + END
    ),
    "no end, the last message cut": midi(TEMPO + NOTES + NOTES)[:-3],
    "a last track longer than the file": GOOD.replace(b"MTrk\x00\x00", b"MTrk\x00\x01"),
    "an endless track": GOOD.replace(b"MTrk\x00\x00", b"MTrk\xff\xff"),
    "a first track too long": midi(TEMPO + END, NOTES + END).replace(
        b"MTrk\x00\x00\x00\x0b", b"MTrk\x00\x00\x00\x0f"
    ),
    "a first track too short": midi(TEMPO + END, NOTES + END).replace(
        b"MTrk\x00\x00\x00\x0b", b"MTrk\x00\x00\x00\x05"
    ),
    "an empty track": midi(TEMPO + END, b"", NOTES + END),
    "an unknown chunk between tracks": midi(TEMPO + END, count=2)
    + chunk(b"XFIH", b"abc")
    + chunk(b"MTrk", NOTES + END),
    "garbage between tracks": midi(TEMPO + END, count=2)
    + b"\0\r\n"
    + chunk(b"MTrk", NOTES + END),
    "fewer tracks than counted": midi(TEMPO + NOTES + END, count=9),
    "no tracks counted": midi(TEMPO + NOTES + END, count=0),
    "a header that says too much": GOOD.replace(
        b"MThd\x00\x00\x00\x06", b"MThd\x00\x00\x00\x0a"
    ),
    "a header that says too little": GOOD.replace(
        b"MThd\x00\x00\x00\x06", b"MThd\x00\x00\x00\x02"
    ),
    "bytes before the header": b"\0" * 128 + GOOD,
    "a time after all music": midi(TEMPO + NOTES + b"\xff" * 9 + b"\x7f\x90\x40\x40" + END),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_is_refused_for_one_fault_is_read_without_it(name: str) -> None:
    with pytest.raises(MidiError):
        midi_to_note_sequence(WRONG[name])
    done = convert_midi(WRONG[name], lenient=True)
    assert {60, 62} <= {note.pitch for note in done.sequence.notes}
    assert len(done.mended) >= 1
    with pytest.raises(MidiError):
        convert_midi(WRONG[name])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        b"MThd",
        b"<html>",
        midi(),
        GOOD.replace(b"\0\x60MTrk", b"\0\0MTrk"),  # no ticks
        GOOD.replace(b"\0\x60MTrk", b"\xe7\x28MTrk"),  # film frames
    ],
)
def test_what_no_player_opens_is_refused_with_the_reader_s_own_reason(data: bytes) -> None:
    with pytest.raises(MidiError) as exact:
        midi_to_note_sequence(data)
    with pytest.raises(MidiError) as lenient:
        convert_midi(data, lenient=True)
    assert str(lenient.value) == str(exact.value)


SONGS = [midi_bytes(song) for song in compose(4, seed=3)]


def _same(data: bytes, done: ConvertedMidi) -> bool:
    expected = midi_to_note_sequence(data).SerializeToString()
    return bool(done.sequence.SerializeToString() == expected)


@pytest.mark.parametrize("number", range(len(SONGS)))
def test_a_file_without_faults_is_read_as_ever(number: int) -> None:
    data = SONGS[number]
    done = convert_midi(data, lenient=True)
    assert done.mended == ()
    assert done.unread == ()
    assert _same(data, done)


@pytest.mark.parametrize("number", range(len(SONGS)))
def test_mending_a_file_without_faults_changes_nothing_in_it(number: int) -> None:
    mended = mend(SONGS[number])
    assert mended.faults == ()
    again = midi_to_note_sequence(mended.data).SerializeToString()
    assert again == midi_to_note_sequence(SONGS[number]).SerializeToString()


@given(st.integers(0, 2**32 - 1))
def test_a_damaged_file_is_read_or_refused_and_never_loses_what_the_reader_reads(
    seed: int,
) -> None:
    chance = random.Random(seed)
    data = bytearray(SONGS[chance.randrange(len(SONGS))][:4000])
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    if chance.random() < 0.3:
        del data[chance.randrange(len(data)) :]
    try:
        expected = midi_to_note_sequence(bytes(data))
    except MidiError:
        expected = None
    try:
        done = convert_midi(bytes(data), lenient=True)
    except MidiError:
        assert expected is None
        return
    if expected is not None and not done.mended:
        assert done.sequence == expected
    assert expected is not None or done.mended


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (midi(END, TEMPO + NOTES + END), "1 tempo outside the first track"),
        (
            midi(TEMPO + END, b"\x00\xff\x58\x04\x03\x02\x18\x08" + NOTES + END),
            "1 time signature outside the first track",
        ),
        (
            midi(TEMPO + END, b"\x00\xff\x59\x02\x02\x00" + NOTES + END),
            "1 key signature outside the first track",
        ),
        (midi(TEMPO + END, NOTES + END, NOTES + END, count=2), "a track beyond the number"),
        (midi(TEMPO + b"\x60\xff\x60\x00" + NOTES + END), "1 meta message of unknown type"),
    ],
)
def test_what_magenta_passes_over_is_told_and_read_if_asked_for(data: bytes, told: str) -> None:
    exact = convert_midi(data)
    assert [told in text for text in exact.unread] == [True]
    assert _same(data, exact)
    done = convert_midi(data, lenient=True)
    assert done.mended
    assert done.unread == ()
    assert not _same(data, done)


def test_what_the_first_track_says_too_is_not_told() -> None:
    meter = b"\x00\xff\x58\x04\x03\x02\x18\x08"
    both = midi(TEMPO + meter + END, TEMPO + meter + NOTES + END)
    assert convert_midi(both).unread == ()
    common = b"\x00\xff\x58\x04\x04\x02\x18\x08"  # what holds anyway
    assert convert_midi(midi(TEMPO + END, common + NOTES + END)).unread == ()


def test_of_two_tempos_at_one_time_the_later_track_s_holds() -> None:
    other = b"\x00\xff\x51\x03\x07\xa1\x20"
    done = convert_midi(midi(TEMPO + END, other + NOTES + END), lenient=True)
    assert [round(tempo.qpm) for tempo in done.sequence.tempos] == [120]


def test_patterns_of_format_two_keep_their_own_tempos() -> None:
    data = midi(END, TEMPO + NOTES + END, form=2)
    assert convert_midi(data, lenient=True).sequence.tempos[0].qpm == 120


def test_a_tempo_after_a_very_long_time_is_read_as_ever(shared_data: Path) -> None:
    path = shared_data.parent / "cases" / "tempo_at_tick_4294967248.mid"
    if not path.exists():
        pytest.skip("the small inputs (../shared/cases) are not there")
    data = path.read_bytes()
    assert _same(data, convert_midi(data, lenient=True))


def test_files_that_players_open_are_all_read(shared_data: Path) -> None:
    folder = shared_data.parent / "cases" / "16"
    if not folder.is_dir():
        pytest.skip("the small inputs (../shared/cases) are not there")
    for path in folder.glob("*.mid"):
        done = convert_midi(path.read_bytes(), lenient=True)
        assert len(done.sequence.notes) == 64, path.name
        assert done.mended, path.name
