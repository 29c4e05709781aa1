"""Finished shards under their final names: checked before a run, renamed after it.

An output in object storage is uploaded in place of being renamed.
The summary comes last and marks success. A run that was stopped between two renames
finds its summary in the work folder and goes on renaming.
"""

import json
import re
from pathlib import Path

from vaeprep.errors import UsageError, option
from vaeprep.files.names import (
    existing_shards,
    shard_name,
    song_list_path,
    summary_path,
)
from vaeprep.files.remote import RemotePath
from vaeprep.files.whole import remove_unfinished, write_whole
from vaeprep.inputs.found import among
from vaeprep.job import shards
from vaeprep.job.lines import publish_lines
from vaeprep.job.set_up import Run
from vaeprep.job.summary import Summary, from_json, to_json
from vaeprep.job.upload import upload, upload_file
from vaeprep.job.workfolder import WorkFolder

MERGED = "merged.json"
"""Name in the work folder: the summary of a run that has everything but the renaming."""

FAULTS = "faults.jsonl"
"""Name in the work folder: every fault, and every song that gave nothing."""

SONGS = "songs.jsonl"
"""Name in the work folder: every song."""


def check_output(this: Run) -> None:
    """Refuses an output that exists, unless it may be replaced.

    Raises:
        UsageError: Something stands where the output would be written.
    """
    prefixes = set()
    for output in this.outputs:
        prefix = output.place
        if output.remote is None and prefix.is_dir():
            raise UsageError(
                f"the output {str(prefix)!r} is a folder; add a file name, "
                f"e.g. {str(prefix / 'train.tfrecord')!r}"
            )
        named = shard_name(prefix)
        if named or "*" in prefix.name or "?" in prefix.name:
            plain = (
                named.prefix if named else prefix.with_name(re.split(r"[*?]", prefix.name)[0])
            )
            example = str(plain) if plain.name else "train.tfrecord"
            raise UsageError(
                f"the output {str(prefix)!r} is the name of a shard, or a pattern; give only "
                f"how the names begin, e.g. {example!r}"
            )
        if prefix.resolve() in prefixes:
            raise UsageError(
                option("eval_prefix"), " must differ from ", option("output_tfrecord")
            )
        prefixes.add(prefix.resolve())
        existing = existing_shards(prefix)
        both = [path for path in existing if among(path, this.files)]
        if both:
            raise UsageError(
                f"{both[0]} is an input too; choose another ", option("output_tfrecord")
            )
        if existing and not this.options.overwrite:
            raise UsageError(
                f"{existing[0]} exists; add ",
                option("overwrite", True),
                " to replace it, or choose another ",
                option("output_tfrecord"),
            )


def finished(this: Run, folder: WorkFolder) -> Summary | None:
    """The summary of a run that was stopped while it renamed its shards."""
    saved = folder.load(MERGED)
    if saved is None:
        return None
    try:
        summary = from_json(json.dumps(saved))
    except ValueError:
        return None
    count = this.options.output_shards
    for output in this.outputs:
        for number, shard in enumerate(summary.shards.get(output.name, ())):
            if not shards.is_complete(output.prefix, shard, number, count):
                return None  # somebody has tidied up: merge once more
    return summary if (folder.path / SONGS).exists() else None


def publish(this: Run, summary: Summary, folder: WorkFolder) -> None:
    """Renames the finished shards into place; the summary comes last and marks success."""
    count = this.options.output_shards
    text = to_json(summary)
    summaries = summary_paths(this)
    if all(path.exists() and path.read_text("utf-8") == text for path in summaries):
        return  # an interrupted run has come as far as this
    for path in summaries:
        path.unlink(missing_ok=True)
        if not isinstance(path, RemotePath):
            remove_unfinished(path)
    for output in this.outputs:
        written = summary.shards[output.name]
        names = {shard.name for shard in written}
        for old in existing_shards(output.place):
            if old.name not in names:
                old.unlink()
        if output.remote is not None:
            upload(output.prefix, output.remote, written, this.progress)
            continue
        for number in range(count):
            shards.put_in_place(output.prefix, number, count)
    _publish_songs(this, summary, folder.path / SONGS)
    for path in reversed(summaries):  # the training set's own comes last
        if isinstance(path, RemotePath):
            path.write_bytes(text.encode())
        else:
            write_whole(path, text)


def _publish_songs(this: Run, summary: Summary, collected: Path) -> None:
    """Puts the list of all songs beside the first summary, if the summary names one."""
    path = song_list_path(this.outputs[0].place)
    if summary.song_list is None:
        path.unlink(missing_ok=True)  # of an earlier run, whose output was replaced
    elif isinstance(path, RemotePath):
        upload_file(collected, path, summary.song_list)
    else:
        publish_lines(collected, path)


def publish_faults(this: Run, folder: WorkFolder) -> None:
    """Copies the list of all faults to where `--faults` wants it."""
    if this.options.faults is not None:
        publish_lines(folder.path / FAULTS, this.options.faults)


def summary_paths(this: Run) -> list[Path]:
    """One beside each set of shards, so that a loader of any of them finds it."""
    return [summary_path(output.place) for output in this.outputs]
