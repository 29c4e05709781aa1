"""One example as a serialized tf.train.Example, in plain bytes, without TensorFlow.

A tf.train.Example is one message (field 1, `Features`) that holds a map from a
name to a value: entries of field 1, each with the name (field 1) and a
`Feature` (field 2), which is a `BytesList` (1), a `FloatList` (2) or an
`Int64List` (3). So features can be made one by one and put behind each other:

    example = 0x0A, length of all entries, entry, entry, ...

The source ids come last. They are known only when all songs have been read, so
they are appended to features that were made long before.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from vaeprep.music.varint import read_varint, varint

IDS = "ids"
LENGTH = "length"

Value = list[bytes] | list[int] | list[float]

_LENGTH_DELIMITED_1 = b"\x0a"
_LENGTH_DELIMITED_2 = b"\x12"
_LENGTH_DELIMITED_3 = b"\x1a"


def features(values: Mapping[str, bytes | Sequence[int]]) -> bytes:
    """The map entries of an example, without its ids.

    Args:
        values: For each name a bytes value, or integers of 0 or more. They are
            written in the order of the mapping.

    Returns:
        The entries behind each other: what `with_ids` completes.
    """
    return b"".join(
        bytes_entry(name, (value,)) if isinstance(value, bytes) else _ints_entry(name, value)
        for name, value in values.items()
    )


def with_ids(entries: bytes, ids: Iterable[str | bytes]) -> bytes:
    """A complete tf.train.Example from its features and its source ids.

    Args:
        entries: As `features` returns them.
        ids: The ids of the songs that the example was found in.

    Returns:
        The serialized tf.train.Example; the ids are its feature "ids".
    """
    values = [i.encode("utf-8", "surrogateescape") if isinstance(i, str) else i for i in ids]
    last = bytes_entry(IDS, values)
    size = varint(len(entries) + len(last))
    return b"".join((_LENGTH_DELIMITED_1, size, entries, last))


def tensor_payload(_example: bytes, features: bytes, ids: Sequence[str]) -> bytes:
    """What a shard of tensors holds of an example, as `encode.note_sequence_payload`."""
    return with_ids(features, ids)


def bytes_entry(name: str, values: Sequence[bytes]) -> bytes:
    """The map entry of a feature of bytes values."""
    items = b"".join(_LENGTH_DELIMITED_1 + varint(len(v)) + v for v in values)
    return _entry(name, _delimited(_LENGTH_DELIMITED_1, items))


def parse(example: bytes) -> dict[str, Value]:
    """The features of any tf.train.Example.

    Args:
        example: A serialized tf.train.Example.

    Returns:
        Name to values: bytes, integers or floats, in the order in which they are stored.

    Raises:
        ValueError: The bytes are no tf.train.Example.
    """
    if example and not is_one_message(example):
        raise ValueError("the record is no tf.train.Example")
    try:
        entries = _Example.FromString(example).features.feature
    except DecodeError:
        raise ValueError("the record is no tf.train.Example") from None
    return {entry.key: _values(entry.value) for entry in entries}


def is_one_message(record: bytes) -> bool:
    """Whether a record is one length-delimited field 1 and nothing more, as an example is."""
    try:
        size, start = read_varint(record, 1)
    except (IndexError, ValueError):
        return False
    return record.startswith(_LENGTH_DELIMITED_1) and start + size == len(record)


def _values(feature: Any) -> Value:
    kind = feature.WhichOneof("kind")
    return list(getattr(feature, kind).value) if kind else []


def _ints_entry(name: str, values: Sequence[int]) -> bytes:
    packed = b"".join(map(varint, values))
    return _entry(
        name, _delimited(_LENGTH_DELIMITED_3, _delimited(_LENGTH_DELIMITED_1, packed))
    )


def _entry(name: str, feature: bytes) -> bytes:
    key = _delimited(_LENGTH_DELIMITED_1, name.encode("utf-8"))
    return _delimited(_LENGTH_DELIMITED_1, key + _delimited(_LENGTH_DELIMITED_2, feature))


def _delimited(tag: bytes, data: bytes) -> bytes:
    return tag + varint(len(data)) + data


_FIELDS = (
    # message, field, number, type, whether repeated
    ("Example", "features", 1, "Features", False),
    ("Features", "feature", 1, "Entry", True),
    ("Entry", "key", 1, "string", False),
    ("Entry", "value", 2, "Feature", False),
    ("Feature", "bytes_list", 1, "BytesList", False),
    ("Feature", "float_list", 2, "FloatList", False),
    ("Feature", "int64_list", 3, "Int64List", False),
    ("BytesList", "value", 1, "bytes", True),
    ("FloatList", "value", 1, "float", True),
    ("Int64List", "value", 1, "int64", True),
)
"""The schema of tf.train.Example; a map is on the wire, and here, a list of entries."""

_SCALARS = {
    "string": FieldDescriptorProto.TYPE_STRING,
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "float": FieldDescriptorProto.TYPE_FLOAT,
    "int64": FieldDescriptorProto.TYPE_INT64,
}


def _example_class() -> Any:
    """The message class of a tf.train.Example, in a pool of its own beside TensorFlow's."""
    file = FileDescriptorProto(name="tf_example.proto", package="tf", syntax="proto3")
    names = dict.fromkeys(message for message, *_ in _FIELDS)
    messages = {name: file.message_type.add(name=name) for name in names}
    messages["Feature"].oneof_decl.add(name="kind")
    for message, name, number, kind, repeated in _FIELDS:
        field = messages[message].field.add(name=name, number=number)
        label = "LABEL_REPEATED" if repeated else "LABEL_OPTIONAL"
        field.label = FieldDescriptorProto.Label.Value(label)
        field.type = _SCALARS.get(kind, FieldDescriptorProto.TYPE_MESSAGE)
        if kind in messages:
            field.type_name = f".tf.{kind}"
        if message == "Feature":
            field.oneof_index = 0
    pool = DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("tf.Example"))


_Example = _example_class()
