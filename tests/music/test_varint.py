"""Varints are written as protobuf writes them, and read back."""

import pytest
from google.protobuf.internal.encoder import _VarintBytes  # type: ignore[attr-defined]
from hypothesis import given
from hypothesis import strategies as st

from vaeprep.music.varint import read_varint, varint

UNSIGNED = st.integers(0, 2**64 - 1) | st.integers(0, 300)


@given(UNSIGNED, st.binary(max_size=5), st.binary(max_size=5))
def test_a_number_is_read_where_it_was_written(value: int, before: bytes, after: bytes) -> None:
    written = varint(value)
    assert written == _VarintBytes(value)
    assert read_varint(before + written + after, len(before)) == (
        value,
        len(before + written),
    )


@given(st.integers(-(2**63), -1))
def test_a_negative_number_takes_ten_bytes(value: int) -> None:
    assert len(varint(value)) == 10
    assert read_varint(varint(value), 0) == (value + 2**64, 10)


@given(UNSIGNED)
def test_a_number_cut_short_is_noticed(value: int) -> None:
    with pytest.raises(IndexError):
        read_varint(varint(value)[:-1], 0)


def test_a_number_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="ten bytes"):
        read_varint(b"\xff" * 11, 0)
