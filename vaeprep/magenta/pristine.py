"""Compares Magenta's live objects with what their files make of them.

A program may change a class after its import (`data.DrumsConverter.to_tensors = mine`),
a constant of its module, or an attribute of a converter. Each of these changes the
examples, and none of them is seen in a constructor's parameters.
"""

import functools
import importlib.util
import types
from pathlib import Path
from typing import Any

import numpy as np

_MENDED = "np"
"""vaeprep itself replaces this name of a module, see `install.mend_ragged_controls`."""

_NOT_COMPARED = frozenset(
    ["__dict__", "__weakref__", "__module__", "__doc__", "__slotnames__", "_abc_impl"]
)
"""What Python keeps in a class; `__slotnames__` is there once an object was copied."""


def changed_name(module: types.ModuleType) -> str | None:
    """The first name in a module that is not what the module's file makes it.

    Args:
        module: An imported module of Magenta's, perhaps changed since.

    Returns:
        A name as `DrumsConverter.to_tensors`, None when all are as they were.
    """
    for name, value in vars(_read_again(str(module.__file__))).items():
        if name.startswith("__") or name == _MENDED:
            continue
        if not hasattr(module, name):
            return name
        found = difference(getattr(module, name), value, name)
        if found is not None:
            return found
    return None


@functools.cache
def _read_again(path: str) -> types.ModuleType:
    """A second copy of a module, which nobody has changed."""
    spec = importlib.util.spec_from_file_location(f"_vaeprep_{Path(path).stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def difference(live: Any, made: Any, name: str) -> str | None:
    """Where two objects differ: a dotted name that begins with `name`, or None.

    Objects are compared by their type and attributes, functions by their code,
    defaults and the variables they close over.
    """
    return _difference(live, made, name, set())


def _difference(live: Any, made: Any, name: str, seen: set[tuple[int, int]]) -> str | None:
    if live is made or (id(live), id(made)) in seen:
        return None
    seen.add((id(live), id(made)))
    if type(live).__qualname__ != type(made).__qualname__:
        return name
    inner = _inner(made)
    if inner is not None:
        pairs = zip(_inner(live) or (), inner, strict=True)
        return name if any(_difference(*pair, name, seen) for pair in pairs) else None
    if isinstance(made, types.CodeType):
        return None if _is_same_code(live, made) else name
    if isinstance(made, list | tuple | dict):
        if len(live) != len(made) or (isinstance(made, dict) and list(live) != list(made)):
            return name
        values = (each.values() if isinstance(each, dict) else each for each in (live, made))
        pairs = zip(*values, strict=True)
        return name if any(_difference(*pair, name, seen) for pair in pairs) else None
    if isinstance(made, np.ndarray):
        return None if np.array_equal(live, made) else name
    if isinstance(made, type) or (hasattr(made, "__dict__") and not callable(made)):
        return _attributes(live, made, name, seen)
    return None if live == made else name


def _inner(value: Any) -> tuple[Any, ...] | None:
    """What makes a function, partial, property or method what it is; None for others."""
    if isinstance(value, types.FunctionType):
        closed = tuple(cell.cell_contents for cell in value.__closure__ or ())
        return value.__code__, value.__defaults__, value.__kwdefaults__, closed
    if isinstance(value, functools.partial):
        return value.func, value.args, value.keywords
    if isinstance(value, property):
        return value.fget, value.fset, value.fdel
    if isinstance(value, staticmethod | classmethod):
        return (value.__func__,)
    if isinstance(value, types.MethodType):
        return (value.__func__,)
    return None


def _attributes(live: Any, made: Any, name: str, seen: set[tuple[int, int]]) -> str | None:
    """The first attribute that differs; one that only the live object has may count too."""
    ours, theirs = vars(live), vars(made)
    for key in {**theirs, **ours}:
        if key in _NOT_COMPARED:
            continue
        if key not in theirs and not isinstance(made, type) and not hasattr(type(live), key):
            continue  # nothing in its class reads it
        if key not in ours or key not in theirs:
            return f"{name}.{key}"
        found = _difference(ours[key], theirs[key], f"{name}.{key}", seen)
        if found is not None:
            return found
    return None


def _is_same_code(live: types.CodeType, made: types.CodeType) -> bool:
    """Whether two functions do the same; where they stand does not matter."""
    if (live.co_code, live.co_names, live.co_varnames) != (
        made.co_code,
        made.co_names,
        made.co_varnames,
    ):
        return False
    return len(live.co_consts) == len(made.co_consts) and all(
        _is_same_code(one, other)
        if isinstance(one, types.CodeType) and isinstance(other, types.CodeType)
        else type(one) is type(other) and one == other
        for one, other in zip(live.co_consts, made.co_consts, strict=True)
    )
