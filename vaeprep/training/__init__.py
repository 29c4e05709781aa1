"""The loader of tensor shards and MusicVAE training; TensorFlow is imported when used."""

from typing import TYPE_CHECKING, Any

from vaeprep.extras import needs_extra

if TYPE_CHECKING:
    from vaeprep.training.loader import expander, load_dataset

__all__ = ["expander", "load_dataset"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'vaeprep.training' has no attribute {name!r}")
    needs_extra("train", "tensorflow", f"vaeprep.training.{name}")
    from vaeprep.training import loader

    return getattr(loader, name)
