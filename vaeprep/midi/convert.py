"""Converts MIDI files to NoteSequences, the very bytes that Magenta's script writes.

Magenta's `convert_dir_to_note_sequences` reads with mido, arranges with pretty_midi
and copies with note_seq's `midi_io`. This module does the arithmetic of these three
in their order on what `midi_reader` finds, and imports none of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from vaeprep.midi.lenient import mend
from vaeprep.midi.reader import MidiError, MidiFile, Player, read
from vaeprep.midi.unread import unread
from vaeprep.music.note_block import NoteBlock
from vaeprep.music.protos import NoteSequence
from vaeprep.music.sequence import Floats, Ints

Event = TypeVar("Event", bound=tuple[int, ...])

__all__ = ["ConvertedMidi", "MidiError", "convert_midi", "midi_to_note_sequence"]


def midi_to_note_sequence(data: bytes) -> Any:
    """Converts the bytes of a MIDI file as `note_seq.midi_to_note_sequence` does.

    Args:
        data: A Standard MIDI File.

    Returns:
        A NoteSequence without id, filename and collection name. Instruments are
        numbered in the order in which their first notes end, track by track.

    Raises:
        MidiError: Where note_seq raises MIDIConversionError.
    """
    return _note_sequence(read(data))


@dataclass(frozen=True, slots=True)
class ConvertedMidi:
    """A MIDI file as a NoteSequence, and what is worth saying about it.

    Attributes:
        sequence: As `midi_to_note_sequence` gives it.
        mended: What was wrong in the file, empty if nothing was mended.
        unread: What of it counts for nothing, as in Magenta.
    """

    sequence: Any
    mended: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def convert_midi(data: bytes, lenient: bool = False) -> ConvertedMidi:
    """Converts the bytes of a MIDI file, and tells what of it is not in the result.

    Args:
        data: A Standard MIDI File.
        lenient: Mend it where `midi_to_note_sequence` would refuse it or leave
            something unread. A file without faults is read as ever.

    Raises:
        MidiError: It cannot be converted, mended or not.
    """
    try:
        file = read(data)
        left = unread(file)
        if not (lenient and left):
            return ConvertedMidi(_note_sequence(file), unread=left)
    except MidiError as fault:
        if not lenient:
            raise
        refusal: MidiError | None = fault
    else:
        refusal = None
    try:
        mended = mend(data)
        file = read(mended.data)
        return ConvertedMidi(_note_sequence(file), mended.faults, unread(file))
    except MidiError:
        if refusal is None:
            return ConvertedMidi(_note_sequence(file), unread=left)
        raise refusal from None


def _note_sequence(file: MidiFile) -> Any:
    clock = _Clock(file)
    sequence = NoteSequence(ticks_per_quarter=file.resolution)
    sequence.source_info.parser = NoteSequence.SourceInfo.PRETTY_MIDI
    sequence.source_info.encoding_type = NoteSequence.SourceInfo.MIDI
    _add_signatures(sequence, file, clock)
    for start, scale in zip(clock.times.tolist(), clock.scales.tolist(), strict=True):
        sequence.tempos.add(time=start, qpm=60.0 / (scale * file.resolution))
    for number, player in enumerate(file.players):
        _add_player(sequence, number, player, clock)
    return sequence


class _Clock:
    """The seconds of each tick, as pretty_midi's `_update_tick_to_time` fills its table.

    Attributes:
        ticks, times, scales: Of each stretch with one tempo the tick and the second
            where it begins, and the seconds of one tick.
    """

    def __init__(self, file: MidiFile) -> None:
        ticks, scales = _tempo_stretches(file)
        times = [0.0]
        for number in range(len(ticks) - 1):
            elapsed = ticks[number + 1] - ticks[number]
            times.append(times[number] + scales[number] * elapsed)
        self.ticks: Ints = np.array(ticks)
        self.times: Floats = np.array(times)
        self.scales: Floats = np.array(scales)

    def seconds(self, ticks: Ints) -> Floats:
        """The time of each tick in seconds, float64 of the same shape."""
        stretch = np.searchsorted(self.ticks, ticks, side="right") - 1
        elapsed = ticks - self.ticks[stretch]
        return self.times[stretch] + self.scales[stretch] * elapsed


def _tempo_stretches(file: MidiFile) -> tuple[list[int], list[float]]:
    """The ticks where the tempo changes, and the seconds a tick from there on."""
    resolution = file.resolution
    if not resolution:
        raise MidiError("it has 0 ticks a quarter note")
    ticks, scales = [0], [60.0 / (120.0 * resolution)]
    for tick, tempo in file.tempos:
        if not tempo:
            raise MidiError("a quarter note of 0 microseconds is no tempo")
        scale = 60.0 / (6e7 / tempo * resolution)
        if tick == 0:
            ticks, scales = [0], [scale]
        elif scale != scales[-1]:
            ticks.append(tick)
            scales.append(scale)
    return ticks, scales


def _add_signatures(sequence: Any, file: MidiFile, clock: _Clock) -> None:
    for time, (_, numerator, denominator) in _timed(file.time_signatures, clock):
        sequence.time_signatures.add(
            time=_not_negative(time), numerator=numerator, denominator=denominator
        )
    for time, (_, key) in _timed(file.key_signatures, clock):
        # 0 is major and 1 is minor in the proto, too.
        sequence.key_signatures.add(time=_not_negative(time), key=key % 12, mode=key // 12)


def _not_negative(time: float) -> float:
    # Only a file that counts film frames has negative times; pretty_midi refuses
    # them at signatures and (as a note that ends before it starts) at notes.
    if time < 0:
        raise MidiError("SMPTE time, which counts film frames, is not supported")
    return time


def _add_player(sequence: Any, number: int, player: Player, clock: _Clock) -> None:
    if player.name:
        sequence.instrument_infos.add(name=player.name, instrument=number)
    who = {"instrument": number, "program": player.program, "is_drum": player.is_drum}
    _add_notes(sequence, player, number, clock)
    for time, (_, bend) in _timed(player.bends, clock):
        sequence.pitch_bends.add(time=time, bend=bend, **who)
    for time, (_, control, value) in _timed(player.controls, clock):
        sequence.control_changes.add(
            time=time, control_number=control, control_value=value, **who
        )


def _timed(events: list[Event], clock: _Clock) -> Iterator[tuple[float, Event]]:
    """Each event with its time in seconds; an event begins with its tick."""
    ticks = np.fromiter((event[0] for event in events), np.int64, len(events))
    return zip(clock.seconds(ticks).tolist(), events, strict=True)


def _add_notes(sequence: Any, player: Player, number: int, clock: _Clock) -> None:
    if not player.notes:
        return
    numbers = np.fromiter(player.notes, np.int64, len(player.notes))
    start_ticks, end_ticks, pitch, velocity = numbers.reshape(-1, 4).T
    start, end = clock.seconds(start_ticks), clock.seconds(end_ticks)
    _not_negative(float(end.min()))
    block = NoteBlock(pitch, velocity, start, end, number, player.program, player.is_drum)
    # Parsing all notes at once is many times faster than setting field after field.
    sequence.MergeFromString(block.between(0, len(pitch)))
    sequence.total_time = max(sequence.total_time, float(end.max()))
