"""The description of tensor shards: all that a reader needs to know of them.

It is the key "tensors" of the run's summary, a JSON file `vaeprep-NAME.json`
beside the shards `NAME-00000-of-00010`, so that the shards can be read without
knowing the configuration.
"""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from vaeprep.configs import Config
from vaeprep.errors import UsageError, option
from vaeprep.files.names import summary_beside
from vaeprep.tensors.format import kind_of
from vaeprep.tensors.kinds import Kind

FORMAT = "vaeprep-tensors"


VERSION = 1


KEY = "tensors"
"""Where the description stands in the run's summary."""


def describe(config: Config) -> dict[str, Any]:
    """All that a reader must know of tensor shards, as JSON values.

    Raises:
        UsageError: The format does not hold this configuration's examples.
    """
    kind = kind_of(config)
    inputs, outputs, controls = kind.depths
    found: dict[str, Any] = _json(
        {
            "format": FORMAT,
            "version": VERSION,
            "config": config.name,
            "kind": kind.name,
            "storage": kind.storage,
            "features": {
                name: dataclasses.asdict(feature) for name, feature in kind.features.items()
            },
            "tensors": {
                "inputs": {"dtype": kind.dtype, "shape": [kind.steps, inputs]},
                "outputs": {"dtype": kind.dtype, "shape": [kind.steps, outputs]},
                "controls": {"dtype": "bool", "shape": [kind.control_steps, controls]},
                "lengths": {"dtype": "int32", "shape": kind.length_shape},
            },
            "converter": _parameters(config.converter),
        }
    )
    return found


def find_description(shards: Iterable[Path]) -> dict[str, Any]:
    """The description of these shards.

    Args:
        shards: Tensor shards, perhaps of several runs.

    Returns:
        The description of the first run.

    Raises:
        UsageError: It is missing or damaged, of a later version, or the runs
            are of different kinds.
    """
    first: dict[str, Any] | None = None
    for path in dict.fromkeys(summary_beside(shard) for shard in shards):
        found = read_description(path)
        if first is None:
            first = found
        difference = _difference(first["kind"], first["storage"], found)
        if difference:
            raise UsageError(
                f"the shards are of different kinds: {path} has {difference[0]} "
                f"{difference[1]!r}, other shards have {difference[2]!r}"
            )
    if first is None:
        raise UsageError("no tensor shards were given")
    return first


def read_description(path: Path) -> dict[str, Any]:
    """Reads the description in a run's summary.

    Raises:
        UsageError: There is none, or it is not one that this version can read.
    """
    try:
        summary = json.loads(path.read_text("utf-8"))
        found = summary.get(KEY)
    except FileNotFoundError:
        raise UsageError(
            f"the description {path} of the tensor shards is missing; copy it from where the "
            "shards were made, or make them again with ",
            option("format", "tensors"),
        ) from None
    except (OSError, ValueError, AttributeError) as error:
        raise UsageError(f"the description {path} cannot be read: {error}") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise UsageError(
            f"{path} does not describe tensor shards; were they made with ",
            option("format", "tensors"),
            "?",
        )
    if found.get("version") != VERSION:
        raise UsageError(
            f"{path} is of tensor format version {found.get('version')}, this is version "
            f"{VERSION}; make the shards again or take the other version of vaeprep"
        )
    return found


def check_fits(found: Mapping[str, Any], config: Config) -> Kind:
    """Checks that shards hold what a configuration wants.

    Args:
        found: The shards' description.
        config: The configuration asked for.

    Returns:
        The configuration's kind.

    Raises:
        UsageError: They do not; the message says what differs.
    """
    kind = kind_of(config)
    difference = _difference(kind.name, _json(kind.storage), found)
    if difference:
        name, wanted, got = difference
        raise UsageError(
            f"the shards were made for {found['config']} as it was then, and do not fit "
            f"{config.name} as it is now: their {name} is {got!r}, wanted is {wanted!r}; "
            f"make them again with 'vaeprep run --format tensors --config {config.name}'"
        )
    return kind


def other_choices(found: Mapping[str, Any], config: Config) -> list[str]:
    """How the music in shards was chosen in another way than a configuration chooses it.

    Such shards fit: their examples are stored alike. But they are not the
    examples that `vaeprep run` would find now.

    Args:
        found: The shards' description.
        config: The configuration asked for.

    Returns:
        For each parameter that differs its name and both values.
    """
    recorded = found.get("converter", {})
    wanted = _json(_parameters(config.converter))
    return [
        f"{name} was {recorded[name]!r} and is {value!r}"
        for name, value in wanted.items()
        if name in recorded and name not in _LOADED and recorded[name] != value
    ]


_LOADED = frozenset(
    [
        "humanize",
        "tapify",
        "add_instruments",
        "fixed_velocities",
        "max_note_dropout_probability",
        "hits_as_controls",
        "inference_pitch_classes",
        "roll_input",
        "roll_output",
    ]
)
"""Parameters that are applied when shards are loaded, so shards serve any of their values."""


def _parameters(converter: Any) -> dict[str, Any]:
    """A converter's class and parameters as JSON values, in one order."""
    return {
        "class": type(converter).__name__,
        **{
            field.name: _plain(getattr(converter, field.name))
            for field in dataclasses.fields(converter)
        },
    }


def _difference(
    kind: str, storage: Mapping[str, Any], found: Mapping[str, Any]
) -> tuple[str, Any, Any] | None:
    """The first thing that differs: its name, what is wanted, what was found."""
    if found["kind"] != kind:
        return "kind", kind, found["kind"]
    for name in {**storage, **found["storage"]}:
        wanted, got = storage.get(name), found["storage"].get(name)
        if wanted != got:
            return name, wanted, got
    return None


def _plain(value: Any) -> Any:
    """A converter's parameter as a JSON value."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {"class": type(value).__name__, **dataclasses.asdict(value)}
    if isinstance(value, frozenset | set | range):
        return sorted(value)
    return value


def _json(value: Any) -> Any:
    """The value as it returns from a JSON file (tuples become lists)."""
    return json.loads(json.dumps(value))
