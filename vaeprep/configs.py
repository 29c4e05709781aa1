"""The 23 MusicVAE configurations: name, converter with its parameters, sizes.

They follow `magenta.models.music_vae.configs.CONFIG_MAP`; a test compares the
two, parameter by parameter. What decides the examples and the training input is here,
the models' hyperparameters are in `hparams`; the models themselves stay in Magenta.

A converter's module is imported when its configuration is asked for: a run, and each
of its workers, needs one of the five.
"""

import copy
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, NamedTuple

from vaeprep.converters.conversion import Converter
from vaeprep.errors import OptionError, Spelled, UsageError, option
from vaeprep.hparams import HPARAMS, HParams
from vaeprep.music.programs import MELODY_PROGRAMS


@dataclass(frozen=True, slots=True)
class Config:
    """What vaeprep knows of a MusicVAE configuration.

    Attributes:
        name: Magenta's name.
        extracts: What an example is, in words.
        converter: The data converter.
        batch_size: Examples in a training batch.
        max_seq_len: Steps of an example.
        transpose_range: Half steps of the random transposition in training,
            both ends included, or None.
        own_hparams: A user's own configuration's hyperparameters; the built-in
            ones' are in a table.
    """

    name: str
    extracts: str
    converter: Converter
    batch_size: int
    max_seq_len: int
    transpose_range: tuple[int, int] | None = None
    own_hparams: HParams = field(default_factory=dict, compare=False, repr=False)

    @property
    def hparams(self) -> HParams:
        """The model's hyperparameters by Magenta's names, as plain values; a new dictionary."""
        sizes = {"batch_size": self.batch_size, "max_seq_len": self.max_seq_len}
        return copy.deepcopy({**(self.own_hparams or HPARAMS.get(self.name, {})), **sizes})

    def parameters(self) -> dict[str, Any]:
        """The converter's parameters by name, as values that JSON has too.

        A set of programs is a sorted list; a chord encoding is the list of what follows
        the root in a chord's name ("", "m", "aug", "dim").
        """
        converter = self.converter
        return {
            one.name: _plain(getattr(converter, one.name))
            for one in fields(converter)  # type: ignore[arg-type]  # all are dataclasses
        }


def _melody(slice_bars: int, **options: Any) -> Converter:
    from vaeprep.converters.melody.converter import MelodyConverter

    return MelodyConverter(max_bars=100, slice_bars=slice_bars, steps_per_quarter=4, **options)


@cache
def _melody_2bar() -> Converter:
    return _melody(2, valid_programs=frozenset(MELODY_PROGRAMS))


@cache
def _melody_2bar_chords() -> Converter:
    from vaeprep.converters.chords import TRIAD

    return _melody(2, chord_encoding=TRIAD)


@cache
def _melody_16bar() -> Converter:
    return _melody(16)


def _drums(**options: Any) -> Converter:
    from vaeprep.converters.drums.converter import DrumsConverter

    return DrumsConverter(
        max_bars=100, slice_bars=2, steps_per_quarter=4, roll_input=True, **options
    )


@cache
def _drums_2bar() -> Converter:
    return _drums()


@cache
def _drums_2bar_roll() -> Converter:
    return _drums(roll_output=True)


@cache
def _drums_2bar_roll_full() -> Converter:
    from vaeprep.converters.drums.kit import FULL_DRUM_PITCH_CLASSES

    return _drums(pitch_classes=FULL_DRUM_PITCH_CLASSES, roll_output=True)


@cache
def _trio_16bar() -> Converter:
    from vaeprep.converters.trio.converter import TrioConverter

    return TrioConverter(steps_per_quarter=4, slice_bars=16, gap_bars=2)


def _any_performance(**options: Any) -> Converter:
    from vaeprep.converters.performance.converter import PerformanceConverter

    return PerformanceConverter(
        num_velocity_bins=8,
        hop_size_bars=1,
        max_num_instruments=8,
        max_events_per_instrument=64,
        **options,
    )


@cache
def _performance() -> Converter:
    return _any_performance()


@cache
def _performance_chords() -> Converter:
    from vaeprep.converters.chords import TRIAD

    return _any_performance(chord_encoding=TRIAD)


def _groove(split_bars: int, **options: Any) -> Callable[[], Converter]:
    def made() -> Converter:
        from vaeprep.converters.drums.kit import (
            REDUCED_DRUM_PITCH_CLASSES,
            ROLAND_DRUM_PITCH_CLASSES,
        )
        from vaeprep.converters.groove.converter import GrooveConverter

        return GrooveConverter(
            split_bars=split_bars,
            steps_per_quarter=4,
            quarters_per_bar=4,
            pitch_classes=ROLAND_DRUM_PITCH_CLASSES,
            inference_pitch_classes=REDUCED_DRUM_PITCH_CLASSES,
            **options,
        )

    return made


class _Row(NamedTuple):
    """A configuration whose converter is not made yet; see `Config`."""

    name: str
    extracts: str
    converter: Callable[[], Converter]
    batch_size: int
    max_seq_len: int
    transpose_range: tuple[int, int] | None = None


_ALL = (
    _Row("cat-mel_2bar_small", "2 bars of melody", _melody_2bar, 512, 32, (-5, 5)),
    _Row("cat-mel_2bar_big", "2 bars of melody", _melody_2bar, 512, 32, (-5, 5)),
    _Row(
        "cat-mel_2bar_med_chords",
        "2 bars of melody, with chords",
        _melody_2bar_chords,
        512,
        32,
        (-3, 3),
    ),
    _Row("cat-drums_2bar_small", "2 bars of drums, 9 classes", _drums_2bar, 512, 32),
    _Row("cat-drums_2bar_big", "2 bars of drums, 9 classes", _drums_2bar, 512, 32),
    _Row("nade-drums_2bar_reduced", "2 bars of drums, 9 classes", _drums_2bar_roll, 512, 32),
    _Row("nade-drums_2bar_full", "2 bars of drums, 61 classes", _drums_2bar_roll_full, 512, 32),
    _Row("flat-trio_16bar", "16 bars of melody, bass and drums", _trio_16bar, 256, 256),
    _Row("hierdec-trio_16bar", "16 bars of melody, bass and drums", _trio_16bar, 256, 256),
    _Row("hier-trio_16bar", "16 bars of melody, bass and drums", _trio_16bar, 256, 256),
    _Row("flat-mel_16bar", "16 bars of melody", _melody_16bar, 512, 256),
    _Row("hierdec-mel_16bar", "16 bars of melody", _melody_16bar, 512, 256),
    _Row("hier-mel_16bar", "16 bars of melody", _melody_16bar, 512, 256),
    _Row(
        "hier-multiperf_vel_1bar_med",
        "1 bar of 2 to 8 instruments with velocities",
        _performance,
        256,
        512,
        (-3, 3),
    ),
    _Row(
        "hier-multiperf_vel_1bar_big",
        "1 bar of 2 to 8 instruments with velocities",
        _performance,
        256,
        512,
        (-3, 3),
    ),
    _Row(
        "hier-multiperf_vel_1bar_med_chords",
        "1 bar of 2 to 8 instruments with velocities and chords",
        _performance_chords,
        256,
        512,
        (-3, 3),
    ),
    _Row(
        "hier-multiperf_vel_1bar_big_chords",
        "1 bar of 2 to 8 instruments with velocities and chords",
        _performance_chords,
        256,
        512,
        (-3, 3),
    ),
    _Row("groovae_4bar", "4 bars of played drums", _groove(4), 512, 64),
    _Row(
        "groovae_2bar_humanize",
        "2 bars of played drums, from hits without timing and velocity",
        _groove(2, humanize=True),
        512,
        32,
    ),
    _Row(
        "groovae_2bar_tap_fixed_velocity",
        "2 bars of played drums, from a tapped rhythm",
        _groove(2, tapify=True, fixed_velocities=True),
        512,
        32,
    ),
    _Row(
        "groovae_2bar_tap_fixed_velocity_note_dropout",
        "2 bars of played drums, from a tapped rhythm with notes left out",
        _groove(2, tapify=True, fixed_velocities=True, max_note_dropout_probability=0.8),
        512,
        32,
    ),
    _Row(
        "groovae_2bar_add_closed_hh",
        "2 bars of played drums, from the same without closed hi-hat",
        _groove(2, add_instruments=(2,)),
        512,
        32,
    ),
    _Row(
        "groovae_2bar_hits_control_tfds",
        "2 bars of played drums, with the hits as controls",
        _groove(2, hits_as_controls=True),
        512,
        32,
    ),
)

_ROWS = {row.name: row for row in _ALL}


@cache
def _config(name: str) -> Config:
    row = _ROWS[name]
    return Config(**{**row._asdict(), "converter": row.converter()})


class _Configs(Mapping[str, Config]):
    """All configurations, each made when it is asked for."""

    def __getitem__(self, name: str) -> Config:
        return _config(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_ROWS)

    def __len__(self) -> int:
        return len(_ROWS)


CONFIGS: Mapping[str, Config] = _Configs()
"""The built-in configurations by name, in Magenta's order."""


def names() -> list[str]:
    """The names of the built-in configurations, in Magenta's order."""
    return list(CONFIGS)


def find(name: str) -> Config:
    """The built-in configuration of this name.

    Raises:
        UsageError: There is none; the message suggests the nearest.
    """
    if not isinstance(name, str):
        raise OptionError("config", name, "must be a configuration's name")
    if name in CONFIGS:
        return CONFIGS[name]
    listed = Spelled("vaeprep.configs.names()", "'vaeprep configs'")
    if not name:
        raise UsageError(
            option("config"), " is empty; was a variable not set? ", listed, " lists the names"
        )
    raise UsageError(
        f"no configuration {name!r}; {meant(name, CONFIGS)}", listed, " lists all 23"
    )


def meant(name: str, known: Iterable[str]) -> str:
    """Which configurations somebody may mean; empty, or words that end in "; ".

    Those of the same letters, those that hold the word in their name or in what they
    extract, or the one of the nearest name.
    """
    names = list(known)
    plain = _letters(name)
    same = [one for one in names if _letters(one) == plain]
    found = same or [one for one in names if plain and plain in _letters(one)]
    found = found or [
        one for one in names if one in _ROWS and name.lower() in _ROWS[one].extracts
    ]
    found = found or difflib.get_close_matches(name, names, n=1, cutoff=0.4)
    if len(found) == 1:
        return f"did you mean {found[0]!r}? "
    return f"there are {', '.join(found)}; " if found else ""


def _letters(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())


def of_user(name: str, converter: Converter, magenta_config: Any) -> Config:
    """A user's own Magenta Config, as vaeprep describes the built-in ones.

    Args:
        name: `module:NAME`.
        converter: The fast converter of its `data_converter`.
        magenta_config: The Config object.
    """
    hparams = magenta_config.hparams
    augmenter = magenta_config.note_sequence_augmenter
    return Config(
        name=name,
        extracts="the user's own",
        converter=converter,
        batch_size=int(getattr(hparams, "batch_size", 0) or 0),
        max_seq_len=int(getattr(hparams, "max_seq_len", 0) or 0),
        transpose_range=getattr(augmenter, "_transpose_range", None),
        own_hparams=dict(hparams.values()) if hasattr(hparams, "values") else {},
    )


def _plain(value: Any) -> Any:
    from vaeprep.converters.chords import ChordEncoding

    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return _plain(value.suffixes) if isinstance(value, ChordEncoding) else value
