"""Chooses the engine of a run: fast wherever it applies, Magenta's own otherwise."""

from dataclasses import dataclass, replace

from vaeprep import configs
from vaeprep.cures.options import Cures
from vaeprep.cures.song import song_cures
from vaeprep.engines.filters import Filters
from vaeprep.engines.spec import EngineSpec
from vaeprep.errors import UsageError, option
from vaeprep.magenta.definition import find_definition
from vaeprep.magenta.install import needs_magenta

_ASKED_FOR = "asked for with --engine magenta"


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine of a run.

    Attributes:
        spec: What the workers build.
        batch_size: The configuration's batch size, for the warning about too few examples.
        config: The configuration where the fast engine's converter is known;
            None for a user's own converter class.
        reason: Why it is not the fast engine, and how the configuration differs
            from vaeprep's table; empty when neither is so.
    """

    spec: EngineSpec
    batch_size: int
    config: configs.Config | None
    reason: str


def choose_engine(config: str, engine: str, filters: Filters | None) -> Choice:
    """Finds the configuration and the engine that can run it.

    Args:
        config: A configuration's name, in vaeprep or in the installed Magenta, or
            `module:NAME` for a user's own.
        engine: "auto", "fast" or "magenta".
        filters: The filters, None when filtering is off.

    Returns:
        The choice.

    Raises:
        UsageError: There is no such configuration, or the fast engine was
            asked for and cannot run it.
    """
    found = find_definition(config)
    same = found.config.converter if found.config else None
    magenta = EngineSpec("magenta", filters, same, config)
    if engine == "magenta":
        needs_magenta("magenta", "the engine magenta")
        return Choice(
            magenta, found.batch_size, found.config, _joined(_ASKED_FOR, found.notice)
        )
    if found.config is None:
        if engine == "fast":
            raise UsageError(
                option("engine", "fast"), f" cannot run {config}: {found.not_fast}"
            )
        reason = f"the fast engine cannot run it: {found.not_fast}"
        return Choice(magenta, found.batch_size, None, reason)
    fast = EngineSpec("fast", filters, found.config.converter, found.config.name)
    return Choice(fast, found.batch_size, found.config, found.notice)


def with_cures(choice: Choice, cures: Cures) -> Choice:
    """The same engine, which cures the songs first.

    Raises:
        UsageError: A cure is asked for that has no meaning for the configuration.
    """
    if not cures.needs_config:
        return choice
    spec = replace(choice.spec, cures=song_cures(cures, _known_drums(choice)))
    return replace(choice, spec=spec)


def _known_drums(choice: Choice) -> frozenset[int] | None:
    """The pitches that a GrooVAE configuration knows, None for any other configuration."""
    if choice.config is not None:
        from vaeprep.converters.groove.converter import GrooveConverter

        converter = choice.config.converter
        if not isinstance(converter, GrooveConverter):
            return None
        return frozenset(converter.kit.class_of_pitch)
    from vaeprep.magenta.config import load_magenta_config

    source = load_magenta_config(choice.spec.config).data_converter
    if not any(kind.__name__ == "GrooveConverter" for kind in type(source).__mro__):
        return None
    return frozenset(source.pitch_class_map)


def _joined(*reasons: str) -> str:
    return "; ".join(reason for reason in reasons if reason)
