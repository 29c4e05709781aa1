"""Errors speak the words of who asks, and are the same in another process."""

import pickle
from pathlib import Path

import pytest

from vaeprep import errors
from vaeprep.errors import OptionError, UsageError, VaeprepError, option
from vaeprep.job.report import StrictError
from vaeprep.job.spill import SpillError


@pytest.mark.parametrize(
    ("part", "in_python", "in_shell"),
    [
        (option("output_shards"), "output_shards", "--output-shards"),
        (option("overwrite", True), "overwrite=True", "--overwrite"),
        (option("format", "tensors"), "format='tensors'", "--format tensors"),
        (option("eval_fraction", 0.1), "eval_fraction=0.1", "--eval-fraction 0.1"),
        (option("config", "my songs:X"), "config='my songs:X'", "--config 'my songs:X'"),
    ],
)
def test_an_option_is_named_as_it_is_asked_for(
    part: errors.Spelled, in_python: str, in_shell: str
) -> None:
    error = UsageError("x exists; add ", part, "!")
    assert str(error) == f"x exists; add {in_python}!"
    assert error.in_shell == f"x exists; add {in_shell}!"


@pytest.mark.parametrize(
    "error",
    [
        VaeprepError("a line"),
        UsageError("add ", option("overwrite", True)),
        OptionError("workers", 0, "must be at least 1"),
        StrictError.at("a fault"),
        SpillError(Path("x.spill"), "is damaged"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_comes_whole_from_a_worker(error: VaeprepError) -> None:
    there = pickle.loads(pickle.dumps(error))
    assert type(there) is type(error)
    assert (str(there), there.in_shell) == (str(error), error.in_shell)
    assert vars(there) == vars(error)


def test_a_long_value_is_shortened() -> None:
    assert len(str(OptionError("input", ["x" * 100_000], "must be a path"))) < 200
    assert len(OptionError("input", ["x" * 100_000], "must be a path").in_shell) < 200
