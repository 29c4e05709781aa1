"""The agreement checks notice what they are there for."""

import pytest

from benchmarks.agreement import Disagreement, check_part, check_same

OURS = {b"one": frozenset({"a", "b"}), b"two": frozenset({"c"})}


def test_the_same_examples_and_songs_agree() -> None:
    assert check_same(OURS, dict(OURS)) == "same bytes and ids"


@pytest.mark.parametrize(
    "theirs",
    [
        {b"one": frozenset({"a", "b"})},
        {**OURS, b"three": frozenset({"d"})},
        {**OURS, b"two": frozenset({"d"})},
    ],
)
def test_a_missing_or_further_example_or_another_song_is_noticed(
    theirs: dict[bytes, frozenset[str]],
) -> None:
    with pytest.raises(Disagreement):
        check_same(OURS, theirs)


def test_a_capped_output_is_a_part_of_ours() -> None:
    assert check_part(OURS, {b"one": frozenset({"a"})}).startswith("50%")
    with pytest.raises(Disagreement):
        check_part(OURS, {b"three": frozenset({"a"})})
