"""A plan as JSON and back: each folder once, files as columns, splits as ranges of files.

So a plan of a million files is tens of megabytes, and read again in seconds.
"""

from pathlib import Path
from typing import Any

from vaeprep.files import remote
from vaeprep.inputs.found import Folder, InputFile, Loss
from vaeprep.inputs.kinds import FileKind
from vaeprep.inputs.splits import FileRange, MusicSplit, Plan, RecordSplit, Split

_KINDS = {kind: number for number, kind in enumerate(FileKind)}


def to_json(plan: Plan) -> dict[str, Any]:
    """The plan as JSON values."""
    folders: dict[int, int] = {}
    listed: list[list[Any]] = []
    for file in plan.files:
        folder = file.folder
        if id(folder) not in folders:
            folders[id(folder)] = len(listed)
            listed.append([folder.path, folder.below, folder.collection, folder.is_archive])
    places = {id(file): place for place, file in enumerate(plan.files)}
    paths = {file.path: place for place, file in _tfrecords(plan)}
    return {
        "folders": listed,
        "folder": [folders[id(file.folder)] for file in plan.files],
        "name": [file.name for file in plan.files],
        "size": [file.size for file in plan.files],
        "modified_ns": [file.modified_ns for file in plan.files],
        "kind": [_KINDS[file.kind] for file in plan.files],
        "copy": {str(place): f.copy for place, f in enumerate(plan.files) if f.copy > 1},
        "splits": [_split_to_json(split, places, paths) for split in plan.splits],
        "losses": [[str(loss.path), loss.offset, loss.reason] for loss in plan.losses],
    }


def from_json(values: dict[str, Any]) -> Plan:
    """The plan that `to_json` was given.

    Raises:
        KeyError, IndexError, TypeError, ValueError: The values are no plan.
    """
    folders = [Folder(*folder) for folder in values["folders"]]
    kinds = list(FileKind)
    files = [
        InputFile(folders[folder], name, size, modified_ns, kinds[kind])
        for folder, name, size, modified_ns, kind in zip(
            values["folder"],
            values["name"],
            values["size"],
            values["modified_ns"],
            values["kind"],
            strict=True,
        )
    ]
    for place, copy in values["copy"].items():
        file = files[int(place)]
        files[int(place)] = InputFile(
            file.folder, file.name, file.size, file.modified_ns, file.kind, copy
        )
    return Plan(
        files=tuple(files),
        splits=tuple(
            _split_from_json(index, split, files)
            for index, split in enumerate(values["splits"])
        ),
        losses=tuple(
            Loss(remote.place(path), offset, reason)
            for path, offset, reason in values["losses"]
        ),
    )


def _tfrecords(plan: Plan) -> list[tuple[int, InputFile]]:
    return [
        (place, file) for place, file in enumerate(plan.files) if file.kind is FileKind.TFRECORD
    ]


def _split_to_json(split: Split, places: dict[int, int], paths: dict[Path, int]) -> list[Any]:
    """Of files of music the first and how many; of TFRecords a list for each range."""
    if isinstance(split, MusicSplit):
        return [places[id(split.files[0])], len(split.files)]
    return [[paths[part.path], part.start, part.stop, part.records] for part in split.ranges]


def _split_from_json(index: int, values: list[Any], files: list[InputFile]) -> Split:
    if values and isinstance(values[0], int):
        first, count = values
        return MusicSplit(index, tuple(files[first : first + count]))
    return RecordSplit(
        index,
        tuple(
            FileRange(files[place].path, start, stop, records)
            for place, start, stop, records in values
        ),
    )
