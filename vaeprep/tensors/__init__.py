"""Examples as compact tensors: how they are stored, written and read without TensorFlow."""

from vaeprep.tensors.format import description, encoder, find_description
from vaeprep.tensors.reader import read_examples, read_tensors
from vaeprep.tensors.wire import with_ids

__all__ = [
    "description",
    "encoder",
    "find_description",
    "read_examples",
    "read_tensors",
    "with_ids",
]
