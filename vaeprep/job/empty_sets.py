"""A training or evaluation set without examples is refused, and the reason given."""

from vaeprep.errors import VaeprepError, option
from vaeprep.job import shards
from vaeprep.job.publish import publish_faults
from vaeprep.job.set_up import Run
from vaeprep.job.summary import Summary
from vaeprep.job.workfolder import WorkFolder


class EmptySetError(VaeprepError):
    """Songs were to be held out, and one of the two sets came out empty."""


def leave_nothing(this: Run, folder: WorkFolder) -> None:
    """Deletes what a run without examples has made, which would block the corrected command."""
    for output in this.outputs:
        shards.remove_parts(output.prefix)
    folder.remove()


def refuse_empty_set(this: Run, summary: Summary, folder: WorkFolder) -> None:
    """Ends a run in which examples were found, but all of them for one of the two sets.

    Nothing is left behind that would stand in the way of the corrected command.

    Raises:
        EmptySetError: Says which set is empty, and why.
    """
    if not this.options.eval_fraction or not summary.unique:
        return
    if 0 < summary.evaluation < summary.unique:
        return
    publish_faults(this, folder)
    leave_nothing(this, folder)
    fraction = option("eval_fraction")
    if summary.evaluation:
        raise EmptySetError(
            f"the training set would be empty: a hash of each song's id held out all of the "
            f"{summary.records:,} songs; lower ",
            fraction,
            " or add songs",
        )
    if summary.in_both:
        raise EmptySetError(
            f"the evaluation set would be empty: all {summary.in_both:,} examples of the songs "
            "that were held out are in training songs too, and stay there; raise ",
            fraction,
            " or add other songs",
        )
    raise EmptySetError(
        f"the evaluation set would be empty: a hash of each song's id held out none of the "
        f"{summary.records:,} songs; raise ",
        fraction,
        " or add songs",
    )
