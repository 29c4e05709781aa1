"""The `vaeprep` program: its commands, and one line for whatever goes wrong."""

import errno
import importlib
import importlib.util
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import click

from vaeprep.cli.say import say
from vaeprep.errors import VaeprepError
from vaeprep.version import __version__

# command -> (module, name of the click command, first line of its help)
_COMMANDS = {
    "run": ("vaeprep.cli.run", "Prepare the training examples of a configuration."),
    "train": ("vaeprep.cli.train", "Train MusicVAE on prepared examples."),
    "sample": ("vaeprep.cli.sample", "Draw new music from a trained model."),
    "interpolate": ("vaeprep.cli.interpolate", "Write music between two pieces."),
    "inspect": ("vaeprep.cli.inspect", "See what is in files of music or examples."),
    "compare": ("vaeprep.cli.compare", "See what is in both of two runs or collections."),
    "export": ("vaeprep.cli.export", "Write examples as MIDI files, to listen to them."),
    "convert": ("vaeprep.cli.convert", "Convert files of music to a TFRecord."),
    "verify": ("vaeprep.cli.verify", "Check shards against the summary of their run."),
    "configs": ("vaeprep.cli.configs", "List the MusicVAE configurations."),
    "demo-songs": ("vaeprep.cli.demo_songs", "Compose a sample to try vaeprep on."),
}

_INTERRUPTED = 130


class LazyCommands(click.Group):
    """A group that imports a command's module only when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order a user meets them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Imports the command, or a same-named underscore spelling of it."""
        name = name.replace("_", "-")
        if name not in _COMMANDS:
            return None
        module = importlib.import_module(_COMMANDS[name][0])
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands from the table here, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vaeprep")
def cli() -> None:
    """Prepares music for training MusicVAE, once, before training.

    Start with: vaeprep demo-songs songs.tfrecord, then vaeprep run --help
    """


def main() -> None:
    """Runs the program; what the user can mend is told in one line, without a traceback."""
    signal.signal(signal.SIGTERM, _interrupt)
    _mend_streams()
    _call_it_a_module()
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        _show(error)
        code = error.exit_code
    except click.Abort as error:  # click's word for Ctrl-C, but for an EOFError too
        if isinstance(error.__cause__, EOFError):
            raise error.__cause__ from None
        click.echo("stopped", err=True)
        code = _INTERRUPTED
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
        code = _INTERRUPTED
    except VaeprepError as error:
        prefix = "" if error.exit_code == _INTERRUPTED else "Error: "
        say(f"{prefix}{error.in_shell}")
        code = error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except OSError as error:
        say(f"Error: {_os_error(error)}")
        code = 1
    sys.exit(code or 0)


def _call_it_a_module() -> None:
    """Makes the script `vaeprep` look like `python -m vaeprep`, which does the same.

    multiprocessing runs a main script once more in each worker, and this one would
    import click there; a package's `__main__` it leaves alone.
    """
    main_module = sys.modules["__main__"]
    if main_module.__spec__ is None and Path(sys.argv[0]).stem == "vaeprep":
        main_module.__spec__ = importlib.util.find_spec("vaeprep.__main__")


def _show(error: click.ClickException) -> None:
    """What click shows of a mistake, without breaking a word."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        click.echo(context.get_usage(), err=True)
        click.echo(f"Try '{context.command_path} --help' for help.\n", err=True)
    say(f"Error: {error.format_message()}")


def _mend_streams() -> None:
    """Makes sure that whatever is printed can be.

    Streams that were closed (`>&-`) lead nowhere, so that no file that is opened later
    takes their number; a file's name in another encoding is shown with backslashes.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - to the end
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _interrupt(_signal: int, _frame: FrameType | None) -> Any:
    raise KeyboardInterrupt


def _os_error(error: OSError) -> str:
    """What an operating system error means and what to do, in one line."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.ENOSPC and not error.filename:
        return "what is printed cannot be written: the disk is full"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        advice = "free some space, or use --work-dir; the same command then goes on"
        return f"the disk is full{where}; {advice}"
    if error.errno == errno.EMFILE:
        return f"too many open files{where}; raise the limit with: ulimit -n 4096"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{error.strerror}{where}; choose a folder that you can write"
    return f"{error.strerror or error}{where}"


if __name__ == "__main__":
    main()
