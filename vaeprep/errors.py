"""Errors that the user is told in one line, and the exit code of each.

A message may name options and commands. Who calls `vaeprep.run(overwrite=True)` is told
of `overwrite=True`, who types `vaeprep run --overwrite` is told of `--overwrite`: such a
part of a message is a `Spelled`, and the error keeps its message in parts.
"""

import shlex
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Spelled:
    """A part of a message that Python and the command line spell differently.

    Attributes:
        in_python: For who calls vaeprep from Python.
        in_shell: For who types a command.
    """

    in_python: str
    in_shell: str

    def __str__(self) -> str:
        return self.in_python


def option(name: str, *value: Any) -> Spelled:
    """Names an option, perhaps with a value: `format='tensors'`, `--format tensors`.

    Args:
        name: As the Python API spells it.
        value: One value or none. True is spelled as the bare flag, `--overwrite`.
    """
    flag = f"--{name.replace('_', '-')}"
    if not value:
        return Spelled(name, flag)
    if value[0] is True:
        return Spelled(f"{name}=True", flag)
    return Spelled(f"{name}={value[0]!r}", f"{flag} {shlex.quote(str(value[0]))}")


class VaeprepError(Exception):
    """Something the user can mend; the message says what to do next.

    `str(error)` is for the caller from Python.
    """

    exit_code = 1

    def __init__(self, *message: str | Spelled) -> None:
        """Takes the message's parts, which are joined without spaces."""
        super().__init__(*message)

    def __str__(self) -> str:
        return "".join(map(str, self.args))

    @property
    def in_shell(self) -> str:
        """The message for who typed a command."""
        return "".join(
            part.in_shell if isinstance(part, Spelled) else str(part) for part in self.args
        )


class UsageError(VaeprepError):
    """A bad command, option or input: nothing was written."""

    exit_code = 2


class OptionError(UsageError):
    """An option's value cannot be.

    Attributes:
        name: The option, as the Python API spells it.
        value: What was given.
        rule: What is asked of it, e.g. "must be at least 1".
    """

    def __init__(self, name: str, value: object, rule: str) -> None:
        """Takes the parts of the message."""
        self.name, self.value, self.rule = name, value, rule
        shown = repr(value) if len(repr(value)) <= _LONGEST else f"{repr(value)[:_LONGEST]}..."
        flag = option(name).in_shell
        super().__init__(Spelled(f"{name}={shown}: {rule}", f"{flag} {rule}, not {value}"))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.value, self.rule)


class UnknownOptionError(UsageError, TypeError):
    """There is no option of this name; the message suggests the nearest."""


_LONGEST = 80
