"""Who plays what: the players of a MIDI file, with their notes, controls and bends.

A player is a program on a channel of a track of which a note has ended. All is told
as pretty_midi tells it; where it behaves in a way one would not expect, a comment says
so: it is kept, because the ids and bytes of examples depend on it.
"""

from dataclasses import dataclass

import numpy as np

from vaeprep.midi.messages import ChannelMessages
from vaeprep.midi.standard import BEND, CONTROL, NOTE_ON, PROGRAM
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


def find_players(messages: ChannelMessages) -> Players:
    """Finds the players, and pairs the messages of their notes."""
    note_on, note_off = _pair(messages)
    voices = _voices(messages, note_off)
    known, first, of_note = np.unique(voices, return_index=True, return_inverse=True)
    by_first = np.argsort(first)
    number = np.empty(len(known), np.int64)
    number[by_first] = np.arange(len(known))
    player = number[of_note]
    in_order = np.argsort(player, kind="stable")
    change, change_player = _changes(messages, known, note_off[first], by_first)
    voice = known[by_first]
    return Players(
        voice & 0x7F,
        voice >> 7 & 0x0F,
        note_off[first][by_first],
        note_on[in_order],
        note_off[in_order],
        player[in_order],
        change,
        change_player,
    )


def _pair(messages: ChannelMessages) -> tuple[Ints, Ints]:
    """The messages that start and end each note, in the order in which they end.

    A note ends at the next note-off of its track, channel and pitch, which ends all
    that sound there. Those that start and end at one tick are another matter, see
    `_end_in_turn`.
    """
    sounds = np.flatnonzero(messages.kind <= NOTE_ON)
    # As tracks are in order already, a stable sort puts the messages of a track,
    # channel and pitch next to one another.
    string = messages.channel[sounds] << 7 | messages.first[sounds]
    by_string = _stable_order(string, 16 << 7)
    string, sounds = string[by_string], sounds[by_string]
    track, tick = messages.track[sounds], messages.tick[sounds]
    is_on = (messages.kind[sounds] == NOTE_ON) & (messages.second[sounds] > 0)
    count = len(sounds)
    is_new = np.ones(count, np.bool_)
    is_new[1:] = (string[1:] != string[:-1]) | (track[1:] != track[:-1])
    group = np.cumsum(is_new)
    place = np.arange(count)
    end = np.minimum.accumulate(np.where(is_on, count, place)[::-1])[::-1]
    ends_here = is_on & (np.append(group, 0)[end] == group)
    end[~ends_here] = count
    is_short = np.append(tick, -1)[end] == tick
    is_short &= ends_here
    for one in set(group[is_short].tolist()):
        _end_in_turn(end, is_on, tick, *np.searchsorted(group, (one, one + 1)).tolist())
    start = np.flatnonzero(end < count)
    note_off = sounds[end[start]]
    in_order = _stable_order(note_off, len(messages.kind))
    return sounds[start[in_order]], note_off[in_order]


def _stable_order(numbers: Ints, limit: int) -> Ints:
    """The order that sorts numbers from 0 to `limit`; 16 bits are sorted at once."""
    return np.argsort(numbers.astype(np.min_scalar_type(limit)), kind="stable")


def _end_in_turn(end: Ints, is_on: Bools, tick: Ints, first: int, last: int) -> None:
    """Ends the notes of one track, channel and pitch one after the other.

    A note-off ends all notes of its pitch, but those of its own tick; and these are
    forgotten if they are all there are.

    Args:
        end: Of each note-on the place of its note-off, or the number of all places;
            set here.
        is_on: Whether a message starts a note.
        tick: When it is.
        first: The first message of the pitch.
        last: The first one after them.
    """
    sounding: list[int] = []
    for place in range(first, last):
        if is_on[place]:
            end[place] = len(end)
            sounding.append(place)
            continue
        ended = [note for note in sounding if tick[note] != tick[place]]
        end[ended] = place
        fresh = sounding[len(ended) :]
        sounding = fresh if ended else []


def _voices(messages: ChannelMessages, which: Ints) -> Ints:
    """Track, channel and present program of some messages, as one number of each."""
    place = messages.track << 4 | messages.channel
    count = len(place)
    programs = np.flatnonzero(messages.kind == PROGRAM)
    # Sorted by channel, and in it by time. Each channel begins with program 0.
    changes = np.sort(place[programs] * count + programs)
    latest = np.searchsorted(changes, place[which] * count + which) - 1
    change = np.append(changes, -1)[latest]
    is_changed = change // count == place[which]
    program = np.where(is_changed, messages.first[change % count], 0)
    return place[which] << 7 | program


def _changes(
    messages: ChannelMessages, known: Ints, created: Ints, in_order: Ints
) -> tuple[Ints, Ints]:
    """The controls and bends of each player, and the players' numbers.

    One that comes when there is no player of the present program yet is early. Once
    a channel has early ones, its new players share the list of them (the list itself
    and not a copy), and with it what each of them adds later.

    Args:
        messages: All messages of channels.
        known: The voices that are players, sorted.
        created: The message with which each of them is one.
        in_order: The players' places in `known`, in the order of the players.
    """
    change = np.flatnonzero((messages.kind == CONTROL) | (messages.kind == BEND))
    if not len(change) or not len(known):
        return change[:0], change[:0]
    voice = _voices(messages, change)
    player = np.minimum(np.searchsorted(known, voice), len(known) - 1)
    is_early = (known[player] != voice) | (created[player] > change)
    early_places, first = np.unique(voice[is_early] >> 7, return_index=True)
    begins = np.append(change[is_early][first], len(messages.kind))
    place = np.searchsorted(early_places, known >> 7)
    is_there = np.append(early_places, -1)[place] == known >> 7
    shares = is_there & (begins[place] < created)
    # A list is named by its player's voice, a shared one by its channel below zero.
    player_list = np.where(shares, ~(known >> 7), known)
    of_change = np.where(is_early, ~(voice >> 7), player_list[player])
    by_list = np.argsort(of_change, kind="stable")
    of_change = of_change[by_list]
    wanted = player_list[in_order]
    numbers, owner = stretches(
        np.searchsorted(of_change, wanted), np.searchsorted(of_change, wanted, side="right")
    )
    return change[by_list][numbers], owner
