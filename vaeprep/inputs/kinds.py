"""What a file is, by its name or by its first bytes: music that is read, music that is not."""

import os
import re
from enum import Enum
from pathlib import Path


class FileKind(Enum):
    """The kinds of files that songs are read from."""

    TFRECORD = "tfrecord"
    MIDI = "midi"
    MUSICXML = "musicxml"
    ABC = "abc"


_BY_ENDING = {
    **dict.fromkeys(("mid", "midi", "kar", "rmi", "smf"), FileKind.MIDI),
    **dict.fromkeys(("xml", "musicxml", "mxl"), FileKind.MUSICXML),
    "abc": FileKind.ABC,
}

ENDINGS = ", ".join(f".{ending}" for ending in _BY_ENDING) + ", .zip, and .gz after any"
"""The endings that are read in a folder, for a message."""

_NOT_READ_ENDINGS = """
    mscz mscx mscore musx mus sib enc cap capx nwc ly krn mei ove gp gp3 gp4 gp5 gpx tg ptb tef
    wav mp3 ogg oga opus flac m4a aac aif aiff aifc wma ape alac
    mod xm s3m it mtm umx vgm vgz nsf spc sid mmf xmf imy rtx
    als flp cpr logic logicx ptx rpp band
    7z rar tar tgz tbz tbz2 txz bz2 xz zst lz4
"""
_NOT_READ = frozenset(_NOT_READ_ENDINGS.split())
"""Endings of music, and of archives that may hold some, that are not read."""

_OTHER_ENDINGS = """
    txt md rst json jsonl csv tsv html htm pdf doc docx xls xlsx ini cfg yml yaml toml log py sh
    bat png jpg jpeg gif svg bmp tif tiff webp mp4 mov avi mkv ttf css js exe dll
"""
_OTHER = frozenset(_OTHER_ENDINGS.split())
"""Endings of what is no music and may lie beside it."""

_SHARD = re.compile(r"\.tfrecords?(\W|$)|-\d{5,}-of-\d{5,}$")
_XML_HEAD_BYTES = 1 << 16
_XML_NOISE = re.compile(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(\[.*?\]\s*)?>", re.DOTALL)
_XML_ROOT = re.compile(r"<([A-Za-z_][\w.:-]*)")
SCORE_ROOTS = ("score-partwise", "score-timewise")


def kind_by_name(name: str) -> FileKind | None:
    """The kind that a file's ending tells, `.gz` looked through; None if none is known."""
    stem, dot, ending = name.rpartition(".")
    if not dot:
        return None
    kind = _BY_ENDING.get(ending.lower())
    if kind is None and ending.lower() == "gz":
        return kind_by_name(stem)
    return kind


def is_zip_name(name: str) -> bool:
    """Whether a file's name says that it is a zip archive."""
    return name.lower().endswith(".zip")


def is_tfrecord_name(name: str) -> bool:
    """Whether a file is named as TFRecords and their shards usually are."""
    return _SHARD.search(name.lower()) is not None


def is_other_name(name: str) -> bool:
    """Whether a file's ending is of something that has nothing to do with music."""
    return name.lower().rpartition(".")[2] in _OTHER


def unread_ending(name: str) -> str | None:
    """The ending of a file that looks like music and is not read, None of any other."""
    stem, dot, ending = name.lower().rpartition(".")
    if dot and ending in _NOT_READ:
        return f".{ending}"
    if dot and ending == "gz" and stem.endswith(".tar"):
        return ".tar.gz"
    return None


def midi_by_content(path: str) -> bool:
    """Whether a file begins as a MIDI file does, bare or in a RIFF file."""
    try:
        head = _head(path, 12)
    except OSError:
        return False  # whoever reads it says why it cannot be
    return head.startswith(b"MThd") or (head.startswith(b"RIFF") and head[8:] == b"RMID")


def zip_by_content(path: str) -> bool:
    """Whether a file begins as a zip archive does."""
    try:
        return _head(path, 4) in (b"PK\x03\x04", b"PK\x05\x06")
    except OSError:
        return False


def is_other_xml(path: str) -> bool:
    """Whether an XML file is certainly something else than a score.

    Only its first element is looked for. What cannot be told counts as a score, so
    that a damaged one is named and not passed over.
    """
    try:
        head = _head(path, _XML_HEAD_BYTES)
    except OSError:
        return False
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = head.decode("utf-16" if wide else "utf-8-sig", "replace")
    root = _XML_ROOT.search(_XML_NOISE.sub("", text))
    return root is not None and root[1] not in SCORE_ROOTS


def _head(path: str, count: int) -> bytes:
    with Path(path).open("rb", buffering=0) as file:
        return os.read(file.fileno(), count)
