"""Opens a page in a headless Chromium, with a probe that answers what it finds there."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--virtual-time-budget=20000",
)

_PROBE = """
window.probeErrors = [];
window.addEventListener("error", (event) => window.probeErrors.push(String(event.message)));
window.addEventListener("load", async () => {
  const answer = document.createElement("pre");
  answer.id = "answer";
  try {
    answer.textContent = JSON.stringify(await (async () => { %s })());
  } catch (error) {
    answer.textContent = JSON.stringify({ errors: [String(error.stack)] });
  }
  document.body.append(answer);
});
"""


def ask(text: str, probe: str, folder: Path) -> dict[str, Any]:
    """What a browser says of a page.

    Args:
        text: The page. Its policy lets no other script run, so the copy that is
            opened has none.
        probe: The body of an async function in JavaScript that returns an object.
        folder: For the copy and for the browser's own files.
    """
    if CHROMIUM is None:
        pytest.skip("there is no Chromium to open the page in")
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    script = f"<script>{_PROBE % probe}</script></body>"
    page = folder / "page.html"
    page.write_text(text.replace("</body>", script), "utf-8")
    done = subprocess.run(
        [
            CHROMIUM,
            *FLAGS,
            f"--user-data-dir={folder / 'profile'}",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = re.search(r'<pre id="answer">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None, done.stderr[-2000:]
    values: dict[str, Any] = json.loads(unescape(found[1]))
    return values
