"""The summary of a run, from the reports of its splits and what was merged."""

from collections import Counter

import vaeprep
from vaeprep import merge, shards
from vaeprep.engine_choice import Choice
from vaeprep.extract import NAMED, Fault
from vaeprep.extraction import Extraction
from vaeprep.options import RunOptions, output_options
from vaeprep.sources import InputFile, Loss, MidiSplit, Plan, Split
from vaeprep.summary import Summary
from vaeprep.tensors import description as tensor_description


def summarize(
    options: RunOptions,
    choice: Choice,
    plan: Plan,
    extraction: Extraction,
    counts: merge.MergeCounts,
    written: dict[str, list[shards.Shard]],
    seconds: dict[str, float],
) -> Summary:
    """What a run did, in numbers and names.

    Args:
        options: What it was asked to do.
        choice: The engine that did it.
        plan: The input.
        extraction: What the workers report.
        counts: What the reducer counted.
        written: The shards of each output.
        seconds: Wall time when each stage was done.
    """
    counters: Counter[str] = Counter()
    fault_counts: Counter[str] = Counter()
    faults: list[Fault] = []
    for loss in plan.losses:
        faults.append(damaged(loss))
        fault_counts["damaged"] += 1
    for fault in extraction.changed:
        faults.append(fault)
        fault_counts[fault.kind] += 1
    for report in extraction.reports:
        counters.update(report.counters)
        fault_counts.update(report.fault_counts)
        faults += report.faults[: NAMED - len(faults)] if len(faults) < NAMED else []
    counters["unique-examples"] = counts.unique
    return Summary(
        version=vaeprep.__version__,
        config=options.config,
        engine=choice.spec.name,
        engine_reason=choice.reason,
        options=output_options(options),
        batch_size=choice.batch_size,
        inputs=len(plan.files),
        records=sum(report.records for report in extraction.reports),
        counters=dict(counters),
        fault_counts=dict(fault_counts),
        faults=faults[:NAMED],
        lost_splits=[_lost(split) for split in extraction.lost],
        from_many=counts.from_many,
        most_sources=counts.most_sources,
        shards=written,
        seconds={stage: round(value, 3) for stage, value in seconds.items()},
        resumed_splits=extraction.resumed,
        shortened=counts.shortened,
        evaluation=counts.evaluation,
        in_both=counts.in_both,
        tensors=(
            tensor_description(choice.config)
            if choice.config and options.format != "notesequences"
            else None
        ),
    )


def damaged(loss: Loss) -> Fault:
    """A part of an input that could not be read."""
    return Fault("damaged", str(loss.path), loss.offset, "", loss.reason)


def changed_file(file: InputFile) -> Fault:
    """An input that is not what it was when the run began."""
    reason = "the file changed while it was read; what was planned before is what was read"
    return Fault("changed", str(file.path), 0, "", reason)


def _lost(split: Split) -> str:
    if isinstance(split, MidiSplit):
        part = f"{split.files[0]} and the {len(split.files) - 1} MIDI files after it"
    else:
        first, more = split.ranges[0], len(split.ranges) - 1
        if first.stop is None:
            part = f"{first.path}, the whole file"
        else:
            part = f"{first.path}, bytes {first.start} to {first.stop}"
            part += f" and the {more} files after it" if more else ""
            part += f" ({split.records} records)"
    return f"{part}: its worker was killed twice, perhaps for its memory; try fewer --workers"
