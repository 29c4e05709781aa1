"""What `vaeprep.inspect` gives: one inspection as data, as a table, as a page."""

import html
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vaeprep.inspection.as_json import to_json
from vaeprep.inspection.page.document import check_page_path
from vaeprep.inspection.page.page import write_page
from vaeprep.inspection.statistics import Inspection
from vaeprep.inspection.text import to_text


@dataclass(frozen=True, slots=True)
class Inspected:
    """What is in some files.

    `print(inspected)` shows the table of `vaeprep inspect`; a notebook shows it by itself.

    Attributes:
        inspection: All that was counted, as objects of the `vaeprep.inspection` package.
    """

    inspection: Inspection

    @property
    def records(self) -> int:
        """Records that could be read."""
        return self.inspection.count

    @property
    def bad_records(self) -> int:
        """Records that could not."""
        return self.inspection.fault_counts.total()

    def data(self) -> dict[str, Any]:
        """All counts by name, as `vaeprep inspect --json` prints them; plain values."""
        values: dict[str, Any] = json.loads(to_json(self.inspection))
        return values

    def write_page(self, path: Path | str) -> None:
        """Writes the page with charts and piano rolls, to be opened in a browser.

        Raises:
            UsageError: The path cannot be a page's.
            OSError: The page cannot be written.
        """
        page = Path(path)
        check_page_path(page)
        write_page(page, self.inspection)

    def __str__(self) -> str:
        return to_text(self.inspection)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"
