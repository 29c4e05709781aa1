"""Which pieces of music are kept, and the reason when one is not.

Follows `ExtractExamplesDoFn._process_ns` in
`magenta.models.music_vae.preprocess_tfrecord`.
"""

from dataclasses import dataclass

import numpy as np

from vaeprep import checks
from vaeprep.converters.reasons import NO_DRUMS, NO_NOTES, ONLY_DRUMS, Kind, Reason, of_error
from vaeprep.music.pieces import Pieces, count_in
from vaeprep.music.quantization import (
    BadTimeSignatureError,
    NegativeTimeError,
    QuantizationError,
    can_only_succeed,
    grid_of,
    quantize,
    steps_of,
)
from vaeprep.music.sequence import Bools, Columns, Ints, Notes

STEPS_PER_QUARTER = 16
"""The grid of the filters, whatever the converter's own is."""


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of Magenta's job, with its names and defaults.

    Attributes:
        max_total_time: Seconds; longer pieces are dropped.
        max_num_notes: Pieces with more notes are dropped.
        min_velocities: Pieces with fewer different velocities are dropped.
        min_metric_positions: Pieces whose notes start at fewer different places
            between quarter notes (16 to a quarter) are dropped.
        is_drum: The two filters above look at drums only (True), at other
            instruments only (False), or at all notes (None). Notes of
            velocity 0 never count.
        drums_only: Pieces with other instruments than drums are dropped.
    """

    max_total_time: float = 1800
    max_num_notes: int = 10000
    min_velocities: int = 1
    min_metric_positions: int = 1
    is_drum: bool | None = None
    drums_only: bool = False

    def checked(self) -> "Filters":
        """The same filters with values that can be.

        Raises:
            OptionError: A limit's value cannot be.
        """
        given = {name: getattr(self, name) for name in RULES}
        return Filters(**checks.checked(given, RULES))


RULES: dict[str, checks.Rule] = {
    "max_total_time": checks.number(1),
    "max_num_notes": checks.whole(1),
    "min_velocities": checks.whole(0),
    "min_metric_positions": checks.whole(0),
    "is_drum": checks.optional(checks.flag),
    "drums_only": checks.flag,
}
"""What is asked of the filters' limits."""


def drop_reason(piece: Columns, filters: Filters) -> str | None:
    """Why a piece is dropped.

    Args:
        piece: One piece of a song that was cut on time changes.
        filters: What is asked of it.

    Returns:
        Magenta's counter name (e.g. "filtered-too-long"), or None if it is kept.

    Raises:
        MultipleTimeSignatureError, MultipleTempoError, ValueError,
        OverflowError: From `quantize`. Magenta does not catch these.
    """
    if piece.total_time > filters.max_total_time:
        return "filtered-too-long"
    if len(piece.notes) > filters.max_num_notes:
        return "filtered-too-many-notes"
    try:
        positions = _metric_positions(piece, filters)
    except (BadTimeSignatureError, NegativeTimeError):
        return "quantize-failed"
    notes = piece.notes
    counted: Bools = notes.velocity > 0
    if filters.is_drum is not None:
        counted &= notes.is_drum == filters.is_drum
    if _fewer(notes.velocity, counted, filters.min_velocities):
        return "filtered-min-velocities"
    if _fewer(positions, counted, filters.min_metric_positions):
        return "filtered-min-metric-positions"
    if filters.drums_only and not notes.is_drum.all():
        return "filtered-drums-only"
    return None


def drop_reasons(pieces: Pieces, filters: Filters) -> list[str | None]:
    """What `drop_reason` says of each piece that is clean; of the others None."""
    notes = pieces.notes
    counted: Bools = notes.velocity > 0
    if filters.is_drum is not None:
        counted &= notes.is_drum == filters.is_drum
    some = count_in(pieces, counted)
    velocities = positions = some  # enough to be compared with 1, the default
    if filters.min_velocities > 1:
        velocities = _different(pieces, notes.velocity, counted)
    if filters.min_metric_positions > 1:
        rates = pieces.steps_per_second(STEPS_PER_QUARTER)[pieces.of_note]
        steps = steps_of(notes, rates)[0]
        positions = _different(pieces, steps % STEPS_PER_QUARTER, counted)
    tests = [
        ("filtered-too-long", pieces.total_time > filters.max_total_time),
        ("filtered-too-many-notes", pieces.sizes > filters.max_num_notes),
        ("filtered-min-velocities", velocities < filters.min_velocities),
        ("filtered-min-metric-positions", positions < filters.min_metric_positions),
    ]
    if filters.drums_only:
        tests.append(("filtered-drums-only", count_in(pieces, ~notes.is_drum) > 0))
    why: list[str | None] = [None] * len(pieces)
    for name, dropped in reversed(tests):
        for number in (dropped & pieces.clean).nonzero()[0].tolist():
            why[number] = name
    return why


def _different(pieces: Pieces, values: Ints, counted: Bools) -> Ints:
    """int64[pieces]: how many different values there are where it counts."""
    of_note = pieces.of_note
    order = np.lexsort((values, ~counted, of_note))
    values, new = values[order], counted[order]
    new[1:] &= (values[1:] != values[:-1]) | (of_note[1:] != of_note[:-1])
    return count_in(pieces, new)


def why_dropped(dropped: str, piece: Columns, filters: Filters) -> Reason:
    """The reason why a piece was dropped.

    Args:
        dropped: What `drop_reason` says: Magenta's counter.
        piece: The piece.
        filters: The filters.
    """
    if dropped == "quantize-failed":
        try:
            quantize(piece, STEPS_PER_QUARTER)
        except QuantizationError as error:
            return of_error(error, piece)
    return why_not_asked_for(dropped, piece.notes, filters)


def why_not_asked_for(dropped: str, notes: Notes, filters: Filters) -> Reason:
    """As `why_dropped`, of a piece that could be quantized, from its notes."""
    if dropped == "filtered-min-velocities" and not (notes.velocity > 0).any():
        return NO_NOTES
    if dropped == "filtered-min-velocities" and filters.min_velocities <= 1:
        return NO_DRUMS if filters.is_drum else ONLY_DRUMS
    return Reason(_KINDS[dropped])


_KINDS = {
    "filtered-too-long": Kind.TOO_LONG,
    "filtered-too-many-notes": Kind.TOO_MANY_NOTES,
    "quantize-failed": Kind.NOT_QUANTIZED,
    "filtered-min-velocities": Kind.FEW_VELOCITIES,
    "filtered-min-metric-positions": Kind.FEW_POSITIONS,
    "filtered-drums-only": Kind.NOT_ONLY_DRUMS,
}


def _metric_positions(piece: Columns, filters: Filters) -> Ints:
    """Where between quarter notes the notes start; any numbers if nobody will look at them."""
    if filters.min_metric_positions <= 1 and can_only_succeed(
        piece, grid_of(piece, STEPS_PER_QUARTER)
    ):
        return piece.notes.velocity
    return quantize(piece, STEPS_PER_QUARTER).start % STEPS_PER_QUARTER


def _fewer(values: Ints, counted: Bools, least: int) -> bool:
    """Whether there are fewer different values than `least` where it counts."""
    if least <= 1:  # the default, and much cheaper
        return int(np.count_nonzero(counted)) < least
    return len(np.unique(values[counted])) < least
