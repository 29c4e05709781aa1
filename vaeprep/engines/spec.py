"""Which engine a worker shall build."""

from dataclasses import dataclass

from vaeprep.converters.conversion import Converter
from vaeprep.cures.song import SongCures
from vaeprep.engines.engine import Engine
from vaeprep.engines.fast import fast_engine
from vaeprep.engines.filters import Filters


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """Which engine a worker shall build; small and picklable.

    Attributes:
        name: "fast" or "magenta".
        filters: The filters, None when filtering is off.
        converter: The fast engine's converter. It tells the magenta engine why a
            piece has no example; None where there is none.
        config: The configuration's name or `module:NAME`, for the magenta engine.
        cures: How songs are changed before they are cut, None if they are not.
    """

    name: str
    filters: Filters | None
    converter: Converter | None
    config: str
    cures: SongCures | None = None


def build(spec: EngineSpec) -> Engine:
    """Makes the engine of a specification; the magenta engine imports Magenta (10 to 20 s)."""
    if spec.name == "fast" and spec.converter is not None:
        return fast_engine(spec.converter, spec.filters, spec.cures)
    from vaeprep.engines.magenta import load_converter, magenta_engine

    converter = load_converter(spec.config)
    return magenta_engine(converter, spec.filters, spec.cures, spec.converter)
