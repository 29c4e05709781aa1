"""Feeds a PyTorch DataLoader from tensor shards.

python examples/read_pytorch.py 'out/tensors-mel.tfrecord*'
"""

import sys
from collections.abc import Iterator

import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

import vaeprep


class Melodies(IterableDataset):  # type: ignore[type-arg]
    """Event numbers of melodies, int64 [32]; each DataLoader worker takes its share."""

    def __init__(self, pattern: str) -> None:
        """Takes the pattern of the shards."""
        self.pattern = pattern

    def __iter__(self) -> Iterator[torch.Tensor]:
        """Reads the shards once, in the order of the files."""
        worker = get_worker_info()
        number, count = (worker.id, worker.num_workers) if worker else (0, 1)
        for index, example in enumerate(vaeprep.read_examples(self.pattern)):
            if index % count == number:
                yield torch.from_numpy(example["melody"].astype("int64"))


def main(pattern: str) -> None:
    """Prints the shape of every batch."""
    for batch in DataLoader(Melodies(pattern), batch_size=32, num_workers=2):
        one_hot = torch.nn.functional.one_hot(batch, num_classes=90)
        print("batch:", tuple(batch.shape), "one-hot:", tuple(one_hot.shape))


if __name__ == "__main__":
    main(*sys.argv[1:])
