"""vaeprep: prepares music for training MusicVAE, once, before training.

    import vaeprep

    summary = vaeprep.run(
        input="my_midi_folder", output_tfrecord="out/mel.tfrecord", config="cat-mel_2bar_small"
    )
    for example in vaeprep.read_examples("out/mel.tfrecord*"):  # tensor shards
        ...
    dataset = vaeprep.load_dataset("out/mel.tfrecord*", "cat-mel_2bar_small", batch_size=512)

What these names need is imported when they are first used. `docs/python.md` shows them all.
"""

from typing import TYPE_CHECKING, Any

from vaeprep.version import __version__

if TYPE_CHECKING:
    from vaeprep import configs, errors, source_ids, tensors, training
    from vaeprep.api import (
        Exports,
        Piece,
        compare,
        convert,
        export,
        inspect,
        interpolate,
        run,
        sample,
        train,
        verify,
    )
    from vaeprep.configs import Config
    from vaeprep.cures.options import Cures
    from vaeprep.engines.filters import Filters
    from vaeprep.errors import OptionError, UnknownOptionError, UsageError, VaeprepError
    from vaeprep.inspection.comparison.result import Compared
    from vaeprep.inspection.export import Exported, NotExported
    from vaeprep.inspection.result import Inspected
    from vaeprep.job.convert import Converted
    from vaeprep.job.empty_sets import EmptySetError
    from vaeprep.job.fanout import NoWorkersError
    from vaeprep.job.report import StrictError
    from vaeprep.job.spill import SpillError
    from vaeprep.job.summary import Summary
    from vaeprep.job.verify import Verdict
    from vaeprep.job.workfolder import BusyError, OtherJobError
    from vaeprep.tensors import read_examples, read_tensors
    from vaeprep.tensors.reader import DamagedShardError
    from vaeprep.training import expander, load_dataset
    from vaeprep.training.train import Trained

__all__ = [
    "BusyError",
    "Compared",
    "Config",
    "Converted",
    "Cures",
    "DamagedShardError",
    "EmptySetError",
    "Exported",
    "Exports",
    "Filters",
    "Inspected",
    "NoWorkersError",
    "NotExported",
    "OptionError",
    "OtherJobError",
    "Piece",
    "SpillError",
    "StrictError",
    "Summary",
    "Trained",
    "UnknownOptionError",
    "UsageError",
    "VaeprepError",
    "Verdict",
    "__version__",
    "compare",
    "configs",
    "convert",
    "errors",
    "expander",
    "export",
    "inspect",
    "interpolate",
    "load_dataset",
    "read_examples",
    "read_tensors",
    "run",
    "sample",
    "source_ids",
    "tensors",
    "train",
    "training",
    "verify",
]

_NAMES = {
    "vaeprep.api": (
        "Exports",
        "Piece",
        "compare",
        "convert",
        "export",
        "inspect",
        "interpolate",
        "run",
        "sample",
        "train",
        "verify",
    ),
    "vaeprep.configs": ("Config",),
    "vaeprep.cures.options": ("Cures",),
    "vaeprep.engines.filters": ("Filters",),
    "vaeprep.errors": ("OptionError", "UnknownOptionError", "UsageError", "VaeprepError"),
    "vaeprep.inspection.comparison.result": ("Compared",),
    "vaeprep.inspection.export": ("Exported", "NotExported"),
    "vaeprep.inspection.result": ("Inspected",),
    "vaeprep.job.convert": ("Converted",),
    "vaeprep.job.empty_sets": ("EmptySetError",),
    "vaeprep.job.fanout": ("NoWorkersError",),
    "vaeprep.job.report": ("StrictError",),
    "vaeprep.job.spill": ("SpillError",),
    "vaeprep.job.summary": ("Summary",),
    "vaeprep.job.verify": ("Verdict",),
    "vaeprep.job.workfolder": ("BusyError", "OtherJobError"),
    "vaeprep.tensors": ("read_examples", "read_tensors"),
    "vaeprep.tensors.reader": ("DamagedShardError",),
    "vaeprep.training": ("expander", "load_dataset"),
    "vaeprep.training.train": ("Trained",),
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names}
_MODULES = ("configs", "errors", "source_ids", "tensors", "training")


def __getattr__(name: str) -> Any:
    import importlib

    if name in _MODULES:
        return importlib.import_module(f"vaeprep.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'vaeprep' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
