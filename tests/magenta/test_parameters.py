"""A converter that is in any way not what its parameters say goes to Magenta's own engine."""

import copy
import functools
from collections.abc import Callable
from typing import Any

import pytest

from vaeprep.configs import CONFIGS
from vaeprep.magenta.parameters import NotFast, fast_converter

configs = pytest.importorskip("magenta.models.music_vae.configs")
data = pytest.importorskip("magenta.models.music_vae.data")

ONE_OF_EACH = [
    "cat-mel_2bar_med_chords",
    "nade-drums_2bar_full",
    "hierdec-trio_16bar",
    "groovae_2bar_humanize",
    "hier-multiperf_vel_1bar_med_chords",
]

# What every engine lifts, and the mode, which has its own tests below.
FREE = {"_max_tensors_per_input", "_mode"}


def converter(name: str) -> Any:
    return copy.deepcopy(configs.CONFIG_MAP[name].data_converter)


def attributes() -> list[tuple[str, str]]:
    return [
        (name, attribute)
        for name in ONE_OF_EACH
        for attribute in vars(configs.CONFIG_MAP[name].data_converter)
        if attribute not in FREE
    ]


@pytest.mark.parametrize(("name", "attribute"), attributes())
def test_every_attribute_is_read_or_refused(name: str, attribute: str) -> None:
    changed = converter(name)
    value = getattr(changed, attribute)
    setattr(changed, attribute, another(value))
    try:
        read = fast_converter(changed)
    except NotFast:
        return
    assert read != CONFIGS[name].converter


def another(value: Any) -> Any:
    """A value like this one, but not it."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, dict):
        return {**value, 35: 0} if value.get(35) != 0 else {**value, 35: 1}
    if isinstance(value, list | tuple | range):
        return [*list(value)[1:], *list(value)[:1]]
    if isinstance(value, type):
        return str if value is not str else int
    if isinstance(value, functools.partial):
        return functools.partial(value.func, *value.args, **{**value.keywords, "min_bars": 2})
    if callable(value):
        return lambda *given: value(*given)
    changed = copy.deepcopy(value)
    name = next(iter(vars(changed)), None)
    if name is None:
        changed.extra, changed.encode_event = 1, lambda event: 0
    else:
        setattr(changed, name, another(getattr(changed, name)))
    return changed


@pytest.mark.parametrize("name", ONE_OF_EACH)
@pytest.mark.parametrize("method", ["to_tensors", "from_tensors", "_to_tensors_fn"])
def test_a_method_put_on_the_object_is_refused(name: str, method: str) -> None:
    changed = converter(name)
    if not hasattr(changed, method):
        pytest.skip("this class has no such method")
    setattr(changed, method, lambda *_: None)
    with pytest.raises(NotFast, match=f"its {method} was changed"):
        fast_converter(changed)


@pytest.mark.parametrize(
    ("owner", "name", "value"),
    [
        (data.DrumsConverter, "to_tensors", lambda self, item: None),
        (data.LegacyEventListOneHotConverter, "from_tensors", lambda self, samples: []),
        (data.BaseNoteSequenceConverter, "is_inferring", property(lambda self: True)),
        (data.TrioConverter.InstrumentType, "BASS", 7),
        (data, "OUTPUT_VELOCITY", 100),
        (data, "BASS_PROGRAMS", range(30, 40)),
        (data, "split_process_and_combine", lambda *_: data.ConverterTensors()),
    ],
)
def test_what_was_replaced_in_magentas_modules_is_named(
    owner: Any, name: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast_converter(converter("cat-drums_2bar_small"))
    monkeypatch.setattr(owner, name, value)
    with pytest.raises(NotFast, match=f"{name} in magenta.models.music_vae.data was replaced"):
        fast_converter(converter("cat-drums_2bar_small"))


def test_an_attribute_that_nothing_reads_does_not_matter() -> None:
    for name in ONE_OF_EACH:
        changed = converter(name)
        changed.max_outputs_per_notesequence = None  # as preprocess_tfrecord sets
        changed.my_note = "for the piano"
        assert fast_converter(changed) == CONFIGS[name].converter


def test_a_groove_in_inference_mode_is_left_to_magenta() -> None:
    changed = converter("groovae_2bar_humanize")
    for mode in ("train", "eval"):
        changed.set_mode(mode)
        assert fast_converter(changed) == CONFIGS["groovae_2bar_humanize"].converter
    changed.set_mode("infer")
    with pytest.raises(NotFast, match="its mode is 'infer'"):
        fast_converter(changed)
    alike = data.GrooveConverter(split_bars=2)  # the same classes in both modes
    alike.set_mode("infer")
    fast_converter(alike)


@pytest.mark.parametrize("name", [name for name in ONE_OF_EACH if "groov" not in name])
def test_the_mode_decides_nothing_else(name: str) -> None:
    for mode in ("train", "eval", "infer"):
        changed = converter(name)
        changed.set_mode(mode)
        assert fast_converter(changed) == CONFIGS[name].converter


def a_subclass(kind: type) -> Any:
    return type("Mine", (kind,), {})()


def a_lookalike() -> Any:
    return type("OneHotMelodyConverter", (data.OneHotMelodyConverter,), {})(slice_bars=2)


@pytest.mark.parametrize(
    "make", [lambda: a_subclass(data.DrumsConverter), a_lookalike, lambda: None, object]
)
def test_other_classes_are_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(NotFast, match="its converter is a"):
        fast_converter(make())
