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

# Zeros are not written: a note at step 0 is shorter. It stands at the end of its row, so
# that the notes after it follow. Only the first note of a window can be such a one.
_AT_0 = np.frombuffer(note_message(1, VELOCITY, 0.0, 1.0), np.uint8)
_SHORTER = len(_TEMPLATE) - len(_AT_0)
_PITCH_AT_0 = _SHORTER + _NOTE.fields["pitch"][1]  # type: ignore[index]


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
    firsts = lasts - (last - first)
    pitch = line.pitch[notes]
    totals = [_total_time(total, seconds) for total in end[lasts - 1].tolist()]
    if pitch.all():
        rows, begins = _rows(pitch, on, end, firsts, seconds)
        stops = (lasts * len(_TEMPLATE)).tolist()
        examples = [
            HEAD + rows[begin:stop] + total
            for begin, stop, total in zip(begins.tolist(), stops, totals, strict=True)
        ]
    else:  # nor is pitch 0 written
        messages = _one_by_one(pitch, on, end, seconds)
        examples = [
            HEAD + b"".join(messages[begin:stop]) + total
            for begin, stop, total in zip(firsts.tolist(), lasts.tolist(), totals, strict=True)
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


def _rows(pitch: Ints, on: Ints, end: Ints, firsts: Ints, seconds: float) -> tuple[bytes, Ints]:
    """The messages of the notes of all windows, each in a row of one size.

    Args:
        pitch: int64[n], the notes of all windows; so often as they are in one.
        on: int64[n], first steps in the window.
        end: int64[n], the steps they end at.
        firsts: int64[windows], each window's first note.
        seconds: Length of a step.

    Returns:
        The rows, and int64[windows], where each window's first message begins.
    """
    rows = np.frombuffer(bytearray(_TEMPLATE * len(pitch)), _NOTE)
    rows["pitch"] = pitch
    rows["start"] = on * seconds
    rows["end"] = end * seconds
    at_0 = on[firsts] == 0
    shorter = firsts[at_0]
    in_bytes = rows.view(np.uint8).reshape(len(pitch), len(_TEMPLATE))
    ends = in_bytes[shorter, -8:]
    in_bytes[shorter, _SHORTER:] = _AT_0
    in_bytes[shorter, _PITCH_AT_0] = pitch[shorter]
    in_bytes[shorter, -8:] = ends
    return rows.tobytes(), firsts * len(_TEMPLATE) + at_0 * _SHORTER


def _one_by_one(pitch: Ints, on: Ints, end: Ints, seconds: float) -> list[bytes]:
    """The messages of notes of any pitch."""
    notes = zip(pitch.tolist(), on.tolist(), end.tolist(), strict=True)
    return [note_message(p, VELOCITY, a * seconds, b * seconds) for p, a, b in notes]


@lru_cache(maxsize=1 << 14)
def _total_time(steps: int, seconds_per_step: float) -> bytes:
    return sequence_message(total_time=steps * seconds_per_step)
