"""A light install stays light, and the package says of itself what an index page needs."""

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.light_install import ALLOWED, HEAVY, LIMIT, closure, size
from vaeprep.version import __version__

tomllib = pytest.importorskip("tomllib", reason="Python 3.10 reads no TOML")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return dict(tomllib.load(file)["project"])


def test_a_light_install_brings_only_the_packages_that_are_named(
    project: dict[str, Any],
) -> None:
    packages = closure(project["dependencies"])
    assert len(packages) >= len(project["dependencies"])
    assert set(packages) <= ALLOWED
    assert not set(packages) & {name.replace("_", "-") for name in HEAVY}


def test_a_light_install_stays_below_100_megabytes(project: dict[str, Any]) -> None:
    sizes = {name: size(package) for name, package in closure(project["dependencies"]).items()}
    assert sizes["numpy"] > 1_000_000  # sizes are found at all
    assert sum(sizes.values()) < LIMIT, sizes


def test_what_training_needs_comes_with_its_extra(project: dict[str, Any]) -> None:
    extras = project["optional-dependencies"]
    names = {re.split(r"[<>=;\[ ]", line)[0] for line in extras["train"]}
    assert {"tensorflow", "note-seq", "tf-keras"} <= names
    assert extras["magenta"] == ["vaeprep[train]"]
    assert extras["scores"] == ["note-seq>=0.0.5"]


SETUP = runpy.run_path(str(ROOT / "setup.py"), run_name="read, not run")
README = (ROOT / "README.md").read_text("utf-8")
SOURCE = "https://host.example/owner/vaeprep"


def relative_links(text: str) -> list[str]:
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    return [link for link in links if not link.startswith(("https://", "#"))]


def test_the_description_on_an_index_page_has_no_link_that_leads_nowhere() -> None:
    assert relative_links(README)
    description = SETUP["long_description"](README, "")
    assert not relative_links(description)
    assert "benchmarks" in description


def test_where_the_source_is_known_links_are_absolute() -> None:
    description = SETUP["long_description"](README, SOURCE)
    assert not relative_links(description)
    for link in relative_links(README):
        assert f"]({SOURCE}/blob/HEAD/{link})" in description
    assert all(link.startswith(SOURCE) for link in SETUP["project_urls"](SOURCE).values())
    assert SETUP["project_urls"]("") == {}


def test_the_notice_names_what_is_carried_from_others() -> None:
    carried = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "vaeprep").rglob("*.py")
        if "Copyright" in path.read_text("utf-8")
    ]
    assert carried == ["vaeprep/music/music_pb2.py"]
    assert all(path in (ROOT / "NOTICE").read_text("utf-8") for path in carried)


def test_workflows_name_no_registry_and_build_what_a_release_needs() -> None:
    workflows = {path.name: path.read_text() for path in (ROOT / ".github").rglob("*.yml")}
    assert set(workflows) == {"tests.yml", "release.yml"}
    for text in workflows.values():
        assert "make check-wheel" in text
        assert not re.search(r"https?://|\.(org|io)\b", text)


def test_the_changelog_has_the_fixed_headings_and_the_version() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines()
    headings = [line[4:] for line in lines if line.startswith("### ")]
    assert set(headings) <= {"Added", "Changed", "Fixed", "Removed"}
    assert "## Unreleased" in lines
    assert any(line.startswith(f"## {__version__}") for line in lines)
