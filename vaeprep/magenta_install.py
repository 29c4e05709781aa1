"""Imports Magenta on today's TensorFlow, or says in one line what is missing."""

import os
import sys

from vaeprep.errors import UsageError


def import_magenta() -> None:
    """Imports what Magenta's MusicVAE needs, with the switches it needs set before.

    MusicVAE is written for Keras 2: TensorFlow must be told before its import.

    Raises:
        UsageError: Magenta or TensorFlow cannot be imported, or TensorFlow was
            imported with Keras 3 before.
    """
    keras_switch = os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    if keras_switch != "1" and "tensorflow" not in sys.modules:
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        import magenta.models.music_vae.configs  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"Magenta cannot be imported ({error}); install it with: "
            "pip install --no-deps magenta==2.1.4 && pip install 'vaeprep[magenta]'"
        ) from error
