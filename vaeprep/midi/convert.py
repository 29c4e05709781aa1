"""Converts MIDI files to NoteSequences, the very bytes that Magenta's script writes.

Magenta's `convert_dir_to_note_sequences` reads with mido, arranges with pretty_midi
and copies with note_seq's `midi_io`. This module does the arithmetic of these three
in their order on what `reader` finds, and imports none of them.
"""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

import numpy as np

from vaeprep.midi.lenient import mend
from vaeprep.midi.reader import MidiFile, read
from vaeprep.midi.standard import MidiError
from vaeprep.midi.unread import unread
from vaeprep.music.note_block import NoteBlock
from vaeprep.music.protos import NoteSequence
from vaeprep.music.repeated_field import repeated_field
from vaeprep.music.sequence import Bools, Floats, Ints

_FEW_NOTES = 10  # of a player, for which a block of its own takes longer

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
    return convert_midi(data).sequence


@dataclass(frozen=True, slots=True)
class ConvertedMidi:
    """A MIDI file as a NoteSequence, and what is worth saying about it.

    Attributes:
        payload: The NoteSequence, serialized.
        mended: What was wrong in the file, empty if nothing was mended.
        unread: What of it counts for nothing, as in Magenta.
    """

    payload: bytes
    mended: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def sequence(self) -> Any:
        """The NoteSequence, as `midi_to_note_sequence` gives it."""
        return NoteSequence.FromString(self.payload)


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
            return ConvertedMidi(_payload(file), unread=left)
    except MidiError as fault:
        if not lenient:
            raise
        refusal: MidiError | None = fault
    else:
        refusal = None
    try:
        mended = mend(data)
        file = read(mended.data)
        return ConvertedMidi(_payload(file), mended.faults, unread(file))
    except MidiError:
        if refusal is None:
            return ConvertedMidi(_payload(file), unread=left)
        raise refusal from None


def _payload(file: MidiFile) -> bytes:
    """The NoteSequence, serialized.

    Fields are in the order of their numbers. The many notes, bends and controls stand
    between the few others, and are written from columns.
    """
    clock = _Clock(file)
    before = NoteSequence(ticks_per_quarter=file.resolution)
    _add_signatures(before, file, clock)
    for start, scale in zip(clock.times, clock.scales, strict=True):
        before.tempos.add(time=start, qpm=60.0 / (scale * file.resolution))
    after = NoteSequence()
    after.source_info.parser = NoteSequence.SourceInfo.PRETTY_MIDI
    after.source_info.encoding_type = NoteSequence.SourceInfo.MIDI
    for number, name in enumerate(file.names):
        if name:
            after.instrument_infos.add(name=name, instrument=number)
    between = _notes(file, clock) + _bends(file, clock) + _controls(file, clock)
    return bytes(before.SerializeToString()) + between + bytes(after.SerializeToString())


class _Clock:
    """The seconds of each tick, as pretty_midi's `_update_tick_to_time` fills its table.

    Attributes:
        ticks, times, scales: Of each stretch with one tempo the tick and the second
            where it begins, and the seconds of one tick.
    """

    def __init__(self, file: MidiFile) -> None:
        self.ticks, self.scales = _tempo_stretches(file)
        self.times = [0.0]
        for number in range(len(self.ticks) - 1):
            elapsed = self.ticks[number + 1] - self.ticks[number]
            self.times.append(self.times[number] + self.scales[number] * elapsed)
        self._begins: Ints = np.array(self.ticks)
        self._times: Floats = np.array(self.times)
        self._scales: Floats = np.array(self.scales)

    def second(self, tick: int) -> float:
        """The time of a tick in seconds."""
        stretch = bisect_right(self.ticks, tick) - 1
        return self.times[stretch] + self.scales[stretch] * (tick - self.ticks[stretch])

    def seconds(self, ticks: Ints) -> Floats:
        """The time of each tick in seconds, float64 of the same shape."""
        if len(self.ticks) == 1:
            return self._times + self._scales * ticks
        stretch = self._begins.searchsorted(ticks, side="right") - 1
        elapsed = ticks - self._begins[stretch]
        return self._times[stretch] + self._scales[stretch] * elapsed


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
    for tick, numerator, denominator in file.time_signatures:
        sequence.time_signatures.add(
            time=_not_negative(clock.second(tick)), numerator=numerator, denominator=denominator
        )
    for tick, key in file.key_signatures:
        # 0 is major and 1 is minor in the proto, too.
        sequence.key_signatures.add(
            time=_not_negative(clock.second(tick)), key=key % 12, mode=key // 12
        )


def _not_negative(time: float) -> float:
    # Only a file that counts film frames has negative times; pretty_midi refuses
    # them at signatures and (as a note that ends before it starts) at notes.
    if time < 0:
        raise MidiError("SMPTE time, which counts film frames, is not supported")
    return time


def _notes(file: MidiFile, clock: _Clock) -> bytes:
    """The fields `notes` and `total_time`."""
    notes = file.notes
    count = len(notes.start)
    if not count:
        return b""
    start, end = clock.seconds(notes.start), clock.seconds(notes.end)
    _not_negative(float(end.min()))
    if count > _FEW_NOTES * len(file.programs):
        messages = _notes_by_player(file, start, end)
    else:
        messages, _ = repeated_field(
            8,
            (1, notes.pitch),
            (2, notes.velocity),
            (3, start),
            (4, end),
            *_who(7, notes.player, file),
        )
    return messages + bytes(NoteSequence(total_time=end.max()).SerializeToString())


def _notes_by_player(file: MidiFile, start: Floats, end: Floats) -> bytes:
    """The field `notes`, fast where players have many notes each."""
    notes = file.notes
    bounds = notes.player.searchsorted(np.arange(len(file.programs) + 1)).tolist()
    blocks = []
    for player, (program, is_drum) in enumerate(
        zip(file.programs.tolist(), file.are_drums.tolist(), strict=True)
    ):
        own = slice(bounds[player], bounds[player + 1])
        block = NoteBlock(
            notes.pitch[own],
            notes.velocity[own],
            start[own],
            end[own],
            player,
            program,
            is_drum,
        )
        blocks.append(block.between(0, own.stop - own.start))
    return b"".join(blocks)


def _bends(file: MidiFile, clock: _Clock) -> bytes:
    """The field `pitch_bends`."""
    bends = file.bends
    if not len(bends.tick):
        return b""
    time = clock.seconds(bends.tick)
    return repeated_field(10, (1, time), (2, bends.number), *_who(3, bends.player, file))[0]


def _controls(file: MidiFile, clock: _Clock) -> bytes:
    """The field `control_changes`."""
    controls = file.controls
    if not len(controls.tick):
        return b""
    return repeated_field(
        11,
        (1, clock.seconds(controls.tick)),
        (2, controls.number),
        (3, controls.value),
        *_who(4, controls.player, file),
    )[0]


def _who(number: int, player: Ints, file: MidiFile) -> list[tuple[int, Ints | Bools]]:
    """The fields instrument, program and is_drum, the first of which is `number`."""
    return [
        (number, player),
        (number + 1, file.programs[player]),
        (number + 2, file.are_drums[player]),
    ]
