"""Reads a Standard MIDI File: notes, tempos, meters, keys, pedals and bends, in ticks.

The result is what pretty_midi makes of the events that mido reads, and a file that
either of them refuses is refused here. Both are exact but slow (a Python object
for every event, several calls for every byte), so this reader goes through the
bytes once and keeps only what a NoteSequence has room for. Where the two behave
in a way one would not expect, a comment says so: it is kept, because the ids and
bytes of examples depend on it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from struct import unpack_from

# No piece of music is this long; mido and pretty_midi refuse more.
MAX_TICK = 10**10
MAX_MESSAGE_BYTES = 1_000_000
# Longer times are not added up exactly: they only have to stay beyond the limit.
_ENDLESS = 1 << 40
_DRUM_CHANNEL = 9

_NOTE_OFF, _NOTE_ON, _KEY_PRESSURE, _CONTROL = 0x80, 0x90, 0xA0, 0xB0
_PROGRAM, _CHANNEL_PRESSURE, _BEND = 0xC0, 0xD0, 0xE0
TWO_DATA_BYTES = frozenset((_NOTE_OFF, _NOTE_ON, _KEY_PRESSURE, _CONTROL, _BEND))
_META = 0xFF
# Data bytes of the system messages other than system exclusive.
SYSTEM_DATA_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1, 0xF6: 0} | dict.fromkeys(
    (0xF8, 0xFA, 0xFB, 0xFC, 0xFE), 0
)

_TRACK_NAME, _TEMPO, _SMPTE_OFFSET, _TIME_SIGNATURE, _KEY_SIGNATURE = (
    0x03,
    0x51,
    0x54,
    0x58,
    0x59,
)
# The meta messages that mido knows, and how many bytes of data it needs.
META_BYTES_NEEDED = dict.fromkeys((*range(1, 8), 0x09, 0x21, 0x2F, 0x7F), 0) | {
    0x00: 0,
    0x20: 1,
    _TEMPO: 3,
    _SMPTE_OFFSET: 5,
    _TIME_SIGNATURE: 4,
    _KEY_SIGNATURE: 2,
}


class MidiError(Exception):
    """The bytes are no MIDI file that Magenta could convert; the message says why."""


@dataclass(slots=True)
class Player:
    """The notes of one program on one channel of one track.

    Attributes:
        program: MIDI program, 0 to 127.
        is_drum: It plays on channel 10 (9 when counted from 0).
        name: The name that the track had when the first note ended, or "".
        notes: Four numbers a note, one after the other: start tick, end tick,
            pitch, velocity; in the order in which the notes end.
        controls: (tick, control number, value).
        bends: (tick, bend from -8192 to 8191).
    """

    program: int
    is_drum: bool
    name: str
    notes: list[int] = field(default_factory=list)
    controls: list[tuple[int, int, int]] = field(default_factory=list)
    bends: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class MidiFile:
    """What a MIDI file holds. All times are absolute ticks.

    Attributes:
        resolution: Ticks a quarter note; negative where the file counts frames
            of film instead (SMPTE), as mido has it.
        tempos: (tick, microseconds a quarter note), of the first track.
        time_signatures: (tick, numerator, denominator), of the first track.
        key_signatures: (tick, key), of the first track; keys 0 to 11 are C major
            to B major, 12 to 23 C minor to B minor.
        players: In the order in which their first notes end, track by track.
        other_tempos, other_time_signatures, other_key_signatures: As above, of the
            other tracks. They count for nothing, see `unread`.
        lost_times: Meta messages of unknown type whose time is lost.
        more_tracks: A track follows those that the header counts.
    """

    resolution: int
    tempos: list[tuple[int, int]] = field(default_factory=list)
    time_signatures: list[tuple[int, int, int]] = field(default_factory=list)
    key_signatures: list[tuple[int, int]] = field(default_factory=list)
    players: list[Player] = field(default_factory=list)
    other_tempos: list[tuple[int, int]] = field(default_factory=list)
    other_time_signatures: list[tuple[int, int, int]] = field(default_factory=list)
    other_key_signatures: list[tuple[int, int]] = field(default_factory=list)
    lost_times: int = 0
    more_tracks: bool = False


def read(data: bytes) -> MidiFile:
    """Reads the bytes of a Standard MIDI File of format 0, 1 or 2.

    Follows `mido.MidiFile` (1.3) and `pretty_midi.PrettyMIDI` (0.2.11): the format
    is not looked at, the tracks must follow one another with nothing between them,
    what comes after the last track is ignored, and so are tempos, meters and keys
    outside the first track.

    Raises:
        MidiError: Where mido or pretty_midi raise any error while they read.
    """
    position, tracks, resolution = _header(data)
    if tracks < 1:
        raise MidiError("it has no tracks")
    file = MidiFile(resolution)
    last_tick = 0
    for number in range(tracks):
        content, position = _track_content(data, position)
        try:
            last_tick = max(last_tick, _Track(file, number == 0).read(content))
        except StopIteration:
            raise MidiError("a track ends in the middle of a message") from None
    file.more_tracks = data[position : position + 4] == b"MTrk"
    if last_tick + 1 > MAX_TICK:
        raise MidiError(f"it lasts {last_tick} ticks or more: it is likely corrupt")
    return file


def _header(data: bytes) -> tuple[int, int, int]:
    """Where the first track begins, the number of tracks, and the resolution."""
    if len(data) < 8:
        raise MidiError("it is too short to be a MIDI file")
    name, size = unpack_from(">4sL", data)
    if name != b"MThd":
        raise MidiError("MThd not found: probably not a MIDI file")
    if size < 6 or len(data) < 14:
        raise MidiError("the header is too short")
    _, tracks, resolution = unpack_from(">hhh", data, 8)
    return 8 + int(size), int(tracks), int(resolution)


def _track_content(data: bytes, position: int) -> tuple[bytes, int]:
    """The messages of the track at `position`, and where the next track begins."""
    if len(data) < position + 8:
        raise MidiError("the file ends before its last track")
    name, size = unpack_from(">4sL", data, position)
    if name != b"MTrk":
        raise MidiError("no MTrk header at the start of a track")
    if not size:
        raise MidiError("a track is empty")
    content = data[position + 8 : position + 8 + size]
    if len(content) < size:
        raise MidiError("the file ends in the middle of a track")
    return content, position + 8 + int(size)


class _Track:
    """Reads one track into a file."""

    def __init__(self, file: MidiFile, is_first: bool) -> None:
        self.file = file
        self.is_first = is_first
        self.name = ""
        self.programs = [0] * 16
        # Of each channel, who plays its present program, once a note of it has ended.
        self.players: list[Player | None] = [None] * 16
        self.known: dict[tuple[int, int], Player] = {}
        # Of each channel, the events before there is a player for them.
        self.early: dict[int, Player] = {}
        # Of each channel and pitch, when and how loud its notes started.
        self.sounding: dict[int, list[tuple[int, int]]] = {}
        self._handlers = {
            _NOTE_OFF: self._note_off,
            _NOTE_ON: self._note_on,
            _KEY_PRESSURE: self._pressure,
            _CONTROL: self._control,
            _PROGRAM: self._program,
            _CHANNEL_PRESSURE: self._pressure,
            _BEND: self._bend,
        }

    def read(self, content: bytes) -> int:
        """Reads the messages of a track; returns the tick of the last one.

        Raises:
            StopIteration: The last message is not complete. (mido goes on into the
                next track then, and fails at the end of the file at the latest.)
            MidiError: A message is malformed.
        """
        tick = status = channel = 0
        handle = None
        two_bytes = False
        handlers = self._handlers
        stream = iter(content)
        # This loop runs for each MIDI message.
        for delta in stream:
            if delta > 0x7F:
                delta = _number(stream, delta)
            tick += delta
            byte = next(stream)
            if byte > 0x7F:
                if byte == _META:
                    if not self._meta(stream, tick):
                        tick -= delta
                        self.file.lost_times += delta > 0
                    continue
                status, channel = byte, byte & 0x0F
                handle = handlers.get(byte & 0xF0)
                if handle is None:
                    _check_system(stream, status, None)
                    continue
                two_bytes = byte & 0xF0 in TWO_DATA_BYTES
                first = next(stream)
            elif handle is None:
                _check_system(stream, status, byte)
                continue
            else:
                first = byte
            second = next(stream) if two_bytes else 0
            if first > 0x7F or second > 0x7F:
                raise MidiError("data byte must be in range 0..127")
            handle(tick, channel, first, second)
        return tick

    def _note_on(self, tick: int, channel: int, pitch: int, velocity: int) -> None:
        if not velocity:
            self._note_off(tick, channel, pitch, velocity)
            return
        key = channel << 7 | pitch
        if key in self.sounding:
            self.sounding[key].append((tick, velocity))
        else:
            self.sounding[key] = [(tick, velocity)]

    def _note_off(self, tick: int, channel: int, pitch: int, _velocity: int) -> None:
        ended = self.sounding.pop(channel << 7 | pitch, None)
        if ended is None:
            return
        if ended[-1][0] == tick:
            # A note-off ends all notes of its pitch, but those of this tick;
            # and these are forgotten if they are all there are.
            fresh = [note for note in ended if note[0] == tick]
            ended = [note for note in ended if note[0] != tick]
            if not ended:
                return
            self.sounding[channel << 7 | pitch] = fresh
        player = self.players[channel] or self._new_player(channel)
        for start, velocity in ended:
            player.notes += (start, tick, pitch, velocity)

    def _control(self, tick: int, channel: int, number: int, value: int) -> None:
        self._present(channel).controls.append((tick, number, value))

    def _program(self, _tick: int, channel: int, program: int, _none: int) -> None:
        self.programs[channel] = program
        self.players[channel] = self.known.get((program, channel))

    def _bend(self, tick: int, channel: int, low: int, high: int) -> None:
        self._present(channel).bends.append((tick, low + (high << 7) - 8192))

    def _pressure(self, _tick: int, _channel: int, _first: int, _second: int) -> None:
        """Nothing of it is kept."""

    def _new_player(self, channel: int) -> Player:
        program = self.programs[channel]
        player = Player(program, channel == _DRUM_CHANNEL, self.name)
        if channel in self.early:
            # The list itself and not a copy: all players of the channel share it,
            # and with it what each of them adds later.
            player.controls = self.early[channel].controls
            player.bends = self.early[channel].bends
        self.known[program, channel] = self.players[channel] = player
        self.file.players.append(player)
        return player

    def _present(self, channel: int) -> Player:
        """Who gets the channel's pedals and bends now."""
        player = self.players[channel]
        if player is None:
            player = self.early.setdefault(channel, Player(0, False, ""))
        return player

    def _meta(self, stream: Iterator[int], tick: int) -> bool:
        """Reads a meta message; returns whether its time counts."""
        kind = next(stream)
        content = _content(stream)
        if kind not in META_BYTES_NEEDED:
            # mido forgets the time of a meta message that it does not know, so all
            # that follows on the track comes earlier by it.
            return False
        _check_size(kind, content)
        file = self.file
        if kind == _TRACK_NAME:
            self.name = content.decode("latin-1")
        elif kind == _TEMPO:
            tempos = file.tempos if self.is_first else file.other_tempos
            tempos.append((tick, int.from_bytes(content[:3], "big")))
        elif kind == _TIME_SIGNATURE:
            denominator = _denominator(content[1])
            if self.is_first:
                _check_meter(content[0], denominator)
            meters = file.time_signatures if self.is_first else file.other_time_signatures
            meters.append((tick, content[0], denominator))
        elif kind == _KEY_SIGNATURE:
            keys = file.key_signatures if self.is_first else file.other_key_signatures
            keys.append((tick, _key(content[0], content[1])))
        elif kind == _SMPTE_OFFSET:
            _check_smpte_offset(content)
        return True


def check_meta(kind: int, content: bytes) -> None:
    """Checks a meta message of a known type, as it must be in the first track.

    Raises:
        MidiError: It is malformed.
    """
    _check_size(kind, content)
    if kind == _TEMPO and not any(content[:3]):
        raise MidiError("a quarter note of 0 microseconds is no tempo")
    if kind == _TIME_SIGNATURE:
        _check_meter(content[0], _denominator(content[1]))
    elif kind == _KEY_SIGNATURE:
        _key(content[0], content[1])
    elif kind == _SMPTE_OFFSET:
        _check_smpte_offset(content)


def _check_size(kind: int, content: bytes) -> None:
    if len(content) < META_BYTES_NEEDED[kind] or (kind == 0 and len(content) == 1):
        raise MidiError(f"a meta message of type {kind} is too short")


def _number(stream: Iterator[int], byte: int) -> int:
    """A number of variable length, whose first byte has been read already."""
    value = byte & 0x7F
    while byte > 0x7F:
        byte = next(stream)
        if value < _ENDLESS:
            value = value << 7 | byte & 0x7F
    return value


def _content(stream: Iterator[int]) -> bytes:
    """What stands after its own length."""
    size = _number(stream, next(stream))
    if size > MAX_MESSAGE_BYTES:
        raise MidiError(f"a message of {size} bytes exceeds {MAX_MESSAGE_BYTES}")
    return _take(stream, size)


def _take(stream: Iterator[int], size: int) -> bytes:
    content = bytes(islice(stream, size))
    if len(content) < size:
        raise StopIteration
    return content


def _check_system(stream: Iterator[int], status: int, running: int | None) -> None:
    """Reads and checks a system message, of which nothing is kept.

    Args:
        stream: The bytes after the status, or after `running`.
        status: The status byte, 0 if there has been none.
        running: The first data byte if the status was not repeated. mido loses this
            byte of a system exclusive message, and so must we.
    """
    if not status:
        raise MidiError("running status without a status before it")
    if status in (0xF0, 0xF7):
        data = _content(stream).removeprefix(b"\xf0").removesuffix(b"\xf7")
    elif status in SYSTEM_DATA_BYTES:
        needed = SYSTEM_DATA_BYTES[status]
        if running is not None and not needed:
            raise MidiError("running status for a message without data")
        data = _take(stream, needed if running is None else needed - 1)
    else:
        raise MidiError(f"undefined status byte 0x{status:02x}")
    if not data.isascii():
        raise MidiError("data byte must be in range 0..127")


def _denominator(exponent: int) -> int:
    value: int = 2**exponent
    # As mido tests for a power of two. 2**29 fails, for the logarithm is inexact.
    if math.log(value, 2) != int(math.log(value, 2)):
        raise MidiError("the denominator of a time signature must be a power of 2")
    return value


def _check_meter(numerator: int, denominator: int) -> None:
    if not numerator:
        raise MidiError("0 is not a valid numerator of a time signature")
    if denominator > 2**31 - 1:
        raise MidiError(f"Invalid time signature denominator {denominator}")


def _key(accidentals: int, mode: int) -> int:
    sharps = accidentals - 256 if accidentals > 127 else accidentals
    if not -7 <= sharps <= 7 or mode > 1:
        kind = "flats" if sharps < 7 else "sharps"
        raise MidiError(f"Could not decode key with {abs(sharps)} {kind} and mode {mode}")
    # Each sharp is a fifth up from C major, or from A minor (12 is C minor).
    return 7 * sharps % 12 if mode == 0 else (7 * sharps + 9) % 12 + 12


def _check_smpte_offset(content: bytes) -> None:
    if content[0] >> 5 > 3 or content[1] > 59 or content[2] > 59 or content[4] > 99:
        raise MidiError("an SMPTE offset is out of range")
