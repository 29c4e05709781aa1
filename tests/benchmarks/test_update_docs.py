"""The page of the results is renewed question by question."""

from pathlib import Path

from benchmarks.run_all import MADE_UP, QUESTIONS
from benchmarks.update_docs import with_results

PAGE = (
    "# Title\n<!-- engines -->\nold\n<!-- end -->\ntext\n<!-- growth -->\nkept\n<!-- end -->\n"
)
DOCS = Path(__file__).parents[2] / "docs"


def test_new_results_replace_old_ones_and_the_rest_stays(tmp_path: Path) -> None:
    (tmp_path / "engines.md").write_text("new\n")
    page = with_results(PAGE, tmp_path, "pictures")
    assert page == PAGE.replace("old", "new")
    assert with_results(page, tmp_path, "pictures") == page


def test_pictures_are_shown_from_the_folder_of_the_page(tmp_path: Path) -> None:
    (tmp_path / "growth.md").write_text("new\n")
    (tmp_path / "growth.png").write_bytes(b"")
    page = with_results(PAGE, tmp_path, "benchmarks-sample")
    assert "new\n\n![growth.png](benchmarks-sample/growth.png)\n<!-- end -->" in page


def test_the_page_has_a_place_for_every_question() -> None:
    text = (DOCS / "benchmarks.md").read_text("utf-8")
    assert all(f"<!-- {question} -->" in text for question in QUESTIONS)


def test_the_page_of_the_sample_has_a_place_for_every_question_asked_of_it() -> None:
    text = (DOCS / "benchmarks-sample.md").read_text("utf-8")
    assert all(f"<!-- {question} -->" in text for question in set(QUESTIONS) - set(MADE_UP))
