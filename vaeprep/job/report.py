"""What a task counted, as it stands in its spill."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vaeprep.errors import VaeprepError, option
from vaeprep.job import spill
from vaeprep.job.outcomes import Cause

NAMED = 20
"""How many failures and damages of a split are named; all are counted."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A record that gave nothing because something is wrong with it, or a remark about one.

    Attributes:
        kind: "failed" (the conversion raised), "damaged" (the record or the
            rest of its file cannot be read), "undecodable" (no NoteSequence), "changed"
            (the file, while it was read) or "lost" (the worker was killed twice).
            Of a remark "mended", "unread" (see `inputs.records.Remark`) or
            "not-merged" (its tempo changes were to be merged and could not be).
            Of a song that gave no example without a fault, "nothing".
        path: The input file.
        offset: Byte offset of the record in the (unzipped) file.
        source_id: The song's id, empty when it is not known.
        reason: What is wrong.
        cause: Why, in plain words, where the reason is an error that has some.
    """

    kind: str
    path: str
    offset: int
    source_id: str
    reason: str
    cause: str = ""

    def __str__(self) -> str:
        name = f"{self.source_id} " if self.source_id else ""
        why = f"{self.cause} ({self.reason})" if self.cause else self.reason
        return f"{name}({self.path} at byte {self.offset}): {why}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a task counted.

    Attributes:
        split: The split's index.
        records: Intact records read.
        counters: Magenta's counter names with their counts.
        faults: The first `NAMED` faults.
        fault_counts: All faults by kind.
        entries: Distinct examples in the split (in each of its batches).
        entry_bytes: Their size in the spill.
        batches: How many spills stand beside the split's own, because its
            examples were too many for the memory.
        without_id: Songs that have no id of their own.
        cured: How many songs each cure changed (see `cures.song`).
        remarks: The first `NAMED` things worth saying about songs that were read.
        remark_counts: All of them by kind.
        outcomes: Songs by what became of them, see `outcomes`.
        causes: Why songs and pieces gave nothing.
        gave_nothing: The first `NAMED` songs that gave nothing, without a fault.
        fault_lines: CRC-32C of each file beside the spill that lists all of the
            faults, remarks and songs that gave nothing (see `fault_lines`).
        song_lines: The same of the files that list all songs (see `songs`).
    """

    split: int
    records: int
    counters: dict[str, int]
    faults: list[Fault]
    fault_counts: dict[str, int]
    entries: int
    entry_bytes: int
    batches: int = 0
    without_id: int = 0
    cured: dict[str, int] = field(default_factory=dict)
    remarks: list[Fault] = field(default_factory=list)
    remark_counts: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    causes: list[Cause] = field(default_factory=list)
    gave_nothing: list[Fault] = field(default_factory=list)
    fault_lines: list[int] = field(default_factory=list)
    song_lines: list[int] = field(default_factory=list)


class StrictError(VaeprepError):
    """With `strict`: the first bad record."""

    @classmethod
    def at(cls, fault: object) -> "StrictError":
        """The error about a fault, with what to do about it."""
        return cls(f"{fault}; without ", option("strict", True), " the run would go on")


def spill_paths(path: Path, report: Report) -> list[Path]:
    """All spills of a split that is done, in input order."""
    return [*(spill.batch_path(path, number) for number in range(report.batches)), path]


def read_report(path: Path) -> Report:
    """The report in a finished spill.

    Raises:
        SpillError: The file is no complete spill, or has no report as this version writes it.
    """
    try:
        return parse_report(json.loads(spill.open_spill(path).report))
    except (ValueError, TypeError, KeyError):
        raise spill.SpillError(path, "has no report, or one of another version") from None


def parse_report(values: dict[str, Any]) -> Report:
    """A report from its JSON values."""
    faults = {
        name: [Fault(**fault) for fault in values[name]]
        for name in ("faults", "remarks", "gave_nothing")
    }
    causes = [Cause(**cause) for cause in values["causes"]]
    return Report(**{**values, **faults, "causes": causes})
