"""What vaeprep needs for some of its work only, and how to install it.

`pip install vaeprep` brings what preparing music needs. The rest comes with an extra:
a name in `[project.optional-dependencies]` of pyproject.toml.
"""

from importlib.util import find_spec

from vaeprep.errors import UsageError


class MissingExtra(UsageError, ImportError):
    """A package is not installed; the message has the pip command that brings it."""


def needs_extra(extra: str, package: str, what: str) -> None:
    """Checks that a package of an extra is there, without importing it.

    Call it before the import, so that the import itself stays plain.

    Args:
        extra: The extra that brings the package, `"train"` for `vaeprep[train]`.
        package: The package, as it is imported.
        what: What needs it, as the user calls it: the message begins with it.

    Raises:
        MissingExtra: The package is not installed.
    """
    if find_spec(package) is None:
        raise MissingExtra(f"{what} needs {package}; {how_to_install(extra)}")


def how_to_install(extra: str) -> str:
    """The command that brings an extra, as the end of a message."""
    return f"install it with: pip install 'vaeprep[{extra}]'"
