"""The second cut: Magenta's converters cut a piece again that the job has cut already.

The second cut is not always without effect: a note of no length at the very end
of a piece is lost, and so is a chord after its last note. Nearly always it gives
the same music back, which is quick to see.
"""

from dataclasses import replace
from itertools import pairwise

from vaeprep.music.control_changes import LazyControlChanges, lie_before, without_those_after
from vaeprep.music.sequence import DEFAULT_QPM, Columns, TextAnnotation, calmed
from vaeprep.music.time_changes import split_on_time_changes


def cut_again(piece: Columns) -> list[Columns]:
    """What `split_on_time_changes` makes of one of its own pieces.

    Args:
        piece: As `split_on_time_changes` gives it.

    Returns:
        The same as `split_on_time_changes`, but pedals after the last note may
        still be there: the converters that cut again do not look at pedals.
    """
    return [piece] if is_whole(piece) else split_on_time_changes(piece)


def cut_again_with_pedals(piece: Columns) -> list[Columns]:
    """As `cut_again`, without the pedals after the last note."""
    pedals = piece.control_changes
    if not is_whole(piece) or not (pedals == () or isinstance(pedals, LazyControlChanges)):
        return split_on_time_changes(piece)
    if isinstance(pedals, LazyControlChanges):
        pedals = without_those_after(pedals, piece.total_time)
    return [calmed(replace(piece, control_changes=pedals))]


_FAR = 1e12
"""Seconds times quarter notes a minute: no step before that is too far for any grid."""


def is_whole(piece: Columns) -> bool:
    """Whether everything lies within the piece and nothing changes after its start.

    A second cut leaves such a piece as it is, but for pedals after its last note.
    """
    if not piece.calm or not len(piece.notes):
        return False
    tempos, meters, keys = piece.tempos, piece.time_signatures, piece.key_signatures
    if len(tempos) > 1 or len(meters) > 1:
        return False
    for state in (*tempos, *meters, *keys):
        if state[0] != 0.0:  # its time
            return False
    texts = piece.text_annotations
    for text in texts:
        if not 0.0 <= text.time < piece.total_time:
            return False
    for before, text in pairwise(texts):
        if before.annotation_type == text.annotation_type and not _in_order(before, text):
            return False
    qpm = tempos[0].qpm if tempos else DEFAULT_QPM
    # Pedals within a piece raise no error in quantization, which is all that
    # could be noticed of them.
    return qpm > 0 and lie_before(piece.control_changes, _FAR / qpm)


def _in_order(before: TextAnnotation, text: TextAnnotation) -> bool:
    """Whether a second cut keeps both: of several chords at 0, only the last survives.

    A song in which a text lies at NaN, which has no place in any order, can leave
    such pieces.
    """
    return before.time < text.time or 0.0 < before.time == text.time
