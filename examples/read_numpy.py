"""Reads tensor shards with NumPy alone, in both forms.

python examples/read_numpy.py 'out/tensors-mel.tfrecord*'
"""

import sys

import numpy as np

import vaeprep


def main(pattern: str) -> None:
    """Prints what is stored of the first example, what it expands to, and two counts."""
    first = next(vaeprep.read_examples(pattern))
    print("stored:", first["melody"].dtype, first["melody"].tolist())
    print("from:", ", ".join(first["ids"]))

    expanded = next(vaeprep.read_tensors(pattern, "cat-mel_2bar_small"))
    print("one-hot:", expanded.outputs.shape, "events:", expanded.outputs.argmax(axis=1))

    # Event 0 is "nothing new", 1 ends a note, 2 and more begin one: pitch 21 and up.
    melodies = np.stack([example["melody"] for example in vaeprep.read_examples(pattern)])
    begins = melodies >= 2
    print(f"{len(melodies)} melodies, {begins.sum(axis=1).mean():.1f} notes each")
    print("most frequent pitch:", np.bincount(melodies[begins]).argmax() - 2 + 21)


if __name__ == "__main__":
    main(*sys.argv[1:])
