"""The ids of songs, and the id field of an example: those of all its songs, with commas.

An id that could be taken for several is written in double quotes, its own quotes
doubled, as in a line of a CSV file. Ids as Magenta makes them never need that,
so for them the field is what Magenta writes. `split` and any CSV reader tell an
id with a comma from two ids.
"""

import hashlib
import re
from collections.abc import Sequence

_QUOTED = re.compile(r'"((?:[^"]|"")*)"(?:,|$)')


def join(ids: Sequence[str]) -> str:
    """The id field for these ids."""
    if len(ids) == 1:  # nearly always
        return _written(ids[0])
    return ",".join([_written(one) for one in ids])


def split(field: str) -> list[str]:
    """The ids in an id field; those of an empty field are none."""
    if '"' not in field:
        return field.split(",") if field else []
    ids = []
    at = 0
    while at <= len(field):
        quoted = _QUOTED.match(field, at)
        if quoted:
            ids.append(quoted[1].replace('""', '"'))
            at = quoted.end() + (not quoted[0].endswith(","))
            continue
        comma = field.find(",", at)
        stop = len(field) if comma < 0 else comma
        ids.append(field[at:stop])
        at = stop + 1
    return ids


def _written(source_id: str) -> str:
    hard = "," in source_id or source_id[:1] == '"' or "\n" in source_id or "\r" in source_id
    return '"' + source_id.replace('"', '""') + '"' if hard else source_id


def file_id(source_type: str, collection: str, name: str, *copies: int) -> str:
    """The id of a song made from a file, as `convert_dir_to_note_sequences` makes it.

    Args:
        source_type: "midi", "musicxml" or "abc".
        collection: The collection's name.
        name: The file's path below the collection's folder (of a tune, its number too).
        copies: Of each way in which the id would be another song's, which one this is;
            1 is the first. Others get an ending, `-2` and so on.

    Returns:
        `/id/<type>/<collection>/<SHA-1 of the name>`.

    Raises:
        UnicodeEncodeError: The name is not valid Unicode.
    """
    ending = "".join(f"-{copy}" for copy in copies if copy > 1)
    return f"/id/{source_type}/{collection}/{_sha1(name.encode())}{ending}"


def content_id(record: bytes) -> str:
    """The id of a song that has none, from what it is: `/id/sequence/<SHA-1>`.

    Args:
        record: The serialized NoteSequence.
    """
    return f"/id/sequence/{_sha1(record)}"


def _sha1(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()
