"""The frame of every page: style, script and policy, a header, parts with links, a footer."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from importlib import resources
from pathlib import Path
from string import Template

from vaeprep.files.whole import write_whole
from vaeprep.files.writable import check_writable
from vaeprep.inspection.page.markup import Markup, join, tag

_FIRST_LINE = "<!doctype html>"
_SCRIPTS = ("player.js", "browse.js")

Part = tuple[str, str, list[Markup]]
"""Name (for links), heading and content of a part of the page."""


def document(
    title: str, header: Sequence[Markup], parts: Sequence[Part], footer: Markup
) -> str:
    """A whole page as text.

    Args:
        title: For the window and the first heading.
        header: What stands below the heading, above the links to the parts.
        parts: In order.
        footer: Below all.
    """
    folder = resources.files("vaeprep.inspection.page")
    template = Template(folder.joinpath("page.html").read_text("utf-8"))
    style = folder.joinpath("page.css").read_text("utf-8")
    script = "\n".join(folder.joinpath(name).read_text("utf-8") for name in _SCRIPTS)
    links = [tag("li", tag("a", heading, href=f"#{name}")) for name, heading, _ in parts]
    top = tag(
        "header",
        tag("p", "vaeprep report", class_="eyebrow"),
        tag("h1", title),
        *header,
        tag("nav", tag("ul", *links), aria_label="Parts of this page"),
    )
    main = tag("main", *(_section(*part) for part in parts))
    return template.substitute(
        title=tag("title", title),
        style=style.strip(),
        body=join([top, main, footer]),
        script=script,
        script_hash=_content_hash(script),
    )


def figures(numbers: Iterable[tuple[str, str]]) -> Markup:
    """The large numbers at the top: label and value of each."""
    items = [tag("div", tag("dt", label), tag("dd", value)) for label, value in numbers]
    return tag("dl", *items, class_="figures")


def notice(text: str) -> Markup:
    """Something that the reader should know before all else."""
    return tag("div", tag("p", text), class_="notice", role="note")


def write_document(path: Path, text: str) -> None:
    """Writes a page, whole or not at all.

    Raises:
        UsageError: Something stands at `path` that is no HTML page.
        OSError: The page cannot be written.
    """
    check_page_path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text)


def check_page_path(path: Path) -> None:
    """Refuses to write a page over anything but an HTML page.

    Raises:
        UsageError: Something else stands at `path`.
    """
    check_writable(path, _FIRST_LINE.encode(), "HTML page")


def _section(name: str, heading: str, content: list[Markup]) -> Markup:
    title = tag("h2", heading, id=f"{name}-heading")
    return tag("section", title, *content, id=name, aria_labelledby=f"{name}-heading")


def _content_hash(script: str) -> str:
    """What the page's security policy calls this script, and so no other one runs."""
    return "sha256-" + b64encode(sha256(script.encode("utf-8")).digest()).decode("ascii")
