"""The messages of a MIDI file in columns: when each one is, and what it says.

Where a message ends can only be told from its first bytes, so someone must step from
one to the next. But nearly all messages are notes, controls and bends, which have two
data bytes; and of these, however they are written, just three bytes are below 128: the
last one of the time, and the data. What is above 127 says more: before the first of
the three it is a digit of the time, before the second a status. So a run of such
messages is taken in one step, and told apart for the whole file at once. Only the few
others are read one by one, and written into the stream in the same form.
"""

from dataclasses import dataclass
from typing import NamedTuple, NoReturn

import numpy as np

from vaeprep.midi.standard import (
    MAX_MESSAGE_BYTES,
    META,
    META_BYTES_NEEDED,
    SYSTEM,
    SYSTEM_DATA_BYTES,
    TWO_DATA_BYTES,
    MidiError,
)
from vaeprep.music.sequence import Bytes, Ints

TRACK = 0xFE
"""The status of what stands in the columns where a track begins."""

# Messages in the form of those of two data bytes, whole or in part.
_NEW_TRACK = bytes((0, TRACK, 0, 0))
_NO_SECOND = bytes(1)  # in the place of a second data byte
_META, _SYSTEM = bytes((META, 0, 0)), bytes((SYSTEM, 0, 0))  # after their time
_NO_RUN = (0, 0)
_LARGEST_LOW = 0x7F
_HIGH = bytes(range(0x80, 0x100))
_TOO_LARGE = "data byte must be in range 0..127"
# Longer times are not added up exactly: they only have to stay beyond the limit.
_ENDLESS = 1 << 34
_DIGITS_COUNTED = 5  # a time of more digits is endless, unless these are zeros
# By a byte, whether it is the status of a message without two data bytes.
_IS_OTHER_STATUS = bytes(
    byte > 0x7F and byte & 0xF0 not in TWO_DATA_BYTES for byte in range(0x100)
)


class Meta(NamedTuple):
    """A meta message of a known type.

    Attributes:
        number: Its place among all messages.
        track: The number of its track.
        tick: Since the beginning of the track.
        kind: Its type.
        content: Its data.
    """

    number: int
    track: int
    tick: int
    kind: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Messages:
    """All messages of a file but meta messages of unknown types, track by track.

    Each track begins with a message of its own, `TRACK`, at tick 0.

    Attributes:
        track: int64[n], the number of its track.
        tick: int64[n], since the beginning of the track.
        status: uint8[n], kind and channel; `META` for meta messages, `SYSTEM` for those
            that only take time.
        first: uint8[n], 0 to 127.
        second: uint8[n], 0 to 127; 0 where there is one data byte.
        metas: The meta messages once more, with what they say.
        lost_times: Meta messages of unknown type whose time is lost.
    """

    track: Ints
    tick: Ints
    status: Bytes
    first: Bytes
    second: Bytes
    metas: list[Meta]
    lost_times: int


def read_messages(data: bytes, tracks: list[tuple[int, int]]) -> Messages:
    """Reads the messages of all tracks.

    Args:
        data: A MIDI file.
        tracks: Where the messages of each track begin and end; none is empty.

    Raises:
        MidiError: A message is malformed or not complete.
    """
    stream = _Stream(data)
    for begin, end in tracks:
        try:
            stream.add_track(begin, end)
        except IndexError:
            raise MidiError("a track ends in the middle of a message") from None
    times, status, first, second = _columns(b"".join(stream.parts))
    begins = (status == TRACK).nonzero()[0]
    sizes = np.append(begins[1:], len(status)) - begins
    track = np.arange(len(tracks)).repeat(sizes)
    tick = times.cumsum()
    tick -= tick[begins].repeat(sizes)
    number = (status == META).nonzero()[0]
    metas = map(
        Meta,
        number.tolist(),
        track[number].tolist(),
        tick[number].tolist(),
        stream.meta_kinds,
        stream.meta_contents,
    )
    return Messages(track, tick, status, first, second, list(metas), stream.lost_times)


class _Stream:
    """The bytes of all messages, each with three bytes below 128.

    Attributes:
        parts: The bytes.
        meta_kinds: The types of meta messages, those of unknown types left out.
        meta_contents: Their data.
        lost_times: Meta messages of unknown types that have a time.
    """

    def __init__(self, data: bytes) -> None:
        self.parts: list[bytes] = []
        self.meta_kinds: list[int] = []
        self.meta_contents: list[bytes] = []
        self.lost_times = 0
        self._data = data
        self._others = data.translate(_IS_OTHER_STATUS)
        # The status of the last message that was read by itself, and where the run of
        # messages after it is.
        self._status, self._run = 0, _NO_RUN

    def add_track(self, begin: int, end: int) -> None:
        """Adds the messages of a track.

        Raises:
            IndexError: The last message is not complete. (mido goes on into the
                next track then, and fails at the end of the file at the latest.)
            MidiError: A message is malformed.
        """
        self.parts.append(_NEW_TRACK)
        self._status, self._run = 0, _NO_RUN
        place = begin
        while place < end:
            place = self._add_messages(place, end)
        if place > end:
            raise IndexError

    def _add_messages(self, begin: int, end: int) -> int:
        """Adds any message, and with one of two data bytes those that follow it.

        Returns:
            Where they end, which is beyond `end` if the last one is not complete.
        """
        place = begin
        while self._data[place] > _LARGEST_LOW:
            place += 1
        place += 1
        time = self._data[begin:place]
        status = self._data[place]
        if status == META:
            return self._add_meta(time, place + 1)
        is_running = status <= _LARGEST_LOW
        if is_running:
            status = self._running_status()
        else:
            place += 1
        self._status, self._run = status, _NO_RUN
        if status >= SYSTEM:
            self.parts += (time, _SYSTEM)
            return _system_end(self._data, place, status, is_running)
        has_two = status & 0xF0 in TWO_DATA_BYTES
        stop = place + 1 + has_two
        content = self._data[place:stop]
        if not content.isascii():
            raise MidiError(_TOO_LARGE)
        if is_running:
            self.parts += (time, bytes((status,)), content)
        else:
            self.parts.append(self._data[begin:stop])
        if has_two:
            return self._add_run(stop, end)
        self.parts.append(_NO_SECOND)
        return stop

    def _add_run(self, begin: int, end: int) -> int:
        """Adds all messages of two data bytes from `begin` on; returns where they end.

        A data byte above 127 is found here where it leaves the last one incomplete, and
        by `_columns` otherwise.

        Raises:
            IndexError: The last one is not complete.
            MidiError: A data byte is above 127.
        """
        data = self._data
        place, low = begin, 0
        while (status := self._others.find(1, place, end)) >= 0:
            low += _count_low(data[place:status])
            if low % 3 == 1:  # all before are complete, and so is the time of the next
                end = _begin_of_time(data, begin, status)
                break
            place = status + 1  # it is no status, but a digit of a time
        else:
            low += _count_low(data[place:end])
            if low % 3 or (begin < end and data[end - 1] > _LARGEST_LOW):
                _raise_first_fault(data[begin:end])
        self.parts.append(data[begin:end])
        self._run = (begin, end)
        return max(begin, end)

    def _running_status(self) -> int:
        """The status of the last message of a channel, or of the system."""
        begin, place = self._run
        while place > begin:
            place -= 3  # before two data bytes
            if self._data[place] > _LARGEST_LOW:
                return self._data[place]
            place = _begin_of_time(self._data, begin, place + 1)
        if not self._status:
            raise MidiError("running status without a status before it")
        return self._status

    def _add_meta(self, time: bytes, place: int) -> int:
        kind = self._data[place]
        content, end = _content(self._data, place + 1)
        if kind in META_BYTES_NEEDED:
            self.parts += (time, _META)
            self.meta_kinds.append(kind)
            self.meta_contents.append(content)
        elif _number(time, 0)[0]:
            # mido forgets the time of a meta message that it does not know, so all that
            # follows on the track comes earlier by it.
            self.lost_times += 1
        return end


def _count_low(data: bytes) -> int:
    """How many of the bytes are below 128."""
    return len(data.translate(None, _HIGH))


def _raise_first_fault(run: bytes) -> NoReturn:
    """Finds what is wrong with messages of two data bytes.

    Raises:
        MidiError: A data byte is above 127.
        IndexError: The last message is not complete.
    """
    place = 0
    while True:
        _, place = _number(run, place)
        place += run[place] > _LARGEST_LOW  # a status of its own
        if max(run[place], run[place + 1]) > _LARGEST_LOW:
            raise MidiError(_TOO_LARGE)
        place += 2


def _begin_of_time(data: bytes, begin: int, status: int) -> int:
    """Where the message begins whose status is at a place; none before `begin`."""
    place = status - 1
    if data[place] > _LARGEST_LOW:
        raise MidiError(_TOO_LARGE)
    while place > begin and data[place - 1] > _LARGEST_LOW:
        place -= 1
    return place


def _content(data: bytes, place: int) -> tuple[bytes, int]:
    """What stands after its own length, and where it ends."""
    size, begin = _number(data, place)
    if size > MAX_MESSAGE_BYTES:
        raise MidiError(f"a message of {size} bytes exceeds {MAX_MESSAGE_BYTES}")
    return data[begin : begin + size], begin + size


def _number(data: bytes, place: int) -> tuple[int, int]:
    """A number of variable length (at most `_ENDLESS`), and where it ends."""
    value = 0
    digit = _LARGEST_LOW + 1
    while digit > _LARGEST_LOW:
        digit = data[place]
        place += 1
        value = min(value << 7 | digit & 0x7F, _ENDLESS)
    return value, place


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
        raise MidiError(_TOO_LARGE)
    return end


def _columns(stream: bytes) -> tuple[Ints, Bytes, Bytes, Bytes]:
    """Time since the message before, status, first and second data byte of each message.

    Raises:
        MidiError: A data byte is above 127.
    """
    every = np.frombuffer(stream, np.uint8)
    low = np.frombuffer(stream.translate(None, _HIGH), np.uint8).reshape(-1, 3)
    places = (every > _LARGEST_LOW).nonzero()[0]
    before = places - np.arange(len(places))  # bytes below 128
    message = before // 3
    role = before - 3 * message
    high = every[places]
    of_status = (role == 1).nonzero()[0]
    owner = message[of_status]
    if (role == 2).any() or (owner[1:] == owner[:-1]).any():
        raise MidiError(_TOO_LARGE)
    times = low[:, 0].astype(np.int64)
    _add_digits(times, high, message, (role == 0).nonzero()[0])
    # A message without a status has that of the message before it.
    owner = np.append(owner, len(low))
    status = high[of_status].repeat(owner[1:] - owner[:-1])
    return times, status, low[:, 1], low[:, 2]


def _add_digits(times: Ints, high: Bytes, message: Ints, which: Ints) -> None:
    """Adds the digits of times that are above 127 (seven bits each, the highest first).

    Args:
        times: int64[n], set here.
        high: The bytes above 127 of the whole file.
        message: The message that each belongs to.
        which: Those of them that belong to times.
    """
    digits = (high[which] & 0x7F).astype(np.int64)
    owner = message[which]
    below = np.ones(len(owner), np.int64)  # how many digits of the same time follow
    for distance in range(1, _DIGITS_COUNTED):
        is_same = owner[distance:] == owner[:-distance]
        if not is_same.any():
            break
        below[:-distance] += is_same
    digits <<= 7 * below
    np.add.at(times, owner, np.minimum(digits, _ENDLESS))
