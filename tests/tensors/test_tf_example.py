"""Examples as bytes: what is written is what any protobuf reader reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaeprep.tensors import tf_example
from vaeprep.tensors.tf_example import features, parse, with_ids

NAMES = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=9)
VALUES = st.binary(max_size=300) | st.lists(st.integers(0, 2**40), min_size=1, max_size=20)
FEATURES = st.dictionaries(
    NAMES.filter(lambda name: name != tf_example.IDS), VALUES, max_size=5
)
IDS = st.lists(st.text(max_size=200), max_size=5)


@given(FEATURES, IDS)
def test_what_is_written_is_read_again(
    values: dict[str, bytes | list[int]], ids: list[str]
) -> None:
    found = parse(with_ids(features(values), ids))
    assert found.pop(tf_example.IDS) == [i.encode("utf-8", "surrogateescape") for i in ids]
    assert found == {
        name: [value] if isinstance(value, bytes) else value for name, value in values.items()
    }


@given(FEATURES, IDS)
def test_tensorflow_reads_the_same(
    values: dict[str, bytes | list[int]], ids: list[str]
) -> None:
    import tensorflow as tf

    theirs = tf.train.Example.FromString(with_ids(features(values), ids)).features.feature
    assert [value.decode() for value in theirs[tf_example.IDS].bytes_list.value] == ids
    for name, value in values.items():
        if isinstance(value, bytes):
            assert list(theirs[name].bytes_list.value) == [value]
        else:
            assert list(theirs[name].int64_list.value) == value


def test_examples_that_tensorflow_wrote_are_read() -> None:
    import tensorflow as tf

    example = tf.train.Example()
    example.features.feature["a"].bytes_list.value.extend([b"x", b""])
    example.features.feature["b"].int64_list.value.extend([-1, 0, 2**62])
    example.features.feature["c"].float_list.value.extend([0.5, -2.0])
    example.features.feature["d"].SetInParent()
    found = parse(example.SerializeToString())
    assert found == {"a": [b"x", b""], "b": [-1, 0, 2**62], "c": [0.5, -2.0], "d": []}


def test_features_keep_their_bytes_when_ids_are_added() -> None:
    entries = features({"melody": b"\x00\x01", tf_example.LENGTH: (2,)})
    assert with_ids(entries, ["a"]).count(entries) == 1
    assert with_ids(entries, ["a", "b"]) == with_ids(entries, [b"a", b"b"])


@given(st.binary(max_size=60))
def test_no_bytes_make_the_parser_fail_otherwise_than_with_a_value_error(data: bytes) -> None:
    try:
        parse(data)
    except ValueError:
        return


@pytest.mark.parametrize("cut", range(1, 20))
def test_cut_examples_are_refused(cut: int) -> None:
    whole = with_ids(features({"melody": bytes(30), tf_example.LENGTH: (30,)}), ["song"])
    with pytest.raises(ValueError, match=r"no tf\.train\.Example"):
        parse(whole[:-cut])
