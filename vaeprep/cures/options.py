"""Which cures are asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike, fspath
from typing import Any

from vaeprep import checks
from vaeprep.cures.drum_map import GENERAL_MIDI, DrumMap, checked_drum_map, read_drum_map
from vaeprep.cures.meter import parse_meter
from vaeprep.places import local_path

UNKNOWN_DRUMS = ("fail", "skip")


@dataclass(frozen=True, slots=True)
class Cures:
    """Changes to the music that Magenta does not make; all are off by default.

    Attributes:
        meter: Every time signature is read as this one, e.g. "4/4".
        merge_tempo_changes: A song with tempo changes is one piece at one tempo.
        drum_map: "gm", a file (see `read_drum_map`), or pairs of pitches.
        unknown_drums: "fail", as Magenta does, or "skip": drums that a GrooVAE
            configuration does not know are left out.
        lenient_midi: MIDI files that break the rules are mended where that is possible.
    """

    meter: str | None = None
    merge_tempo_changes: bool = False
    drum_map: str | PathLike[str] | DrumMap | Mapping[int, int] | None = None
    unknown_drums: str = "fail"
    lenient_midi: bool = False

    def checked(self) -> "Cures":
        """The same cures with values that can be; a drum map in a file is read.

        Raises:
            OptionError: A value cannot be.
            UsageError: The drum map cannot be read, or a line of it is no pair of pitches.
        """
        given = {name: getattr(self, name) for name in RULES}
        return Cures(**checks.checked(given, RULES))

    @property
    def needs_config(self) -> bool:
        """Whether any of them changes what a configuration makes of a song."""
        return (
            self.meter is not None
            or self.merge_tempo_changes
            or self.drum_map is not None
            or self.unknown_drums != "fail"
        )


def options_in_use(cures: Cures) -> dict[str, Any]:
    """The cures that are on, as JSON values, by the names of their options."""
    pairs = cures.drum_map
    asked = {
        "meter": cures.meter,
        "merge tempo changes": cures.merge_tempo_changes,
        "drum map": [list(pair) for pair in pairs] if isinstance(pairs, tuple) else pairs,
        "unknown drums": cures.unknown_drums if cures.unknown_drums != "fail" else None,
        "lenient midi": cures.lenient_midi,
    }
    return {name: value for name, value in asked.items() if value}


def _meter(value: Any) -> str:
    numerator, denominator = parse_meter(value)
    return f"{numerator}/{denominator}"


def _drum_map(value: Any) -> str | DrumMap:
    if value == GENERAL_MIDI:
        return GENERAL_MIDI
    if isinstance(value, str | PathLike):
        if not fspath(value):
            raise checks.Wrong("must be gm or a file")
        checks.path(value)
        return read_drum_map(local_path(fspath(value)))
    if not isinstance(value, Iterable):
        raise checks.Wrong("must be gm, a file, or pairs of pitches")
    pairs = value.items() if isinstance(value, Mapping) else value
    return checked_drum_map(list(pairs), "the drum map")


RULES: dict[str, checks.Rule] = {
    "meter": checks.optional(_meter),
    "merge_tempo_changes": checks.flag,
    "drum_map": checks.optional(_drum_map),
    "unknown_drums": checks.one_of(*UNKNOWN_DRUMS),
    "lenient_midi": checks.flag,
}
"""What is asked of the cures."""

NO_CURES = Cures()
"""Magenta's behaviour."""
