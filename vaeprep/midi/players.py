"""Who plays what: the players of a MIDI file, with their notes, controls and bends.

A player is a program on a channel of a track of which a note has ended. All is told
as pretty_midi tells it; where it behaves in a way one would not expect, a comment says
so: it is kept, because the ids and bytes of examples depend on it.
"""

from dataclasses import dataclass

import numpy as np

from vaeprep.midi.messages import Messages
from vaeprep.midi.standard import BEND, CONTROL, KEY_PRESSURE, NOTE_ON, PROGRAM
from vaeprep.music.note_block import stretches
from vaeprep.music.sequence import Bools, Ints


@dataclass(frozen=True, slots=True)
class Players:
    """All players, in the order in which their first notes end, track by track.

    The other attributes are numbers of messages, in the order of their players and of
    the player's time. A control or a bend may be there for several players.

    Attributes:
        program: int64[p], MIDI program of each player, 0 to 127.
        channel: int64[p].
        first_end: int64[p], the message that ends its first note.
        note_on: int64[n], the message that starts each note.
        note_off: int64[n], the message that ends it.
        note_player: int64[n], whose note it is.
        change: int64[c], controls and bends.
        change_player: int64[c].
    """

    program: Ints
    channel: Ints
    first_end: Ints
    note_on: Ints
    note_off: Ints
    note_player: Ints
    change: Ints
    change_player: Ints


def find_players(messages: Messages) -> Players:
    """Finds the players, and pairs the messages of their notes."""
    note_on, note_off = _pair(messages)
    kind = messages.status & 0xF0
    change = ((kind == CONTROL) | (kind == BEND)).nonzero()[0]
    program = (kind == PROGRAM).nonzero()[0]
    voice = _voices(messages, program, np.concatenate((note_off, change)))
    note_voice, change_voice = voice[: len(note_off)], voice[len(note_off) :]
    first, player = _by_appearance(note_voice)
    known, created = note_voice[first], note_off[first]
    in_order = _stable_order(player, len(first))
    return Players(
        known & 0x7F,
        known >> 7 & 0x0F,
        created,
        note_on[in_order],
        note_off[in_order],
        player[in_order],
        *_changes(change, change_voice, known, created),
    )


def _pair(messages: Messages) -> tuple[Ints, Ints]:
    """The messages that start and end each note, in the order in which they end.

    A note ends at the next note-off of its track, channel and pitch, which ends all
    that sound there. Those that start and end at one tick are another matter, see
    `_end_in_turn`.
    """
    sounds = (messages.status < KEY_PRESSURE).nonzero()[0]
    channel = (messages.status[sounds] & 0x0F).astype(np.uint16)
    string = channel << 7 | messages.first[sounds]
    # As tracks are in order already, a stable sort puts the messages of a channel, pitch
    # and track next to one another. 16 bits are sorted fastest.
    by_string = string.argsort(kind="stable")
    sounds = sounds[by_string]
    tracks = messages.track[-1] + 1
    string = string[by_string].astype(np.int64) * tracks + messages.track[sounds]
    tick = messages.tick[sounds]
    is_on = (messages.status[sounds] >= NOTE_ON) & (messages.second[sounds] > 0)
    on, off = is_on.nonzero()[0], (~is_on).nonzero()[0]
    offs_before = on - np.arange(len(on))
    on = on[: offs_before.searchsorted(len(off))]
    next_off = off[offs_before[: len(on)]]
    ends_here = string[next_off] == string[on]
    end = np.full(len(sounds), -1)
    end[on] = np.where(ends_here, next_off, -1)
    is_short = ends_here & (tick[next_off] == tick[on])
    for one in set(string[on[is_short]].tolist()):
        _end_in_turn(end, is_on, tick, *string.searchsorted((one, one + 1)).tolist())
    start = (end >= 0).nonzero()[0]
    note_on, note_off = sounds[start], sounds[end[start]]
    in_order = _stable_order(note_off, len(messages.tick))
    return note_on[in_order], note_off[in_order]


def _stable_order(numbers: Ints, limit: int) -> Ints:
    """The order that sorts numbers from 0 to `limit`; 16 bits are sorted at once."""
    return numbers.astype(np.min_scalar_type(limit)).argsort(kind="stable")


def _end_in_turn(end: Ints, is_on: Bools, tick: Ints, first: int, last: int) -> None:
    """Ends the notes of one track, channel and pitch one after the other.

    A note-off ends all notes of its pitch, but those of its own tick; and these are
    forgotten if they are all there are.

    Args:
        end: Of each note-on the place of its note-off, or -1; set here.
        is_on: Whether a message starts a note.
        tick: When it is.
        first: The first message of the pitch.
        last: The first one after them.
    """
    sounding: list[int] = []
    for place in range(first, last):
        if is_on[place]:
            end[place] = -1
            sounding.append(place)
            continue
        ended = [note for note in sounding if tick[note] != tick[place]]
        end[ended] = place
        fresh = sounding[len(ended) :]
        sounding = fresh if ended else []


def _voices(messages: Messages, programs: Ints, which: Ints) -> Ints:
    """Track, channel and present program of some messages, as one number of each.

    Args:
        messages: All messages.
        programs: Those that change the program.
        which: Those that are asked for.
    """
    place = messages.track[which] << 4 | messages.status[which] & 0x0F
    if not len(programs):
        return place << 7
    # Sorted by place, and in it by time. Each channel of each track begins with program 0.
    count = len(messages.tick)
    change_place = messages.track[programs] << 4 | messages.status[programs] & 0x0F
    changes = (change_place * count + programs) << 7 | messages.first[programs]
    beginnings = np.arange(16 * (int(messages.track[-1]) + 1)) * count << 7
    changes = np.sort(np.concatenate((beginnings, changes)))
    latest = changes.searchsorted((place * count + which) << 7) - 1
    return place << 7 | changes[latest] & 0x7F


def _by_appearance(numbers: Ints) -> tuple[Ints, Ints]:
    """Numbers different things in the order in which they appear.

    Returns:
        Where each is for the first time, and for each place which one is there.
    """
    # The same thing mostly comes many times, so only where they change is looked at.
    is_new = np.ones(len(numbers), np.bool_)
    np.not_equal(numbers[1:], numbers[:-1], out=is_new[1:])
    begins = is_new.nonzero()[0]
    first: dict[int, int] = {}
    for number, begin in zip(numbers[begins].tolist(), begins.tolist(), strict=True):
        first.setdefault(number, begin)
    order = {number: place for place, number in enumerate(first)}
    own = np.array([order[number] for number in numbers[begins].tolist()], np.int64)
    sizes = np.append(begins[1:], len(numbers)) - begins
    return np.array(list(first.values()), np.int64), own.repeat(sizes)


def _changes(change: Ints, voice: Ints, known: Ints, created: Ints) -> tuple[Ints, Ints]:
    """The controls and bends of each player, and the players' numbers.

    One that comes when there is no player of the present program yet is early. Once
    a channel has early ones, its new players share the list of them (the list itself
    and not a copy), and with it what each of them adds later.

    Args:
        change: The messages that are controls or bends.
        voice: Of each of them.
        known: The voices that are players, in the order of the players.
        created: The message with which each of them is one.
    """
    if not len(change) or not len(known):
        return change[:0], change[:0]
    by_voice = known.argsort()
    found = known[by_voice].searchsorted(voice)
    player = by_voice[np.minimum(found, len(known) - 1)]
    is_early = (known[player] != voice) | (created[player] > change)
    place = voice >> 7
    # The first early one of each channel.
    early = is_early.nonzero()[0][::-1]
    begins = dict(zip(place[early].tolist(), change[early].tolist(), strict=True))
    # A list is named by its player's voice, a shared one by its channel below zero.
    names = [
        ~(one >> 7) if begins.get(one >> 7, begin) < begin else one
        for one, begin in zip(known.tolist(), created.tolist(), strict=True)
    ]
    wanted = np.array(names, np.int64)
    of_change = np.where(is_early, ~place, wanted[player])
    by_list = of_change.argsort(kind="stable")
    of_change = of_change[by_list]
    numbers, owner = stretches(
        of_change.searchsorted(wanted), of_change.searchsorted(wanted, side="right")
    )
    return change[by_list[numbers]], owner
