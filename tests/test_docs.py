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
