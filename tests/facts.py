"""Columns as plain values that can be compared."""

from dataclasses import fields
from typing import Any

import numpy as np

from tests.magenta_oracle import failure
from vaeprep.music.control_changes import LazyControlChanges
from vaeprep.music.sequence import Columns, Notes


def facts(value: Any) -> Any:
    """A value as plain comparable facts; -0.0 is not 0.0, and NaN equals NaN."""
    if isinstance(value, Notes | Columns):
        names = [f.name for f in fields(value) if f.name != "calm"]
        return {name: facts(getattr(value, name)) for name in names}
    if isinstance(value, LazyControlChanges):
        return [facts(item) for item in value]
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.tobytes())
    if isinstance(value, tuple | list):  # named tuples too
        return [facts(item) for item in value]
    return repr(value)


def outcome(function: Any, *arguments: Any) -> Any:
    """What a function returns, or how it fails."""
    try:
        return function(*arguments)
    except Exception as error:
        return failure(error)
