"""The id field of an example gives back every id, whatever is in it."""

import csv

from hypothesis import given
from hypothesis import strategies as st

from vaeprep import source_ids

IDS = st.lists(st.text(alphabet='a,"\n\r b', max_size=5) | st.text(max_size=9), min_size=1)


@given(IDS)
def test_the_ids_come_back(ids: list[str]) -> None:
    if ids == [""]:
        assert source_ids.split(source_ids.join(ids)) == []
    else:
        assert source_ids.split(source_ids.join(ids)) == ids


@given(IDS)
def test_any_csv_reader_finds_them(ids: list[str]) -> None:
    if not any("\0" in one for one in ids) and ids != [""]:
        assert next(csv.reader([source_ids.join(ids)])) == ids


def test_usual_ids_are_joined_as_magenta_joins_them() -> None:
    ids = ["/id/pop909/midi/0123abcd", "/id/nottingham/abc/é 'x' \"y\""]
    assert source_ids.join(ids) == ",".join(ids)
    assert source_ids.split(",".join(ids)) == ids
