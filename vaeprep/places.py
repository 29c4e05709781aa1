"""Where a user says a file is: a local path, with `~` for the home folder, or an address."""

import os
import re
from pathlib import Path

from vaeprep.errors import UsageError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/")
_ADVICE = {
    "gs": "copy between there and here with: gcloud storage cp",
    "s3": "copy between there and here with: aws s3 cp",
    "file": "write the plain path, which begins with /",
}


def address_scheme(text: str) -> str:
    """`s3` of `s3://bucket/name`, also when a slash was lost; "" of a path."""
    scheme = _SCHEME.match(text)  # a Path has lost the second slash
    if scheme is None or Path(f"{scheme[1]}:").is_dir():
        return ""
    return scheme[1].lower()


def local_path(text: str | Path) -> Path:
    """A path as the user wrote it, `~` and `~name` at its beginning made a home folder.

    Raises:
        UsageError: It is an address such as `s3://bucket/name` and no path.
    """
    return Path(local_name(str(text)))


def local_name(text: str) -> str:
    """As `local_path`, all else left as it was written.

    Raises:
        UsageError: It is an address such as `s3://bucket/name` and no path.
    """
    if scheme := address_scheme(text):
        advice = _ADVICE.get(scheme, "use a folder on this machine")
        raise UsageError(
            f"{text!r} is no path on this machine: {scheme}:// is not supported here; {advice}"
        )
    return os.path.expanduser(text)  # noqa: PTH111 (a Path would drop "/." at the end)
