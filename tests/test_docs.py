"""The documentation is true: the reference is fresh, names exist, links lead somewhere."""

import re
from pathlib import Path

import pytest

from vaeprep.cli.program import cli
from vaeprep.cli.reference import reference

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def test_the_command_reference_is_fresh() -> None:
    assert (ROOT / "docs" / "cli.md").read_text("utf-8") == reference(), "run: make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        if not target.startswith(("http", "#")):
            assert (page.parent / target.partition("#")[0]).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_the_pages_exist(page: Path) -> None:
    for name in re.findall(r"^ {4,}vaeprep ([a-z-]+)", page.read_text("utf-8"), re.M):
        assert name in cli.list_commands(None), name  # type: ignore[arg-type]


def test_the_architecture_names_files_and_functions_that_exist() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    code = {path: path.read_text("utf-8") for path in (ROOT / "vaeprep").rglob("*.py")}
    names = re.findall(r"`([\w/]+(?:\.py|/))`", page)
    assert len(names) > 20
    for name in names:
        assert (
            (ROOT / "vaeprep" / name).exists()
            or (ROOT / name).exists()
            or any(path.name == name for path in code)
        ), name
    folders = {path.name for path in (ROOT / "vaeprep").iterdir() if path.is_dir()}
    missing = [one for one in folders - {"__pycache__"} if f"`{one}/`" not in page]
    assert not missing
    for name in re.findall(r"`(_?[a-z]+(?:_[a-z]+)+)`", page):
        assert any(f"def {name}(" in text or name in text for text in code.values()), name


def tables(page: str) -> list[list[str]]:
    """The rows of each table of a README, headings left out."""
    text = (ROOT / page).read_text("utf-8")
    blocks = re.findall(r"^\|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.M)
    return [block.splitlines() for block in blocks]


def numbers(text: str) -> list[str]:
    """The numbers of a text, those inside names such as `flat-mel_16bar` left out."""
    return sorted(re.findall(r"\d[\d,.]*\d|\d", re.sub(r"`[^`]*`", "", text)))


def test_both_readmes_have_the_same_numbers_in_their_tables() -> None:
    english, japanese = tables("README.md"), tables("README.ja.md")
    measured = [rows for rows in english if any(map(numbers, rows))]
    assert len(measured) >= 5
    for rows in measured:
        # A row is known by its code, or by its place.
        assert [numbers(row) for row in rows if numbers(row)] in [
            [numbers(row) for row in others if numbers(row)] for others in japanese
        ], f"README.ja.md says otherwise: {rows}"


def test_both_readmes_name_the_same_sizes_and_what_is_installed() -> None:
    pages = [(ROOT / page).read_text("utf-8") for page in ("README.md", "README.ja.md")]
    for pattern in (r"[\d.]+ [MG]B", r"[\w./\[\]-]+==[\d.]+", r"pip install [^`#\n]*[^`#\s]"):
        english, japanese = (set(re.findall(pattern, page)) for page in pages)
        assert english == japanese, pattern


def test_the_japanese_readme_leads_to_every_page_that_the_english_one_leads_to() -> None:
    pages = [(ROOT / page).read_text("utf-8") for page in ("README.md", "README.ja.md")]
    english, japanese = (set(re.findall(r"\]\(([\w./]+)\)", page)) for page in pages)
    assert english - {"README.ja.md"} == japanese - {"README.md"}


def test_the_japanese_readme_names_every_command() -> None:
    page = (ROOT / "README.ja.md").read_text("utf-8")
    for name in cli.list_commands(None):  # type: ignore[arg-type]
        assert f"| `vaeprep {name}`" in page or f", `vaeprep {name}`" in page, name
