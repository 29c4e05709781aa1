"""How long a MIDI file takes to become a NoteSequence, beside Magenta's script.

    python -m benchmarks.midi FOLDER...

Both run in this process, one after the other through all files of a folder, from the
file's bytes to those of the NoteSequence, which are compared. The first file is read once
before, for the imports.
"""

import argparse
import gc
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import options, report

_ENDINGS = (".mid", ".midi")

Convert = Callable[[bytes], bytes | None]
"""From a MIDI file to a serialized NoteSequence; None where it is refused."""


def main() -> None:
    """Measures each folder, and ends with an error where the two do not agree."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--out", type=Path, default=options.RESULTS)
    arguments = parser.parse_args()
    contestants = (magenta(), ours())
    rows, values = [], {}
    for folder in arguments.folders:
        files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _ENDINGS)
        times = [measure(files, contestants) for _ in range(arguments.repetitions)]
        (theirs, theirs_ms), (vaeprep, vaeprep_ms) = (
            (sum(one), report.spread([1000 * each / len(files) for each in one], ""))
            for one in zip(*times, strict=True)
        )
        values[folder.name] = times
        ratio = f"{theirs / vaeprep:.0f}"
        rows.append((folder.name, len(files), theirs_ms, vaeprep_ms, ratio, "to the byte"))
    head = ("folder", "files", "Magenta, CPU ms a file", "vaeprep, CPU ms a file")
    table = report.table((*head, "times faster", "agree"), rows)
    report.save(arguments.out, "midi", {"seconds (Magenta, vaeprep)": values}, table)


def measure(files: Sequence[Path], contestants: Sequence[Convert]) -> list[float]:
    """CPU seconds of each contestant for all files.

    Raises:
        SystemExit: They do not agree on a file.
    """
    contents = [path.read_bytes() for path in files]
    seconds = []
    answers = []
    for convert in contestants:
        convert(contents[0])
        gc.collect()  # what the other has left behind is not this one's work
        start = time.process_time()
        answers.append([convert(content) for content in contents])
        seconds.append(time.process_time() - start)
    for path, *of_file in zip(files, *answers, strict=True):
        if len(set(of_file)) > 1:
            raise SystemExit(f"{path}: not the same NoteSequence")
    return seconds


def magenta() -> Convert:
    """What Magenta's script does with a file, before it names the song."""
    from note_seq import midi_io

    warnings.simplefilter("ignore")  # "tempo changes on non-zero tracks"

    def convert(data: bytes) -> bytes | None:
        try:
            return bytes(midi_io.midi_to_note_sequence(data).SerializeToString())
        except midi_io.MIDIConversionError:
            return None

    return convert


def ours() -> Convert:
    """What vaeprep does."""
    from vaeprep.midi.convert import MidiError, convert_midi

    def convert(data: bytes) -> bytes | None:
        try:
            return convert_midi(data).payload
        except MidiError:
            return None

    return convert


if __name__ == "__main__":
    main()
