"""What `vaeprep.compare` gives: two sides as data, as tables, as a page."""

import html
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vaeprep.inspection.comparison.as_json import to_json
from vaeprep.inspection.comparison.compare import Comparison
from vaeprep.inspection.comparison.text import to_text
from vaeprep.inspection.comparison.verdict import verdict
from vaeprep.inspection.page.comparison import write_comparison


@dataclass(frozen=True, slots=True)
class Compared:
    """What is in both of two runs or collections, and what is only in one.

    `print(compared)` shows the tables of `vaeprep compare`; a notebook shows them by itself.

    Attributes:
        comparison: All that was counted, as objects of `vaeprep.inspection.comparison`.
    """

    comparison: Comparison

    @property
    def verdict(self) -> list[str]:
        """What differs, a sentence each."""
        return verdict(self.comparison)

    def data(self) -> dict[str, Any]:
        """All counts by name, as `vaeprep compare --json` prints them; plain values."""
        values: dict[str, Any] = json.loads(to_json(self.comparison))
        return values

    def write_page(self, path: Path | str) -> None:
        """Writes the page with both beside each other, to be opened in a browser.

        Raises:
            UsageError: The path cannot be a page's.
            OSError: A file cannot be read again, or the page cannot be written.
        """
        write_comparison(Path(path), self.comparison)

    def __str__(self) -> str:
        return to_text(self.comparison)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"
