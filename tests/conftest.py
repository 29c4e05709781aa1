"""What all the tests share: where the real music lies, and hypothesis' settings."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

import vaeprep
from vaeprep.demo.songs import write_songs
from vaeprep.files.tfrecord import write_records
from vaeprep.magenta.install import name_bool_again

if TYPE_CHECKING:
    from tests.stores import Server

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


def find_real_music(shared: Path) -> Path:
    """The folder of real music; CI has it wherever it has `shared`, and fails without it."""
    folder = shared / "data"
    if folder.is_dir():
        return folder
    if os.environ.get("CI") and shared.is_dir():
        pytest.fail("the real music (../shared/data) is not there, though ../shared is")
    pytest.skip("the real music (../shared/data) is not there")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real music next to the checkout; the test is skipped without it."""
    return find_real_music(Path(__file__).resolve().parents[2] / "shared")


@pytest.fixture(scope="session")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TFRecord of composed songs."""
    path = tmp_path_factory.mktemp("songs") / "songs.tfrecord"
    write_songs(path, 24, seed=7)
    return path


@pytest.fixture(scope="session")
def shards(tmp_path_factory: pytest.TempPathFactory, songs: Path) -> Callable[[str], Path]:
    """A function from a configuration to the prefix of its shards, in both formats."""
    made: dict[str, Path] = {}
    folder = tmp_path_factory.mktemp("shards")

    def make(config: str) -> Path:
        if config not in made:
            made[config] = folder / config
            with ThreadPoolExecutor(1) as executor:
                vaeprep.run(
                    input_tfrecord=songs,
                    output_tfrecord=made[config],
                    config=config,
                    output_shards=3,
                    format="both",
                    executor=executor,
                )
        return made[config]

    return make


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes NoteSequences (or bytes) as a TFRecord file."""

    def write_file(name: str, *records: Any) -> Path:
        path = tmp_path / name
        payloads = [r if isinstance(r, bytes) else r.SerializeToString() for r in records]
        write_records(path, payloads)
        return path

    return write_file


@pytest.fixture(scope="session")
def s3() -> Iterator["Server"]:
    """A real S3 server on this machine with an empty bucket, `s3://music`."""
    pytest.importorskip("s3fs", reason="the S3 server for tests is not installed")
    pytest.importorskip("moto.server", reason="the S3 server for tests is not installed")
    from tests.stores import s3_server

    with s3_server() as running:
        yield running
