"""Pieces looked at together, held against what each gives when it is looked at alone."""

from collections.abc import Iterable
from typing import Any

from tests.magenta_oracle import failure
from vaeprep.converters.conversion import Conversion, ConvertsAll
from vaeprep.music.pieces import Pieces, cut_together
from vaeprep.music.sequence import Columns
from vaeprep.music.time_changes import time_changes


def cut_all(songs: Iterable[Columns]) -> Pieces | None:
    """All pieces of some songs; None if there are none. Quantized songs are left out."""
    cut = [
        (song, time_changes(song))
        for song in songs
        if song.steps_per_quarter <= 0 and song.steps_per_second <= 0
    ]
    cut = [(song, changes) for song, changes in cut if changes.held]
    if not cut:
        return None
    return cut_together([song for song, _ in cut], [changes for _, changes in cut])


def assert_as_alone(converter: ConvertsAll, songs: Iterable[Columns]) -> tuple[int, int]:
    """Asserts that `convert_all` gives what `convert` does, piece by piece.

    Returns:
        How many clean pieces there are, and of how many `convert_all` said something.
    """
    pieces = cut_all(songs)
    if pieces is None or not pieces.clean.any():
        return 0, 0
    pieces = pieces.take(pieces.clean)
    together = converter.convert_all(pieces)
    assert len(together) == len(pieces)
    for number, said in enumerate(together):
        if said is not None:
            assert _facts(said) == _facts(_alone(converter, pieces.alone(number)))
    return len(pieces), sum(said is not None for said in together)


def _alone(converter: ConvertsAll, piece: Columns) -> Conversion | Exception:
    try:
        return converter.convert(piece)
    except Exception as error:
        return error


def _facts(said: Conversion | Exception) -> Any:
    if isinstance(said, Exception):
        return failure(said)
    dropped = {name: count for name, count in said.dropped.items() if count}
    return sorted(said.examples), said.extracted, dropped, said.why
