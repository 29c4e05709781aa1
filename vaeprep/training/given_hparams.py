"""Hyperparameters: a configuration's, with those asked for over them."""

import difflib
import re
from collections.abc import Mapping
from typing import Any

from vaeprep.errors import UsageError, option

_NAME = re.compile(r"(?:^|,)\s*(\w+)\s*(?:\[\d+\])?\s*=")


def parse(hparams: Any, text: str) -> None:
    """Sets hyperparameters from `name=value,...`.

    Args:
        hparams: Magenta's HParams; changed in place.
        text: As `--hparams` takes it.

    Raises:
        UsageError: A name is unknown (the nearest is suggested) or a value is of
            another type.
    """
    if not text:
        return
    known = hparams.values()
    for name in _NAME.findall(text):
        if name not in known:
            raise UsageError(
                option("hparams"), f": there is no {name!r}; {_nearest(name, known)}"
            )
    try:
        hparams.parse(text)
    except (ValueError, KeyError, TypeError) as error:
        wrong = [name for name in _NAME.findall(text) if name in str(error)]
        example = f"; {wrong[0]} is now {known[wrong[0]]!r}" if wrong else ""
        raise UsageError(
            option("hparams"), f": {error}{example}; write name=value,..."
        ) from error


def restore(hparams: Any, stored: Mapping[str, Any]) -> None:
    """Sets hyperparameters as a run folder has them; names that are gone are passed over."""
    known = hparams.values()
    for name, value in stored.items():
        if name in known:
            hparams.set_hparam(name, value)


def changes(stored: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The hyperparameters that differ, each with the stored value and the one now."""
    return {
        name: (stored[name], value)
        for name, value in now.items()
        if name in stored and stored[name] != value
    }


def as_flag(values: Mapping[str, Any]) -> str:
    """Hyperparameters as `--hparams` takes them: `enc_rnn_size=[16],z_size=4`."""
    return ",".join(f"{name}={str(value).replace(' ', '')}" for name, value in values.items())


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if nearest:
        return f"did you mean {nearest[0]!r}?"
    return f"there are {', '.join(sorted(known))}"
