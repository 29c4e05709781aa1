"""How Sphinx makes the site: `make site` reads docs/ and writes build/site.

The pages stay plain Markdown that is read as well in the repository. What only the site
needs is added here: README.md is its first page, and links follow.
"""

import importlib
import os
import re
import sys
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # the loader's page imports TensorFlow

import vaeprep  # noqa: E402

project = "vaeprep"
version = release = vaeprep.__version__
copyright = "the vaeprep authors, Apache License 2.0"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "index"
default_role = "code"  # `name` in a docstring
myst_heading_anchors = 3
highlight_language = "none"  # commands and what they print; code says its language

html_theme = "furo"  # with the reader's own fonts: nothing is asked of another machine
html_title = f"vaeprep {version}"
html_show_sphinx = False
html_copy_source = False

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
maximum_signature_line_length = 80
napoleon_numpy_docstring = False
napoleon_use_ivar = True

# autodoc sees what a module holds; the names that are imported when first used are so now.
for face in (vaeprep, importlib.import_module("vaeprep.training")):
    vars(face).update({name: getattr(face, name) for name in face.__all__})

FROM_THE_ROOT = {
    "index": "README.md",
    "ja": "README.ja.md",
    "changelog": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
    "notice": "NOTICE",
}
"""The pages of the site that are files above docs/, each at a comment with its name."""

_NO_PAGE = re.compile(r"\[([^\]]*)\]\(examples/[^)]*\)")
"""Links to what is in the repository and not on the site."""

_CODE = re.compile(r"^ {4}.*(?:\n+ {4}.*)*", re.MULTILINE)


def add_file_of_the_root(_app: Sphinx, page: str, source: list[str]) -> None:
    """Puts a file above docs/ into its page; links lead from page to page."""
    if page in FROM_THE_ROOT:
        file = FROM_THE_ROOT[page]
        text = (ROOT / file).read_text("utf-8").replace("](docs/", "](")
        text = _NO_PAGE.sub(r"`\1`", text)
        source[0] = source[0].replace(f"<!-- {file} -->", text)
    for name, file in FROM_THE_ROOT.items():
        for link in (f"](../{file}", f"]({file}"):
            source[0] = source[0].replace(link, f"]({name}.md")


def mark_code(
    _app: Sphinx, what: str, _name: str, _value: object, _options: object, lines: list[str]
) -> None:
    """Says that an indented block in a module's docstring is code."""
    if what == "module":
        text = _CODE.sub(r".. code-block:: python\n\n\g<0>", "\n".join(lines))
        lines[:] = text.split("\n")


def setup(app: Sphinx) -> None:
    """What Sphinx calls once it has read the settings above."""
    app.connect("source-read", add_file_of_the_root)
    app.connect("autodoc-process-docstring", mark_code)
