"""The part of the package's description that the place of its source decides.

README.md links to pages beside it. An index page stands alone, so there these links become
absolute when the address of the source is known, and plain words when it is not:

    VAEPREP_SOURCE=https://host/owner/vaeprep python -m build
"""

import os
import re
from pathlib import Path

from setuptools import setup

_LINK = re.compile(r"\[([^\]]+)\]\((?![a-z]+:|#)([^)\s]+)\)")


def long_description(readme: str, source: str) -> str:
    """README.md for a page that stands alone.

    Args:
        readme: Its text.
        source: The address of the source, empty when it is not known.

    Returns:
        The text without relative links.
    """
    return _LINK.sub(rf"[\1]({source}/blob/HEAD/\2)" if source else r"\1", readme)


def project_urls(source: str) -> dict[str, str]:
    """The links beside the description; none without an address."""
    if not source:
        return {}
    return {
        "Source": source,
        "Documentation": f"{source}/tree/HEAD/docs",
        "Changelog": f"{source}/blob/HEAD/CHANGELOG.md",
        "Issues": f"{source}/issues",
    }


if __name__ == "__main__":
    address = os.environ.get("VAEPREP_SOURCE", "").rstrip("/")
    setup(
        long_description=long_description(Path("README.md").read_text("utf-8"), address),
        long_description_content_type="text/markdown",
        project_urls=project_urls(address),
    )
