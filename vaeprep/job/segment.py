"""A segment: what one share of the hash space gives to the shards, in one file.

    pieces           for each output, for each of N shards: records, framed
    tables           where the pieces begin, and their checksums
    report           JSON: what the share's task counted
    footer           where the parts begin, checksum of tables and report

Example r of a share's training (or evaluation) set stands in piece r mod N of its
outputs. A share cannot know how many examples come before it, and so not which
shard a piece belongs to: that is worked out when all shares are counted. The file
is renamed into place when it is complete: its presence marks the share as done.
"""

import json
import os
import struct
from array import array
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path

import google_crc32c

from vaeprep.errors import VaeprepError
from vaeprep.files.whole import whole_file
from vaeprep.job.dedup import Tally

_FOOTER = struct.Struct("<QQQI8s")  # where tables, report begin, the end; checksum, magic
_MAGIC = b"vaepreps"
_OFFSET = struct.Struct("<QQ")
_CRC = struct.Struct("<I")


class SegmentError(VaeprepError):
    """A segment in the work folder is damaged.

    Attributes:
        path: The segment.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is damaged")
        self.path = path


@dataclass(frozen=True, slots=True)
class ShareReport:
    """What the task of a share wrote and counted.

    Attributes:
        training: Examples of the training set.
        evaluation: Examples of the evaluation set.
        tally: What else was counted.
    """

    training: int
    evaluation: int
    tally: Tally


@dataclass(frozen=True, slots=True)
class Segment:
    """A finished segment.

    Attributes:
        path: The file.
        tables_at: Where the tables begin, which is the bytes of all pieces.
        report: What the share's task counted.
    """

    path: Path
    tables_at: int
    report: ShareReport


def write(path: Path, pieces: Sequence[bytearray], report: ShareReport) -> None:
    """Writes a segment that appears under its name only when complete.

    Args:
        path: Where it shall stand.
        pieces: The pieces of the first output, then those of the second, ...
        report: What the task counted.

    Raises:
        OSError: The work folder is full or cannot be written.
    """
    offsets = array("Q", accumulate(map(len, pieces), initial=0))
    checksums = array("I", [google_crc32c.value(bytes(piece)) for piece in pieces])
    tables = offsets.tobytes() + checksums.tobytes()
    tail = tables + json.dumps(asdict(report)).encode("utf-8")
    places = (offsets[-1], offsets[-1] + len(tables), offsets[-1] + len(tail))
    with whole_file(path, sync=False) as file:
        file.writelines(pieces)
        file.write(tail)
        file.write(_FOOTER.pack(*places, google_crc32c.value(tail), _MAGIC))


def open_segment(path: Path) -> Segment:
    """Reads a segment's report.

    Raises:
        SegmentError: The file is no complete segment.
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size < _FOOTER.size:
            raise SegmentError(path)
        footer = os.pread(file.fileno(), _FOOTER.size, size - _FOOTER.size)
        tables_at, report_at, end, checksum, magic = _FOOTER.unpack(footer)
        if magic != _MAGIC or not tables_at <= report_at <= end == size - _FOOTER.size:
            raise SegmentError(path)
        tail = os.pread(file.fileno(), end - tables_at, tables_at)
    if google_crc32c.value(tail) != checksum:
        raise SegmentError(path)
    report = json.loads(tail[report_at - tables_at :])
    report["tally"] = Tally(**report["tally"])
    return Segment(path, tables_at, ShareReport(**report))


def read_piece(path: Path, tables_at: int, number: int, count: int) -> bytes:
    """Reads one piece and verifies its checksum.

    Args:
        path: The segment.
        tables_at: Where its tables begin.
        number: The piece's number among those of all outputs.
        count: The number of pieces of all outputs.

    Raises:
        SegmentError: The bytes do not match their checksum.
        OSError: The file cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        bounds = os.pread(descriptor, _OFFSET.size, tables_at + 8 * number)
        checksum = os.pread(descriptor, _CRC.size, tables_at + 8 * (count + 1) + 4 * number)
        if len(bounds) < _OFFSET.size or len(checksum) < _CRC.size:
            raise SegmentError(path)
        start, stop = _OFFSET.unpack(bounds)
        if not start <= stop <= tables_at:
            raise SegmentError(path)
        data = os.pread(descriptor, stop - start, start)
    finally:
        os.close(descriptor)
    if google_crc32c.value(data) != _CRC.unpack(checksum)[0]:
        raise SegmentError(path)
    return data
