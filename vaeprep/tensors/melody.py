"""A melody example: one event a step.

Event 0 goes on (a held note or silence), 1 ends the note, 2 starts the lowest
pitch, 3 the next, as note_seq's `MelodyOneHotEncoding`.
"""

from functools import lru_cache

from vaeprep.converters.melody.converter import MelodyConverter
from vaeprep.converters.melody.windows import FIRST_NOTE, NOTE_OFF
from vaeprep.errors import UsageError
from vaeprep.music import grid
from vaeprep.tensors import controls, notes_of_example, tf_example
from vaeprep.tensors.kinds import Encode, Feature, Kind, Stored, Tensors, as_length, one_hot


def event_classes(min_pitch: int, max_pitch: int) -> int:
    """Number of events: go on, end, and one for each pitch."""
    return FIRST_NOTE + max_pitch - min_pitch + 1


def meaning(min_pitch: int, max_pitch: int) -> str:
    """What an event's number is, for the description."""
    last = event_classes(min_pitch, max_pitch) - 1
    return (
        f"event: 0 goes on, 1 ends the note, 2 to {last} start pitch {min_pitch} to {max_pitch}"
    )


def kind(converter: MelodyConverter) -> Kind:
    """Melodies of a converter.

    Raises:
        UsageError: The converter's examples have no fixed length.
    """
    if not converter.slice_bars or converter.add_end_token:
        raise UsageError(
            "tensor shards need melodies of one length: slice_bars and no end token"
        )
    steps = converter.slice_bars * converter.steps_per_quarter * converter.quarters_per_bar
    chords, on_key = converter.chord_encoding, converter.condition_on_key
    depth = event_classes(converter.min_pitch, converter.max_pitch)
    chord_classes = controls.classes_of(chords)

    def expand(stored: Stored) -> Tensors:
        events = one_hot(stored["melody"], depth)
        conditions = controls.expand(stored, steps, chord_classes)
        return Tensors(events, events, conditions, as_length(steps))

    return Kind(
        name="melody",
        storage={
            "steps": steps,
            "steps_per_quarter": converter.steps_per_quarter,
            "min_pitch": converter.min_pitch,
            "max_pitch": converter.max_pitch,
            "chord_classes": chord_classes,
            "key": on_key,
        },
        features={
            "melody": Feature(
                "uint8", (steps,), meaning(converter.min_pitch, converter.max_pitch)
            ),
            **controls.features(steps, chords, on_key),
        },
        depths=(depth, depth, controls.depth(chords, on_key)),
        control_steps=steps,
        dtype="bool",
        length_shape=(),
        encode=_encoder(converter, steps),
        expand=expand,
    )


def _encoder(converter: MelodyConverter, steps: int) -> Encode:
    steps_per_second = grid.step_rate(converter.steps_per_quarter)
    chords, on_key = converter.chord_encoding, converter.condition_on_key
    lowest = converter.min_pitch

    @lru_cache(maxsize=1 << 16)
    def event(message: bytes) -> tuple[int, int, int]:
        return melody_event(notes_of_example.note(message), lowest, steps_per_second)

    def encode(example: bytes) -> bytes:
        parts = notes_of_example.read(example)
        notes = [event(message) for message in parts.notes]
        stored: dict[str, bytes | tuple[int, ...]] = {"melody": melody_line(notes, steps)}
        if chords is not None or on_key:
            # The example's `total_quantized_steps`: chords after its last note
            # are not seen when it is converted again.
            total = max(end for _, end, _ in notes)
            stored |= controls.step_controls(
                parts, steps, total, steps_per_second, chords, on_key
            )
        return tf_example.features({**stored, tf_example.LENGTH: (steps,)})

    return encode


def melody_event(
    note: notes_of_example.Note, lowest: int, steps_per_second: float
) -> tuple[int, int, int]:
    """First step, step of its end, and event of a note."""
    start = notes_of_example.step_of(note.start, steps_per_second)
    end = notes_of_example.end_step_of(start, note.end, steps_per_second)
    return start, end, note.pitch - lowest + FIRST_NOTE


def melody_line(notes: list[tuple[int, int, int]], steps: int) -> bytes:
    """uint8[steps]: the events of a melody.

    Follows `Melody.from_quantized_sequence` and `set_length` for notes that do
    not overlap, as every example's: a note is ended where it ends, unless
    another starts there or the example is over.

    Args:
        notes: First step, end and event of each.
        steps: Steps of the example.
    """
    events = bytearray(steps)
    for _, end, _ in notes:
        if end < steps:
            events[end] = NOTE_OFF
    for start, _, index in notes:
        events[start] = index
    return bytes(events)
