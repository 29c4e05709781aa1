"""TensorFlow as Magenta's models need it: graphs, and Keras 2 under its old name."""

import logging
import re
import warnings
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
    # Magenta's code is what uses the old interfaces; who trains cannot change that.
    logging.getLogger("tensorflow").addFilter(_is_no_deprecation)
    tf.logging.set_verbosity(log.upper())
    tf.disable_v2_behavior()
    return tf


def _is_no_deprecation(message: logging.LogRecord) -> bool:
    return "is deprecated" not in message.getMessage()
