"""What a run is asked to do: the options of `vaeprep run` after parsing."""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from vaeprep import checks
from vaeprep.cures.options import NO_CURES, Cures, options_in_use
from vaeprep.engines.filters import Filters
from vaeprep.errors import UsageError, option

FORMATS = ("notesequences", "tensors", "both")
TENSOR_COMPRESSIONS = ("gzip", "none")
ENGINES = ("auto", "fast", "magenta")
MAX_SHARDS = 99_999


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of one run.

    Attributes:
        input_tfrecord: File names and patterns, each perhaps several with commas.
        output_tfrecord: Prefix of the shards.
        config: Name of a configuration, or `module:NAME` for a user's own.
        output_shards: Number of shards.
        filters: None when filtering is off.
        engine: "auto", "fast" or "magenta".
        workers: Processes that extract.
        max_examples_per_sequence: None keeps all, which Magenta meant to.
        input: Files, patterns and folders of any kind, MIDI among them.
        max_source_ids: At most this many ids in an example's id field, None for all.
        format: "notesequences", "tensors" or "both".
        tensor_compression: "gzip" or "none"; None is gzip.
        eval_fraction: Share of the songs that is held out for evaluation.
        eval_prefix: Prefix of the evaluation set, None for `eval-NAME`.
        cures: Changes to the music that Magenta does not make.
        work_dir: Where the work folder stands, on this machine; None is beside the
            output, and for an output in object storage `staging.cache_folder()`.
        split_bytes: Input bytes of one split, None to choose.
        overwrite: Replace shards that exist.
        restart: Throw unfinished work away.
        strict: Stop at the first bad record.
        faults: A file that shall list every fault and every song that gave nothing.
    """

    input_tfrecord: tuple[str, ...]
    output_tfrecord: Path
    config: str
    output_shards: int = 32
    filters: Filters | None = field(default_factory=Filters)
    engine: str = "auto"
    workers: int = 1
    max_examples_per_sequence: int | None = None
    max_source_ids: int | None = None
    format: str = "notesequences"
    tensor_compression: str | None = None
    input: tuple[str, ...] = ()
    eval_fraction: float = 0.0
    eval_prefix: Path | None = None
    cures: Cures = NO_CURES
    work_dir: Path | None = None
    split_bytes: int | None = None
    overwrite: bool = False
    restart: bool = False
    strict: bool = False
    faults: Path | None = None

    @property
    def zips_tensors(self) -> bool:
        """Whether there are tensor shards and they are compressed."""
        return self.format != "notesequences" and self.tensor_compression != "none"

    def checked(self) -> "RunOptions":
        """The same options with values that can be, as far as no look at the disk is needed.

        Raises:
            UsageError: An option's value cannot be, alone or beside another's.
        """
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        options = RunOptions(**checks.checked(given, RULES))
        for rule in _TOGETHER:
            rule(options)
        return options


def _filters(value: Any) -> Filters | None:
    if value is None:
        return None
    filters: Filters = checks.instance(Filters, "a vaeprep.Filters, or None")(value)
    return filters.checked()


def _cures(value: Any) -> Cures:
    cures: Cures = checks.instance(Cures, "a vaeprep.Cures")(value)
    return cures.checked()


RULES: dict[str, checks.Rule] = {
    "input_tfrecord": checks.paths,
    "output_tfrecord": checks.place_prefix,
    "config": checks.text("a configuration's name, or module:NAME"),
    "output_shards": checks.whole(1, MAX_SHARDS),
    "filters": _filters,
    "engine": checks.one_of(*ENGINES),
    "workers": checks.whole(1),
    "max_examples_per_sequence": checks.optional(checks.whole(1)),
    "input": checks.paths,
    "max_source_ids": checks.optional(checks.whole(1)),
    "format": checks.one_of(*FORMATS),
    "tensor_compression": checks.optional(checks.one_of(*TENSOR_COMPRESSIONS)),
    "eval_fraction": checks.number(0, below=1),
    "eval_prefix": checks.optional(checks.place_prefix),
    "cures": _cures,
    "work_dir": checks.optional(checks.path),
    "split_bytes": checks.optional(checks.whole(1)),
    "overwrite": checks.flag,
    "restart": checks.flag,
    "strict": checks.flag,
    "faults": checks.optional(checks.file_prefix),
}
"""What is asked of each option; a new option gets a row here."""


def _eval_prefix_needs_fraction(options: RunOptions) -> None:
    if options.eval_prefix is not None and not options.eval_fraction:
        raise UsageError(
            option("eval_prefix"),
            " needs ",
            option("eval_fraction"),
            ", e.g. ",
            option("eval_fraction", 0.1),
        )


def _compression_needs_tensors(options: RunOptions) -> None:
    if options.tensor_compression and options.format == "notesequences":
        raise UsageError(
            option("tensor_compression"),
            " needs ",
            option("format", "tensors"),
            " or ",
            option("format", "both"),
            "; NoteSequence shards are never compressed, because Magenta does not unzip them",
        )


_TOGETHER = (_eval_prefix_needs_fraction, _compression_needs_tensors)
"""What is asked of options beside each other; each raises a UsageError."""


def output_options(options: RunOptions) -> dict[str, Any]:
    """The options that decide the bytes of the output, for a summary or a comparison."""
    return {
        "output shards": options.output_shards,
        "filters": asdict(options.filters) if options.filters else None,
        "max examples per sequence": options.max_examples_per_sequence,
        "max source ids": options.max_source_ids,
        "format": options.format,
        "zipped tensors": options.zips_tensors,
        "eval fraction": options.eval_fraction,
        "eval prefix": str(options.eval_prefix) if options.eval_prefix else None,
        "cures": options_in_use(options.cures),
    }
