"""Prepares training examples from Python, as both kinds of shards.

python examples/prepare.py songs.tfrecord out/mel.tfrecord
"""

import sys
from pathlib import Path

import vaeprep


def main(songs: str, prefix: str) -> None:
    """Prepares two bars of melody from songs (a TFRecord, or a folder of MIDI files)."""
    summary = vaeprep.run(
        input=songs,
        output_tfrecord=prefix,
        config="cat-mel_2bar_small",
        output_shards=4,
        format="both",  # NoteSequences for Magenta, tensors for everything else
        overwrite=True,
        show_progress=True,
    )
    print(f"{summary.records} songs gave {summary.unique} different examples")
    for kind, count in summary.fault_counts.items():
        print(f"bad records, {kind}: {count}")
    print(vaeprep.verify(Path(prefix)))


if __name__ == "__main__":  # the worker processes import this file
    main(*sys.argv[1:])
