"""The environment of the measured processes: the same for every contestant."""

import os

QUIET = {
    **os.environ,
    # Magenta is written for Keras 2, which TensorFlow must know before its import.
    "TF_USE_LEGACY_KERAS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    # One thread for NumPy's matrix products: CPU seconds then count work, not spinning.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # A set hash seed makes repetitions alike.
    "PYTHONHASHSEED": "0",
}
"""For conversion and preprocessing."""

FOR_TRAINING = {
    name: value
    for name, value in QUIET.items()
    if name not in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
}
"""For loading and training, where TensorFlow may use all cores."""
