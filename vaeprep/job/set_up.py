"""A run set up: its options, and all that follows from them before any work is done."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from vaeprep.configs import Config
from vaeprep.engines.choice import Choice, choose_engine, with_cures
from vaeprep.errors import UsageError, option
from vaeprep.inputs.find import find
from vaeprep.inputs.found import Found, InputFile
from vaeprep.job.fault_lines import check_faults_path
from vaeprep.job.given_executor import Given
from vaeprep.job.options import RunOptions
from vaeprep.job.outputs import Output, outputs_of
from vaeprep.progress import Progress, no_progress


@dataclass(frozen=True, slots=True)
class Run:
    """What every stage of a run needs to know of it.

    Attributes:
        options: What it is asked to do.
        choice: The engine that does it.
        found: The input.
        outputs: The sets of shards that it writes, the training set's first.
        executor: Runs the tasks; None starts a process pool.
        progress: Opens a progress bar for each stage.
        tell: Called with a line about what an earlier, stopped run had done.
        command: The command line, or the call from Python, for the record.
        sends_spills: The workers do not see the work folder: they send their spills,
            and the merge runs on this machine.
    """

    options: RunOptions
    choice: Choice
    found: Found
    outputs: tuple[Output, ...]
    executor: Given | None = None
    progress: Progress = no_progress
    tell: Callable[[str], None] = lambda _line: None
    command: str = ""
    sends_spills: bool = False

    @property
    def files(self) -> list[InputFile]:
        """The input files, in order."""
        return self.found.files

    @property
    def tensors(self) -> Config | None:
        """The configuration whose tensors are written, None where none are."""
        return self.choice.config if self.options.format != "notesequences" else None


def set_up(
    options: RunOptions,
    executor: Given | None = None,
    progress: Progress = no_progress,
    tell: Callable[[str], None] = lambda _line: None,
    command: str = "",
) -> Run:
    """Finds engine, input files and outputs, with all checks that need no look at the output.

    Raises:
        UsageError: The run could not start.
    """
    options = options.checked()
    if options.faults is not None:
        check_faults_path(options.faults)
    choice = choose_engine(options.config, options.engine, options.filters)
    choice = with_cures(choice, options.cures)
    if options.format != "notesequences":
        if choice.config is None:
            raise UsageError(
                f"the tensor format does not hold examples of {options.config} "
                f"({choice.reason}); use ",
                option("format", "notesequences"),
            )
        from vaeprep.tensors.description import describe

        describe(choice.config)
    found = find(options.input_tfrecord, options.input)
    outputs = tuple(outputs_of(options))
    if executor is not None:  # its processes may work in another folder
        outputs = tuple(replace(one, prefix=one.prefix.absolute()) for one in outputs)
    return Run(options, choice, found, outputs, executor, progress, tell, command)
