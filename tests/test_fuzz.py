"""The fuzz targets hold for all inputs that were ever found, and for some new ones.

`VAEPREP_FUZZ_SECONDS=600 pytest tests/test_fuzz.py` fuzzes each target for ten minutes.
"""

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fuzz.seeds import seeds
from fuzz.targets import TARGETS

CHECKOUT = Path(__file__).parents[1]
CORPUS = CHECKOUT / "fuzz" / "corpus"
SECONDS = os.environ.get("VAEPREP_FUZZ_SECONDS", "1")
MOST_SECONDS_OF_AN_INPUT = 10


@pytest.mark.parametrize("target", TARGETS)
def test_inputs_found_before_keep_the_promise(target: str) -> None:
    inputs = [path.read_bytes() for path in sorted((CORPUS / target).iterdir())]
    assert inputs
    for data in [*inputs, *seeds()[target]]:
        began = time.process_time()
        TARGETS[target](data)
        assert time.process_time() - began < MOST_SECONDS_OF_AN_INPUT


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris is not installed"
)
@pytest.mark.parametrize("target", TARGETS)
def test_new_inputs_keep_the_promise(target: str, tmp_path: Path) -> None:
    work = tmp_path / "corpus"
    work.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "fuzz", target, f"-max_total_time={SECONDS}", "-timeout=25",
         "-rss_limit_mb=1500", "-max_len=4000", f"-artifact_prefix={tmp_path}/",
         str(work), str(CORPUS / target)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
