"""What a checkpoint must hold to be gone on from, or to be started from."""

import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tensorflow.compat.v1 as tf

from vaeprep.errors import UsageError
from vaeprep.training.given_hparams import as_flag, changes
from vaeprep.training.run_folder import RunRecord, checkpoints_of, latest_checkpoint

_ENDINGS = (".index", ".meta", ".data-00000-of-00001")

Shapes = dict[str, list[int]]


@contextmanager
def open_checkpoint(path: Path) -> Iterator[str]:
    """Finds the checkpoint that a path means.

    Args:
        path: A run folder, a folder of checkpoints, a checkpoint
            (`model.ckpt-1000`, or one of its files), or a `.tar` of one, as
            Magenta publishes them.

    Yields:
        The checkpoint's prefix; a tar's is there until the block ends.

    Raises:
        UsageError: There is no checkpoint.
    """
    if path.is_dir():
        found = latest_checkpoint(checkpoints_of(path)) or latest_checkpoint(path)
        if found is None:
            raise UsageError(f"there is no checkpoint in {path}")
        yield str(found)
    elif path.is_file() and tarfile.is_tarfile(path):
        with tempfile.TemporaryDirectory() as folder, tarfile.open(path) as bundle:
            bundle.extractall(folder, filter="data")
            inside = sorted(Path(folder).rglob("*.index"))
            if not inside:
                raise UsageError(f"there is no checkpoint in {path}")
            yield str(inside[0].with_suffix(""))
    else:
        yield _prefix(path)


def _prefix(path: Path) -> str:
    for ending in _ENDINGS:
        if path.name.endswith(ending):
            path = path.with_name(path.name.removesuffix(ending))
    if not path.with_name(f"{path.name}.index").exists():
        raise UsageError(
            f"there is no checkpoint {path}; name a run folder, model.ckpt-NUMBER or a .tar"
        )
    return str(path)


def check_resumable(
    checkpoint: str,
    variables: Sequence[Any],
    trained: Sequence[Any],
    before: RunRecord | None,
    now: RunRecord,
) -> None:
    """Checks that a training can go on from the checkpoint in its folder.

    Args:
        checkpoint: Its prefix.
        variables: All variables of the graph.
        trained: Those of them that are the model's.
        before: What the run folder says of the earlier training.
        now: This one.

    Raises:
        UsageError: Variables are missing in the checkpoint or of another shape;
            the message names the hyperparameters that differ.
    """
    saved = _saved(checkpoint)
    reshaped = _reshaped(saved, variables)
    missing = [name for name in _shapes(variables) if name not in saved]
    if not reshaped and not missing:
        return
    if not reshaped and not set(missing) & set(_shapes(trained)):
        raise UsageError(
            f"{checkpoint} has no variables of the optimizer ({missing[0]} and others), so no "
            f"training goes on from it; begin with it in another folder: "
            f"--warmup-from {checkpoint} --run-dir NEW"
        )
    why = _why(saved, reshaped, missing, before, now)
    raise UsageError(f"{checkpoint} is of another model: {why}, or choose another --run-dir")


def check_same_model(
    checkpoint: str, variables: Sequence[Any], before: RunRecord | None, now: RunRecord
) -> None:
    """Checks that a checkpoint holds these variables of the model.

    Raises:
        UsageError: It does not; the message names what differs.
    """
    saved = _saved(checkpoint)
    reshaped = _reshaped(saved, variables)
    missing = [name for name in _shapes(variables) if name not in saved]
    if reshaped or missing:
        raise UsageError(
            f"{checkpoint} is of another model: {_why(saved, reshaped, missing, before, now)}"
        )


def start_from(checkpoint: str, variables: Sequence[Any]) -> None:
    """Lets variables begin with the values of a checkpoint; all others begin as ever."""
    names = {name: name for name in _shapes(variables)}
    tf.train.init_from_checkpoint(checkpoint, names)


def _saved(checkpoint: str) -> Shapes:
    try:
        shapes: Mapping[str, Any] = tf.train.load_checkpoint(
            checkpoint
        ).get_variable_to_shape_map()
    except (tf.errors.OpError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise UsageError(f"the checkpoint {checkpoint} cannot be read: {reason}") from error
    return {name: list(shape) for name, shape in shapes.items()}


def _shapes(variables: Sequence[Any]) -> Shapes:
    return {each.op.name: each.shape.as_list() for each in variables}


def _reshaped(saved: Shapes, variables: Sequence[Any]) -> list[str]:
    return [
        name for name, shape in _shapes(variables).items() if saved.get(name, shape) != shape
    ]


def _why(
    saved: Shapes,
    reshaped: Sequence[str],
    missing: Sequence[str],
    before: RunRecord | None,
    now: RunRecord,
) -> str:
    """What differs, in hyperparameters if the run folder knows them, and what to do."""
    if before is not None and before.config != now.config:
        return f"it was trained with --config {before.config}, not {now.config}; give that"
    differing = changes(before.hparams, now.hparams) if before is not None else {}
    differing = {
        name: pair for name, pair in differing.items() if name not in _OF_TRAINING
    } or differing
    if differing:
        then = as_flag({name: was for name, (was, _) in differing.items()})
        given = as_flag({name: value for name, (_, value) in differing.items()})
        return f"it was trained with {then}, this is {given}; add --hparams={then}"
    if reshaped:
        what = f"its {reshaped[0]} has the shape {saved[reshaped[0]]}, this one's has another"
    else:
        what = f"it has no {missing[0]}"
    return f"{what}; give the --config and --hparams that it was trained with"


_OF_TRAINING = frozenset(
    [
        "batch_size",
        "beta_rate",
        "clip_mode",
        "decay_rate",
        "dropout_keep_prob",
        "free_bits",
        "grad_clip",
        "grad_norm_clip_to_zero",
        "learning_rate",
        "max_beta",
        "min_learning_rate",
        "sampling_rate",
        "sampling_schedule",
    ]
)
"""Hyperparameters that decide how a model is trained, and not which variables it has."""
