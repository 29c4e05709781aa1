"""HTML and SVG elements, made so that text is escaped unless it is markup already."""

import re
from collections.abc import Iterable
from html import escape

_ENDS_OF_PARTS = re.compile(r"([/_])(?=.)")


class Markup(str):
    """Text that is HTML or SVG already; any other text is escaped when put into it."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str | float | bool | None) -> Markup:
    """An element.

    Args:
        name: Its name.
        children: What is in it; a `str` that is no `Markup` is escaped.
        attributes: By name, `class_` for class and `aria_label` for aria-label.
            Numbers are rounded to two places, None and False leave the
            attribute out, True writes it without a value.
    """
    opening = "".join([name, *(_attribute(key, value) for key, value in attributes.items())])
    return Markup(f"<{opening}>{join(children)}</{name}>")


def join(parts: Iterable[str]) -> Markup:
    """Puts markup and texts behind each other; texts are escaped."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))


def breakable(text: str) -> Markup:
    """A name or a path that may be broken between its parts, and rather there."""
    return Markup(_ENDS_OF_PARTS.sub("\\1<wbr>", escape(text)))


def decimal(value: float) -> str:
    """A number as short as it goes: two places at most, no trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value != int(value) else str(int(value))


def _attribute(key: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = value if isinstance(value, str) else decimal(value)
    return f' {name}="{escape(text)}"'
