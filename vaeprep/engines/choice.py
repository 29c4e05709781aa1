"""Chooses the engine of a run: fast wherever it applies, Magenta's own otherwise."""

from dataclasses import dataclass

from vaeprep import configs
from vaeprep.engines.filters import Filters
from vaeprep.engines.spec import EngineSpec
from vaeprep.errors import UsageError
from vaeprep.magenta.config import is_user_config
from vaeprep.magenta.install import import_magenta, needs_magenta

_ASKED_FOR = "asked for with --engine magenta"


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine of a run.

    Attributes:
        spec: What the workers build.
        batch_size: The configuration's batch size, for the warning about too few examples.
        config: The configuration where the fast engine's converter is known;
            None for a user's own converter class.
        reason: Why it is not the fast engine, empty when it is.
    """

    spec: EngineSpec
    batch_size: int
    config: configs.Config | None
    reason: str


def choose_engine(config: str, engine: str, filters: Filters | None) -> Choice:
    """Finds the configuration and the engine that can run it.

    Args:
        config: A configuration's name, or `module:NAME` for a user's own.
        engine: "auto", "fast" or "magenta".
        filters: The filters, None when filtering is off.

    Returns:
        The choice.

    Raises:
        UsageError: There is no such configuration, or the fast engine was
            asked for and cannot run it.
    """
    if is_user_config(config):
        return _for_user_config(config, engine, filters)
    known = configs.find(config)
    if engine == "magenta":
        needs_magenta("magenta", "the engine magenta")
        spec = EngineSpec("magenta", filters, None, known.name)
        return Choice(spec, known.batch_size, known, _ASKED_FOR)
    return Choice(
        EngineSpec("fast", filters, known.converter, known.name), known.batch_size, known, ""
    )


def _for_user_config(name: str, engine: str, filters: Filters | None) -> Choice:
    from vaeprep.magenta.config import load_magenta_config
    from vaeprep.magenta.parameters import NotFast, fast_converter

    needs_magenta("magenta", f"the configuration {name}")
    import_magenta()
    magenta_config = load_magenta_config(name)
    batch_size = int(getattr(magenta_config.hparams, "batch_size", 0) or 0)
    spec = EngineSpec("magenta", filters, None, name)
    try:
        converter = fast_converter(magenta_config.data_converter)
    except NotFast as reason:
        if engine == "fast":
            raise UsageError(f"--engine fast cannot run {name}: {reason}") from reason
        return Choice(spec, batch_size, None, f"the fast engine cannot run it: {reason}")
    config = configs.of_user(name, converter, magenta_config)
    if engine == "magenta":
        return Choice(spec, batch_size, config, _ASKED_FOR)
    fast = EngineSpec("fast", filters, converter, name)
    return Choice(fast, batch_size, config, "")
