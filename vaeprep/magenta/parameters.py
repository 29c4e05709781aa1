"""Reads the parameters of a Magenta converter object, to run it on the fast engine.

Only objects whose class is exactly one of the five that MusicVAE's own
configurations use can be read: a subclass may do anything else. The values are
taken from the object, not from its constructor's call, so a converter that was
changed after it was made is read as it is now.

No attribute is passed over: the object must equal one that its class makes of
the parameters that were read, and the class must do what Magenta's file says.
"""

import sys
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from vaeprep.converters.chords import MAJOR_MINOR, TRIAD, ChordEncoding
from vaeprep.converters.conversion import Converter
from vaeprep.converters.drums.converter import DrumsConverter
from vaeprep.converters.groove.converter import GrooveConverter
from vaeprep.converters.melody.converter import MelodyConverter
from vaeprep.converters.performance.converter import PerformanceConverter
from vaeprep.converters.trio.converter import TrioConverter
from vaeprep.magenta.pristine import changed_name, difference
from vaeprep.magenta.releases import CONFIGS, changed_files


class NotFast(Exception):
    """The fast engine cannot stand in for this converter; the message says why."""


def fast_converter(magenta_converter: Any) -> Converter:
    """The fast converter that equals a Magenta converter object.

    Args:
        magenta_converter: The `data_converter` of a Magenta Config.

    Returns:
        The converter with the object's parameters.

    Raises:
        NotFast: Its class is another one, or it has a parameter that only
            Magenta's code can carry out.
    """
    kind = type(magenta_converter)
    reader = _READERS.get(f"{kind.__module__}.{kind.__qualname__}")
    if reader is None:
        raise NotFast(f"its converter is a {kind.__module__}.{kind.__qualname__}")
    _require_known_code()
    try:
        converter = reader(magenta_converter)
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        # Magenta's classes take some values that make no sense, and any attribute.
        raise NotFast(str(error)) from error
    for field in fields(converter):  # type: ignore[arg-type]  # all are dataclasses
        value = getattr(converter, field.name)
        if isinstance(value, float) and field.name not in _FLOATS:
            raise NotFast(f"its {field.name} is {value}, no whole number")
    _require_nothing_else(magenta_converter, converter)
    return converter


_FLOATS = ("gap_bars", "max_note_dropout_probability")


def _require_known_code() -> None:
    """Refuses converters whose code is not the one that the fast engine follows.

    Raises:
        NotFast: A file of Magenta's or note_seq's was edited or is of another
            release, or something in Magenta's modules was replaced since their import.
    """
    for name in changed_files():
        if name != CONFIGS:
            raise NotFast(f"the installed {name} is not that of a release vaeprep knows")
    for name in ("magenta.models.music_vae.data", "magenta.models.music_vae.data_hierarchical"):
        changed = changed_name(sys.modules[name]) if name in sys.modules else None
        if changed is not None:
            raise NotFast(f"{changed} in {name} was replaced")


def _require_nothing_else(source: Any, converter: Converter) -> None:
    """Refuses an object that has more to it than the parameters that were read.

    The number of examples that Magenta keeps of a song is passed over, as it is
    lifted; so is the mode, which chooses at random among too many, but for what
    `_groove` says.

    Raises:
        NotFast: An attribute is not what the class makes of the parameters.
    """
    given = {field.name: getattr(converter, field.name) for field in fields(converter)}  # type: ignore[arg-type]
    given |= {
        name: getattr(source, f"_{attribute}")
        for name, attribute in _AS_GIVEN.items()
        if name in given
    }
    given["max_tensors_per_notesequence"] = source._max_tensors_per_input
    made = type(source)(**given)
    made._mode = source._mode
    changed = difference(source, made, "it")
    if changed is not None:
        raise NotFast(
            f"its {changed.removeprefix('it.')} was changed after its class had made it"
        )


_AS_GIVEN = {
    "valid_programs": "valid_programs",
    "pitch_classes": "pitch_classes",
    "inference_pitch_classes": "infer_pitch_classes",
    "add_instruments": "add_instruments",
    "chord_encoding": "chord_encoding",
}
"""Parameters that may come as any collection, and the attribute that holds what was given."""


def _melody(source: Any) -> MelodyConverter:
    extractor = source._event_extractor_fn.keywords
    return MelodyConverter(
        min_pitch=source._min_pitch,
        max_pitch=source._max_pitch,
        valid_programs=_programs(source._valid_programs),
        skip_polyphony=not extractor["ignore_polyphonic_notes"],
        max_bars=_bars(extractor["max_steps_truncate"], source),
        slice_bars=_bars(source._slice_steps, source),
        gap_bars=_gap_bars(extractor["gap_bars"]),
        steps_per_quarter=source._steps_per_quarter,
        quarters_per_bar=_quarters_per_bar(source),
        add_end_token=source.end_token is not None,
        pad_to_total_time=source._pad_to_total_time,
        presplit_on_time_changes=source._presplit_on_time_changes,
        chord_encoding=_chords(source._chord_encoding),
        condition_on_key=source._condition_on_key,
        dedupe_event_lists=source._dedupe_event_lists,
    )


def _drums(source: Any) -> DrumsConverter:
    extractor = source._drums_extractor_fn.keywords
    return DrumsConverter(
        max_bars=_bars(extractor["max_steps_truncate"], source),
        slice_bars=_bars(source._slice_steps, source),
        gap_bars=_gap_bars(extractor["gap_bars"]),
        pitch_classes=_pitch_classes(source._pitch_classes),
        add_end_token=source.end_token is not None,
        steps_per_quarter=source._steps_per_quarter,
        quarters_per_bar=_quarters_per_bar(source),
        pad_to_total_time=source._pad_to_total_time,
        roll_input=source._roll_input,
        roll_output=source._roll_output,
        presplit_on_time_changes=source._presplit_on_time_changes,
    )


def _trio(source: Any) -> TrioConverter:
    if source._slice_bars is None:
        raise NotFast("a TrioConverter without slice_bars")
    return TrioConverter(
        slice_bars=source._slice_bars,
        gap_bars=source._gap_bars,
        max_bars=source._max_bars,
        steps_per_quarter=source._steps_per_quarter,
        quarters_per_bar=_quarters_per_bar(source),
        chord_encoding=_chords(source._chord_encoding),
        condition_on_key=source._condition_on_key,
    )


def _groove(source: Any) -> GrooveConverter:
    # In this mode alone the pitches of inference are written and read.
    if source._mode == "infer" and source._infer_pitch_class_map != source._pitch_class_map:
        raise NotFast("its mode is 'infer'")
    add_instruments = source._add_instruments
    return GrooveConverter(
        split_bars=source._split_bars,
        steps_per_quarter=source._steps_per_quarter,
        quarters_per_bar=_quarters_per_bar(source),
        pitch_classes=_pitch_classes(source._pitch_classes),
        inference_pitch_classes=_pitch_classes(source._infer_pitch_classes),
        humanize=source._humanize,
        tapify=source._tapify,
        add_instruments=None if add_instruments is None else tuple(add_instruments),
        num_velocity_bins=source._num_velocity_bins,
        num_offset_bins=source._num_offset_bins,
        split_instruments=source._split_instruments,
        hop_size=source._hop_size,
        hits_as_controls=source._hits_as_controls,
        fixed_velocities=source._fixed_velocities,
        max_note_dropout_probability=source._max_note_dropout_probability,
    )


def _performance(source: Any) -> PerformanceConverter:
    if source._drop_tracks_and_truncate:
        raise NotFast("drop_tracks_and_truncate chooses tracks at random")
    return PerformanceConverter(
        num_velocity_bins=source._num_velocity_bins,
        hop_size_bars=source._hop_size_bars,
        chunk_size_bars=source._chunk_size_bars,
        steps_per_quarter=source._steps_per_quarter,
        quarters_per_bar=_quarters_per_bar(source),
        min_num_instruments=source._min_num_instruments,
        max_num_instruments=source._max_num_instruments,
        min_total_events=source._min_total_events,
        max_events_per_instrument=source._max_events_per_instrument,
        min_pitch=source._min_pitch,
        max_pitch=source._max_pitch,
        first_subsequence_only=source._first_subsequence_only,
        chord_encoding=_chords(source._chord_encoding),
    )


_READERS: dict[str, Callable[[Any], Converter]] = {
    "magenta.models.music_vae.data.OneHotMelodyConverter": _melody,
    "magenta.models.music_vae.data.DrumsConverter": _drums,
    "magenta.models.music_vae.data.TrioConverter": _trio,
    "magenta.models.music_vae.data.GrooveConverter": _groove,
    "magenta.models.music_vae.data_hierarchical.MultiInstrumentPerformanceConverter": (
        _performance
    ),
}


def _quarters_per_bar(source: Any) -> int:
    quarters: int = source._steps_per_bar // source._steps_per_quarter
    if quarters * source._steps_per_quarter != source._steps_per_bar:
        raise NotFast("its bar is no whole number of quarter notes")
    return quarters


def _bars(steps: int | None, source: Any) -> int | None:
    if steps is None:
        return None
    if steps % source._steps_per_bar:
        raise NotFast(f"{steps} steps are no whole number of bars")
    return int(steps // source._steps_per_bar)


def _gap_bars(bars: float) -> float | None:
    """Magenta keeps "no gap ends the music" as an infinite gap."""
    return None if bars == float("inf") else bars


def _programs(programs: Any) -> frozenset[int] | None:
    return None if programs is None else frozenset(programs)


def _pitch_classes(classes: Any) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(pitches) for pitches in classes)


def _chords(encoding: Any) -> ChordEncoding | None:
    if encoding is None:
        return None
    known = {
        "TriadChordOneHotEncoding": TRIAD,
        "MajorMinorChordOneHotEncoding": MAJOR_MINOR,
    }
    kind = type(encoding)
    if kind.__module__ != "note_seq.chords_encoder_decoder" or kind.__name__ not in known:
        raise NotFast(f"its chord encoding is a {kind.__module__}.{kind.__qualname__}")
    changed = difference(encoding, kind(), "chord encoding")
    if changed is not None:
        raise NotFast(f"its {changed} was changed")
    return known[kind.__name__]
