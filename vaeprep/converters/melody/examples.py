"""The bytes of melody examples: a window played by a piano, with its chords and keys.

Follows `from_tensors` of Magenta's `OneHotMelodyConverter` (it inherits it from
`LegacyEventListOneHotConverter`) and note_seq's `Melody.to_sequence`.
"""

from functools import lru_cache

import numpy as np

from vaeprep.converters.chords import ChordEncoding
from vaeprep.converters.melody.windows import Line, Windows
from vaeprep.converters.signs import HEAD, TICKS, VELOCITY, Signs
from vaeprep.music.encode import note_message, sequence_message
from vaeprep.music.grid import step_seconds
from vaeprep.music.note_block import stretches
from vaeprep.music.sequence import Ints

# A note as protobuf writes it, if nothing in it is 0 and the pitch is below 128.
_NOTE = np.dtype(
    {
        "names": ["pitch", "start", "end"],
        "formats": ["u1", "<f8", "<f8"],
        "offsets": [3, 7, 16],
        "itemsize": 24,
    }
)
_TEMPLATE = note_message(1, VELOCITY, 1.0, 1.0)


def melody_examples(
    line: Line,
    windows: Windows,
    signs: Signs,
    steps_per_quarter: int,
    encoding: ChordEncoding | None,
) -> list[bytes]:
    """The windows (each with one note at least) as serialized NoteSequences.

    Args:
        line: The melodies.
        windows: Windows on it, one or more.
        signs: Chords and keys at each step of the line.
        steps_per_quarter: Grid.
        encoding: The chord classes; None for no chords.
    """
    seconds = step_seconds(steps_per_quarter)
    first = np.searchsorted(line.on, windows.begin)
    last = np.searchsorted(line.on, windows.stop)
    notes, owner = stretches(first, last)
    begin = windows.begin[owner]
    on = line.on[notes] - begin
    end = np.minimum(line.end[notes], windows.stop[owner]) - begin
    lasts = np.cumsum(last - first)
    messages = _note_messages(
        line.pitch[notes], on, end, lasts - (last - first), lasts, seconds
    )
    examples = [
        HEAD + of_window + _total_time(total, seconds)
        for of_window, total in zip(messages, end[lasts - 1].tolist(), strict=True)
    ]
    if signs.keys is None and signs.chords is None:
        return examples
    bounds = zip(windows.begin.tolist(), windows.stop.tolist(), strict=True)
    return [
        _signed(
            example,
            signs.key_messages(*span, steps_per_quarter),
            signs.chord_messages(*span, steps_per_quarter, encoding),
        )
        for example, span in zip(examples, bounds, strict=True)
    ]


def _signed(example: bytes, keys: bytes, chords: bytes) -> bytes:
    """An example with its chords and keys, in the places where protobuf writes them."""
    return TICKS + keys + example[len(TICKS) :] + chords


def _note_messages(
    pitch: Ints, on: Ints, end: Ints, first: Ints, last: Ints, seconds: float
) -> list[bytes]:
    """The messages of the notes of each window, joined.

    Args:
        pitch: int64[n], the notes of all windows; so often as they are in one.
        on: int64[n], first steps in the window.
        end: int64[n], the steps they end at.
        first: int64[windows], each window's first note.
        last: int64[windows], one after its last note.
        seconds: Length of a step.
    """
    rows = np.frombuffer(bytearray(_TEMPLATE * len(pitch)), _NOTE)
    rows["pitch"] = pitch
    rows["start"] = on * seconds
    rows["end"] = end * seconds
    messages = rows.tobytes()
    size = len(_TEMPLATE)
    joined = []
    # Zeros are not written: of a note at step 0 the row is wrong. Only a
    # window's first note can be there.
    for a, b, pitch_at_0, on_at_0, end_at_0 in zip(
        first.tolist(),
        last.tolist(),
        pitch[first].tolist(),
        on[first].tolist(),
        end[first].tolist(),
        strict=True,
    ):
        if on_at_0:
            joined.append(messages[size * a : size * b])
        else:
            message = note_message(pitch_at_0, VELOCITY, 0.0, end_at_0 * seconds)
            joined.append(message + messages[size * (a + 1) : size * b])
    if pitch.all():
        return joined
    return [  # nor is pitch 0 written
        b"".join(
            note_message(pitch_of, VELOCITY, on_of * seconds, end_of * seconds)
            for pitch_of, on_of, end_of in zip(
                pitch[a:b].tolist(), on[a:b].tolist(), end[a:b].tolist(), strict=True
            )
        )
        for a, b in zip(first.tolist(), last.tolist(), strict=True)
    ]


@lru_cache(maxsize=1 << 14)
def _total_time(steps: int, seconds_per_step: float) -> bytes:
    return sequence_message(total_time=steps * seconds_per_step)
