"""Finds a Magenta Config object: a built-in one by name, a user's by `module:NAME`."""

import importlib
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from vaeprep.errors import UsageError, option

_NAMED = 5


def is_user_config(config: str) -> bool:
    """Whether a `--config` value asks for an object in a Python module."""
    return ":" in config


def load_magenta_config(config: str) -> Any:
    """Imports a Magenta Config.

    Args:
        config: A name in `magenta.models.music_vae.configs.CONFIG_MAP`, or
            `module:NAME`, where NAME is a Config or a key of the module's
            CONFIG_MAP. The module is looked for in the current folder too.

    Returns:
        The Config object.

    Raises:
        UsageError: The module or the name does not exist, or it is no Config.
    """
    if not is_user_config(config):
        from magenta.models.music_vae.configs import CONFIG_MAP

        if config not in CONFIG_MAP:
            raise UsageError(f"Magenta has no configuration {config!r}")
        return CONFIG_MAP[config]
    module_name, _, name = config.partition(":")
    _check_spelling(config, module_name, name)
    module = _import(module_name, config)
    found = getattr(module, name, None)
    if found is None:
        found = getattr(module, "CONFIG_MAP", {}).get(name)
    if found is None:
        raise UsageError(f"{module_name} has no {name!r}; {_configs_in(module)}")
    if not hasattr(found, "data_converter"):
        raise UsageError(
            f"{config} is of type {type(found).__name__}, not a Magenta Config; "
            f"{_configs_in(module)}"
        )
    return found


def _check_spelling(config: str, module_name: str, name: str) -> None:
    """Refuses what can be no `module:NAME`, with what is probably meant."""
    stem = module_name.removesuffix(".py")
    if not name or not stem:
        raise UsageError(
            f"{config!r} lacks {'a name' if stem else 'a module'}; write ",
            option("config", "MODULE:NAME"),
        )
    if "/" in stem:
        folder, _, module = stem.rpartition("/")
        raise UsageError(
            f"{module_name!r} is a path; run vaeprep in the folder {folder or '/'} and write ",
            option("config", f"{module}:{name}"),
        )
    if stem != module_name:
        raise UsageError(
            "the module's name has no .py; write ", option("config", f"{stem}:{name}")
        )


def _configs_in(module: ModuleType) -> str:
    """What a module offers."""
    names = [name for name, value in vars(module).items() if hasattr(value, "data_converter")]
    names += [name for name in getattr(module, "CONFIG_MAP", {}) if name not in names]
    if not names:
        return "it has no Config at all"
    return (
        f"it has {', '.join(map(str, names[:_NAMED]))}{' ...' if len(names) > _NAMED else ''}"
    )


def _import(module_name: str, config: str) -> ModuleType:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(module_name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the user's module may do anything, sys.exit() too
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if missing and (module_name == missing or module_name.startswith(f"{missing}.")):
            raise UsageError(
                f"cannot import {module_name!r} for ",
                option("config", config),
                f": {error}; run vaeprep in the module's folder or set PYTHONPATH",
            ) from error
        what = f"{type(error).__name__}: {error}".removesuffix(": ")
        raise UsageError(
            f"{module_name!r}, the module of ",
            option("config", config),
            f", has a fault: {_place(error)}{what}",
        ) from error


def _place(error: BaseException) -> str:
    """File and line of a fault: the last line that is not of an installed package."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_shown(error.filename)}, line {error.lineno}: "
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<") and frame.filename != __file__
    ]
    own = [one for one in frames if not _is_installed(one.filename)]
    return f"{_shown(own[-1].filename)}, line {own[-1].lineno}: " if own else ""


def _is_installed(filename: str) -> bool:
    path = Path(filename)
    return "site-packages" in path.parts or path.is_relative_to(
        Path(importlib.__file__).parents[1]
    )


def _shown(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
