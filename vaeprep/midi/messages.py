"""The messages of a MIDI file in columns: where each one is, when, and what it says.

Where a message ends can only be told from its first bytes, so a loop must step from
one to the next. Everything else is done for all messages at once. To keep the loop
short, a table is made first of how long a message would be at *each* byte of the
file; it is right for messages of two data bytes (notes, controls, bends), which are
nearly all there are. The others are read one by one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vaeprep.midi.standard import (
    CHANNEL_PRESSURE,
    MAX_MESSAGE_BYTES,
    META,
    META_BYTES_NEEDED,
    PROGRAM,
    SYSTEM,
    SYSTEM_DATA_BYTES,
    TWO_DATA_BYTES,
    MidiError,
)
from vaeprep.music.sequence import Ints

# What a message is: a note, control, program, pressure or bend; any other; or a meta
# message of a type that mido does not know.
_OF_CHANNEL, _OTHER, _UNKNOWN = 1, 2, 3
# Longer times are not added up exactly: they only have to stay beyond the limit.
_ENDLESS = 1 << 34
# The most bytes of a time that the table of sizes knows.
_LONGEST_TIME = 4
# By the byte after a time of one byte, the size of the message with that time:
# a data byte goes on with the status before (time, 2 data), or a status begins
# (time, status, 2 data). 0 is any other message.
_SIZES = bytes(
    3 if byte < 0x80 else 4 if byte & 0xF0 in TWO_DATA_BYTES else 0 for byte in range(256)
)


@dataclass(frozen=True, slots=True)
class Meta:
    """A meta message of a known type.

    Attributes:
        place: Where it begins in the file.
        kind: Its type.
        content: Its data.
    """

    place: int
    kind: int
    content: bytes


@dataclass(frozen=True, slots=True)
class ChannelMessages:
    """Notes, controls, programs, pressures and bends of all tracks, in their order.

    Attributes:
        place: int64[n], where each begins in the file.
        track: int64[n].
        tick: int64[n], since the beginning of the track.
        kind: uint8[n], the status without its channel.
        channel: int64[n], 0 to 15.
        first: int64[n], 0 to 127.
        second: int64[n], 0 to 127; of no meaning where there is one data byte.
    """

    place: Ints
    track: Ints
    tick: Ints
    kind: NDArray[np.uint8]
    channel: Ints
    first: Ints
    second: Ints


@dataclass(frozen=True, slots=True)
class Messages:
    """All messages of a file.

    Attributes:
        of_channels: Those of channels.
        metas: Meta messages of known types, in order.
        meta_ticks: When each of them is, since the beginning of its track.
        last_tick: The latest time of any message.
        lost_times: Meta messages of unknown type whose time is lost.
    """

    of_channels: ChannelMessages
    metas: list[Meta]
    meta_ticks: list[int]
    last_tick: int
    lost_times: int


def read_messages(data: bytes, tracks: list[tuple[int, int]]) -> Messages:
    """Reads the messages of all tracks.

    Args:
        data: A MIDI file.
        tracks: Where the messages of each track begin and end; none is empty.

    Raises:
        MidiError: A message is malformed or not complete.
    """
    steps = _Steps(data)
    for begin, end in tracks:
        try:
            steps.through(begin, end)
        except IndexError:
            raise MidiError("a track ends in the middle of a message") from None
    padded = np.frombuffer(data + bytes(_LONGEST_TIME), np.uint8)
    marks = np.frombuffer(steps.marks, np.uint8)
    places = np.flatnonzero(marks)
    kinds = marks[places]
    times, status_places = _times(padded, places)
    if steps.long_times:
        times[np.searchsorted(places, list(steps.long_times))] = list(steps.long_times.values())
    # mido forgets the time of a meta message that it does not know, so all that
    # follows on the track comes earlier by it.
    lost = np.flatnonzero(kinds == _UNKNOWN)
    lost_times = int(np.count_nonzero(times[lost]))
    times[lost] = 0
    ticks, track = _ticks(times, places, tracks)
    of_channel = np.flatnonzero(kinds == _OF_CHANNEL)
    meta_places = np.searchsorted(places, [meta.place for meta in steps.metas])
    return Messages(
        _channel_messages(
            padded,
            places[of_channel],
            status_places[of_channel],
            track[of_channel],
            ticks[of_channel],
        ),
        steps.metas,
        ticks[meta_places].tolist(),
        int(ticks.max()),
        lost_times,
    )


class _Steps:
    """Steps from message to message, and marks where each begins."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.marks = bytearray(len(data) + _LONGEST_TIME)
        self.metas: list[Meta] = []
        # By its place a time of more bytes than any file should have; the message is
        # then marked at the last one of them.
        self.long_times: dict[int, int] = {}
        self._sizes = _sizes(data)
        self._status = 0

    def through(self, begin: int, end: int) -> None:
        """Marks the messages of a track.

        Raises:
            IndexError: The last message is not complete. (mido goes on into the
                next track then, and fails at the end of the file at the latest.)
            MidiError: A message is malformed.
        """
        sizes, marks = self._sizes, self.marks
        sizes[end] = 0
        self._status = 0
        place = begin
        while place < end:
            place = self._message(place)
            if self._status & 0xF0 in TWO_DATA_BYTES:
                # This loop runs for nearly each message.
                while size := sizes[place]:
                    marks[place] = _OF_CHANNEL
                    place += size
        if place > end:
            raise IndexError

    def _message(self, begin: int) -> int:
        """Marks any message; returns where it ends."""
        time, place = _number(self.data, begin)
        if place - begin > _LONGEST_TIME:
            begin = place - 1
            self.long_times[begin] = time
        status = self.data[place]
        if status == META:
            return self._meta(begin, place + 1)
        is_running = status < 0x80
        if not is_running:
            self._status = status
            place += 1
        if not self._status:
            raise MidiError("running status without a status before it")
        if self._status >= SYSTEM:
            self.marks[begin] = _OTHER
            return _system_end(self.data, place, self._status, is_running)
        self.marks[begin] = _OF_CHANNEL
        return place + (2 if self._status & 0xF0 in TWO_DATA_BYTES else 1)

    def _meta(self, begin: int, place: int) -> int:
        kind = self.data[place]
        content, end = _content(self.data, place + 1)
        if kind in META_BYTES_NEEDED:
            self.marks[begin] = _OTHER
            self.metas.append(Meta(begin, kind, content))
        else:
            self.marks[begin] = _UNKNOWN
        return end


def _sizes(data: bytes) -> bytearray:
    """For each byte the size of a message of two data bytes that begins there, or 0."""
    sizes = np.zeros(len(data) + _LONGEST_TIME, np.uint8)
    sizes[: len(data) - 1] = np.frombuffer(data.translate(_SIZES), np.uint8)[1:]
    # The time goes on after a byte above 127: such a message is longer by one than
    # the message that would begin at the next byte.
    long = np.flatnonzero(np.frombuffer(data, np.uint8) > 0x7F)
    sizes[long] = 0
    for _ in range(_LONGEST_TIME - 1):
        following = sizes[long + 1]
        sizes[long] = following + (following > 0)
    return bytearray(sizes)


def _number(data: bytes, place: int) -> tuple[int, int]:
    """A number of variable length (at most `_ENDLESS`), and where it ends."""
    value = 0
    byte = 0x80
    while byte > 0x7F:
        byte = data[place]
        place += 1
        value = min(value << 7 | byte & 0x7F, _ENDLESS)
    return value, place


def _content(data: bytes, place: int) -> tuple[bytes, int]:
    """What stands after its own length, and where it ends."""
    size, begin = _number(data, place)
    if size > MAX_MESSAGE_BYTES:
        raise MidiError(f"a message of {size} bytes exceeds {MAX_MESSAGE_BYTES}")
    return data[begin : begin + size], begin + size


def _system_end(data: bytes, place: int, status: int, is_running: bool) -> int:
    """Checks a system message, of which nothing is kept; returns where it ends.

    Args:
        data: The file.
        place: Of the byte after the status, or after the time if it is not repeated.
        status: The status byte.
        is_running: The status was not repeated. mido loses the first byte of a system
            exclusive message then, and so must we.
    """
    if status in (0xF0, 0xF7):
        content, end = _content(data, place + is_running)
        content = content.removeprefix(b"\xf0").removesuffix(b"\xf7")
    elif status in SYSTEM_DATA_BYTES:
        end = place + SYSTEM_DATA_BYTES[status]
        if is_running and end == place:
            raise MidiError("running status for a message without data")
        content = data[place:end]
    else:
        raise MidiError(f"undefined status byte 0x{status:02x}")
    if not content.isascii():
        raise MidiError("data byte must be in range 0..127")
    return end


def _times(data: NDArray[np.uint8], places: Ints) -> tuple[Ints, Ints]:
    """The ticks from each message to the one before it, and where its time ends."""
    digits = data[places]
    times = (digits & 0x7F).astype(np.int64)
    ends = places + 1
    long = np.flatnonzero(digits > 0x7F)
    while len(long):
        digits = data[ends[long]]
        times[long] = times[long] << 7 | digits & 0x7F
        ends[long] += 1
        long = long[digits > 0x7F]
    return times, ends


def _ticks(times: Ints, places: Ints, tracks: list[tuple[int, int]]) -> tuple[Ints, Ints]:
    """When each message is, since the beginning of its track, and the track's number."""
    bounds = np.append(np.searchsorted(places, [begin for begin, _ in tracks]), len(places))
    ticks = np.cumsum(times)
    before = ticks[bounds[:-1] - 1]
    before[0] = 0
    counts = np.diff(bounds)
    return ticks - np.repeat(before, counts), np.repeat(np.arange(len(tracks)), counts)


def _channel_messages(
    data: NDArray[np.uint8], places: Ints, status_places: Ints, track: Ints, tick: Ints
) -> ChannelMessages:
    own = data[status_places]
    has_own = own > 0x7F
    # A message without a status has that of the last message of a channel: after any
    # other, `_Steps` takes it for another message of that kind.
    status = own[np.maximum.accumulate(np.where(has_own, np.arange(len(own)), 0))]
    kind = status & np.uint8(0xF0)
    data_places = status_places + has_own
    first, second = data[data_places], data[data_places + 1]
    has_one = (kind == PROGRAM) | (kind == CHANNEL_PRESSURE)
    if ((first | second * ~has_one) > 0x7F).any():
        raise MidiError("data byte must be in range 0..127")
    return ChannelMessages(
        places,
        track,
        tick,
        kind,
        (status & 0x0F).astype(np.int64),
        first.astype(np.int64),
        second.astype(np.int64),
    )
