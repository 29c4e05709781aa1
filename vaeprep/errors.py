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

    def __reduce__(self) -> tuple[Any, ...]:  # workers send errors to the run's process
        return _restored, (type(self), self.args, self.__dict__)

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
        flag = option(name).in_shell
        in_python = f"{name}={_short(repr(value))}: {rule}"
        given = f", not {_short(str(value))}" if value != "" else ""
        super().__init__(Spelled(in_python, f"{flag} {rule}{given}"))


class UnknownOptionError(UsageError, TypeError):
    """There is no option of this name; the message suggests the nearest."""


def _short(text: str, limit: int = 80) -> str:
    return text if len(text) <= limit else f"{text[:limit]}..."


def _restored(
    kind: type[VaeprepError], message: tuple[Any, ...], attributes: dict[str, Any]
) -> VaeprepError:
    """An error as it was in another process, whatever its class is made with."""
    error = kind.__new__(kind)
    error.args = message
    error.__dict__.update(attributes)
    return error
