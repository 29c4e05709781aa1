"""Imports Magenta on today's TensorFlow, or says in one line what is missing."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from vaeprep.errors import UsageError
from vaeprep.extras import MissingExtra, how_to_install

_MAGENTA_ITSELF = "pip install --no-deps magenta==2.1.4"
"""Its own requirements, versions of 2022, cannot be installed today."""


def needs_magenta(extra: str, what: str) -> None:
    """Checks that Magenta and TensorFlow are there, without importing them.

    Args:
        extra: The extra that brings the rest of what is needed.
        what: What needs it, as the user calls it.

    Raises:
        MissingExtra: One of them is not installed.
    """
    missing = [name for name in ("magenta", "tensorflow") if find_spec(name) is None]
    if missing:
        names = " and ".join(missing)
        raise MissingExtra(
            f"{what} needs {names}; {how_to_install(extra)} && {_MAGENTA_ITSELF}"
        )


def import_magenta() -> None:
    """Imports what Magenta's MusicVAE needs, with the switches it needs set before.

    MusicVAE is written for Keras 2: TensorFlow must be told before its import.

    Raises:
        UsageError: Magenta or TensorFlow cannot be imported, or TensorFlow has
            been imported with Keras 3 before.
    """
    if "tensorflow" in sys.modules and os.environ.get("TF_USE_LEGACY_KERAS") != "1":
        raise UsageError(
            "TensorFlow was imported without TF_USE_LEGACY_KERAS=1; set it before Python "
            "starts, or import vaeprep's training before TensorFlow"
        )
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    name_bool_again()
    try:
        with _quiet():
            import magenta.models.music_vae.configs  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"Magenta cannot be imported ({error}); "
            f"{how_to_install('magenta')} && {_MAGENTA_ITSELF}"
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps the notices that TensorFlow and others print at import off the terminal.

    They come from C++ too, so standard error itself is turned away meanwhile.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)


def name_bool_again() -> None:
    """Gives NumPy 1.24 to 1.26 the name `bool`, which Magenta uses.

    NumPy below 1.24 and from 2.0 on has it. TensorFlow 2.16 and 2.17 need a
    NumPy below 2.
    """
    if "bool" not in vars(np):
        np.bool = np.bool_  # type: ignore[misc]


def mend_ragged_controls() -> None:
    """Lets Magenta's hierarchical converter take chord controls on NumPy >= 1.24.

    `hierarchical_pad_tensors` asks `np.size` of a ragged nested list, which was
    its number of elements up to NumPy 1.23 and is a ValueError since. Only the
    module's own name `np` is replaced; the installed package stays as it is.
    """
    from magenta.models.music_vae import data_hierarchical

    if not isinstance(data_hierarchical.np, _NumpyWithRaggedSize):
        data_hierarchical.np = _NumpyWithRaggedSize()


class _NumpyWithRaggedSize:
    """NumPy, whose `size` takes ragged lists as it did before 1.24."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    @staticmethod
    def size(value: Any) -> int:
        try:
            return int(np.size(value))
        except ValueError:
            return int(np.size(np.asarray(value, dtype=object)))
