"""A NoteSequence as a MIDI file, the one that note_seq writes."""

import io
from collections import defaultdict
from typing import Any

from vaeprep.music.sequence import DEFAULT_QPM

_STANDARD_PPQ = 220


_MINOR_KEYS = 12
"""pretty_midi counts the minor keys after the twelve major ones."""


def midi_bytes(proto: Any) -> bytes:
    """The MIDI file of a NoteSequence.

    Follows `note_sequence_to_pretty_midi` and `note_sequence_to_midi_file` in
    note_seq's `midi_io`.

    Raises:
        Exception: Something that MIDI cannot hold, such as a pitch above 127.
    """
    file = io.BytesIO()
    _pretty_midi(proto).write(file)
    return file.getvalue()


def _pretty_midi(proto: Any) -> Any:
    import pretty_midi

    first = next((tempo for tempo in proto.tempos if tempo.time == 0), None)
    midi = pretty_midi.PrettyMIDI(
        resolution=proto.ticks_per_quarter or _STANDARD_PPQ,
        initial_tempo=first.qpm if first is not None else DEFAULT_QPM,
    )
    for meter in proto.time_signatures:
        midi.time_signature_changes.append(
            pretty_midi.TimeSignature(meter.numerator, meter.denominator, meter.time)
        )
    for key in proto.key_signatures:
        number = key.key + (_MINOR_KEYS if key.mode == key.MINOR else 0)
        midi.key_signature_changes.append(pretty_midi.KeySignature(number, key.time))
    for tempo in proto.tempos:
        if tempo != first:
            # pretty_midi has no other way to add a tempo.
            midi._tick_scales.append(
                (midi.time_to_tick(tempo.time), 60.0 / (midi.resolution * tempo.qpm))
            )
            midi._update_tick_to_time(0)
    _add_instruments(midi, proto, pretty_midi)
    return midi


def _add_instruments(midi: Any, proto: Any, pretty_midi: Any) -> None:
    """Adds a track for each (instrument, program, is_drum), in their order.

    As in note_seq the first track is always there, and instrument 0 plays on it.
    """
    names = {info.instrument: info.name for info in proto.instrument_infos}
    players: dict[tuple[int, int, bool], tuple[list[Any], list[Any], list[Any]]]
    players = defaultdict(lambda: ([], [], []))
    for note in proto.notes:
        players[note.instrument, note.program, note.is_drum][0].append(
            pretty_midi.Note(note.velocity, note.pitch, note.start_time, note.end_time)
        )
    for bend in proto.pitch_bends:
        players[bend.instrument, bend.program, bend.is_drum][1].append(
            pretty_midi.PitchBend(bend.bend, bend.time)
        )
    for change in proto.control_changes:
        players[change.instrument, change.program, change.is_drum][2].append(
            pretty_midi.ControlChange(change.control_number, change.control_value, change.time)
        )
    track = pretty_midi.Instrument(0)
    midi.instruments.append(track)
    for (instrument, program, is_drum), (notes, bends, changes) in sorted(players.items()):
        if instrument > 0:
            name = "Drums" if is_drum else pretty_midi.program_to_instrument_name(program)
            track = pretty_midi.Instrument(program, is_drum, name)
            midi.instruments.append(track)
        else:
            track.is_drum = is_drum
        track.program = program
        if instrument in names:
            track.name = names[instrument]
        track.notes, track.pitch_bends, track.control_changes = notes, bends, changes
