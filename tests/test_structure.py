"""The tree is the architecture: imports run one way, and never in a circle."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import vaeprep

ROOT = Path(vaeprep.__file__).parent

LAYERS = (
    "__main__",
    "cli",
    "__init__",
    "api",
    "training inspection",
    "job",
    "engines inputs tensors",
    "magenta",
    "configs cures",
    "converters",
    "demo midi scores",
    "music",
    "checks",
    "files",
    "extras",
    "places",
    "errors hparams progress source_ids version",
)
"""Rooms from top to bottom: a room imports rooms below it, and none above or beside it,
but for `BESIDE`."""

BESIDE = {("tensors", "inputs")}
"""A reader of tensors finds its files as a run does."""


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}


def imported(path: Path) -> Iterator[str]:
    """The modules of vaeprep that a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module


ARROWS = {name: set(imported(path)) - {name} for name, path in MODULES.items()}


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def level(name: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if name in layer.split())


def test_every_import_runs_downwards() -> None:
    upwards = [
        f"{module} imports {other}"
        for module, others in ARROWS.items()
        for other in others
        if room(module) != room(other)
        and level(room(module)) >= level(room(other))
        and (room(module), room(other)) not in BESIDE
    ]
    assert len(ARROWS) > 100
    assert not upwards, "\n".join(sorted(upwards))


def test_no_modules_import_each_other_in_a_circle() -> None:
    # A package's face (`__init__`) names its modules lazily or as a whole; a module
    # inside never needs it.
    order = list(TopologicalSorter(ARROWS).static_order())  # raises on a circle
    assert len(order) == len(ARROWS)


def test_tests_mirror_the_tree() -> None:
    tests = Path(__file__).parent
    rooms = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"__pycache__"}
    beside = {"benchmarks", "robustness"}
    found = {path.name for path in tests.iterdir() if path.is_dir()} - {"__pycache__"}
    assert found - beside <= rooms
    for folder in sorted(found - beside):
        assert list((tests / folder).glob("test_*.py")), folder
