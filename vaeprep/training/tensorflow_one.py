"""TensorFlow as Magenta's models need it: graphs, and Keras 2 under its old name."""

import logging
import os
import re
import warnings
from collections.abc import Callable
from typing import Any

from vaeprep.errors import UsageError
from vaeprep.magenta.install import import_magenta


def import_tensorflow_one(log: str = "INFO") -> Any:
    """Imports Magenta and TensorFlow's version 1 interface, and checks that they fit.

    `tf.layers`, which MusicVAE uses, exists with Keras 2 alone. From TensorFlow
    2.16 on that is the package tf-keras, chosen by TF_USE_LEGACY_KERAS=1 in the
    environment before TensorFlow first touches Keras.

    Args:
        log: The least important of TensorFlow's messages that are shown.

    Returns:
        The module `tensorflow.compat.v1`, switched to version 1's behaviour for
        the rest of the process.

    Raises:
        UsageError: Magenta is not installed, tf-keras is not, or TensorFlow has
            been used with Keras 3 before.
    """
    shows_all = log.upper() == "DEBUG"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "0" if shows_all else _FATAL_ALONE)
    import_magenta()
    import tensorflow.compat.v1 as tf

    try:
        tf.layers.dense  # noqa: B018 - its lookup fails where Keras 2 is not there
    except AttributeError as error:
        raise UsageError(
            "TensorFlow is in use with Keras 3; Magenta's models need Keras 2: "
            "set TF_USE_LEGACY_KERAS=1 in the environment and start again"
        ) from error
    except ImportError as error:
        version = ".".join(tf.version.VERSION.split(".")[:2])
        raise UsageError(
            "Magenta's models need Keras 2; install it with: "
            f"pip install 'tf-keras=={version}.*'"
        ) from error
    for name in ("tf.layers", "layer.add_variable"):
        warnings.filterwarnings("ignore", message=f"`{re.escape(name)}")
    if not shows_all:
        logging.getLogger("tensorflow").addFilter(_tells_something)
    tf.logging.set_verbosity(log.upper())
    tf.disable_v2_behavior()
    return tf


def show_device(show: Callable[[str], None]) -> None:
    """Says what the model runs on; TensorFlow's own words on it are turned off."""
    import tensorflow as tf

    gpus = len(tf.config.list_physical_devices("GPU"))
    if gpus:
        show(f"on {'a GPU' if gpus == 1 else f'the first of {gpus} GPUs'}")
    else:
        show("on the CPU (TensorFlow finds no GPU that it can use)")


_FATAL_ALONE = "3"
"""TensorFlow calls it an error that there is no GPU, and shows it. What really fails is an
exception too."""

_RED_HERRINGS = (
    "is deprecated",  # Magenta's code uses the old interfaces; who trains cannot change that
    "checkpoint listeners",
    "Create CheckpointSaverHook",
    "Graph was finalized",
    "local_init_op",
    "global_step = ",  # the progress line says it
    "global_step/sec",
)


def _tells_something(message: logging.LogRecord) -> bool:
    text = message.getMessage()
    return not any(phrase in text for phrase in _RED_HERRINGS)
