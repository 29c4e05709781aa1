"""The 23 MusicVAE configurations: name, converter with its parameters, sizes.

They follow `magenta.models.music_vae.configs.CONFIG_MAP`; a test compares the
two, parameter by parameter. What decides the examples and the training input is here,
the models' hyperparameters are in `hparams`; the models themselves stay in Magenta.
"""

import copy
import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from vaeprep.converters.chords import TRIAD, ChordEncoding
from vaeprep.converters.conversion import Converter
from vaeprep.converters.drums.converter import DrumsConverter
from vaeprep.converters.drums.kit import (
    FULL_DRUM_PITCH_CLASSES,
    REDUCED_DRUM_PITCH_CLASSES,
    ROLAND_DRUM_PITCH_CLASSES,
)
from vaeprep.converters.groove.converter import GrooveConverter
from vaeprep.converters.melody.converter import MelodyConverter
from vaeprep.converters.performance.converter import PerformanceConverter
from vaeprep.converters.trio.converter import TrioConverter
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


_MELODY_2BAR = MelodyConverter(
    valid_programs=frozenset(MELODY_PROGRAMS), max_bars=100, slice_bars=2, steps_per_quarter=4
)
_MELODY_2BAR_CHORDS = MelodyConverter(
    max_bars=100, slice_bars=2, steps_per_quarter=4, chord_encoding=TRIAD
)
_MELODY_16BAR = MelodyConverter(max_bars=100, slice_bars=16, steps_per_quarter=4)
_DRUMS_2BAR = DrumsConverter(max_bars=100, slice_bars=2, steps_per_quarter=4, roll_input=True)
_DRUMS_2BAR_ROLL = DrumsConverter(
    max_bars=100, slice_bars=2, steps_per_quarter=4, roll_input=True, roll_output=True
)
_DRUMS_2BAR_ROLL_FULL = DrumsConverter(
    max_bars=100,
    pitch_classes=FULL_DRUM_PITCH_CLASSES,
    slice_bars=2,
    steps_per_quarter=4,
    roll_input=True,
    roll_output=True,
)
_TRIO_16BAR = TrioConverter(steps_per_quarter=4, slice_bars=16, gap_bars=2)
_PERFORMANCE = PerformanceConverter(
    num_velocity_bins=8, hop_size_bars=1, max_num_instruments=8, max_events_per_instrument=64
)
_PERFORMANCE_CHORDS = PerformanceConverter(
    num_velocity_bins=8,
    hop_size_bars=1,
    max_num_instruments=8,
    max_events_per_instrument=64,
    chord_encoding=TRIAD,
)


def _groove(split_bars: int, **options: object) -> GrooveConverter:
    return GrooveConverter(
        split_bars=split_bars,
        steps_per_quarter=4,
        quarters_per_bar=4,
        pitch_classes=ROLAND_DRUM_PITCH_CLASSES,
        inference_pitch_classes=REDUCED_DRUM_PITCH_CLASSES,
        **options,  # type: ignore[arg-type]
    )


_ALL = (
    Config("cat-mel_2bar_small", "2 bars of melody", _MELODY_2BAR, 512, 32, (-5, 5)),
    Config("cat-mel_2bar_big", "2 bars of melody", _MELODY_2BAR, 512, 32, (-5, 5)),
    Config(
        "cat-mel_2bar_med_chords",
        "2 bars of melody, with chords",
        _MELODY_2BAR_CHORDS,
        512,
        32,
        (-3, 3),
    ),
    Config("cat-drums_2bar_small", "2 bars of drums, 9 classes", _DRUMS_2BAR, 512, 32),
    Config("cat-drums_2bar_big", "2 bars of drums, 9 classes", _DRUMS_2BAR, 512, 32),
    Config("nade-drums_2bar_reduced", "2 bars of drums, 9 classes", _DRUMS_2BAR_ROLL, 512, 32),
    Config(
        "nade-drums_2bar_full", "2 bars of drums, 61 classes", _DRUMS_2BAR_ROLL_FULL, 512, 32
    ),
    Config("flat-trio_16bar", "16 bars of melody, bass and drums", _TRIO_16BAR, 256, 256),
    Config("hierdec-trio_16bar", "16 bars of melody, bass and drums", _TRIO_16BAR, 256, 256),
    Config("hier-trio_16bar", "16 bars of melody, bass and drums", _TRIO_16BAR, 256, 256),
    Config("flat-mel_16bar", "16 bars of melody", _MELODY_16BAR, 512, 256),
    Config("hierdec-mel_16bar", "16 bars of melody", _MELODY_16BAR, 512, 256),
    Config("hier-mel_16bar", "16 bars of melody", _MELODY_16BAR, 512, 256),
    Config(
        "hier-multiperf_vel_1bar_med",
        "1 bar of 2 to 8 instruments with velocities",
        _PERFORMANCE,
        256,
        512,
        (-3, 3),
    ),
    Config(
        "hier-multiperf_vel_1bar_big",
        "1 bar of 2 to 8 instruments with velocities",
        _PERFORMANCE,
        256,
        512,
        (-3, 3),
    ),
    Config(
        "hier-multiperf_vel_1bar_med_chords",
        "1 bar of 2 to 8 instruments with velocities and chords",
        _PERFORMANCE_CHORDS,
        256,
        512,
        (-3, 3),
    ),
    Config(
        "hier-multiperf_vel_1bar_big_chords",
        "1 bar of 2 to 8 instruments with velocities and chords",
        _PERFORMANCE_CHORDS,
        256,
        512,
        (-3, 3),
    ),
    Config("groovae_4bar", "4 bars of played drums", _groove(4), 512, 64),
    Config(
        "groovae_2bar_humanize",
        "2 bars of played drums, from hits without timing and velocity",
        _groove(2, humanize=True),
        512,
        32,
    ),
    Config(
        "groovae_2bar_tap_fixed_velocity",
        "2 bars of played drums, from a tapped rhythm",
        _groove(2, tapify=True, fixed_velocities=True),
        512,
        32,
    ),
    Config(
        "groovae_2bar_tap_fixed_velocity_note_dropout",
        "2 bars of played drums, from a tapped rhythm with notes left out",
        _groove(2, tapify=True, fixed_velocities=True, max_note_dropout_probability=0.8),
        512,
        32,
    ),
    Config(
        "groovae_2bar_add_closed_hh",
        "2 bars of played drums, from the same without closed hi-hat",
        _groove(2, add_instruments=(2,)),
        512,
        32,
    ),
    Config(
        "groovae_2bar_hits_control_tfds",
        "2 bars of played drums, with the hits as controls",
        _groove(2, hits_as_controls=True),
        512,
        32,
    ),
)

CONFIGS: dict[str, Config] = {config.name: config for config in _ALL}
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
        one for one in names if one in CONFIGS and name.lower() in CONFIGS[one].extracts
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
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return _plain(value.suffixes) if isinstance(value, ChordEncoding) else value
