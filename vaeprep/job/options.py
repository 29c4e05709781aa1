"""What a run is asked to do: the options of `vaeprep run` after parsing."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vaeprep.engines.filters import Filters
from vaeprep.errors import UsageError

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
        work_dir: Where the work folder stands; None is beside the output.
        split_bytes: Input bytes of one split, None to choose.
        overwrite: Replace shards that exist.
        restart: Throw unfinished work away.
        strict: Stop at the first bad record.
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
    work_dir: Path | None = None
    split_bytes: int | None = None
    overwrite: bool = False
    restart: bool = False
    strict: bool = False

    @property
    def zips_tensors(self) -> bool:
        """Whether there are tensor shards and they are compressed."""
        return self.format != "notesequences" and self.tensor_compression != "none"

    def check(self) -> None:
        """Checks the numbers and names that need no look at the disk.

        Raises:
            UsageError: An option's value cannot be.
        """
        _at_least(1, output_shards=self.output_shards, workers=self.workers)
        if self.output_shards > MAX_SHARDS:
            raise UsageError(f"--output-shards must be at most {MAX_SHARDS:,}")
        for name in ("max_examples_per_sequence", "max_source_ids", "split_bytes"):
            value = getattr(self, name)
            if value is not None:
                _at_least(1, **{name: value})
        if not 0 <= self.eval_fraction < 1:
            raise UsageError(
                f"--eval-fraction must be from 0 to below 1, not {self.eval_fraction}"
            )
        if self.eval_prefix is not None and not self.eval_fraction:
            raise UsageError("--eval-prefix needs --eval-fraction, e.g. --eval-fraction 0.1")
        if self.format not in FORMATS:
            raise UsageError(f"--format must be one of {', '.join(FORMATS)}")
        self._check_compression()
        if not self.output_tfrecord.name:
            raise UsageError(
                "--output-tfrecord must end in a file name, e.g. out/train.tfrecord"
            )

    def _check_compression(self) -> None:
        if self.tensor_compression not in (None, *TENSOR_COMPRESSIONS):
            known = ", ".join(TENSOR_COMPRESSIONS)
            raise UsageError(f"--tensor-compression must be one of {known}")
        if self.tensor_compression and self.format == "notesequences":
            raise UsageError(
                "--tensor-compression needs --format tensors or both; NoteSequence shards "
                "are never compressed, because Magenta does not unzip them"
            )


def _at_least(minimum: int, **values: int) -> None:
    for name, value in values.items():
        if value < minimum:
            flag = name.replace("_", "-")
            raise UsageError(f"--{flag} must be at least {minimum}, not {value}")


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
    }
