"""Puts the latest results into a page, and their pictures into the folder of its name.

The page holds a pair of markers for each question; what stands between them is
replaced by the question's table, machine, command and pictures. The text around
them stays. Questions that were not asked keep their old results.

    python -m benchmarks.update_docs build/benchmarks
    python -m benchmarks.update_docs build/benchmarks --page docs/benchmarks-sample.md
"""

import argparse
import re
import shutil
from pathlib import Path

_DOCS = Path(__file__).resolve().parents[1] / "docs"


def main() -> None:
    """Updates the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--page", type=Path, default=_DOCS / "benchmarks.md")
    arguments = parser.parse_args()
    page, results = arguments.page, arguments.results
    folder = page.with_suffix("")
    text = with_results(page.read_text("utf-8"), results, folder.name)
    page.write_text(text, "utf-8")
    folder.mkdir(exist_ok=True)
    for file in (*results.glob("*.png"), *results.glob("*.json")):
        shutil.copy(file, folder / file.name)


def with_results(page: str, results: Path, folder: str) -> str:
    """The page with the tables of the results in place of the old ones.

    Args:
        page: Markdown with `<!-- engines -->` ... `<!-- end -->`.
        results: Folder with `engines.md`, `engines.png` and so on.
        folder: Where the pictures will lie, seen from the page.
    """

    def replace(found: re.Match[str]) -> str:
        table = results / f"{found[1]}.md"
        if not table.exists():
            return found[0]
        pictures = sorted(path.name for path in results.glob(f"{found[1]}*.png"))
        shown = "".join(f"\n![{name}]({folder}/{name})\n" for name in pictures)
        return f"<!-- {found[1]} -->\n{table.read_text('utf-8')}{shown}<!-- end -->"

    return re.sub(r"<!-- (\w+) -->\n.*?<!-- end -->", replace, page, flags=re.DOTALL)


if __name__ == "__main__":
    main()
