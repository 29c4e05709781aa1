"""The flags for changes to the music that Magenta does not make."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from vaeprep.cures.options import Cures

Command = TypeVar("Command", bound=Callable[..., Any])

lenient_flag = click.option(
    "--lenient-midi",
    is_flag=True,
    help="Read MIDI files that Magenta refuses for a fault in them; say what was mended.",
)
"""The only one that matters where no examples are made."""

_OPTIONS = (
    click.option(
        "--meter",
        default=None,
        metavar="N/D",
        help="Read every time signature as this one, e.g. 4/4. [default: as stored]",
    ),
    click.option(
        "--merge-tempo-changes",
        is_flag=True,
        help="Play a song with tempo changes at one tempo, its beats where they are, "
        "instead of cutting it there.",
    ),
    click.option(
        "--drum-map",
        default=None,
        metavar="gm|FILE",
        help="For GrooVAE: drums that it does not know become drums that it does, by General "
        "MIDI or by lines of two pitches; other instruments are left out.",
    ),
    click.option(
        "--unknown-drums",
        type=click.Choice(["fail", "skip"]),
        default="fail",
        show_default=True,
        help="For GrooVAE: what becomes of a song with drums that it does not know.",
    ),
    lenient_flag,
)


def cure_flags(command: Command) -> Command:
    """Gives a click command the flags of all cures."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def cures_of(flags: Mapping[str, Any]) -> "Cures":
    """The cures that the flags ask for.

    Raises:
        UsageError: A value cannot be, or a drum map cannot be read.
    """
    from vaeprep.cures.options import Cures

    return Cures(
        meter=flags["meter"],
        merge_tempo_changes=flags["merge_tempo_changes"],
        drum_map=flags["drum_map"],
        unknown_drums=flags["unknown_drums"],
        lenient_midi=flags["lenient_midi"],
    ).checked()
