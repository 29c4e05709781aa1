"""The options of training, after parsing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from vaeprep import checks

Show = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """The options of `vaeprep train`; names and defaults are music_vae_train's.

    Attributes:
        config: Name of a configuration, or `module:NAME` for a user's own.
        run_dir: Checkpoints and summaries go to `train` and `eval` in it.
        examples: Pattern of the examples, of tensor shards or NoteSequences.
        eval_examples: Pattern of the examples to evaluate on. In mode `train`
            they are evaluated once, after the training.
        mode: "train" or "eval".
        num_steps: Step at which training ends; 0 never.
        hparams: `name=value,...` over the configuration's; in mode "eval" over
            those that the run was trained with.
        warmup_from: A checkpoint whose model a new run begins with.
        step: "magenta", or "compiled": the same mathematics in another order.
        seed: Makes the order of the data repeatable.
        expand_on_device: Expand batches where the model runs; None does so if
            there is a GPU.
        eval_once: Evaluate the latest checkpoint and end.
        progress_seconds: Time between progress lines.
    """

    config: str
    run_dir: Path
    examples: str | None = None
    eval_examples: str | None = None
    mode: str = "train"
    num_steps: int = 200_000
    hparams: str = ""
    warmup_from: Path | None = None
    step: str = "magenta"
    eval_num_batches: int | None = None
    checkpoints_to_keep: int = 100
    keep_checkpoint_every_n_hours: int = 1
    cache_dataset: bool = True
    tfds_name: str | None = None
    master: str = ""
    task: int = 0
    num_ps_tasks: int = 0
    num_sync_workers: int = 0
    eval_dir_suffix: str = ""
    log: str = "INFO"
    seed: int | None = None
    expand_on_device: bool | None = None
    eval_once: bool = False
    progress_seconds: float = 10.0

    def checked(self) -> "TrainOptions":
        """The same options with values that can be.

        Raises:
            OptionError: An option's value cannot be.
        """
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        return TrainOptions(**checks.checked(given, RULES))


def hparams_text(value: Any) -> str:
    """`name=value,...` as it is, or made of a dictionary."""
    if isinstance(value, Mapping):
        return ",".join(f"{name}={_hparam(one)}" for name, one in value.items())
    if not isinstance(value, str):
        raise checks.Wrong("must be 'name=value,...' or a dictionary")
    return value


def _hparam(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_hparam, value))}]"
    return str(value)


def _any_text(value: Any) -> str:
    if not isinstance(value, str):
        raise checks.Wrong("must be text")
    return value


def _pattern(value: Any) -> str:
    return ",".join(checks.paths(value))


RULES: dict[str, checks.Rule] = {
    "config": checks.text("a configuration's name, or module:NAME"),
    "run_dir": checks.path,
    "examples": checks.optional(_pattern),
    "eval_examples": checks.optional(_pattern),
    "mode": checks.one_of("train", "eval"),
    "num_steps": checks.whole(0),
    "hparams": hparams_text,
    "warmup_from": checks.optional(checks.path),
    "step": checks.one_of("magenta", "compiled"),
    "eval_num_batches": checks.optional(checks.whole(1)),
    "checkpoints_to_keep": checks.whole(0),
    "keep_checkpoint_every_n_hours": checks.whole(0),
    "cache_dataset": checks.flag,
    "tfds_name": checks.optional(checks.text("a dataset's name")),
    "master": _any_text,
    "task": checks.whole(0),
    "num_ps_tasks": checks.whole(0),
    "num_sync_workers": checks.whole(0),
    "eval_dir_suffix": _any_text,
    "log": checks.one_of("DEBUG", "INFO", "WARN", "ERROR", "FATAL"),
    "seed": checks.optional(checks.whole(0)),
    "expand_on_device": checks.optional(checks.flag),
    "eval_once": checks.flag,
    "progress_seconds": checks.number(0),
}
"""What is asked of each option."""
