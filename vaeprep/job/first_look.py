"""Whether there is anything to read at all, before a run begins and writes anything."""

from itertools import islice

from vaeprep.errors import UsageError
from vaeprep.files.names import shard_name, summary_beside
from vaeprep.inputs.found import InputFile
from vaeprep.inputs.records import BadRecord, read_file
from vaeprep.job.foreign import no_note_sequence
from vaeprep.job.set_up import Run
from vaeprep.job.summary import from_json

_FILES = 20
_RECORDS = 1000


def check_input(this: Run) -> None:
    """Refuses an input of which nothing can be read, as far as its first files tell.

    Raises:
        UsageError: Says what is wrong with the first file, or that it holds examples.
    """
    files = this.files
    if not any(file.size for file in files):
        raise UsageError(f"{files[0].text} is empty: it holds no music")
    for file in files[:_FILES]:
        made_for = _examples_of(file)
        if made_for is not None:
            raise UsageError(
                f"{file.text} holds no songs: these are already examples of {made_for}, made "
                "by vaeprep; train on them, or give the songs that they were made of"
            )
    if len(files) > _FILES:
        return
    faults = []
    for file in files:
        fault = _fault_of_all(file, this.options.cures.lenient_midi)
        if fault is None:
            return
        faults.append(fault)
    raise UsageError(f"cannot read {faults[0].path}: {faults[0].reason}")


def _examples_of(file: InputFile) -> str | None:
    """The configuration that a file is a shard of, if the summary beside it lists it."""
    if shard_name(file.path) is None:
        return None
    try:
        summary = from_json(summary_beside(file.path).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    written = [shard for shards in summary.shards.values() for shard in shards]
    is_listed = any((one.name, one.bytes) == (file.name, file.size) for one in written)
    return summary.config if is_listed else None


def _fault_of_all(file: InputFile, lenient_midi: bool) -> BadRecord | None:
    """The first fault of a file of which nothing can be read; None of any other."""
    first = None
    for record in islice(read_file(file, lenient_midi), _RECORDS):
        if not isinstance(record, BadRecord):
            reason = no_note_sequence(record.payload)
            if reason is None:
                return None
            record = BadRecord(record.path, record.offset, reason)
        first = first or record
    return first
