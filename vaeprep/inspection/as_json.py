"""The inspection as JSON, for programs."""

import json
import math
from dataclasses import asdict
from typing import Any

import numpy as np

from vaeprep.inspection.items import Kind
from vaeprep.inspection.keys import KeyCounts
from vaeprep.inspection.music import Music
from vaeprep.inspection.picks import Pick, Picks
from vaeprep.inspection.roles import Role
from vaeprep.inspection.section import Section
from vaeprep.inspection.spread import Spread
from vaeprep.inspection.statistics import Inspection
from vaeprep.inspection.trial import Trial
from vaeprep.job.outcomes import OUTCOMES
from vaeprep.job.songs import as_values


def to_json(inspection: Inspection) -> str:
    """The text of the JSON: everything that was counted, by name."""
    value = {
        "files": [str(path) for path in inspection.paths],
        "bytes": inspection.bytes,
        **{kind.value: _section(found) for kind, found in inspection.sections.items()},
        "bad_records": dict(inspection.fault_counts),
        "remarks": dict(inspection.remark_counts),
        "remarks_named": [f"{one.kind}: {one}" for one in inspection.remarks],
        "bad_records_named": [str(fault) for fault in inspection.faults],
    }
    if inspection.trial is not None:
        value["with_config"] = _trial(inspection.trial)
    return json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False)


def _section(section: Section) -> dict[str, Any]:
    value: dict[str, Any] = {
        "count": section.count,
        "bytes": section.size,
        "different_music": section.contents.different,
        "repeated_music": section.contents.repeats,
        "repeated_records": section.records.repeats,
        "exact": section.contents.exact and section.records.exact,
    }
    if section.kind is not Kind.SONG:
        value |= _sources(section)
    if section.features:
        value["features"] = sorted(section.features)
    if section.music.count:
        value["music"] = _music(section.music)
    value["random"] = _picks(section.random)
    if section.kind is not Kind.SONG:
        value["most_frequent"] = _picks(section.frequent)
    return value


def _sources(section: Section) -> dict[str, Any]:
    return {
        "source_songs": section.ids.different,
        "examples_per_song": _counts(section.ids),
        "source_songs_per_example": _spread(section.sources),
    }


def _music(music: Music) -> dict[str, Any]:
    return {
        "without_notes": music.empty,
        "notes": music.notes,
        "drum_notes": music.drum_notes,
        "notes_out_of_range": music.outside,
        "seconds": _spread(music.seconds),
        "notes_each": _spread(music.notes_each),
        "notes_per_second": _spread(music.density),
        "instruments_each": _spread(music.parts),
        "pieces_each": _spread(music.pieces),
        "tempos": _spread(music.tempos),
        "meters": dict(sorted(music.meters.items())),
        "programs": {str(program): n for program, n in sorted(music.programs.items())},
        "pitches": {role.value: _present(music.pitches(role)) for role in Role},
        "velocities": _present(music.velocities),
        "with_chords": music.with_chords,
    }


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "config": trial.config,
        "filters": dict(trial.filters),
        "departs_from_magenta": trial.departures,
        "not_merged": trial.not_merged,
        "songs": trial.songs,
        "failed": trial.fault_counts["failed"],
        "failed_named": [str(fault) for fault in trial.faults],
        "outcomes": {name: trial.outcomes[name] for name in OUTCOMES},
        "causes": [asdict(cause) for cause in trial.causes],
        "counters": {name: count for name, count in sorted(trial.counters.items()) if count},
        "exact": trial.found.contents.exact,
        "found_in_several_songs": trial.from_many,
        "examples_per_song": _spread(trial.each),
        "source_songs_per_example": _spread(trial.found.sources),
        "music": _music(trial.found.music),
        "song_by_song": [as_values(song) for song in trial.listed],
    }


def _spread(spread: Spread) -> dict[str, Any] | None:
    """None if there are no values; odd ones (infinite, no number) are only counted."""
    if not spread.count:
        return None
    value: dict[str, Any] = {
        "count": spread.count,
        "least": spread.least,
        "median": spread.median,
        "mean": _finite(spread.mean),
        "most": spread.most,
        "histogram": {f"{key:g}": times for key, times in sorted(spread.values.items())},
    }
    return value | ({"not_finite": spread.odd} if spread.odd else {})


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _counts(counts: KeyCounts) -> dict[str, Any] | None:
    return _spread(counts.times())


def _present(counts: "np.ndarray[Any, np.dtype[np.int64]]") -> dict[str, int]:
    return {str(value): int(counts[value]) for value in np.flatnonzero(counts)}


def _picks(picks: Picks) -> list[dict[str, Any]]:
    return [_pick(pick) for pick in picks.in_order()]


def _pick(pick: Pick) -> dict[str, Any]:
    return {"index": pick.index, "songs": pick.times, "ids": list(pick.ids)}
