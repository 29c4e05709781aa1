"""Reads a Standard MIDI File: notes, tempos, meters, keys, pedals and bends, in ticks.

The result is what pretty_midi makes of the events that mido reads, and a file that
either of them refuses is refused here. Both are exact but slow (a Python object
for every event, several calls for every byte), so this reader takes the messages of
all tracks in columns and keeps only what a NoteSequence has room for. Where the two
behave in a way one would not expect, a comment says so: it is kept, because the ids
and bytes of examples depend on it.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from struct import unpack_from

import numpy as np

from vaeprep.midi import meta
from vaeprep.midi.messages import Messages, Meta, read_messages
from vaeprep.midi.players import Players, find_players
from vaeprep.midi.standard import (
    BEND,
    KEY_SIGNATURE,
    MAX_TICK,
    PROGRAM,
    SMPTE_OFFSET,
    TEMPO,
    TIME_SIGNATURE,
    TRACK_NAME,
    MidiError,
)
from vaeprep.music.sequence import Bools, Bytes, Ints

_DRUM_CHANNEL = 9


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes of all players: one after the other, in the order in which they end.

    Attributes:
        start: int64[n], ticks.
        end: int64[n], ticks.
        pitch: uint8[n].
        velocity: uint8[n].
        player: int64[n].
    """

    start: Ints
    end: Ints
    pitch: Bytes
    velocity: Bytes
    player: Ints


@dataclass(frozen=True, slots=True)
class Changes:
    """Controls or bends of all players, in their order.

    Attributes:
        tick: int64[n].
        number: uint8[n], the control's number, or int64[n], a bend from -8192 to 8191.
        value: The control's value, or the bend again.
        player: int64[n].
    """

    tick: Ints
    number: Ints | Bytes
    value: Ints | Bytes
    player: Ints


@dataclass(slots=True)
class MidiFile:
    """What a MIDI file holds. All times are absolute ticks.

    Players are the programs of the channels of the tracks, numbered in the order in
    which their first notes end, track by track.

    Attributes:
        resolution: Ticks a quarter note; negative where the file counts frames
            of film instead (SMPTE), as mido has it.
        programs: int64[players], MIDI program of each player, 0 to 127.
        are_drums: bool[players], whether it plays on channel 10 (9 when counted from 0).
        names: Of each player the name that its track had when its first note ended,
            or "".
        notes: Their notes.
        controls: Their control changes.
        bends: Their pitch bends.
        tempos: (tick, microseconds a quarter note), of the first track.
        time_signatures: (tick, numerator, denominator), of the first track.
        key_signatures: (tick, key), of the first track; keys 0 to 11 are C major
            to B major, 12 to 23 C minor to B minor.
        other_tempos, other_time_signatures, other_key_signatures: As above, of the
            other tracks. They count for nothing, see `unread`.
        lost_times: Meta messages of unknown type whose time is lost.
        more_tracks: A track follows those that the header counts.
    """

    resolution: int
    programs: Ints
    are_drums: Bools
    names: list[str]
    notes: Notes
    controls: Changes
    bends: Changes
    tempos: list[tuple[int, int]] = field(default_factory=list)
    time_signatures: list[tuple[int, int, int]] = field(default_factory=list)
    key_signatures: list[tuple[int, int]] = field(default_factory=list)
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
    position, count, resolution = _header(data)
    if count < 1:
        raise MidiError("it has no tracks")
    tracks = []
    for _ in range(count):
        tracks.append(_track(data, position))
        position = tracks[-1][1]
    messages = read_messages(data, tracks)
    last_tick = int(messages.tick.max())
    if last_tick + 1 > MAX_TICK:
        raise MidiError(f"it lasts {last_tick} ticks or more: it is likely corrupt")
    players = find_players(messages)
    file = MidiFile(
        resolution,
        programs=players.program,
        are_drums=players.channel == _DRUM_CHANNEL,
        names=_names(messages, players),
        notes=_notes(messages, players),
        controls=_controls(messages, players),
        bends=_bends(messages, players),
        lost_times=messages.lost_times,
        more_tracks=data[position : position + 4] == b"MTrk",
    )
    for message in messages.metas:
        _add_meta(file, message)
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


def _track(data: bytes, position: int) -> tuple[int, int]:
    """Where the messages of the track at `position` begin and end."""
    if len(data) < position + 8:
        raise MidiError("the file ends before its last track")
    name, size = unpack_from(">4sL", data, position)
    if name != b"MTrk":
        raise MidiError("no MTrk header at the start of a track")
    if not size:
        raise MidiError("a track is empty")
    begin = position + 8
    if len(data) < begin + size:
        raise MidiError("the file ends in the middle of a track")
    return begin, begin + int(size)


def _notes(messages: Messages, players: Players) -> Notes:
    return Notes(
        messages.tick[players.note_on],
        messages.tick[players.note_off],
        messages.first[players.note_on],
        messages.second[players.note_on],
        players.note_player,
    )


def _controls(messages: Messages, players: Players) -> Changes:
    which = messages.status[players.change] < PROGRAM
    change = players.change[which]
    return Changes(
        messages.tick[change],
        messages.first[change],
        messages.second[change],
        players.change_player[which],
    )


def _bends(messages: Messages, players: Players) -> Changes:
    which = messages.status[players.change] >= BEND
    change = players.change[which]
    bend = messages.first[change] + (messages.second[change].astype(np.int64) << 7) - 8192
    return Changes(messages.tick[change], bend, bend, players.change_player[which])


def _names(messages: Messages, players: Players) -> list[str]:
    """The last name of each player's track before its first note ended."""
    names = [message for message in messages.metas if message.kind == TRACK_NAME]
    places = [message.number for message in names]
    found = []
    for track, place in zip(
        messages.track[players.first_end].tolist(), players.first_end.tolist(), strict=True
    ):
        last = bisect_left(places, place) - 1
        is_there = last >= 0 and names[last].track == track
        found.append(names[last].content.decode("latin-1") if is_there else "")
    return found


def _add_meta(file: MidiFile, message: Meta) -> None:
    """Adds what a meta message says."""
    is_first = message.track == 0
    tick, kind, content = message.tick, message.kind, message.content
    meta.check_size(kind, content)
    if kind == TEMPO:
        tempos = file.tempos if is_first else file.other_tempos
        tempos.append((tick, meta.tempo(content)))
    elif kind == TIME_SIGNATURE:
        meter = meta.meter(content)
        if is_first:
            meta.check_meter(*meter)
        meters = file.time_signatures if is_first else file.other_time_signatures
        meters.append((tick, *meter))
    elif kind == KEY_SIGNATURE:
        keys = file.key_signatures if is_first else file.other_key_signatures
        keys.append((tick, meta.key(content)))
    elif kind == SMPTE_OFFSET:
        meta.check_smpte_offset(content)
