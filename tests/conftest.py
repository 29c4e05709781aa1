"""What all the tests share: where the real music lies, and hypothesis' settings."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from vaeprep.magenta.install import name_bool_again

# Magenta needs the Keras that TensorFlow 2.15 and earlier carried.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
name_bool_again()

# Magenta takes tens of milliseconds a song, so a deadline for one draw says nothing. The draws
# are the same every time, so that a test fails because of a change and not by chance;
# VAEPREP_EXPLORE=1 draws new ones, to find what nobody has thought of.
settings.register_profile(
    "vaeprep",
    derandomize=not os.environ.get("VAEPREP_EXPLORE"),
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("vaeprep")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real music next to the checkout; the test is skipped without it."""
    folder = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real music (../shared/data) is not there")
    return folder.resolve()
