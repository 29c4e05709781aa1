"""What the workers of a run are given."""

import subprocess
import sys

import pytest

KINDS = ("melody", "drums", "trio", "performance", "groove")


@pytest.mark.parametrize(
    ("config", "needed"),
    [
        ("cat-mel_2bar_small", {"melody"}),
        ("cat-drums_2bar_small", {"drums"}),
        ("hier-multiperf_vel_1bar_med", {"performance"}),
    ],
)
def test_a_worker_imports_the_converter_of_its_run_and_no_other(
    config: str, needed: set[str]
) -> None:
    code = f"""
import sys
from vaeprep.configs import find
from vaeprep.job.worker import extract_split
find({config!r})
kinds = [kind for kind in {KINDS} if f"vaeprep.converters.{{kind}}.converter" in sys.modules]
print(*kinds, *(name for name in ("vaeprep.tensors", "click") if name in sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) == needed
