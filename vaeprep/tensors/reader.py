"""Reads tensor shards to NumPy, without TensorFlow."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vaeprep.checks import checked, paths
from vaeprep.configs import Config
from vaeprep.errors import VaeprepError
from vaeprep.files.tfrecord import Damage, read_records
from vaeprep.inputs.find import find_files
from vaeprep.magenta.definition import usable_config
from vaeprep.tensors.description import check_fits, find_description
from vaeprep.tensors.kinds import Feature, Tensors
from vaeprep.tensors.tf_example import IDS, LENGTH, parse

Pattern = str | Path | Iterable[str | Path]


def read_examples(pattern: Pattern) -> Iterator[dict[str, Any]]:
    """Reads the examples of tensor shards, in the order of the files.

    Args:
        pattern: A glob pattern, several with commas, or the files themselves.

    Yields:
        One dictionary an example: each stored feature as a NumPy array (the
        description says which there are, with dtype and shape), "length" as
        int32 (an array for performances) and "ids", the ids of the songs.

    Raises:
        UsageError: No file matches, or the description is missing.
        DamagedShardError: A record cannot be read.
    """
    shards = files(pattern)
    found = find_description(shards)
    features = {
        name: Feature(value["dtype"], tuple(value["shape"]), value["meaning"])
        for name, value in found["features"].items()
    }
    scalar = not found["tensors"]["lengths"]["shape"]
    for record in records(shards):
        yield stored_example(record, features, scalar)


def read_tensors(pattern: Pattern, config: str | Config) -> Iterator[Tensors]:
    """Reads tensor shards and expands each example to Magenta's arrays.

    For GrooVAE configurations the input is without note dropout.

    Args:
        pattern: As for `read_examples`.
        config: The configuration (or its name) whose tensors are wanted. Shards
            made for another one fit if they store the same.

    Yields:
        `inputs`, `outputs`, `controls` and `lengths` as Magenta's `to_tensors`.

    Raises:
        UsageError: As for `read_examples`, or the shards do not fit.
    """
    shards = files(pattern)
    wanted = usable_config(config) if isinstance(config, str) else config
    kind = check_fits(find_description(shards), wanted)
    for record in records(shards):
        yield kind.expand(stored_example(record, kind.features, not kind.length_shape))


class DamagedShardError(VaeprepError):
    """A shard holds a record that cannot be read."""


def files(pattern: Pattern) -> list[Path]:
    """The files of a pattern, sorted; those of several patterns in their order.

    Raises:
        UsageError: A pattern matches nothing.
    """
    given = checked({"pattern": pattern}, {"pattern": paths})
    return [file.path for file in find_files(given["pattern"])]


def records(shards: Iterable[Path]) -> Iterator[bytes]:
    """The payloads of the shards' records.

    Raises:
        DamagedShardError: A checksum is wrong or a file ends early.
    """
    for path in shards:
        for record in read_records(path):
            if isinstance(record, Damage):
                raise DamagedShardError(f"{path} at byte {record.offset}: {record.reason}")
            yield record.payload


def stored_example(
    record: bytes, features: dict[str, Feature], scalar_length: bool
) -> dict[str, Any]:
    """One record as NumPy arrays.

    Args:
        record: A serialized tf.train.Example.
        features: What is stored.
        scalar_length: Whether "length" is one number.

    Raises:
        ValueError: The record is of another format.
    """
    values = parse(record)
    example: dict[str, Any] = {
        name: _array(values[name][0], feature)  # type: ignore[arg-type]
        for name, feature in features.items()
    }
    lengths = np.array(values[LENGTH], np.int32)
    example[LENGTH] = lengths[0] if scalar_length else lengths
    ids = values.get(IDS, [])
    example[IDS] = [i.decode("utf-8", "surrogateescape") for i in ids if isinstance(i, bytes)]
    return example


def _array(data: bytes, feature: Feature) -> NDArray[Any]:
    name = "uint8" if feature.dtype == "bits" else feature.dtype
    values = np.frombuffer(data, np.dtype(name).newbyteorder("<"))
    if all(isinstance(size, int) for size in feature.shape):
        return values.reshape(feature.shape)
    return values
