"""The tensor format: which kind a configuration has, and what encodes its examples."""

from vaeprep.configs import Config
from vaeprep.converters.drums.converter import DrumsConverter
from vaeprep.converters.groove.converter import GrooveConverter
from vaeprep.converters.melody.converter import MelodyConverter
from vaeprep.converters.performance.converter import PerformanceConverter
from vaeprep.converters.trio.converter import TrioConverter
from vaeprep.errors import UsageError, option
from vaeprep.tensors import drums, groove, melody, performance, trio
from vaeprep.tensors.kinds import Encode, Kind


def kind_of(config: Config) -> Kind:
    """How the examples of a configuration are stored and expanded.

    Raises:
        UsageError: The converter has parameters that the format does not hold.
    """
    converter = config.converter
    if isinstance(converter, MelodyConverter):
        return melody.kind(converter)
    if isinstance(converter, DrumsConverter):
        return drums.kind(converter)
    if isinstance(converter, TrioConverter):
        return trio.kind(converter)
    if isinstance(converter, PerformanceConverter):
        return performance.kind(converter)
    if isinstance(converter, GrooveConverter):
        return groove.kind(converter)
    raise UsageError(
        f"the tensor format does not hold examples of a {type(converter).__name__}; use ",
        option("format", "notesequences"),
    )


def encoder(config: Config) -> Encode:
    """The function that a worker calls once for each unique example.

    Args:
        config: The configuration.

    Returns:
        A function from an example's canonical NoteSequence bytes (without id) to
        its features, which `tf_example.with_ids` completes to a tf.train.Example. It
        stores what Magenta's `to_tensors` gives for the example's NoteSequence.

    Raises:
        UsageError: The format does not hold this configuration's examples.
    """
    return kind_of(config).encode
