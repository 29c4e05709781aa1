"""The tables of all spills of a run, in files that every task of the merge opens.

They are written once, before the merge, into a folder:

    spills.json       the spills' paths, in input order
    offsets.npy       uint32 or uint64[BUCKETS + 1, spills], where each bucket begins
    checksums.npy     uint32[BUCKETS, spills], CRC-32C of each bucket
    sizes.npy         uint64[BUCKETS], bytes of each bucket over all spills
    sources.npy       uint64[spills + 1], each spill's first source among all sources
    id-offsets.npy    uint64[sources + 1], where each source's id begins
    ids               the ids, UTF-8, one after the other

A row of the tables is a bucket of all spills, so a task that takes a few buckets
touches a few pages of the files, however many spills there are. The files are
mapped, so the processes of a machine share them.
"""

import json
import mmap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from vaeprep.files.whole import write_whole
from vaeprep.job import spill
from vaeprep.job.spill import BUCKETS, Spill

_SPILLS = "spills.json"
"""Written last: with it, the index is complete."""

_SPILLS_AT_ONCE = 512
"""Spills whose tables are held while the columns of the table are written."""


@dataclass(frozen=True, slots=True)
class SpillIndex:
    """The tables of all spills, mapped from their files.

    Attributes:
        paths: The spills, in input order.
        offsets: uint32 or uint64[BUCKETS + 1, spills].
        checksums: uint32[BUCKETS, spills].
        bucket_bytes: uint64[BUCKETS], over all spills.
        first_sources: uint64[spills + 1].
        source_id: From a source's number among all to its id.
    """

    paths: list[Path]
    offsets: NDArray[Any]
    checksums: NDArray[np.uint32]
    bucket_bytes: NDArray[np.uint64]
    first_sources: NDArray[np.uint64]
    source_id: Callable[[int], str]

    def read(self, first: int, last: int) -> Iterator[tuple[bytes, int]]:
        """Reads the buckets `first` up to, not including, `last` of each spill.

        Yields:
            Entries, as `spill.ENTRY` describes them, and the number of the
            spill's first source.

        Raises:
            SpillError: The bytes do not match their checksums.
            OSError: A spill cannot be read.
        """
        for start in range(0, len(self.paths), _SPILLS_AT_ONCE):
            some = slice(start, start + _SPILLS_AT_ONCE)
            offsets = self.offsets[first : last + 1, some].T.tolist()
            checksums = self.checksums[first:last, some].T.tolist()
            sources = self.first_sources[some].tolist()
            rows = zip(self.paths[some], offsets, checksums, sources, strict=False)
            for path, bounds, crcs, first_source in rows:
                if bounds[0] < bounds[-1]:
                    yield spill.read_buckets(path, bounds, crcs), first_source


def build(folder: Path, paths: Sequence[Path]) -> SpillIndex:
    """Writes the index of these spills.

    Args:
        folder: Where; it is made.
        paths: The spills in input order.

    Returns:
        The index, opened.

    Raises:
        SpillError: A spill is damaged.
        OSError: A spill cannot be read, or the index cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    big = any(path.stat().st_size >= 1 << 32 for path in paths)
    count = len(paths)
    _new(folder / "offsets.npy", (BUCKETS + 1, count), "u8" if big else "u4")
    _new(folder / "checksums.npy", (BUCKETS, count), "u4")
    bucket_bytes = np.zeros(BUCKETS, np.uint64)
    first_sources, id_offsets = [0], [np.zeros(1, np.uint64)]
    ids_size = 0
    with (folder / "ids").open("wb", buffering=1 << 20) as ids:
        for start in range(0, count, _SPILLS_AT_ONCE):
            some = [spill.open_spill(path) for path in paths[start : start + _SPILLS_AT_ONCE]]
            bucket_bytes += _write_columns(folder, start, some)
            for one in some:
                ends = np.asarray(one.id_offsets, np.uint64)[1:]
                first_sources.append(first_sources[-1] + len(ends))
                id_offsets.append(ends + np.uint64(ids_size))
                ids_size += ids.write(one.ids or b"")
        if not ids_size:
            ids.write(b"\0")  # an empty file cannot be mapped
    np.save(folder / "sources.npy", np.asarray(first_sources, np.uint64))
    np.save(folder / "id-offsets.npy", np.concatenate(id_offsets))
    np.save(folder / "sizes.npy", bucket_bytes)
    write_whole(folder / _SPILLS, json.dumps([str(path) for path in paths]))  # comes last
    return load(folder)


def find(folder: Path) -> SpillIndex | None:
    """The index that an earlier merge has left in the folder, if it came to its end."""
    return load(folder) if (folder / _SPILLS).exists() else None


def load(folder: Path) -> SpillIndex:
    """Opens the index that `build` has written.

    Raises:
        OSError: It is not there.
    """
    paths = [Path(path) for path in json.loads((folder / _SPILLS).read_text("utf-8"))]
    return SpillIndex(
        paths,
        np.load(folder / "offsets.npy", mmap_mode="r"),
        np.load(folder / "checksums.npy", mmap_mode="r"),
        np.load(folder / "sizes.npy"),
        np.load(folder / "sources.npy", mmap_mode="r"),
        _source_ids(folder),
    )


def _source_ids(folder: Path) -> Callable[[int], str]:
    offsets = memoryview(np.load(folder / "id-offsets.npy", mmap_mode="r"))
    with (folder / "ids").open("rb") as file:
        ids = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def source_id(number: int) -> str:
        return str(ids[offsets[number] : offsets[number + 1]], "utf-8")

    return source_id


def _new(path: Path, shape: tuple[int, int], dtype: str) -> None:
    open_memmap(path, "w+", dtype, shape)


def _write_columns(folder: Path, start: int, spills: Sequence[Spill]) -> NDArray[np.uint64]:
    """Writes these spills' columns of the tables; the bytes of their buckets."""
    columns = slice(start, start + len(spills))
    # Mapped anew for each block: what is mapped counts as this process's memory.
    offsets = open_memmap(folder / "offsets.npy", "r+")
    checksums = open_memmap(folder / "checksums.npy", "r+")
    table = np.stack([np.asarray(one.bucket_offsets, offsets.dtype) for one in spills], axis=1)
    offsets[:, columns] = table
    checksums[:, columns] = np.stack([one.bucket_crcs for one in spills], axis=1)
    offsets.flush()
    checksums.flush()
    sizes: NDArray[np.uint64] = np.diff(table.astype(np.uint64), axis=0).sum(axis=1)
    return sizes
