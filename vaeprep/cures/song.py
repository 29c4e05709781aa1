"""A song cured, before it is cut: as columns for the fast engine, as a proto for Magenta's.

Both do the same with the same arithmetic. First meters, then tempos, then drums; none
looks at what another one changed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from vaeprep.cures import meter
from vaeprep.cures.drum_map import GENERAL_MIDI, general_midi_map
from vaeprep.cures.drums import DrumRules
from vaeprep.cures.meter import Meter, parse_meter
from vaeprep.cures.options import Cures
from vaeprep.cures.tempo import NotMergedError, SteadyTempo, steady_tempo
from vaeprep.errors import UsageError, option
from vaeprep.music.control_changes import (
    ControlChange,
    ControlColumns,
    LazyControlChanges,
)
from vaeprep.music.sequence import (
    Columns,
    Floats,
    KeySignature,
    Tempo,
    TextAnnotation,
    TimeSignature,
)

METER = "meter"
MERGED = "merge-tempo-changes"
DRUM_MAP = "drum-map"
UNKNOWN_DRUMS = "unknown-drums"


@dataclass(frozen=True, slots=True)
class SongCures:
    """The cures of songs, ready for use; hashable and picklable.

    Attributes:
        meter: Every time signature is read as this one, if it is given.
        merge_tempo_changes: Songs with tempo changes are played at one tempo.
        drums: The rules for notes, None if notes stay as they are.
    """

    meter: Meter | None = None
    merge_tempo_changes: bool = False
    drums: DrumRules | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What was done to a song.

    Attributes:
        changed: The cures that changed it: `METER`, `MERGED`, `DRUM_MAP`, `UNKNOWN_DRUMS`.
        not_merged: Why its tempo changes stay, empty if they do not or there are none.
    """

    changed: tuple[str, ...] = ()
    not_merged: str = ""


NOTHING_DONE = Done()


def song_cures(cures: Cures, known_drums: frozenset[int] | None) -> SongCures | None:
    """The cures of songs that are asked for.

    Args:
        cures: What is asked for.
        known_drums: The pitches that a GrooVAE configuration knows; None for any
            other configuration.

    Returns:
        None if songs stay as they are.

    Raises:
        UsageError: A drum cure is asked for where it has no meaning.
    """
    if not cures.needs_config:
        return None
    return SongCures(
        parse_meter(cures.meter) if cures.meter else None,
        cures.merge_tempo_changes,
        _drum_rules(cures, known_drums),
    )


def _drum_rules(cures: Cures, known: frozenset[int] | None) -> DrumRules | None:
    skips = cures.unknown_drums == "skip"
    if known is None:
        if skips or cures.drum_map == GENERAL_MIDI:
            raise UsageError(
                option("unknown_drums", "skip") if skips else option("drum_map", GENERAL_MIDI),
                " is for the GrooVAE configurations (groovae_...); the others pass over "
                "drums that they do not know",
            )
        return DrumRules(cures.drum_map) if isinstance(cures.drum_map, tuple) else None
    if cures.drum_map is None and not skips:
        return None
    pitches = cures.drum_map if isinstance(cures.drum_map, tuple) else ()
    if cures.drum_map == GENERAL_MIDI:
        pitches = general_midi_map(known)
    return DrumRules(pitches, drums_only=True, known=known if skips else None)


def cure_columns(song: Columns, cures: SongCures) -> tuple[Columns, Done]:
    """A song as columns, cured.

    Args:
        song: The song, not cut yet.
        cures: What is asked for.

    Returns:
        The song (the same object if nothing is changed), and what was done.
    """
    changed = []
    signatures = meter.read_as(song.time_signatures, cures.meter) if cures.meter else None
    if signatures is not None:
        song = replace(song, time_signatures=signatures)
        changed.append(METER)
    steady, not_merged = _steady(cures, song.tempos, song.total_time, _is_quantized(song))
    if steady is not None:
        song = _at_one_tempo(song, steady)
        changed.append(MERGED)
    if cures.drums is not None:
        song, drum_changes = _with_drums(song, cures.drums)
        changed += drum_changes
    return song, Done(tuple(changed), not_merged)


def cure_proto(song: Any, cures: SongCures) -> Done:
    """Cures a NoteSequence proto in place, as `cure_columns` does columns.

    It moves what is not in columns, too: bends, beats, sections.
    """
    changed = []
    if cures.meter and meter.differ(song.time_signatures, cures.meter):
        for signature in song.time_signatures:
            signature.numerator, signature.denominator = cures.meter
        changed.append(METER)
    tempos = [Tempo(tempo.time, tempo.qpm) for tempo in song.tempos]
    quantized = _is_quantized(song.quantization_info)
    steady, not_merged = _steady(cures, tempos, song.total_time, quantized)
    if steady is not None:
        _move_proto(song, steady)
        changed.append(MERGED)
    if cures.drums is not None:
        changed += _change_drums_of_proto(song, cures.drums)
    return Done(tuple(changed), not_merged)


def _steady(
    cures: SongCures, tempos: Iterable[Tempo], total_time: float, is_quantized: bool
) -> tuple[SteadyTempo | None, str]:
    if not cures.merge_tempo_changes:
        return None, ""
    try:
        return steady_tempo(tempos, total_time, is_quantized), ""
    except NotMergedError as reason:
        return None, str(reason)


def _is_quantized(grid: Any) -> bool:
    return bool(grid.steps_per_quarter > 0 or grid.steps_per_second > 0)


def _at_one_tempo(song: Columns, steady: SteadyTempo) -> Columns:
    notes = song.notes
    changes = song.control_changes
    return replace(
        song,
        total_time=steady.move(song.total_time),
        notes=replace(notes, start=steady.moved(notes.start), end=steady.moved(notes.end)),
        tempos=(Tempo(0.0, steady.qpm),),
        time_signatures=_events(TimeSignature, song.time_signatures, steady),
        key_signatures=_events(KeySignature, song.key_signatures, steady),
        text_annotations=_events(TextAnnotation, song.text_annotations, steady),
        control_changes=LazyControlChanges(partial(_moved_columns, changes, steady))
        if isinstance(changes, LazyControlChanges)
        else _events(ControlChange, changes, steady),
    )


def _moved_columns(changes: LazyControlChanges, steady: SteadyTempo) -> ControlColumns:
    """Control changes at their new times."""
    columns = changes.read()
    return replace(columns, time=steady.moved(columns.time))


def _events(kind: Callable[..., Any], events: Iterable[Any], steady: SteadyTempo) -> Any:
    """The events at their new times; an event begins with its time."""
    stored = list(events)
    times = steady.moved(np.array([event.time for event in stored], np.float64)).tolist()
    return tuple(kind(time, *event[1:]) for time, event in zip(times, stored, strict=True))


def _move_proto(song: Any, steady: SteadyTempo) -> None:
    del song.tempos[:]
    song.tempos.add(time=0.0, qpm=steady.qpm)
    _move(song.notes, "start_time", steady)
    _move(song.notes, "end_time", steady)
    for events in (
        song.time_signatures,
        song.key_signatures,
        song.text_annotations,
        song.control_changes,
        song.pitch_bends,
        song.section_annotations,
    ):
        _move(events, "time", steady)
    song.total_time = steady.move(song.total_time)


def _move(events: Any, field: str, steady: SteadyTempo) -> None:
    times: Floats = np.array([getattr(event, field) for event in events], np.float64)
    for event, time in zip(events, steady.moved(times).tolist(), strict=True):
        setattr(event, field, time)


def _with_drums(song: Columns, rules: DrumRules) -> tuple[Columns, list[str]]:
    notes = song.notes
    pitch = rules.new_pitches(notes.pitch, notes.is_drum)
    kept = rules.kept(pitch, notes.is_drum)
    changed = _drum_changes(rules, bool((pitch != notes.pitch).any()), bool(kept.all()))
    if not changed:
        return song, []
    return replace(song, notes=replace(notes, pitch=pitch).take(kept)), changed


def _change_drums_of_proto(song: Any, rules: DrumRules) -> list[str]:
    old = np.array([note.pitch for note in song.notes], np.int64)
    is_drum = np.array([note.is_drum for note in song.notes], np.bool_)
    pitch = rules.new_pitches(old, is_drum)
    kept = rules.kept(pitch, is_drum)
    changed = _drum_changes(rules, bool((pitch != old).any()), bool(kept.all()))
    if changed:
        for note, new in zip(song.notes, pitch.tolist(), strict=True):
            note.pitch = new
        notes = [note for note, keep in zip(song.notes, kept.tolist(), strict=True) if keep]
        copies = [type(note).FromString(note.SerializeToString()) for note in notes]
        del song.notes[:]
        song.notes.extend(copies)
    return changed


def _drum_changes(rules: DrumRules, mapped: bool, all_kept: bool) -> list[str]:
    """The names of the cures that changed notes; notes are left out by the last one asked."""
    left_out = UNKNOWN_DRUMS if rules.known is not None else DRUM_MAP
    changed = [DRUM_MAP] if mapped else []
    if not all_kept and left_out not in changed:
        changed.append(left_out)
    return changed
