"""What is asked of an option's value, in tables: one row an option, one rule a row.

    RULES = {"output_shards": whole(1, 99_999), "engine": one_of("auto", "fast", "magenta")}

A rule takes whatever a caller may give and returns the value as the rest of the program
wants it (a path for its name, an int for NumPy's), or tells what is wrong with it. The
command line and the Python API check by the same tables.
"""

import difflib
import math
import numbers
from collections.abc import Callable, Iterable, Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from vaeprep.errors import OptionError, UnknownOptionError
from vaeprep.files.remote import RemotePath, local_or_remote
from vaeprep.places import local_path

Rule = Callable[[Any], Any]
"""From what was given to the value to work with. Raises `Wrong`."""


class Wrong(Exception):
    """A rule is not kept; the message is the rule, e.g. "must be at least 1"."""


def checked(given: Mapping[str, Any], rules: Mapping[str, Rule]) -> dict[str, Any]:
    """The values of options, each by its rule.

    Args:
        given: The values by the options' names.
        rules: What is asked of each; options without a rule stay as they are.

    Returns:
        The values to work with, in the order given.

    Raises:
        OptionError: A value cannot be; the first one is told.
    """
    values = {}
    for name, value in given.items():
        try:
            values[name] = rules[name](value) if name in rules else value
        except Wrong as rule:
            raise OptionError(name, value, str(rule)) from None
    return values


def refuse_unknown(given: Iterable[str], known: Iterable[str], caller: str) -> None:
    """Refuses options that do not exist.

    Args:
        given: Names of options.
        known: All that there are.
        caller: The function that takes them, e.g. "vaeprep.run".

    Raises:
        UnknownOptionError: Suggests the nearest name that exists.
    """
    names = list(known)
    for name in given:
        if name not in names:
            nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"it has {', '.join(names)}"
            raise UnknownOptionError(f"{caller} has no option {name!r}; {hint}")


def whole(least: int, most: int | None = None) -> Rule:
    """A whole number from `least` to `most`, both included."""

    def rule(value: Any) -> int:
        if not isinstance(value, numbers.Integral) or isinstance(value, bool):
            raise Wrong("must be a whole number")
        return int(_in_range(value, least, most))

    return rule


def number(least: float, *, below: float = math.inf) -> Rule:
    """A number from `least`; infinity too where it is not said to stay below something."""

    def rule(value: Any) -> float:
        is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if not is_number or value != value:
            raise Wrong("must be a number")
        if below == math.inf:
            _in_range(value, least, None)
        elif not least <= value < below:
            raise Wrong(f"must be from {least:g} to below {below:g}")
        return value if isinstance(value, int | float) else float(value)

    return rule


def one_of(*choices: str) -> Rule:
    """One of some words, spelled exactly."""

    def rule(value: Any) -> str:
        if isinstance(value, str) and value in choices:
            return value
        near = difflib.get_close_matches(str(value).lower(), choices, n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        raise Wrong(f"must be one of {', '.join(choices)}{hint}")

    return rule


def flag(value: Any) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise Wrong("must be True or False")
    return value


def text(meaning: str) -> Rule:
    """Text that is not empty; `meaning` tells what it is, e.g. "a configuration's name"."""

    def rule(value: Any) -> str:
        if value == "":
            raise Wrong(f"must be {meaning}, and is empty (was a variable not set?)")
        if not isinstance(value, str):
            raise Wrong(f"must be {meaning}")
        return value

    return rule


def path(value: Any) -> Path:
    """A path on this machine, or its name; `~` is the home folder."""
    return local_path(_path_name(value))


def file_prefix(value: Any) -> Path:
    """A path that ends in the beginning of a file's name."""
    prefix = path(value)
    if not prefix.name:
        raise Wrong("must end in a file name, e.g. out/train.tfrecord")
    return prefix


def place(value: Any) -> Path:
    """As `path`, or an address in object storage."""
    return local_or_remote(_path_name(value))


def place_prefix(value: Any) -> Path:
    """As `file_prefix`, or the beginning of an object's address."""
    prefix = place(value)
    if not prefix.name or (isinstance(prefix, RemotePath) and len(prefix.parts) < 3):
        raise Wrong("must end in a file name, e.g. out/train.tfrecord")
    return prefix


def paths(value: Any) -> tuple[str, ...]:
    """A path or pattern, or several, as their names."""
    if isinstance(value, str | PathLike):
        return (_path_name(value),)
    if not isinstance(value, Iterable) or isinstance(value, bytes):
        raise Wrong("must be a path or a list of paths")
    return tuple(_path_name(one) for one in value)


def optional(rule: Rule) -> Rule:
    """What a rule takes, or None."""
    return lambda value: None if value is None else rule(value)


def instance(kind: type, meaning: str) -> Rule:
    """An object of a class; `meaning` tells what it is, e.g. "a vaeprep.Filters"."""

    def rule(value: Any) -> Any:
        if not isinstance(value, kind):
            raise Wrong(f"must be {meaning}")
        return value

    return rule


def _in_range(value: Any, least: float, most: float | None) -> Any:
    if value < least:
        raise Wrong(f"must be at least {least:,}")
    if most is not None and value > most:
        raise Wrong(f"must be at most {most:,}")
    return value


def _path_name(value: Any) -> str:
    if not isinstance(value, str | PathLike) or not fspath(value):
        raise Wrong("must be a path")
    name = fspath(value)
    if not isinstance(name, str) or "\0" in name:
        raise Wrong("must be a path")
    return name
