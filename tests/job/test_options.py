"""Every option is checked by one table, whoever asks; the words are the asker's."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest

from vaeprep.cli.run import command
from vaeprep.cures import options as cures
from vaeprep.engines import filters
from vaeprep.engines.filters import Filters
from vaeprep.errors import OptionError, UsageError
from vaeprep.job import options as module
from vaeprep.job.options import RULES, RunOptions

GOOD = RunOptions(("in",), Path("out/x"), "cat-mel_2bar_small")

# One of each kind of what cannot be, for every option.
BAD: dict[str, list[Any]] = {
    "input_tfrecord": [3, None, b"in", [""], ["in", 3]],
    "output_tfrecord": ["", "/", 3, None, "a\0b"],
    "config": ["", None, 3, ["cat-mel_2bar_small"]],
    "output_shards": [0, -1, 100_000, 2.0, "8", True, None],
    "filters": ["yes", True, {"max_num_notes": 3}, Filters(max_num_notes=0)],
    "engine": ["Magenta", "", None, 1, "beam", ["fast"]],
    "workers": [0, -3, 1.5, "2", None, True],
    "max_examples_per_sequence": [0, -1, 1.5, "5", True],
    "input": [3, None, [None]],
    "max_source_ids": [0, 2.5, "3"],
    "format": ["tensor", "Tensors", None, 0],
    "tensor_compression": ["zip", "GZIP", True, 9],
    "eval_fraction": [1, 1.0, -0.1, float("nan"), float("inf"), "0.1", None, True],
    "eval_prefix": ["", 3],
    "cures": ["4/4", None, {"meter": "4/4"}],
    "work_dir": [3, ""],
    "split_bytes": [0, 1.5],
    "overwrite": ["yes", 1, None],
    "restart": ["no", 0],
    "strict": ["", 2],
    "faults": [3, "", "/"],
}


def test_every_option_has_a_rule_and_every_rule_is_tried_here() -> None:
    names = {one.name for one in fields(RunOptions)}
    assert names == set(RULES), "give a new option a row in RULES"
    assert names == set(BAD), "and values that cannot be a row in BAD"
    assert set(filters.RULES) == {one.name for one in fields(Filters)}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD.items() for value in values]
)
def test_what_cannot_be_is_told_in_one_line(name: str, value: Any) -> None:
    with pytest.raises(OptionError) as caught:
        replace(GOOD, **{name: value}).checked()
    in_python, in_shell = str(caught.value), caught.value.in_shell
    if name == "filters" and isinstance(value, Filters):
        assert in_python == "max_num_notes=0: must be at least 1"
        assert in_shell == "--max-num-notes must be at least 1, not 0"
        return
    assert in_python.startswith(f"{name}={value!r}: must ")
    assert in_shell.startswith(f"--{name.replace('_', '-')} must ")
    assert "\n" not in in_python + in_shell
    assert caught.value.name == name


def test_the_nearest_word_is_suggested() -> None:
    with pytest.raises(OptionError) as caught:
        replace(GOOD, engine="Magenta").checked()
    assert str(caught.value) == (
        "engine='Magenta': must be one of auto, fast, magenta (did you mean 'magenta'?)"
    )


def test_what_can_be_is_made_plain() -> None:
    given: dict[str, Any] = {
        "input": Path("songs"),
        "output_tfrecord": "out/y",
        "output_shards": np.int64(3),
        "eval_fraction": np.float32(0.25),
        "eval_prefix": "out/eval",
        "filters": Filters(max_total_time=np.float64(3), max_num_notes=np.int32(7)),
    }
    plain = replace(GOOD, **given).checked()
    assert plain.input == ("songs",)
    assert plain.output_tfrecord == Path("out/y")
    assert type(plain.output_shards) is int
    assert type(plain.eval_fraction) is float
    assert plain.eval_prefix == Path("out/eval")
    assert plain.filters is not None
    assert type(plain.filters.max_num_notes) is int
    assert plain == plain.checked()


def test_options_that_exclude_each_other_are_told_in_the_askers_words() -> None:
    with pytest.raises(UsageError) as caught:
        replace(GOOD, eval_prefix=Path("e")).checked()
    assert str(caught.value) == "eval_prefix needs eval_fraction, e.g. eval_fraction=0.1"
    assert caught.value.in_shell == (
        "--eval-prefix needs --eval-fraction, e.g. --eval-fraction 0.1"
    )


def test_the_command_lines_words_are_the_tables() -> None:
    known = {
        "engine": module.ENGINES,
        "format": module.FORMATS,
        "tensor_compression": module.TENSOR_COMPRESSIONS,
    }
    choices = {
        parameter.name: tuple(parameter.type.choices)
        for parameter in command.params
        if isinstance(parameter.type, click.Choice)
    }
    assert choices.items() >= known.items()
    for name, words in choices.items():
        for word in words:
            assert {**RULES, **cures.RULES}[name](word) == word
