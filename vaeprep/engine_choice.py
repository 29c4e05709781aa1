"""Chooses the engine of a run: fast wherever it applies, Magenta's own otherwise."""

from dataclasses import dataclass

from vaeprep import configs
from vaeprep.engine import EngineSpec
from vaeprep.errors import UsageError
from vaeprep.options import RunOptions
from vaeprep.user_config import is_user_config


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


def choose_engine(options: RunOptions) -> Choice:
    """Finds the configuration and the engine that can run it.

    Raises:
        UsageError: There is no such configuration, or the fast engine was
            asked for and cannot run it.
    """
    if is_user_config(options.config):
        return _for_user_config(options)
    config = configs.find(options.config)
    if options.engine == "magenta":
        spec = EngineSpec("magenta", options.filters, None, config.name)
        return Choice(spec, config.batch_size, config, "asked for with --engine magenta")
    spec = EngineSpec("fast", options.filters, config.converter, config.name)
    return Choice(spec, config.batch_size, config, "")


def _for_user_config(options: RunOptions) -> Choice:
    from vaeprep.converters.from_magenta import NotFast, fast_converter
    from vaeprep.magenta_install import import_magenta
    from vaeprep.user_config import load_magenta_config

    import_magenta()
    magenta_config = load_magenta_config(options.config)
    batch_size = int(getattr(magenta_config.hparams, "batch_size", 0) or 0)
    spec = EngineSpec("magenta", options.filters, None, options.config)
    try:
        converter = fast_converter(magenta_config.data_converter)
    except NotFast as reason:
        if options.engine == "fast":
            raise UsageError(f"--engine fast cannot run {options.config}: {reason}") from reason
        return Choice(spec, batch_size, None, f"the fast engine cannot run it: {reason}")
    config = configs.of_user(options.config, converter, magenta_config)
    if options.engine == "magenta":
        return Choice(spec, batch_size, config, "asked for with --engine magenta")
    fast = EngineSpec("fast", options.filters, converter, options.config)
    return Choice(fast, batch_size, config, "")
