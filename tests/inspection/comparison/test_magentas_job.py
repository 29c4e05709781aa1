"""What Magenta's own job writes can be compared, and what it keeps to itself is told.

The job runs on Apache Beam, which only `make benchmark` installs.
"""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import vaeprep
from vaeprep.demo.songs import write_songs
from vaeprep.inspection.comparison.compare import Comparison, compare, find_sides
from vaeprep.inspection.comparison.text import to_text
from vaeprep.inspection.comparison.verdict import verdict
from vaeprep.inspection.page.comparison import to_html

CONFIG = "cat-mel_2bar_small"
SHARDS = 3
AS_IT_IS = "magenta.models.music_vae.preprocess_tfrecord"
UNCAPPED = "benchmarks.beam_job"

pytestmark = pytest.mark.skipif(
    find_spec("apache_beam") is None, reason="Beam is not installed (make benchmark does)"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Songs, and vaeprep's examples of them."""
    folder = tmp_path_factory.mktemp("jobs")
    write_songs(folder / "songs", 8, seed=7)
    vaeprep.run(
        input_tfrecord=folder / "songs",
        output_tfrecord=folder / "vaeprep",
        output_shards=SHARDS,
        config=CONFIG,
        workers=1,
    )
    return folder


def magentas(module: str, folder: Path) -> Comparison:
    """What the job writes beside what vaeprep has written."""
    prefix = folder / module
    start = (
        "from vaeprep.magenta.install import name_bool_again; name_bool_again();"
        "from runpy import run_module; import sys;"
        "run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
    )
    flags = [
        f"--input_tfrecord={folder / 'songs'}",
        f"--output_tfrecord={prefix}",
        f"--output_shards={SHARDS}",
        f"--config={CONFIG}",
    ]
    command = [sys.executable, "-c", start, module, *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return compare(find_sides(str(prefix), str(folder / "vaeprep")))


def test_with_its_cap_lifted_it_holds_the_same(folder: Path) -> None:
    found = magentas(UNCAPPED, folder)
    for one in found.overlaps:
        assert (one.only_a, one.only_b) == (0, 0), one
    assert found.listed == 8
    assert not found.changed
    assert verdict(found)[0].startswith("A and B hold the same")
    assert "A has no summary of a run" in to_text(found)
    assert json.loads(json.dumps(verdict(found))) == verdict(found)


def test_as_it_is_it_keeps_five_examples_of_a_piece_and_that_is_told(folder: Path) -> None:
    found = magentas(AS_IT_IS, folder)
    examples, _, songs = found.overlaps
    assert examples.only_a == 0 < examples.only_b
    assert songs.only_a == songs.only_b == 0
    assert found.changed
    assert all(song.a.examples <= 5 * song.b.pieces for song in found.changed)
    assert "No piece of a song has more than 5 examples in A" in to_html(found)
