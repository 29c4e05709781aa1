"""The page of the results is renewed question by question."""

from pathlib import Path

from benchmarks.update_docs import with_results

PAGE = (
    "# Title\n<!-- engines -->\nold\n<!-- end -->\ntext\n<!-- growth -->\nkept\n<!-- end -->\n"
)


def test_new_results_replace_old_ones_and_the_rest_stays(tmp_path: Path) -> None:
    (tmp_path / "engines.md").write_text("new\n")
    page = with_results(PAGE, tmp_path)
    assert page == PAGE.replace("old", "new")
    assert with_results(page, tmp_path) == page


def test_the_page_has_a_place_for_every_question() -> None:
    from benchmarks.run_all import QUESTIONS

    page = Path(__file__).parents[2] / "docs" / "benchmarks.md"
    text = page.read_text("utf-8")
    for question in QUESTIONS:
        assert f"<!-- {question} -->" in text
