"""A MIDI file becomes the NoteSequence that Magenta's script makes of it, to the byte."""

import random
import struct
import warnings

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from vaeprep.midi import reader
from vaeprep.midi.convert import MidiError, midi_to_note_sequence

# --- the reference ------------------------------------------------------------------


def _reference(data: bytes) -> bytes | None:
    """What note_seq makes of a MIDI file; None where it raises."""
    from note_seq import midi_io

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "tempo changes on non-zero tracks"
        try:
            return bytes(midi_io.midi_to_note_sequence(data).SerializeToString())
        except midi_io.MIDIConversionError:
            return None


def _ours(data: bytes) -> bytes | None:
    try:
        return bytes(midi_to_note_sequence(data).SerializeToString())
    except MidiError:
        return None


def _assert_same(data: bytes) -> bytes | None:
    ours = _ours(data)
    assert ours == _reference(data)
    return ours


@pytest.fixture
def short_files_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """pretty_midi makes a table of every tick, gigabytes for the times noise can hold."""
    import pretty_midi
    from note_seq import midi_io  # noqa: F401 (sets the limit that is changed here)

    monkeypatch.setattr(pretty_midi.pretty_midi, "MAX_TICK", 10**6)
    monkeypatch.setattr(reader, "MAX_TICK", 10**6)


# --- files put together by hand ---------------------------------------------------------


def _number(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))


def _meta(kind: int, content: bytes, delta: int = 0) -> bytes:
    return _number(delta) + bytes((0xFF, kind)) + _number(len(content)) + content


def _on(delta: int, pitch: int, velocity: int = 80, channel: int = 0) -> bytes:
    return _number(delta) + bytes((0x90 | channel, pitch, velocity))


def _off(delta: int, pitch: int, channel: int = 0) -> bytes:
    return _number(delta) + bytes((0x80 | channel, pitch, 64))


def _program(program: int, channel: int = 0, delta: int = 0) -> bytes:
    return _number(delta) + bytes((0xC0 | channel, program))


def _control(delta: int, number: int, value: int, channel: int = 0) -> bytes:
    return _number(delta) + bytes((0xB0 | channel, number, value))


def _bend(delta: int, low: int, high: int, channel: int = 0) -> bytes:
    return _number(delta) + bytes((0xE0 | channel, low, high))


def _tempo(delta: int, microseconds: int) -> bytes:
    return _meta(0x51, microseconds.to_bytes(3, "big"), delta)


def _track(*messages: bytes) -> bytes:
    content = b"".join(messages)
    return b"MTrk" + struct.pack(">L", len(content)) + content


def _file(
    *tracks: bytes, kind: int = 1, resolution: int = 220, count: int | None = None
) -> bytes:
    count = len(tracks) if count is None else count
    return b"MThd" + struct.pack(">Lhhh", 6, kind, count, resolution) + b"".join(tracks)


END = _meta(0x2F, b"")
NOTE = _on(0, 60) + _off(110, 60)
METER = _meta(0x58, bytes((3, 2, 24, 8)))

CONVERTED = {
    "one note": _file(_track(NOTE, END)),
    "no notes": _file(_track(END)),
    "no tempo": _file(_track(NOTE, NOTE, END)),
    "format 0": _file(_track(_tempo(0, 400_000), NOTE, END), kind=0),
    "format 2": _file(_track(NOTE, END), _track(NOTE, NOTE, END), kind=2),
    "a format that does not exist": _file(_track(NOTE, END), kind=7),
    "no end of track": _file(_track(NOTE)),
    "notes after the end of track": _file(_track(END, NOTE)),
    "bytes after the last track": _file(_track(NOTE, END)) + b"junk",
    "more tracks than announced": _file(_track(NOTE, END), _track(NOTE, NOTE), count=1),
    "a longer header": b"MThd" + struct.pack(">Lhhh", 8, 1, 1, 96) + b"\0\0" + _track(NOTE),
    "tempo changes inside notes": _file(
        _track(_tempo(0, 600_000), _on(0, 60), _tempo(77, 333_333), _off(200, 60), END),
    ),
    "the same tempo again": _file(_track(_tempo(0, 1), _tempo(5, 1), _tempo(5, 7), NOTE, END)),
    "two tempos at once": _file(
        _track(_tempo(0, 7), _tempo(0, 9), _tempo(8, 11), _tempo(0, 13), NOTE, END)
    ),
    "tempo, meter and key on the second track": _file(
        _track(_on(0, 62), _off(99, 62), END),
        _track(_tempo(0, 300_000), METER, _meta(0x59, b"\x02\x00"), NOTE, END),
    ),
    "meters": _file(
        _track(
            METER, _meta(0x58, b"\x06\x03\x00\x00more", 500), _meta(0x58, b"\xff\x1e\0\0"), END
        )
    ),
    "all keys": _file(
        _track(*(_meta(0x59, struct.pack("bB", s, m), 3) for s in range(-7, 8) for m in (0, 1)))
    ),
    "running status": _file(
        _track(_on(0, 60), b"\x20\x3c\x00", b"\x10\x40\x50", b"\x08\x40\x00")
    ),
    "running status after a meta message": _file(
        _track(_on(0, 60), _meta(1, b"la"), b"\x20\x3c\x00", END)
    ),
    "the last status of many runs on after a meta message": _file(
        _track(NOTE, _on(5, 61), _bend(5, 3, 4), _meta(1, b"la"), b"\5\7\x08", END),
        _track(_on(0, 60), b"\5\x3d\x50", _off(9, 60), METER, b"\x85\1\x3d\x50", END),
        _track(_off(5, 61), _on(0, 60), b"\x81\5\x3c\0\3\x3d\7", METER, b"\5\x3d\0"),
        _track(NOTE, _program(5), METER, b"\5\6", b"\5\7", METER, b"\0\1", NOTE, END),
        _track(_program(5), NOTE, METER, METER, b"\5\x40\1", _on(5, 0), END),
    ),
    "note-on with velocity 0 ends a note": _file(_track(_on(0, 60), _on(10, 60, 0), END)),
    "one note-off ends several notes": _file(
        _track(_on(0, 60, 1), _on(10, 60, 2), _on(10, 60, 3), _off(5, 60), _off(5, 60), END)
    ),
    "off and on at the same tick": _file(
        _track(_on(0, 60, 1), _on(10, 60, 2), _off(0, 60), _off(10, 60), END)
    ),
    "a note that ends as it starts": _file(_track(_on(5, 60), _off(0, 60), _off(9, 60), END)),
    "a note-off without a note": _file(_track(_off(5, 60), NOTE, END)),
    "a note that never ends": _file(_track(NOTE, _on(0, 70), END)),
    "a program change inside a note": _file(
        _track(_program(5), _on(0, 60), _program(9), _off(7, 60), NOTE, _program(5), NOTE, END)
    ),
    "drums": _file(_track(_program(8, 9), _on(0, 36, 99, 9), _off(20, 36, 9), NOTE, END)),
    "the same channel on two tracks": _file(_track(NOTE, END), _track(NOTE, END)),
    "pedals before the first note": _file(
        _track(_control(0, 64, 127), _bend(3, 1, 2), NOTE, _control(4, 64, 0), END)
    ),
    "pedals without any note": _file(_track(_control(0, 64, 127), _bend(0, 0, 64), END)),
    "players of a channel share early pedals": _file(
        _track(
            _control(0, 64, 127),
            NOTE,
            _program(3),
            _control(1, 7, 0),
            NOTE,
            _bend(2, 0, 0),
            _program(0),
            _control(1, 7, 99),
            END,
        )
    ),
    "pedals of another program": _file(
        _track(
            NOTE, _program(3), _control(1, 7, 0), _bend(0, 127, 127), NOTE, _control(1, 0, 0)
        )
    ),
    "names": _file(
        _track(_meta(3, b"piano"), NOTE, _meta(3, b"later"), _program(1), NOTE, END),
        _track(NOTE, _meta(3, b"too late"), END),
        _track(_meta(3, b""), NOTE, END),
    ),
    "text in Latin-1": _file(
        _track(_meta(3, "Flöte é\x80".encode("latin-1")), _meta(5, b"\xff\xfe"), NOTE, END)
    ),
    "text in UTF-8 is read as Latin-1": _file(_track(_meta(3, "ピアノ".encode()), NOTE, END)),
    "an unknown meta message loses its time": _file(
        _track(_meta(0x6F, b"?", 1000), _on(10, 60), _meta(0x0A, b"", 30), _off(5, 60), END)
    ),
    "meta messages of any length": _file(
        _track(
            _meta(0, b""),
            _meta(0, b"\1\2"),
            _meta(0x20, b"\3"),
            _meta(0x21, b""),
            _meta(0x21, b"x"),
            _meta(0x7F, bytes(range(256))),
            _meta(0x2F, b"x"),
            _meta(4, b"oboe"),
            _meta(9, b"port"),
            _meta(0x51, b"\7\7\7\7\7"),
            _meta(0x54, b"\x60\x3b\x3b\xff\x63"),
            NOTE,
            END,
        )
    ),
    "system exclusive": _file(
        _track(b"\0\xf0\3\1\2\xf7", b"\5\xf7\2\xf0\1", b"\0\xf7\0", b"\0\xf0\1\xf7", NOTE, END)
    ),
    "running status after system exclusive": _file(
        _track(b"\0\xf0\1\1", b"\0\x55\2\7\7", NOTE)
    ),
    "system common and real time": _file(
        _track(
            b"\0\xf1\x7f",
            b"\1\x01",
            b"\0\xf2\1\2",
            b"\1\3\4",
            b"\0\xf3\5",
            b"\0\xf6",
            b"\0\xf8",
            b"\0\xfa",
            b"\0\xfb",
            b"\0\xfc",
            b"\0\xfe",
            NOTE,
            END,
        )
    ),
    "pressure is ignored": _file(_track(b"\1\xa0\1\2", b"\1\xd0\3", b"\1\4", NOTE, END)),
    "film frames, but no notes": _file(_track(METER, _tempo(5, 9), END), resolution=-7640),
    "lengths in more bytes than needed": _file(
        _track(b"\x80\x80\x05\x90\x3c\x50", _off(5, 60))
    ),
    "digits of times that look like statuses": _file(
        _track(
            _on(0, 60),
            _off(8_320, 60),  # c1 00
            b"\xff\x51\x3c\x50",  # a time, though it looks like a tempo
            b"\xf8\x80\x05\x3c\x00",
            _tempo(15_400, 300_000),
            _program(3, 0, 16_383),
            _on(8_320, 61),
            b"\xd0\x01\x3d\x00",
            b"\xcf\xc0\x00\xff\x2f\x00",
        )
    ),
    "many digits that say nothing": _file(
        _track(b"\x80" * 6 + b"\x05\x90\x3c\x50", b"\x80" * 9 + b"\x07\x3c\x00", END)
    ),
    "pressures and programs among running notes": _file(
        _track(
            _on(0, 60),
            b"\5\x3d\x50\5\xd0\7\5\x08\5\x90\x3c\0\5\x3d\0\0\xc0\1\0\2",
            NOTE,
            END,
        )
    ),
    "times of four bytes": _file(_track(_on(2**21, 60), _off(2**14, 60), _tempo(3, 5), END)),
}

REFUSED = {
    "nothing": b"",
    "four bytes": b"MThd",
    "not a MIDI file": b"RIFF" + bytes(40),
    "a header without content": b"MThd" + struct.pack(">L", 6) + b"\0\1",
    "a header that is too short": b"MThd" + struct.pack(">Lhh", 4, 1, 1) + _track(NOTE),
    "no tracks": _file(),
    "a negative number of tracks": _file(_track(NOTE), count=-1),
    "fewer tracks than announced": _file(_track(NOTE), count=2),
    "an empty track": _file(_track(NOTE), _track()),
    "something between the tracks": _file(_track(NOTE), b"XFIH\0\0\0\0", _track(NOTE)),
    "a track that is cut off": _file(_track(NOTE, END))[:-3],
    "a track header that is cut off": _file(_track(NOTE), b"MTrk\0", count=2),
    "a track length that is too small": _file(b"MTrk\0\0\0\6" + NOTE + END),
    "a track length that is too large": _file(b"MTrk\0\0\1\0" + NOTE + END),
    "no ticks a quarter note": _file(_track(NOTE), resolution=0),
    "film frames with notes": _file(_track(NOTE), resolution=-7640),
    "film frames with a late meter": _file(_track(_tempo(5, 9), METER), resolution=-7640),
    "a tempo of 0": _file(_track(_tempo(0, 0), NOTE)),
    "a tempo of two bytes": _file(_track(_meta(0x51, b"\1\2"), NOTE)),
    "a meter of three bytes": _file(_track(_meta(0x58, b"\1\2\3"), NOTE)),
    "a meter of 0 beats": _file(_track(_meta(0x58, b"\0\2\0\0"), NOTE)),
    "a denominator of 2 to the 29th": _file(_track(_meta(0x58, b"\4\x1d\0\0"), NOTE)),
    "a denominator of 2 to the 31st": _file(_track(_meta(0x58, b"\4\x1f\0\0"), NOTE)),
    "a denominator of 2 to the 255th": _file(_track(_meta(0x58, b"\4\xff\0\0"), NOTE)),
    "8 sharps": _file(_track(_meta(0x59, b"\x08\0"), NOTE)),
    "8 flats on the second track": _file(_track(NOTE), _track(_meta(0x59, b"\xf8\0"), NOTE)),
    "a mode of 2": _file(_track(_meta(0x59, b"\0\2"), NOTE)),
    "a key of one byte": _file(_track(_meta(0x59, b"\0"), NOTE)),
    "a sequence number of one byte": _file(_track(_meta(0, b"\1"), NOTE)),
    "a channel prefix without channel": _file(_track(_meta(0x20, b""), NOTE)),
    "an SMPTE offset of minute 60": _file(_track(_meta(0x54, b"\0\x3c\0\0\0"), NOTE)),
    "an SMPTE offset of second 60": _file(_track(_meta(0x54, b"\0\0\x3c\0\0"), NOTE)),
    "an SMPTE offset of sub-frame 100": _file(_track(_meta(0x54, b"\0\0\0\0\x64"), NOTE)),
    "an SMPTE offset of an unknown rate": _file(_track(_meta(0x54, b"\x80\0\0\0\0"), NOTE)),
    "an SMPTE offset of four bytes": _file(_track(_meta(0x54, b"\0\0\0\0"), NOTE)),
    "running status at the start": _file(_track(b"\0\x3c\x50", NOTE)),
    "running status without data": _file(_track(b"\0\xf6", b"\0\1", NOTE)),
    "an undefined status": _file(_track(b"\0\xf4\1", NOTE)),
    "a data byte above 127": _file(_track(b"\0\x90\x3c\x80", NOTE)),
    "a first data byte above 127": _file(_track(NOTE, b"\0\x90\x90\x3c\x50", NOTE)),
    "a second data byte above 127": _file(_track(NOTE, b"\0\x3c\x90\x50", NOTE)),
    "a data byte that looks like a program": _file(_track(NOTE, b"\0\x90\xc0\x50", NOTE)),
    "a data byte that looks like a meta message": _file(_track(NOTE, b"\0\x90\x3c\xff\x2f\0")),
    "a data byte above 127 in many messages": _file(_track(NOTE, NOTE, b"\0\x3c\x90", NOTE)),
    "a status without data": _file(_track(NOTE, b"\0\x90\x80", NOTE)),
    "a track that ends in a time": _file(_track(NOTE, b"\x81")),
    "a track that ends after a time": _file(_track(NOTE, b"\1")),
    "a track that ends after a status": _file(_track(NOTE, b"\1\x90")),
    "a track that ends between data bytes": _file(_track(NOTE, b"\1\x90\x3c")),
    "a track that ends in running notes": _file(_track(NOTE, b"\1\x3c\x50\1\x3c")),
    "a track that ends in a program": _file(_track(NOTE, b"\1\xc0")),
    "a program above 127": _file(_track(b"\0\xc0\xff", NOTE)),
    "a song position above 127": _file(_track(b"\0\xf2\1\x99", NOTE)),
    "system exclusive above 127": _file(_track(b"\0\xf0\3\1\x99\xf7", NOTE)),
    "a message longer than a million bytes": _file(_track(_meta(1, bytes(1_000_001)), NOTE)),
    "a message longer than the file": _file(_track(b"\0\xff\1\x7f", NOTE)),
    "more ticks than any music has": _file(_track(b"\xff" * 5 + NOTE, END)),
}


@pytest.mark.parametrize("name", CONVERTED)
def test_awkward_file_is_converted_as_note_seq_does(name: str) -> None:
    assert _assert_same(CONVERTED[name]) is not None


@pytest.mark.parametrize("name", REFUSED)
def test_refused_file_is_one_that_note_seq_refuses(name: str) -> None:
    assert _assert_same(REFUSED[name]) is None
    with pytest.raises(MidiError, match=r"."):
        midi_to_note_sequence(REFUSED[name])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("not a MIDI file", "not a MIDI file"),
        ("nothing", "too short"),
        ("no tracks", "no tracks"),
        ("a track that is cut off", "ends in the middle"),
        ("film frames with notes", "SMPTE"),
        ("a tempo of 0", "0 microseconds"),
        ("an undefined status", "0xf4"),
        ("a first data byte above 127", "data byte"),
        ("a second data byte above 127", "data byte"),
        ("a data byte above 127 in many messages", "data byte"),
        ("a track that ends in running notes", "in the middle"),
        ("8 sharps", "8 sharps"),
    ],
)
def test_error_names_the_reason(name: str, reason: str) -> None:
    with pytest.raises(MidiError, match=reason):
        midi_to_note_sequence(REFUSED[name])


# --- noise ------------------------------------------------------------------------------

# The digits of some of these are above 0xBF, as statuses are.
_deltas = st.sampled_from(
    (0, 0, 0, 1, 5, 60, 110, 127, 128, 300, 8_320, 15_400, 16_383, 16_384)
)
_byte = st.integers(0, 127)
_channel = st.sampled_from((0, 0, 0, 1, 9))
_pitch = st.sampled_from((0, 60, 60, 61, 127))


@st.composite
def _messages(draw: st.DrawFn) -> bytes:
    delta = draw(_deltas)
    kind = draw(st.integers(0, 9))
    channel = draw(_channel)
    if kind <= 2:
        return _on(delta, draw(_pitch), draw(st.sampled_from((0, 1, 80, 127))), channel)
    if kind <= 4:
        return _off(delta, draw(_pitch), channel)
    if kind == 5:
        return _number(delta) + bytes((draw(_pitch), draw(_byte)))  # running status
    if kind == 6:
        return _program(draw(st.sampled_from((0, 5, 127))), channel, delta)
    if kind == 7:
        return draw(st.sampled_from((_control, _bend)))(
            delta, draw(_byte), draw(_byte), channel
        )
    if kind == 8:
        tempo = draw(st.sampled_from((1, 300_000, 500_000, 0xFFFFFF)))
        return draw(st.sampled_from((_tempo(delta, tempo), _meta(0x6E, b"abc", delta))))
    content = draw(st.binary(max_size=6))
    return draw(
        st.sampled_from(
            (
                _meta(
                    draw(st.sampled_from((0, 3, 3, 5, 0x2F, 0x54, 0x58, 0x59))), content, delta
                ),
                _meta(0x58, bytes((draw(_byte), draw(st.integers(0, 5)), 24, 8)), delta),
                _number(delta) + bytes((draw(st.integers(0xF0, 0xFE)),)) + content,
            )
        )
    )


_files = st.builds(
    lambda tracks, resolution: _file(*(_track(*t) for t in tracks), resolution=resolution),
    st.lists(st.lists(_messages(), min_size=1, max_size=25), min_size=1, max_size=3),
    st.sampled_from((1, 96, 220, 480, 960, 32_767)),
)


@pytest.mark.usefixtures("short_files_only")
@settings(max_examples=1200)
@given(_files)
def test_any_messages_become_what_note_seq_makes_of_them(data: bytes) -> None:
    event("refused" if _assert_same(data) is None else "converted")


@pytest.mark.usefixtures("short_files_only")
def test_damaged_files_are_refused_or_converted_as_by_note_seq() -> None:
    rng = random.Random(5)
    whole = [data for data in CONVERTED.values() if len(data) > 40]
    outcomes = []
    for _ in range(1500):
        data = bytearray(rng.choice(whole))
        for _ in range(rng.randint(1, 3)):
            place = rng.randrange(len(data))
            if rng.random() < 0.7:
                data[place] = rng.choice(
                    (0, 1, 0x7F, 0x80, 0x90, 0xF0, 0xFF, rng.randrange(256))
                )
            elif rng.random() < 0.5:
                del data[place]
            else:
                data.insert(place, rng.randrange(256))
        outcomes.append(_assert_same(bytes(data)) is None)
    assert 100 < sum(outcomes) < 1400


def test_converting_imports_neither_note_seq_nor_pretty_midi() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from vaeprep.midi import convert as midi; "
        "print([m for m in ('note_seq', 'pretty_midi', 'mido', 'tensorflow', 'librosa') "
        "if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
