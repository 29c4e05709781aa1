"""A trained model, found again by its run folder: Magenta's TrainedModel, loaded quietly."""

import contextlib
import copy
import logging
import math
import os
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vaeprep import checks
from vaeprep.errors import UsageError, option
from vaeprep.magenta.definition import check_name
from vaeprep.magenta.install import needs_magenta
from vaeprep.training import given_hparams, run_folder
from vaeprep.training.options import hparams_text

MAX_BATCH_SIZE = 8
"""As many pieces are made at once, as in Magenta's `music_vae_generate`."""

_SEEDS = 1 << 31


def _temperature(value: Any) -> float:
    temperature: float = checks.number(0, below=math.inf)(value)
    if not 0 < temperature < math.inf:
        raise checks.Wrong("must be above 0")
    return temperature


def _chords(value: Any) -> tuple[str, ...]:
    """Chord symbols, as a list or in one text with spaces."""
    symbols = value.split() if isinstance(value, str) else value
    if not isinstance(symbols, Iterable) or isinstance(symbols, bytes):
        raise checks.Wrong("must be chord symbols, e.g. ['C', 'G', 'Am', 'F']")
    return tuple(checks.text("a chord symbol")(one) for one in symbols)


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """Which model to load, and how it draws.

    Attributes:
        run_dir: The run folder, as `vaeprep train` or Magenta's training made it;
            or a checkpoint or a `.tar` of one.
        config: The configuration; None takes the one in the run folder.
        hparams: `name=value,...` over the stored ones.
        temperature: The randomness of the decoder.
        seed: Makes what is drawn repeatable.
    """

    run_dir: Path
    config: str | None = None
    hparams: str = ""
    temperature: float = 0.5
    seed: int | None = None


RULES: dict[str, checks.Rule] = {
    "run_dir": checks.path,
    "output_dir": checks.path,
    "config": checks.optional(checks.text("a configuration's name, or module:NAME")),
    "hparams": hparams_text,
    "num_outputs": checks.whole(1),
    "temperature": _temperature,
    "seed": checks.optional(checks.whole(0)),
    "overwrite": checks.flag,
    "chords": _chords,
    "input_midi_1": checks.path,
    "input_midi_2": checks.path,
    "pick_1": checks.whole(0),
    "pick_2": checks.whole(0),
}
"""What is asked of each option of sampling and interpolation."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A loaded model.

    Attributes:
        model: Magenta's TrainedModel.
        config: Magenta's Config with the model's hyperparameters.
        name: The configuration's name.
        temperature: The randomness of the decoder.
    """

    model: Any
    config: Any
    name: str
    temperature: float

    @property
    def steps(self) -> int:
        """The longest that a piece can be."""
        return int(self.config.hparams.max_seq_len)


def load(options: ModelOptions, pieces: int) -> LoadedModel:
    """Loads a model.

    Args:
        options: Which.
        pieces: How many pieces will be asked of it.

    Raises:
        UsageError: There is no checkpoint, nothing says of which configuration it
            is, or it is of another one or of other hyperparameters.
    """
    run_dir = options.run_dir.expanduser()
    stored = run_folder.load(run_dir) if run_dir.is_dir() else None
    name = options.config or (stored.config if stored else None)
    if name is None:
        raise UsageError(
            f"{run_dir} has no {run_folder.NAME} to say of which configuration its model is; "
            "name it with ",
            option("config"),
            " and, if the model is of another size, its ",
            option("hparams"),
        )
    needs_magenta("train", "sampling")
    check_name(name)
    if run_dir.is_dir() and run_folder.latest_checkpoint(run_dir) is None:
        run_folder.require_checkpoint(run_dir)
    with quiet():
        from vaeprep.training.tensorflow_one import import_tensorflow_one

        import_tensorflow_one("FATAL")
        config = _magenta_config(name, stored, options.hparams)
        model = _load(config, run_dir, stored, options, min(pieces, MAX_BATCH_SIZE))
    return LoadedModel(model, config, name, options.temperature)


def _magenta_config(name: str, stored: run_folder.RunRecord | None, wanted: str) -> Any:
    from vaeprep.magenta.config import load_magenta_config

    config = copy.deepcopy(load_magenta_config(name))
    if stored is not None and stored.config == name:
        given_hparams.restore(config.hparams, stored.hparams)
    given_hparams.parse(config.hparams, wanted)
    config.data_converter.max_tensors_per_notesequence = None
    return config


def _load(
    config: Any,
    run_dir: Path,
    stored: run_folder.RunRecord | None,
    options: ModelOptions,
    batch_size: int,
) -> Any:
    from magenta.models.music_vae import trained_model

    from vaeprep.training import checkpoints

    now = run_folder.RunRecord(options.config or "", dict(config.hparams.values()))
    if stored is not None:
        now = run_folder.RunRecord(stored.config, now.hparams)
    with checkpoints.open_checkpoint(run_dir) as prefix:

        def check(variables: Any) -> None:
            checkpoints.check_same_model(prefix, variables, stored, now)

        kept = trained_model.tf
        trained_model.tf = _TensorFlow(kept, options.seed, check)
        try:
            return trained_model.TrainedModel(config, batch_size, prefix)
        finally:
            trained_model.tf = kept


class _TensorFlow:
    """TensorFlow as Magenta's TrainedModel sees it while it loads.

    Its graph draws by a seed, and its variables are compared with the checkpoint
    before they are restored. No installed file is touched.
    """

    def __init__(self, tf: Any, seed: int | None, check: Callable[[Any], None]) -> None:
        self._tf = tf
        self._seed = seed
        self._check = check
        self.train = types.SimpleNamespace(
            Saver=self._saver, latest_checkpoint=tf.train.latest_checkpoint
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tf, name)

    def Session(self, **arguments: Any) -> Any:
        if self._seed is None:
            return self._tf.Session(**arguments)
        # The steps of a decoder's loop draw from one stream; two threads would draw in
        # the order of the moment.
        one_thread = self._tf.ConfigProto(inter_op_parallelism_threads=-1)  # the caller's
        return self._tf.Session(config=one_thread, **arguments)

    def Graph(self) -> Any:
        graph = self._tf.Graph()
        with graph.as_default():
            self._tf.set_random_seed(self._seed)
        return graph

    def _saver(self, *arguments: Any) -> Any:
        self._check(self._tf.global_variables())
        return self._tf.train.Saver(*arguments)


def draw_by(seed: int | None) -> None:
    """Sets NumPy's global generator, from which TrainedModel draws latent vectors."""
    np.random.seed(None if seed is None else seed % _SEEDS)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps TensorFlow's and Magenta's notices off the terminal."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logger = logging.getLogger("tensorflow")
    level = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            logger.setLevel(level)
