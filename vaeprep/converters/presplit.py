"""The second cut: Magenta's converters cut a piece again that the job has cut already.

The second cut is not always without effect: a note of no length at the very end
of a piece is lost, and so is a chord after its last note. Nearly always it gives
the same music back, which is quick to see.
"""

from dataclasses import replace

from vaeprep.notesequence import Sequence, split_on_time_changes


def cut_again(piece: Sequence) -> list[Sequence]:
    """What `split_on_time_changes` makes of one of its own pieces.

    Args:
        piece: As `split_on_time_changes` gives it.

    Returns:
        The same as `split_on_time_changes`, but pedals may be missing: the
        converters that cut again do not look at them.
    """
    if not _is_whole(piece):
        return split_on_time_changes(piece)
    # Pedals within a piece can raise no error in quantization, which is all
    # that could be noticed of them.
    return [replace(piece, control_changes=()) if piece.control_changes else piece]


def _is_whole(piece: Sequence) -> bool:
    """Whether everything lies within the piece and nothing changes after its start."""
    changes = [state.time for state in piece.key_signatures]
    changes += [state.time for state in piece.time_signatures]
    changes += [state.time for state in piece.tempos]
    start = piece.notes.start
    return (
        len(start) > 0
        and len(piece.tempos) < 2
        and len(piece.time_signatures) < 2
        and not any(changes)
        and all(tempo.qpm > 0 for tempo in piece.tempos)
        and all(0.0 <= text.time < piece.total_time for text in piece.text_annotations)
        # A cut leaves the notes in order, so the first and the last tell of all.
        and bool(start[0] >= 0.0 and start[-1] < piece.total_time)
    )
