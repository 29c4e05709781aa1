"""Valid NoteSequences with hostile contents, and a program that converts them.

`python -m tests.robustness.hostile CONFIG [SIZE]` converts each with the fast
engine, with and without filters, and prints a JSON line for each: seconds of the CPU, the
peak of the memory so far, what came out. SIZE is how many notes "very many" are.
"""

import json
import math
import sys
import time
from collections.abc import Iterator
from typing import Any

from tests.robustness.processes import peak_mb
from vaeprep.music.protos import CHORD_SYMBOL, NoteSequence

_NUMBERS = {
    "NaN": math.nan,
    "infinity": math.inf,
    "minus infinity": -math.inf,
    "1e300": 1e300,
    "1e9": 1e9,
    "-5": -5.0,
}


def _song(seconds: float = 16.0) -> Any:
    """A plain song that every converter can use, with a band of three."""
    song = NoteSequence(id="/id/hostile", total_time=seconds, ticks_per_quarter=220)
    song.tempos.add(qpm=120.0)
    song.time_signatures.add(numerator=4, denominator=4)
    for step in range(int(min(seconds, 64) * 4)):
        start, end = step * 0.25, step * 0.25 + 0.25
        for instrument, (program, pitch) in enumerate(((0, 60), (33, 40))):
            song.notes.add(pitch=pitch + step % 12, velocity=80, start_time=start, end_time=end,
                           instrument=instrument, program=program)  # fmt: skip
        song.notes.add(pitch=36 + step % 2 * 2, velocity=90, start_time=start, end_time=end,
                       instrument=9, is_drum=True)  # fmt: skip
    return song


def songs(size: int) -> Iterator[tuple[str, Any]]:
    """Hostile songs with names. `size` is how many notes "very many" are."""
    for name, value in _NUMBERS.items():
        for field in ("start_time", "end_time"):
            song = _song()
            setattr(song.notes[7], field, value)
            yield f"a note's {field} is {name}", song
        song = _song()
        song.total_time = value
        yield f"total_time is {name}", song
        song = _song()
        song.tempos[0].qpm = value
        yield f"tempo is {name}", song
        song = _song()
        song.tempos.add(time=value, qpm=90)
        yield f"a tempo change at {name}", song
        song = _song()
        song.text_annotations.add(time=value, text="C", annotation_type=CHORD_SYMBOL)
        yield f"a chord at {name}", song
        song = _song()
        song.control_changes.add(time=value, control_number=64, control_value=100)
        yield f"a pedal at {name}", song
    for name, field, number in (("pitch", "pitch", -1), ("pitch", "pitch", 2**31 - 1),
                                ("velocity", "velocity", -(2**31)),
                                ("instrument", "instrument", -(2**31)),
                                ("program", "program", 2**31 - 1)):  # fmt: skip
        song = _song()
        setattr(song.notes[7], field, number)
        yield f"a note's {name} is {number}", song
    song = _song()
    song.time_signatures[0].numerator = 2**31 - 1
    yield "a meter of 2147483647/4", song
    song = _song()
    song.tempos[0].qpm = 1e-300
    yield "tempo is 1e-300", song
    yield "the longest that is converted", _longest()
    yield "very many notes, one after the other", _many(size, lambda i: (i * 0.01, 0))
    yield "very many notes at once", _many(size, lambda i: (1.0, 0))
    yield "very many instruments", _many(size, lambda i: (i % 64 * 0.25, i))
    yield "very many notes that cross", _many(size, lambda i: (i * 1e-4, 0), 8.0)
    yield "very many band members", _bands(120)
    song = _song()
    for number in range(size // 10):
        song.tempos.add(time=number * 1e-4, qpm=60 + number % 100)
    yield "very many tempo changes", song
    song = _song()
    for number in range(size // 10):
        song.tempos.add(time=number * 1e-4, qpm=120)
        song.time_signatures.add(time=number * 1e-4, numerator=4, denominator=4)
    yield "very many tempo changes that change nothing", song
    song = _song()
    for number in range(size // 10):
        song.text_annotations.add(
            time=number * 1e-4, text="CFG"[number % 3], annotation_type=CHORD_SYMBOL
        )
    yield "very many chords", song
    song = _song()
    for number in range(size // 10):
        song.control_changes.add(time=number * 1e-4, control_number=64, instrument=number,
                                 control_value=127 * (number % 2))  # fmt: skip
    yield "very many pedals", song
    song = _song()
    for number in range(size // 10):
        song.key_signatures.add(time=number * 1e-4, key=number % 12)
    yield "very many keys", song
    for name, text in (("commas", "a,b,,c"), ("newlines", "a\nb\r\n"), ("nothing", ""),
                       ("10 MB", "x" * 10_000_000), ("a path", "../../../../etc/passwd"),
                       ("a zero", "a\0b"), ("quotes", '"a,""b"')):  # fmt: skip
        song = _song()
        song.id = text
        yield f"an id of {name}", song
    song = _song()
    song.text_annotations.add(text="C" * 1_000_000, annotation_type=CHORD_SYMBOL)
    yield "a chord of 1 MB", song


def _many(count: int, place: Any, seconds: float = 0.25) -> Any:
    song = NoteSequence(id="/id/many")
    for number in range(count):
        start, instrument = place(number)
        song.notes.add(pitch=30 + number % 60, velocity=1 + number % 127, start_time=start,
                       end_time=start + seconds, instrument=instrument,
                       program=number % 40, is_drum=number % 5 == 0)  # fmt: skip
    song.total_time = max(note.end_time for note in song.notes)
    return song


def _bands(members: int) -> Any:
    """So many melodies, basses and drums that play at the same time."""
    song = NoteSequence(id="/id/bands", total_time=64.0)
    song.tempos.add(qpm=120.0)
    for member in range(3 * members):
        for beat in range(0, 128, 2):
            start = beat * 0.5
            song.notes.add(pitch=40, velocity=80, start_time=start, end_time=start + 1,
                           instrument=member, program=(0, 33, 0)[member % 3],
                           is_drum=member % 3 == 2)  # fmt: skip
    return song


def _longest() -> Any:
    """Just below the limit of quarter notes, with music at both ends."""
    song = _song()
    for note in list(song.notes)[:12]:
        song.notes.add().CopyFrom(note)
        song.notes[-1].start_time += 124_900.0
        song.notes[-1].end_time += 124_900.0
    song.total_time = 124_990.0
    return song


def main() -> None:
    """Converts all songs."""
    from vaeprep.configs import CONFIGS
    from vaeprep.engines.engine import extract_one
    from vaeprep.engines.filters import Filters
    from vaeprep.engines.spec import EngineSpec, build

    config = sys.argv[1]
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    engines = {
        name: build(EngineSpec("fast", filters, CONFIGS[config].converter, config))
        for name, filters in (("filtered", Filters()), ("unfiltered", None))
    }
    for name, song in songs(size):
        payload = song.SerializeToString()
        del song
        for kind, engine in engines.items():
            began = time.process_time()
            result = extract_one(engine, payload)
            seconds = time.process_time() - began
            peak = peak_mb()
            line = {
                "song": name,
                "filters": kind,
                "seconds": round(seconds, 3),
                "peak_mb": peak,
                "examples": len(result.examples),
                "failure": (result.failure or "")[:100],
            }
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
