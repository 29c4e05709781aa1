"""Puts the latest results into docs/benchmarks.md and its pictures into docs/benchmarks/.

The page holds a pair of markers for each question; what stands between them is
replaced by the question's table, machine, command and pictures. The text around
them stays. Questions that were not asked keep their old results.

    python -m benchmarks.update_docs build/benchmarks
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
    arguments = parser.parse_args()
    page = _DOCS / "benchmarks.md"
    page.write_text(with_results(page.read_text("utf-8"), arguments.results), "utf-8")
    for picture in arguments.results.glob("*.png"):
        shutil.copy(picture, _DOCS / "benchmarks" / picture.name)
    for numbers in arguments.results.glob("*.json"):
        shutil.copy(numbers, _DOCS / "benchmarks" / numbers.name)


def with_results(page: str, results: Path) -> str:
    """The page with the tables of the results in place of the old ones.

    Args:
        page: Markdown with `<!-- engines -->` ... `<!-- end -->`.
        results: Folder with `engines.md` and so on.
    """

    def replace(found: re.Match[str]) -> str:
        table = results / f"{found[1]}.md"
        if not table.exists():
            return found[0]
        pictures = sorted(path.name for path in results.glob(f"{found[1]}*.png"))
        shown = "".join(f"\n![{name}](benchmarks/{name})\n" for name in pictures)
        return f"<!-- {found[1]} -->\n{table.read_text('utf-8')}{shown}<!-- end -->"

    return re.sub(r"<!-- (\w+) -->\n.*?<!-- end -->", replace, page, flags=re.DOTALL)


if __name__ == "__main__":
    main()
