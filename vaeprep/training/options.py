"""The options of training, after parsing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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
        hparams: `name=value,...` over the configuration's.
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
