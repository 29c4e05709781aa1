"""A MIDI file that breaks the rules, written again so that it keeps them.

Players read nearly anything. Magenta's readers refuse a whole file for one byte, and so
does `reader`. What is done here for `--lenient-midi`: the bytes are read as a player
reads them, each fault is mended or left out and named, and what remains is written as a
plain MIDI file. `reader` then reads that one, so all that is right in a file is read as
ever.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import pack, unpack_from

from vaeprep.midi.meta import check_meta
from vaeprep.midi.standard import (
    MAX_MESSAGE_BYTES,
    MAX_TICK,
    META_BYTES_NEEDED,
    SYSTEM_DATA_BYTES,
    TWO_DATA_BYTES,
    MidiError,
)

_TEMPO, _TIME_SIGNATURE, _KEY_SIGNATURE, _END_OF_TRACK = 0x51, 0x58, 0x59, 0x2F
_FOR_ALL_TRACKS = (_TEMPO, _TIME_SIGNATURE, _KEY_SIGNATURE)
# What a meta message that is too short most likely meant: 24 clocks a beat and
# 8 notes of a 32nd a quarter in a meter, major in a key.
_MISSING = {_TIME_SIGNATURE: (2, b"\x18\x08"), _KEY_SIGNATURE: (1, b"\0")}
_SEVERAL_PATTERNS = 2  # MIDI format 2: its tracks do not sound together
_LARGEST_DATA = 127
_LONGEST = 60
_META_NAMES = {
    0x00: "a sequence number",
    0x20: "a channel prefix",
    _TEMPO: "a tempo",
    0x54: "an SMPTE offset",
    _TIME_SIGNATURE: "a time signature",
    _KEY_SIGNATURE: "a key signature",
}


@dataclass(frozen=True, slots=True)
class Mended:
    """A file without faults.

    Attributes:
        data: Its bytes.
        faults: What was wrong, and what was done about it.
    """

    data: bytes
    faults: tuple[str, ...]


@dataclass(slots=True)
class _Event:
    """A message that is in order, at an absolute tick."""

    tick: int
    message: bytes


@dataclass(slots=True)
class _Track:
    """The messages of a track.

    Attributes:
        events: All but those for all tracks, in order.
        shared: Tempos, meters and keys: (kind, tick) -> message.
    """

    events: list[_Event] = field(default_factory=list)
    shared: dict[tuple[int, int], bytes] = field(default_factory=dict)


def mend(data: bytes) -> Mended:
    """Mends a MIDI file.

    Args:
        data: The file, which `reader.read` refuses or does not read in full.

    Returns:
        The file as it was meant, as far as that can be told. Data bytes above 127 are
        127; what cannot be meant is left out; lengths and counts are those that are
        there; tempos, meters and keys of all tracks hold for all, the last said at a
        time, unless the file is of format 2.

    Raises:
        MidiError: There is no header, or no track in it.
    """
    faults: Counter[str] = Counter()
    form, count, resolution, position = _header(data, faults)
    tracks = []
    for content, is_certain in _track_contents(data, position, faults):
        if content:
            tracks.append(_TrackMender(content, is_certain, faults).mended())
        else:
            faults["an empty track, left out"] += 1
    if not tracks:
        raise MidiError("there is no track in it")
    if len(tracks) != count and not faults["an empty track, left out"]:
        faults[f"{count} tracks by its header, {len(tracks)} in it"] += 1
    if form != _SEVERAL_PATTERNS:
        _share(tracks, faults)
    chunks = [_chunk(b"MTrk", _track_bytes(track)) for track in tracks]
    header = _chunk(b"MThd", pack(">hhh", form, len(tracks), resolution))
    told = [
        fault if times == 1 else f"{fault} ({times:,} times)" for fault, times in faults.items()
    ]
    return Mended(header + b"".join(chunks), tuple(told))


def _header(data: bytes, faults: Counter[str]) -> tuple[int, int, int, int]:
    """Format, number of tracks, resolution, and where the tracks begin."""
    begin = data.find(b"MThd")
    if begin < 0 or len(data) < begin + 14:
        raise MidiError("MThd not found: probably not a MIDI file")
    if begin:
        faults[f"{begin:,} bytes before the header, passed over"] += 1
    (size,) = unpack_from(">L", data, begin + 4)
    first = data.find(b"MTrk", begin + 8)
    if first < 0 or first < begin + 14:
        raise MidiError("the header is too short")
    if begin + 8 + size != first:
        faults[f"a header of {size:,} bytes that has {first - begin - 8:,}"] += 1
    form, count, resolution = unpack_from(">hhh", data, begin + 8)
    return form, count, resolution, first


def _track_contents(
    data: bytes, position: int, faults: Counter[str]
) -> Iterator[tuple[bytes, bool]]:
    """The bytes of each track, and whether its length is certain."""
    while position >= 0 and position + 8 <= len(data):
        (size,) = unpack_from(">L", data, position + 4)
        begin = position + 8
        end = begin + size
        following = data[end : end + 4]
        if following == b"MTrk" or end == len(data):
            yield data[begin:end], True
            position = end
            continue
        position = data.find(b"MTrk", begin)
        if end < len(data) and (_ends_a_track(data, end) or _is_chunk(data, end)):
            position = data.find(b"MTrk", end)
            if position >= 0:  # what comes after the last track counts for nothing
                faults[f"{position - end:,} bytes between tracks, passed over"] += 1
            yield data[begin:end], True
        else:
            faults["a track of a wrong length, or without its end"] += 1
            yield data[begin : position if position >= 0 else len(data)], False


def _is_chunk(data: bytes, position: int) -> bool:
    """Whether another whole chunk with a plain name stands at `position`."""
    if position + 8 > len(data):
        return False
    name: bytes = data[position : position + 4]
    (size,) = unpack_from(">L", data, position + 4)
    return bool(name.isalnum() and name.isascii() and position + 8 + size <= len(data))


def _ends_a_track(data: bytes, end: int) -> bool:
    return data[end - 3 : end] == b"\xff\x2f\x00"


class _TrackMender:
    """Reads the messages of one track as a player does."""

    def __init__(self, content: bytes, is_certain: bool, faults: Counter[str]) -> None:
        """Takes the bytes, and whether the track surely ends with them."""
        self.content = content
        self.is_certain = is_certain
        self.faults = faults
        self.place = 0
        self.tick = 0
        self.status = 0
        self.is_interrupted = False  # by a system message, after which a status must come
        self.track = _Track()

    def mended(self) -> _Track:
        """All messages that are in order, or can be brought into it."""
        try:
            while self.place < len(self.content):
                delta = self._number()
                self._advance(delta)
                if not self._message(delta):
                    break
        except IndexError:
            self.faults["a track that ends in the middle of a message"] += 1
        return self.track

    def _advance(self, delta: int) -> None:
        if self.tick + delta + 1 > MAX_TICK:
            self.faults["a time beyond all music, read as none"] += 1
        else:
            self.tick += delta

    def _message(self, delta: int) -> bool:
        """Reads one message; whether there may be more of them."""
        byte = self.content[self.place]
        if byte == 0xFF:
            return self._meta(delta)
        if byte >= 0xF0:
            self._system(byte)
        elif byte >= 0x80:
            self.place += 1
            self.status = byte
            self._channel()
        elif self.status:
            if self.is_interrupted:
                self.faults["no status after a system message, read as the one before"] += 1
            self._channel()
        else:
            self.place += 1
            self.faults["a byte without a status before it, passed over"] += 1
        return True

    def _channel(self) -> None:
        count = 2 if self.status & 0xF0 in TWO_DATA_BYTES else 1
        data = self._take(count)
        self.is_interrupted = False
        if max(data) > _LARGEST_DATA:
            self.faults[f"a data byte above {_LARGEST_DATA}, read as {_LARGEST_DATA}"] += 1
            data = bytes(min(byte, _LARGEST_DATA) for byte in data)
        self.track.events.append(_Event(self.tick, bytes((self.status,)) + data))

    def _system(self, status: int) -> None:
        """Passes over a system message: nothing of it is kept in any case."""
        self.place += 1
        self.is_interrupted = True
        if status not in (0xF0, 0xF7):
            if status not in SYSTEM_DATA_BYTES:
                self.faults[f"an undefined status byte 0x{status:02x}, passed over"] += 1
            self._take(SYSTEM_DATA_BYTES.get(status, 0))
            return
        begin = self.place
        size = self._number()
        if self.place + size > len(self.content):
            end = self.content.find(b"\xf7", begin)
            self.faults["a system exclusive message without its end"] += 1
            self.place = end + 1 if end >= 0 else len(self.content)
            return
        data = self._take(size).removeprefix(b"\xf0").removesuffix(b"\xf7")
        if not data.isascii():
            self.faults["a system exclusive message with bytes above 127, left out"] += 1

    def _meta(self, delta: int) -> bool:
        kind = self.content[self.place + 1]
        self.place += 2
        size = self._number()
        content = self._take(size)
        if kind == _END_OF_TRACK and not self.is_certain:
            return False
        name = _META_NAMES.get(kind, f"a meta message of type {kind}")
        if size > MAX_MESSAGE_BYTES:
            self.faults[f"{name} of {size:,} bytes, left out"] += 1
        elif kind in META_BYTES_NEEDED:
            self._known_meta(kind, name, content)
        elif delta:  # Magenta's reader loses it, and all that follows comes too early
            self.faults["the time of a meta message of unknown type, kept"] += 1
        return True

    def _known_meta(self, kind: int, name: str, content: bytes) -> None:
        least, rest = _MISSING.get(kind, (0, b""))
        if least <= len(content) < META_BYTES_NEEDED[kind] and rest:
            self.faults[f"{name} of {len(content)} bytes, made complete"] += 1
            content += rest[len(content) - META_BYTES_NEEDED[kind] :]
        try:
            check_meta(kind, content)
        except MidiError as fault:
            self.faults[f"{name} that is none, left out: {_short(str(fault))}"] += 1
            return
        message = bytes((0xFF, kind)) + _length(len(content)) + content
        if kind in _FOR_ALL_TRACKS:
            self.track.shared[kind, self.tick] = message
        else:
            self.track.events.append(_Event(self.tick, message))

    def _number(self) -> int:
        value = 0
        while True:
            byte = self.content[self.place]
            self.place += 1
            value = min(value << 7 | byte & 0x7F, 1 << 60)
            if byte < 0x80:
                return value

    def _take(self, count: int) -> bytes:
        data = self.content[self.place : self.place + count]
        if len(data) < count:
            self.place = len(self.content)
            raise IndexError
        self.place += count
        return data


def _share(tracks: list[_Track], faults: Counter[str]) -> None:
    """Tempos, meters and keys of all tracks to the first one."""
    first = tracks[0].shared
    before = dict(first)
    for track in tracks[1:]:
        first.update(track.shared)
        track.shared = {}
    for kind in _FOR_ALL_TRACKS:
        old, new = (_states(one, kind) for one in (before, first))
        count = len(new) - len(old) if len(new) > len(old) else int(new != old)
        if count:
            name = _META_NAMES[kind]
            faults[f"{name} outside the first track, read for all tracks"] += count


def _states(shared: dict[tuple[int, int], bytes], kind: int) -> list[tuple[int, bytes]]:
    """What holds from when on: messages of one kind that say something new."""
    states: list[tuple[int, bytes]] = []
    for (other, tick), message in sorted(shared.items()):
        if other == kind and (not states or states[-1][1] != message):
            states.append((tick, message))
    return states


def _track_bytes(track: _Track) -> bytes:
    shared = [_Event(tick, message) for (_, tick), message in track.shared.items()]
    events = sorted([*shared, *track.events], key=lambda event: event.tick)
    parts = []
    tick = 0
    for event in events:
        parts.append(_length(event.tick - tick) + event.message)
        tick = event.tick
    return b"".join((*parts, b"\0\xff\x2f\0"))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + pack(">L", len(content)) + content


def _length(value: int) -> bytes:
    """A number of variable length, as MIDI writes it."""
    groups = [value & 0x7F]
    while value > 0x7F:
        value >>= 7
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))
