"""Finds a Magenta Config object: a built-in one by name, a user's by `module:NAME`."""

import importlib
import sys
from pathlib import Path
from typing import Any

from vaeprep.errors import UsageError, option


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
    module = _import(module_name, config)
    found = getattr(module, name, None)
    if found is None:
        found = getattr(module, "CONFIG_MAP", {}).get(name)
    if found is None:
        raise UsageError(
            f"{module_name} has no {name!r}; write ", option("config", "MODULE:NAME")
        )
    if not hasattr(found, "data_converter"):
        raise UsageError(f"{config} is a {type(found).__name__}, not a Magenta Config")
    return found


def _import(module_name: str, config: str) -> Any:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(module_name)
    except ImportError as error:
        raise UsageError(
            f"cannot import {module_name!r} for ",
            option("config", config),
            f": {error}; run vaeprep in the module's folder or set PYTHONPATH",
        ) from error
    except Exception as error:  # the user's module may do anything
        reason = f"{type(error).__name__}: {error}"
        raise UsageError(f"{module_name!r} cannot be imported: {reason}") from error
