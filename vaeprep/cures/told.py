"""What the user is told of the cures: which were asked for, and how many songs they changed."""

from collections.abc import Mapping

from vaeprep.cures.options import Cures
from vaeprep.cures.song import DRUM_MAP, MERGED, METER, UNKNOWN_DRUMS


def departures(cures: Cures, changed: Mapping[str, int], mended: int) -> dict[str, int]:
    """Each cure that is on, as on the command line, and how many songs it changed.

    Args:
        cures: What was asked for.
        changed: Songs by the cure that changed them, as `Done` names it.
        mended: MIDI files that were mended.

    Returns:
        Empty where nothing departs from Magenta.
    """
    told = {}
    if cures.meter:
        told[f"--meter {cures.meter}"] = changed.get(METER, 0)
    if cures.merge_tempo_changes:
        told["--merge-tempo-changes"] = changed.get(MERGED, 0)
    if cures.drum_map is not None:
        name = cures.drum_map if isinstance(cures.drum_map, str) else "FILE"
        told[f"--drum-map {name}"] = changed.get(DRUM_MAP, 0)
    if cures.unknown_drums != "fail":
        told[f"--unknown-drums {cures.unknown_drums}"] = changed.get(UNKNOWN_DRUMS, 0)
    if cures.lenient_midi:
        told["--lenient-midi"] = mended
    return told
