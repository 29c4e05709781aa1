"""What Magenta's converter gives for NoteSequence examples, as rows to compare with."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from tests import magenta_oracle as oracle
from vaeprep.music.protos import NoteSequence

Row = tuple[tuple[str, tuple[int, ...], bytes], ...]
"""One example's inputs, outputs, controls and length: dtype, shape and bytes of each."""


def magenta_tensors(config: str, note_sequences: Iterable[Any]) -> list[tuple[Any, ...]]:
    """The tensors of each NoteSequence, in the dtypes that Magenta's loader delivers."""
    converter = oracle.converter(config)
    dtypes = (converter.input_dtype, converter.output_dtype, converter.control_dtype, np.int32)
    rows = []
    for note_sequence in note_sequences:
        copied = NoteSequence()
        copied.CopyFrom(note_sequence)
        found = converter.to_tensors(copied)
        assert len(found.inputs) == 1
        rows.append(
            tuple(np.array(p[0], dtype) for p, dtype in zip(found, dtypes, strict=True))
        )
    return rows


def multiset(rows: Iterable[Iterable[Any]]) -> "Counter[Row]":
    """Examples without their order, comparable to the bit."""
    return Counter(
        tuple(
            (str(part.dtype), part.shape, np.ascontiguousarray(part).tobytes()) for part in row
        )
        for row in rows
    )


def rows_of(dataset: Any) -> list[tuple[Any, ...]]:
    """The examples of all batches of a dataset."""
    return [
        row
        for batch in dataset
        for row in zip(*(np.asarray(part) for part in batch), strict=True)
    ]
