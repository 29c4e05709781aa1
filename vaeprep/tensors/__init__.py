"""Examples as compact tensors: how they are stored, written and read without TensorFlow."""

from vaeprep.tensors.description import describe, find_description
from vaeprep.tensors.format import encoder
from vaeprep.tensors.reader import read_examples, read_tensors
from vaeprep.tensors.tf_example import with_ids

__all__ = [
    "describe",
    "encoder",
    "find_description",
    "read_examples",
    "read_tensors",
    "with_ids",
]
