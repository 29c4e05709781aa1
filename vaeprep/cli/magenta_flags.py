"""Command lines as Magenta's documentation spells them, rewritten to vaeprep's spelling.

Magenta's scripts read their flags with absl: names have underscores, a boolean
may be `--flag`, `--noflag`, `--flag=true` or `--flag=0`, one dash is as good as
two, and every script takes logging flags. Here names have hyphens and a boolean
is `--flag` or `--no-flag`.
"""

from collections.abc import Collection, Iterable, Iterator

_TRUE = frozenset({"true", "t", "1", "yes", "y"})
_FALSE = frozenset({"false", "f", "0", "no", "n"})

LOGGING_FLAGS = frozenset({"alsologtostderr", "logtostderr", "showprefixforinfo"})
"""absl's boolean logging flags: taken and without effect."""

LOGGING_OPTIONS = frozenset({"log-dir", "stderrthreshold", "verbosity", "v", "vmodule"})
"""absl's logging flags that have a value."""


def rewrite(
    arguments: Iterable[str], booleans: Collection[str], options: Collection[str]
) -> list[str]:
    """Rewrites a command's arguments.

    Args:
        arguments: As typed, without the program's and the command's name.
        booleans: The command's boolean options, spelled `enable-filtering`.
        options: Its options that take a value, spelled `output-shards`.

    Returns:
        The arguments in vaeprep's spelling. What is not known stays as it is
        (in hyphens), for click to complain about.
    """
    return list(_rewrite(iter(arguments), frozenset(booleans), frozenset(options)))


def _rewrite(
    arguments: Iterator[str], booleans: frozenset[str], options: frozenset[str]
) -> Iterator[str]:
    for argument in arguments:
        if argument == "--":
            yield argument
            yield from arguments
            return
        dashes = len(argument) - len(argument.lstrip("-"))
        name, equals, value = argument[dashes:].partition("=")
        name = name.replace("_", "-")
        known = _known(name, booleans, options)
        if dashes not in (1, 2) or (dashes == 1 and (len(name) == 1 or not known)):
            yield argument
        elif name in LOGGING_FLAGS or _without_no(name) in LOGGING_FLAGS:
            continue
        elif name in LOGGING_OPTIONS - options:
            if not equals:
                next(arguments, None)
        elif name in booleans or _without_no(name) in booleans:
            yield _boolean(name, equals, value, booleans, argument)
        elif name in options and not equals:
            # The value follows as its own argument, and may begin with a dash.
            yield f"--{name}"
            yield from _take_one(arguments)
        else:
            yield f"--{name}{equals}{value}"


def _known(name: str, booleans: frozenset[str], options: frozenset[str]) -> bool:
    return (
        name in booleans
        or name in options
        or name in LOGGING_FLAGS
        or name in LOGGING_OPTIONS
        or _without_no(name) in booleans | LOGGING_FLAGS
    )


def _boolean(
    name: str, equals: str, value: str, booleans: frozenset[str], argument: str
) -> str:
    if name not in booleans:
        return f"--no-{_without_no(name)}" if not equals else argument
    if not equals or value.lower() in _TRUE:
        return f"--{name}"
    if value.lower() in _FALSE:
        return f"--no-{name}"
    return argument


def _without_no(name: str) -> str:
    """`enable-filtering` of `noenable-filtering` or `no-enable-filtering`."""
    return name[2:].removeprefix("-") if name.startswith("no") else name


def _take_one(arguments: Iterator[str]) -> Iterator[str]:
    for argument in arguments:
        yield argument
        return
