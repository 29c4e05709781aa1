"""MusicXML to NoteSequences, the very bytes of note_seq's `musicxml_reader`."""

import io
import zipfile
from typing import Any

from vaeprep.scores.note_seq_readers import NotInstalledError, musicxml_reader

MAX_UNPACKED_BYTES = 1 << 26
"""The most that a compressed score (.mxl) may unpack to: 64 MiB."""

_ZIP_MAGIC = b"PK"
_TIMEWISE = b"<score-timewise"


class ScoreError(Exception):
    """The bytes are no score that note_seq can convert; the message says why."""


class _Score(io.BytesIO):
    """A score in memory for note_seq, which asks a file's name whether it is compressed."""

    def endswith(self, ending: str) -> bool:
        return ending == ".mxl" and self.getvalue().startswith(_ZIP_MAGIC)


def musicxml_to_note_sequence(data: bytes) -> Any:
    """Converts a score as `note_seq.musicxml_file_to_sequence_proto` does.

    Args:
        data: A MusicXML file, plain or compressed (.mxl); its bytes tell which.

    Returns:
        A NoteSequence without id, filename and collection name.

    Raises:
        ScoreError: Where note_seq raises any error; also for a score that declares
            entities or unpacks to too much, and for one in time-wise order, of
            which note_seq reads no notes.
    """
    try:
        _check(data)
        document: Any = _Score(data)
        return musicxml_reader().musicxml_file_to_sequence_proto(document)
    except (ScoreError, NotInstalledError) as error:
        raise ScoreError(str(error)) from None
    except RecursionError:
        raise ScoreError("it is nested too deeply") from None
    except Exception as error:  # note_seq raises whatever a damaged score leads it to
        raise ScoreError(_why(error)) from None


def _check(data: bytes) -> None:
    """Refuses what would take all the memory, or give nothing without a word."""
    for text in _texts(data):
        # In UTF-16 each letter has a zero byte beside it.
        plain = text.replace(b"\0", b"")
        if b"<!ENTITY" in plain:
            raise ScoreError("it declares XML entities, which scores have no use for")
        if _TIMEWISE in plain[: 1 << 16]:
            raise ScoreError("it is in time-wise order; save it as score-partwise")


def _texts(data: bytes) -> list[bytes]:
    """The XML in a score: itself, or the XML files in a compressed one."""
    if not data.startswith(_ZIP_MAGIC):
        return [data]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = [
            entry
            for entry in archive.infolist()
            if entry.filename.lower().endswith((".xml", ".musicxml"))
        ]
        if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
            raise ScoreError(f"it unpacks to over {MAX_UNPACKED_BYTES >> 20} MiB")
        return [archive.read(entry) for entry in entries]


def _why(error: Exception) -> str:
    text = str(error)
    return (
        text
        if "MusicXML" in type(error).__name__ and text
        else f"{type(error).__name__}: {text}"
    )
