"""The id field of an example: the ids of all its songs, joined with commas.

An id that could be taken for several is written in double quotes, its own quotes
doubled, as in a line of a CSV file. Ids as Magenta makes them never need that,
so for them the field is what Magenta writes. `split` and any CSV reader tell an
id with a comma from two ids.
"""

import re
from collections.abc import Iterable

_QUOTED = re.compile(r'"((?:[^"]|"")*)"(?:,|$)')


def join(ids: Iterable[str]) -> str:
    """The id field for these ids."""
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
