"""`--drum-map`: percussion that a GrooVAE configuration does not know, as drums that it does.

GrooVAE was made for an electronic drum kit of nine instruments and knows 22 pitches.
General MIDI has 61 percussion pitches. Magenta's own drum configurations sort all of
these into the same nine classes (`REDUCED_DRUM_PITCH_CLASSES`), and so does "gm".
"""

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from vaeprep.converters.drums.kit import REDUCED_DRUM_PITCH_CLASSES, ROLAND_DRUM_PITCH_CLASSES
from vaeprep.errors import UsageError, option

GENERAL_MIDI = "gm"

DrumMap = tuple[tuple[int, int], ...]
"""Pairs of a pitch and the pitch that it becomes, sorted; each first pitch once."""

_HIGHEST = 127
_LARGEST_FILE = 1 << 20


def general_midi_map(known: Collection[int]) -> DrumMap:
    """Each General MIDI pitch that a configuration does not know, as one that it does.

    Args:
        known: The pitches that the configuration knows. They stay as they are.

    Returns:
        The other pitches of Magenta's nine reduced classes, each as the first pitch
        of the same class of the drum kit that GrooVAE knows.
    """
    return tuple(
        sorted(
            (pitch, kit[0])
            for kit, pitches in zip(
                ROLAND_DRUM_PITCH_CLASSES, REDUCED_DRUM_PITCH_CLASSES, strict=True
            )
            for pitch in pitches
            if pitch not in known
        )
    )


def read_drum_map(path: Path) -> DrumMap:
    """Reads a drum map: lines of two pitches ("56 42"), or a JSON object {"56": 42}.

    What follows a # on a line is a comment.

    Raises:
        UsageError: The file cannot be read, or a line is no pair of pitches.
    """
    try:
        if path.is_dir():
            raise UsageError(
                option("drum_map"), f" must be gm or a file; {str(path)!r} is a folder"
            )
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise UsageError(
            option("drum_map"),
            f" must be gm or a file; cannot read {str(path)!r}: {error.strerror}",
        ) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if len(data) > _LARGEST_FILE or "\0" in text:
        raise UsageError(f"{path} is no drum map; write two pitches on each line, e.g. 56 42")
    if text.lstrip().startswith("{"):
        return _from_json(text, path)
    return _from_lines(text, path)


def checked_drum_map(pairs: Iterable[Any], where: str) -> DrumMap:
    """A drum map, after a look at each pair.

    Raises:
        UsageError: A pitch is none, or one pitch becomes two.
    """
    found: dict[int, int] = {}
    for pair in pairs:
        try:
            source, target = (_pitch(value) for value in pair)
        except (TypeError, ValueError):
            raise UsageError(
                f"{where}: {_shown(pair)} is no pair of pitches from 0 to {_HIGHEST}, "
                "e.g. 56 42"
            ) from None
        if found.setdefault(source, target) != target:
            raise UsageError(
                f"{where}: pitch {source} becomes {found[source]} and {target}; leave one out"
            )
    return tuple(sorted(found.items()))


def _from_json(text: str, path: Path) -> DrumMap:
    try:
        pairs = json.loads(text, object_pairs_hook=list)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no drum map: {error}") from error
    return checked_drum_map(pairs, str(path))


def _from_lines(text: str, path: Path) -> DrumMap:
    pairs: list[tuple[int, int]] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if words:
            pairs += checked_drum_map([words], f"{path}, line {number}")
    found = checked_drum_map(pairs, str(path))
    if not found:
        raise UsageError(f"{path} names no pitches; write two on each line, e.g. 56 42")
    return found


def _pitch(value: Any) -> int:
    """A pitch from 0 to 127, from a number or its digits.

    Raises:
        ValueError: It is none.
    """
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 5:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _HIGHEST:
        raise ValueError
    return value


def _shown(pair: Any) -> str:
    text = " ".join(map(str, pair)) if isinstance(pair, list | tuple) else str(pair)
    return repr(text if len(text) <= 40 else f"{text[:40]}...")
