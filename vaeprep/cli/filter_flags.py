"""The filter flags of `vaeprep run` and `vaeprep inspect`, with Magenta's names."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from vaeprep.engines.filters import Filters

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--enable-filtering/--no-enable-filtering",
        default=True,
        show_default=True,
        help="Use the six filters below.",
    ),
    click.option(
        "--max-total-time",
        type=float,
        default=1800,
        show_default=True,
        help="Drop music that is longer than this, in seconds.",
    ),
    click.option(
        "--max-num-notes",
        type=int,
        default=10000,
        show_default=True,
        help="Drop music with more notes.",
    ),
    click.option(
        "--min-velocities",
        type=int,
        default=1,
        show_default=True,
        help="Drop music with fewer different velocities.",
    ),
    click.option(
        "--min-metric-positions",
        type=int,
        default=1,
        show_default=True,
        help="Drop music whose notes start at fewer different places between the beats.",
    ),
    click.option(
        "--is-drum/--no-is-drum",
        default=None,
        help="The two filters above look at drums only, or at other instruments only. "
        "[default: at all notes]",
    ),
    click.option(
        "--drums-only/--no-drums-only",
        default=False,
        show_default=True,
        help="Drop music that has other instruments than drums.",
    ),
)


def filter_flags(command: Command) -> Command:
    """Gives a click command the seven filter flags."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def filters_of(flags: Mapping[str, Any]) -> "Filters | None":
    """The filters that the flags ask for, None without filtering.

    Raises:
        OptionError: A limit's value cannot be.
    """
    from vaeprep.engines.filters import Filters

    filters = Filters(
        max_total_time=flags["max_total_time"],
        max_num_notes=flags["max_num_notes"],
        min_velocities=flags["min_velocities"],
        min_metric_positions=flags["min_metric_positions"],
        is_drum=flags["is_drum"],
        drums_only=flags["drums_only"],
    ).checked()
    return filters if flags["enable_filtering"] else None
