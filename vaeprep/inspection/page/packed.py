"""Data that stand in the page for its script, packed so that the page stays small."""

import json
import zlib
from base64 import b64encode
from typing import Any

from vaeprep.inspection.page.markup import Markup, tag

_LEVEL = 9


def packed(data: Any, kind: str, of: str) -> Markup:
    """A block that `browse.js` unpacks: zlib, then base64, of JSON.

    Base64 has no character that HTML would read, and the block is no script to a browser.

    Args:
        data: JSON values.
        kind: What it is, for the script.
        of: Id of the part of the page that it belongs to.
    """
    text = json.dumps(data, separators=(",", ":")).encode("ascii")
    block = Markup(b64encode(zlib.compress(text, _LEVEL)).decode("ascii"))
    return tag("script", block, type="application/vnd.packed", data_kind=kind, data_of=of)
