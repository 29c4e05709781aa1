"""The Python API: each command of the program as a function with typed results.

Options have the names of the command line's flags, with underscores, and are checked by the
same tables. Errors are those of `vaeprep.errors` and speak of options as Python spells them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaeprep import checks
from vaeprep.cures.options import NO_CURES, Cures
from vaeprep.engines.filters import Filters
from vaeprep.errors import OptionError, UsageError, option
from vaeprep.job import cluster, fault_lines
from vaeprep.job import convert as conversion
from vaeprep.job import verify as verification
from vaeprep.job.convert import Converted
from vaeprep.job.given_executor import Given
from vaeprep.job.options import RULES, RunOptions
from vaeprep.job.pool import available_cpus
from vaeprep.job.run import run as run_job
from vaeprep.job.summary import Summary
from vaeprep.job.verify import Verdict
from vaeprep.progress import Progress, no_progress, tqdm_progress

if TYPE_CHECKING:
    from vaeprep.inspection.comparison.result import Compared
    from vaeprep.inspection.export import Exported
    from vaeprep.inspection.result import Inspected
    from vaeprep.training.train import Trained
    from vaeprep.training.trained_model import ModelOptions

OnePath = str | PathLike[str]
Paths = OnePath | Sequence[OnePath]

_SEED = checks.whole(0, 2**32 - 1)


def run(
    *,
    output_tfrecord: OnePath,
    config: str,
    input: Paths = (),
    input_tfrecord: Paths = (),
    filters: Filters | None = None,
    enable_filtering: bool = True,
    workers: int | None = None,
    executor: Given | None = None,
    show_progress: bool = False,
    **options: Any,
) -> Summary:
    """Prepares the training examples of a configuration, as `vaeprep run` does.

    In a script, call it below `if __name__ == "__main__":`, because the worker
    processes import the script's module.

    Args:
        output_tfrecord: Prefix of the shards.
        config: A configuration's name, or `module:NAME`.
        input: MIDI files, folders, TFRecords, patterns: one or several.
        input_tfrecord: TFRecord files and patterns: one or several.
        filters: The filters; None takes the defaults.
        enable_filtering: False keeps all music.
        workers: Processes at work; None takes the CPUs this process may use. With an
            `executor`, how many tasks it runs at once; None takes the cores of a
            Dask cluster.
        executor: Takes the place of the process pool: any `concurrent.futures.Executor`,
            e.g. Dask's `Client(...).get_executor(pure=False)`, or a function that
            makes one, which is called again after one has broken.
        show_progress: Draw a progress bar on standard error.
        **options: Further fields of `vaeprep.job.options.RunOptions`, e.g.
            `output_shards=10`, `format="tensors"`, `overwrite=True`.

    Returns:
        The summary, which also stands next to the shards.

    Raises:
        UnknownOptionError: An option does not exist.
        OptionError: An option's value cannot be.
        UsageError: The run cannot start for another reason; nothing was written.
        StrictError: With `strict=True`, at the first bad record.
        OSError: A disk is full or a folder cannot be written.
    """
    checks.checked({"enable_filtering": enable_filtering}, {"enable_filtering": checks.flag})
    given = {
        "input_tfrecord": input_tfrecord,
        "input": input,
        "output_tfrecord": output_tfrecord,
        "config": config,
        "filters": (Filters() if filters is None else filters) if enable_filtering else None,
        "workers": _workers(executor) if workers is None else workers,
        **options,
    }
    _refuse_unknown(given, RunOptions, "vaeprep.run")
    wanted = RunOptions(**checks.checked(given, RULES))
    call = ", ".join(f"{name}={value!r}" for name, value in given.items())
    return run_job(
        wanted,
        _executor(executor),
        _progress(show_progress),
        command=f"vaeprep.run({call})",
    )


def convert(
    input: Paths,
    output: OnePath,
    *,
    workers: int | None = None,
    lenient_midi: bool = False,
    overwrite: bool = False,
    faults: OnePath | None = None,
    executor: Given | None = None,
    show_progress: bool = False,
) -> Converted:
    """Converts MIDI files to a TFRecord of NoteSequences, as `vaeprep convert` does.

    Args:
        input: MIDI files, folders of them, patterns: one or several. TFRecords
            among them are copied.
        output: The TFRecord file.
        workers: Processes that convert; None takes the CPUs this process may use.
        lenient_midi: Mend MIDI files that Magenta refuses.
        overwrite: Replace a file that exists.
        faults: A JSON Lines file of all that was not converted.
        executor: Takes the place of the process pool.
        show_progress: Draw a progress bar.

    Returns:
        How many songs were written, and which files and parts are missing.

    Raises:
        UsageError: An input is not there, or the output is in the way of something.
        OSError: The output cannot be written.
    """
    given = checks.checked(
        {
            "input": input,
            "output": output,
            "workers": workers,
            "lenient_midi": lenient_midi,
            "overwrite": overwrite,
            "faults": faults,
        },
        {
            "input": checks.paths,
            "output": checks.file_prefix,
            "faults": RULES["faults"],
            "workers": checks.optional(checks.whole(1)),
            "lenient_midi": checks.flag,
            "overwrite": checks.flag,
        },
    )
    if given["faults"] is not None:
        fault_lines.check_faults_path(given["faults"])
    done = conversion.convert(
        given["input"],
        given["output"],
        given["workers"] or available_cpus(),
        _executor(executor),
        _progress(show_progress),
        lenient_midi=lenient_midi,
        overwrite=overwrite,
    )
    with fault_lines.faults_file(given["faults"]) as add:
        for fault in conversion.faults_of(done):
            add(fault)
    return done


def inspect(
    input: Paths,
    *,
    config: str | None = None,
    filters: Filters | None = None,
    enable_filtering: bool = True,
    cures: Cures = NO_CURES,
    shown: int = 6,
    seed: int = 0,
    faults: OnePath | None = None,
    show_progress: bool = False,
) -> "Inspected":
    """Tells what is in files, as `vaeprep inspect` does.

    Args:
        input: TFRecords of songs, examples or tensors, MIDI files, folders of
            them, patterns: one or several.
        config: Try this configuration on the songs as well.
        filters: The filters of that trial; None takes the defaults.
        enable_filtering: False tries it without filters.
        cures: What is mended in the songs before (see `docs/cures.md`).
        shown: How many random and how many frequent examples the page draws.
        seed: Another seed draws other random examples.
        faults: A JSON Lines file of every fault, and every song that gives nothing.
        show_progress: Draw a progress bar.

    Returns:
        What was found: print it, take its `data()`, or let it `write_page(path)`.

    Raises:
        OptionError: A value cannot be.
        UsageError: An input is not there, or not one record can be read.
        OSError: A file cannot be read.
    """
    from vaeprep.engines.choice import choose_engine, with_cures
    from vaeprep.inputs.find import find
    from vaeprep.inspection.result import Inspected
    from vaeprep.inspection.statistics import inspect_files
    from vaeprep.inspection.trial import new_trial

    given = checks.checked(
        {
            "input": input,
            "config": config,
            "filters": Filters() if filters is None else filters,
            "enable_filtering": enable_filtering,
            "cures": cures,
            "shown": shown,
            "seed": seed,
            "faults": faults,
        },
        {
            "input": checks.paths,
            "config": checks.optional(RULES["config"]),
            "filters": RULES["filters"],
            "enable_filtering": checks.flag,
            "cures": RULES["cures"],
            "shown": checks.whole(0, 100),
            "seed": _SEED,
            "faults": RULES["faults"],
        },
    )
    found = find((), given["input"])
    trial = None
    if config is not None:
        kept = given["filters"] if enable_filtering else None
        choice = with_cures(choose_engine(config, "auto", kept), given["cures"])
        trial = new_trial(choice, kept, given["shown"], given["cures"])
    elif given["cures"].needs_config:
        raise UsageError(option("cures"), " shows what it does for a ", option("config"))
    total = sum(file.size for file in found.files)
    with (
        fault_lines.faults_file(given["faults"]) as told,
        _progress(show_progress)("inspecting", total, "bytes") as advance,
    ):
        inspection = inspect_files(
            found.files,
            given["seed"],
            given["shown"],
            trial,
            advance,
            given["cures"].lenient_midi,
            found.losses,
            told,
        )
    return Inspected(inspection)


def compare(
    a: OnePath, b: OnePath, *, seed: int = 0, show_progress: bool = False
) -> "Compared":
    """Tells what is in both of two runs or collections, as `vaeprep compare` does.

    Args:
        a: The prefix of a run's shards (Magenta's too), its summary, or TFRecords, a
            pattern or a folder of songs or examples.
        b: The other one.
        seed: Another seed shows other examples on the page.
        show_progress: Draw a progress bar.

    Returns:
        What was found: print it, take its `data()`, or let it `write_page(path)`.

    Raises:
        OptionError: A value cannot be.
        UsageError: One leads nowhere, or they hold nothing of one kind.
        OSError: A file cannot be read.
    """
    from vaeprep.inspection.comparison import compare as comparison
    from vaeprep.inspection.comparison.result import Compared

    given = checks.checked(
        {"a": a, "b": b, "seed": seed},
        {"a": checks.place, "b": checks.place, "seed": _SEED},
    )
    sides = comparison.find_sides(str(given["a"]), str(given["b"]))
    total = sum(file.size for side in sides for file in side.files)
    with _progress(show_progress)("comparing", total, "bytes") as advance:
        return Compared(comparison.compare(sides, given["seed"], advance))


@dataclass(frozen=True, slots=True)
class Exports:
    """What `vaeprep.export` did.

    Attributes:
        written: The MIDI files.
        failed: Why a record has no MIDI file, a line each.
    """

    written: "tuple[Exported, ...]"
    failed: tuple[str, ...]


def export(
    input: Paths,
    folder: OnePath,
    *,
    index: int | Iterable[int] | None = None,
    random: int | None = None,
    seed: int = 0,
    overwrite: bool = False,
) -> Exports:
    """Writes examples, or songs, as MIDI files, as `vaeprep export` does.

    Args:
        input: TFRecords of examples or songs, patterns: one or several.
        folder: Where the MIDI files are written; it is made if it is not there.
        index: The number of a record, from 0, or several.
        random: In place of `index`: how many records are drawn by lot.
        seed: Another seed draws other records.
        overwrite: Replace MIDI files that exist.

    Returns:
        The files that were written, and the records that have none.

    Raises:
        OptionError: A value cannot be.
        UsageError: It is not said which records, there is no such record, or a
            MIDI file exists.
        OSError: A file cannot be read or written.
    """
    from vaeprep.inspection.export import NotExported, export_all

    given = checks.checked(
        {
            "input": input,
            "folder": folder,
            "index": index,
            "random": random,
            "seed": seed,
            "overwrite": overwrite,
        },
        {
            "input": checks.paths,
            "folder": checks.path,
            "index": _numbers,
            "random": checks.optional(checks.whole(1)),
            "seed": checks.whole(-(2**63), 2**63),
            "overwrite": checks.flag,
        },
    )
    patterns, to = given.pop("input"), given.pop("folder")
    done = list(export_all(patterns, to, **given))
    return Exports(
        tuple(one for one in done if not isinstance(one, NotExported)),
        tuple(str(one) for one in done if isinstance(one, NotExported)),
    )


def verify(prefix: OnePath) -> Verdict:
    """Checks the shards of a run against its summary, as `vaeprep verify` does.

    Args:
        prefix: The `output_tfrecord` of the run; a shard, a pattern or a folder means the
            runs that it belongs to.

    Returns:
        The verdict; without problems the shards are as the run wrote them.

    Raises:
        UsageError: There is no summary, so no finished run.
        OSError: A shard cannot be read.
    """
    path = checks.checked({"prefix": prefix}, {"prefix": checks.place})["prefix"]
    found = [verification.verify(one) for one in verification.prefixes_of([str(path)])]
    return Verdict(
        shards=sum(one.shards for one in found),
        records=sum(one.records for one in found),
        problems=[problem for one in found for problem in one.problems],
    )


def train(
    *,
    config: str,
    run_dir: OnePath,
    examples: Paths | None = None,
    **options: Any,
) -> "Trained":
    """Trains or evaluates MusicVAE on prepared examples, as `vaeprep train` does.

    It needs TensorFlow and Magenta: `pip install 'vaeprep[magenta]'` and what the README
    says. TensorFlow keeps what a training leaves in its process: one training a process.

    Args:
        config: A configuration's name, or `module:NAME`.
        run_dir: Checkpoints and summaries go to `train` and `eval` in it.
        examples: Tensor shards, or NoteSequences for Magenta's own loader.
        **options: Further fields of `vaeprep.training.options.TrainOptions`, e.g.
            `num_steps=1000`, `hparams={"batch_size": 64}`, `eval_examples=...`.

    Returns:
        Where the training has come to.

    Raises:
        UnknownOptionError: An option does not exist.
        OptionError: An option's value cannot be.
        UsageError: The examples do not fit or are too few, or Magenta or
            TensorFlow cannot be used.
    """
    from vaeprep.training import options as training_options
    from vaeprep.training.train import run as run_training

    given = {"config": config, "run_dir": run_dir, "examples": examples, **options}
    _refuse_unknown(given, training_options.TrainOptions, "vaeprep.train")
    values = checks.checked(given, training_options.RULES)
    return run_training(training_options.TrainOptions(**values))


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece that a trained model made.

    Attributes:
        path: Its MIDI file.
        music: The NoteSequence.
    """

    path: Path
    music: Any


def sample(
    *,
    run_dir: OnePath,
    output_dir: OnePath,
    config: str | None = None,
    hparams: str | Mapping[str, Any] = "",
    num_outputs: int = 5,
    temperature: float = 0.5,
    chords: Sequence[str] = (),
    seed: int | None = None,
    overwrite: bool = False,
) -> tuple[Piece, ...]:
    """Draws new pieces from a trained model, as `vaeprep sample` does.

    It needs TensorFlow and Magenta, as `vaeprep.train` does.

    Args:
        run_dir: The folder of the training; or a checkpoint, or a `.tar` of one.
        output_dir: The folder for the MIDI files; it is made if it is not there.
        config: The model's configuration; None takes the one in the run folder.
        hparams: Over those in the run folder: `"name=value,..."` or a dictionary.
        num_outputs: How many pieces.
        temperature: How freely the decoder draws.
        chords: For a model that plays to chords: chord symbols, spread evenly over
            each piece, e.g. `["C", "G", "Am", "F"]`.
        seed: The same seed, the same pieces.
        overwrite: Replace MIDI files that exist.

    Returns:
        The pieces, in the order of their files.

    Raises:
        OptionError: A value cannot be.
        UsageError: The model cannot be loaded, the chords do not fit it, or a file
            exists.
        OSError: A file cannot be written.
    """
    from vaeprep.training.sample import sample as draw
    from vaeprep.training.trained_model import RULES as MODEL_RULES

    given = checks.checked(
        {
            "run_dir": run_dir,
            "output_dir": output_dir,
            "config": config,
            "hparams": hparams,
            "num_outputs": num_outputs,
            "temperature": temperature,
            "seed": seed,
            "overwrite": overwrite,
            "chords": chords,
        },
        MODEL_RULES,
    )
    made: list[Piece] = []
    draw(
        _model(given),
        given["num_outputs"],
        given["output_dir"],
        chords=given["chords"],
        overwrite=given["overwrite"],
        show=lambda path, music: made.append(Piece(path, music)),
    )
    return tuple(made)


def interpolate(
    *,
    run_dir: OnePath,
    input_midi_1: OnePath,
    input_midi_2: OnePath,
    output_dir: OnePath,
    config: str | None = None,
    hparams: str | Mapping[str, Any] = "",
    num_outputs: int = 5,
    temperature: float = 0.5,
    pick_1: int = 0,
    pick_2: int = 0,
    seed: int | None = None,
    overwrite: bool = False,
) -> tuple[Piece, ...]:
    """Makes pieces on the way from one MIDI file to another, as `vaeprep interpolate` does.

    It needs TensorFlow and Magenta, as `vaeprep.train` does.

    Args:
        run_dir: The folder of the training; or a checkpoint, or a `.tar` of one.
        input_midi_1: Where to begin.
        input_midi_2: Where to end.
        output_dir: The folder for the MIDI files; it is made if it is not there.
        config: The model's configuration; None takes the one in the run folder.
        hparams: Over those in the run folder: `"name=value,..."` or a dictionary.
        num_outputs: How many pieces, both ends included.
        temperature: How freely the decoder draws.
        pick_1: Which example of the first file, if it holds several.
        pick_2: Which example of the second file.
        seed: The same seed, the same pieces.
        overwrite: Replace MIDI files that exist.

    Returns:
        The pieces, from the first end to the second.

    Raises:
        OptionError: A value cannot be.
        UsageError: The model cannot be loaded, an end holds nothing for it, or a file
            exists.
        OSError: A file cannot be written.
    """
    from vaeprep.training.interpolate import interpolate as go
    from vaeprep.training.trained_model import RULES as MODEL_RULES

    given = checks.checked(
        {
            "run_dir": run_dir,
            "output_dir": output_dir,
            "config": config,
            "hparams": hparams,
            "num_outputs": num_outputs,
            "temperature": temperature,
            "seed": seed,
            "overwrite": overwrite,
            "input_midi_1": input_midi_1,
            "input_midi_2": input_midi_2,
            "pick_1": pick_1,
            "pick_2": pick_2,
        },
        MODEL_RULES,
    )
    made: list[Piece] = []
    go(
        _model(given),
        (given["input_midi_1"], given["input_midi_2"]),
        given["num_outputs"],
        given["output_dir"],
        picks=(given["pick_1"], given["pick_2"]),
        overwrite=given["overwrite"],
        show=lambda path, music: made.append(Piece(path, music)),
    )
    return tuple(made)


def _model(given: Mapping[str, Any]) -> "ModelOptions":
    from vaeprep.training.trained_model import ModelOptions

    names = (one.name for one in fields(ModelOptions))
    return ModelOptions(**{name: given[name] for name in names})


def _refuse_unknown(given: Iterable[str], options: type, caller: str) -> None:
    checks.refuse_unknown(given, (one.name for one in fields(options)), caller)


def _executor(given: Any) -> Given | None:
    """An executor, or a function that makes one."""
    if given is not None and not (callable(getattr(given, "submit", None)) or callable(given)):
        raise OptionError("executor", given, "must have the method `submit`, or make what has")
    executor: Given | None = given
    return executor


def _progress(show: bool) -> Progress:
    checks.checked({"show_progress": show}, {"show_progress": checks.flag})
    return tqdm_progress if show else no_progress


def _numbers(value: Any) -> tuple[int, ...]:
    """One number or several, of records."""
    if value is None:
        return ()
    if not isinstance(value, Iterable):
        value = (value,)
    if isinstance(value, str | bytes):
        raise checks.Wrong("must be a whole number, or several")
    return tuple(checks.whole(0)(one) for one in value)


def _workers(executor: Given | None) -> int:
    """How many tasks run at once."""
    if cluster.is_dask(executor):
        return cluster.adopt(executor).cores
    return available_cpus()
