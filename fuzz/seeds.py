"""Writes the first inputs that the fuzzer starts from: `python -m fuzz.seeds FOLDER`."""

import gzip
import random
import sys
import tempfile
from pathlib import Path

from fuzz.targets import TARGETS
from vaeprep.demo.songs import compose
from vaeprep.files import tfrecord
from vaeprep.job import spill
from vaeprep.music.protos import NoteSequence

_SONGS = 6
_RANDOM = 12


def seeds() -> dict[str, list[bytes]]:
    """Inputs for every target."""
    songs = [song.SerializeToString() for song in compose(_SONGS, seed=11)]
    chooser = random.Random(7)
    wild = [chooser.randbytes(chooser.randrange(20, 120)) for _ in range(_RANDOM)]
    for_converters = [b"\x00" + song for song in songs] + [b"\x01" + data for data in wild]
    return {
        "records": _record_files(),
        "spills": [_spill()],
        "decoding": [*songs, *_odd_songs()],
        "midi": [_midi()],
        **{name: for_converters for name in TARGETS if name not in _OTHERS},
    }


_OTHERS = ("records", "spills", "decoding", "midi")


def _record_files() -> list[bytes]:
    payloads = [b"", b"a", b"some payload", bytes(300)]
    whole = b"".join(map(tfrecord.frame, payloads))
    damaged = bytearray(whole)
    damaged[20] ^= 4
    huge = (2**63).to_bytes(8, "little")
    liar = huge + tfrecord.masked_crc(huge).to_bytes(4, "little")
    zipped = gzip.compress(whole)
    return [
        b"",
        whole,
        bytes(damaged),
        liar,
        whole + liar,
        zipped,
        zipped[:-9],
        b"MThd",
        b"text",
    ]


def _spill() -> bytes:
    examples = [b"one", b"two", b"three"]
    entries = sorted(
        spill.Entry(spill.hash_example(example), (number,), example, b"")
        for number, example in enumerate(examples)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "0.spill")
        spill.write(path, entries, ["/id/a", "/id/b", "/id/c"], b"{}")
        return path.read_bytes()


def _odd_songs() -> list[bytes]:
    song = NoteSequence(id="a,b\nc", total_time=1e300)
    song.notes.add(pitch=-1, start_time=float("nan"), end_time=float("inf"))
    song.tempos.add(qpm=float("nan"))
    song.time_signatures.add(numerator=0, denominator=0)
    song.text_annotations.add(text="\0", annotation_type=1)
    return [b"", song.SerializeToString()]


def _midi() -> bytes:
    track = bytes.fromhex("00ff5103 07a120 00c000 00903c40 60803c40 00ff2f00".replace(" ", ""))
    return bytes.fromhex("4d546864000000060000000100604d54726b") + len(track).to_bytes(
        4, "big"
    ) + track  # fmt: skip


def main() -> None:
    """Writes them, a folder for each target."""
    folder = Path(sys.argv[1])
    for name, inputs in seeds().items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(inputs):
            (folder / name / f"seed{number:02d}").write_bytes(data)


if __name__ == "__main__":
    main()
