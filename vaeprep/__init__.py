"""vaeprep: prepares music for training MusicVAE, once, before training.

    import vaeprep

    summary = vaeprep.run(
        input="my_midi_folder", output_tfrecord="out/mel.tfrecord", config="cat-mel_2bar_small"
    )
    for example in vaeprep.read_examples("out/mel.tfrecord*"):  # tensor shards
        ...
    dataset = vaeprep.load_dataset("out/mel.tfrecord*", "cat-mel_2bar_small", batch_size=512)

What these names need is imported when they are first used.
"""

from typing import TYPE_CHECKING, Any

from vaeprep.version import __version__

if TYPE_CHECKING:
    from vaeprep.api import run
    from vaeprep.cures.options import Cures
    from vaeprep.tensors import read_examples
    from vaeprep.training import load_dataset

__all__ = ["Cures", "__version__", "load_dataset", "read_examples", "run"]

_HOMES = {
    "Cures": "vaeprep.cures.options",
    "run": "vaeprep.api",
    "read_examples": "vaeprep.tensors",
    "load_dataset": "vaeprep.training",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'vaeprep' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
