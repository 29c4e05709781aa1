"""In a terminal no word is broken, and nothing is lost."""

from hypothesis import given
from hypothesis import strategies as st

from vaeprep.job.columns import table, wrapped

WORDS = st.lists(st.text("abc-/.", min_size=1, max_size=14), min_size=1, max_size=30)


@given(WORDS, st.integers(40, 100))
def test_a_paragraph_keeps_its_words_whole_and_its_lines_short(
    words: list[str], width: int
) -> None:
    lines = wrapped(" ".join(words), width, "  ", "    ")
    assert " ".join(lines).split() == words
    assert all(len(line) <= width for line in lines)
    assert wrapped(" ".join(words), None) == [" ".join(words)]


@given(st.lists(st.tuples(st.text("xy", max_size=45), WORDS), min_size=1, max_size=5))
def test_a_table_keeps_its_words_whole_and_its_lines_short(
    rows: list[tuple[str, list[str]]],
) -> None:
    lines = table([(label, "12", " ".join(note)) for label, note in rows], 80)
    assert all(len(line) <= 80 for line in lines)
    told = " ".join(lines).split()
    assert [word for word in told if word != "12"] == [
        word for label, note in rows for word in [*label.split(), *note]
    ]
