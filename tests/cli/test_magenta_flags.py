"""Commands copied from Magenta's documentation mean the same here."""

import pytest

from vaeprep.cli.magenta_flags import rewrite

BOOLEANS = {"enable-filtering", "is-drum", "drums-only"}
OPTIONS = {"input-tfrecord", "output-shards", "config", "pipeline-options"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["--input_tfrecord=/a_b/c_d.tfrecord"], ["--input-tfrecord=/a_b/c_d.tfrecord"]),
        (["--input_tfrecord", "/a_b"], ["--input-tfrecord", "/a_b"]),
        (["-output_shards=10"], ["--output-shards=10"]),
        (["--enable_filtering=false"], ["--no-enable-filtering"]),
        (["--enable_filtering=True"], ["--enable-filtering"]),
        (["--noenable_filtering"], ["--no-enable-filtering"]),
        (["--no-enable-filtering"], ["--no-enable-filtering"]),
        (["--is_drum"], ["--is-drum"]),
        (["--nois_drum"], ["--no-is-drum"]),
        (["--is_drum=0"], ["--no-is-drum"]),
        (["--drums_only=maybe"], ["--drums_only=maybe"]),
        (["--alsologtostderr"], []),
        (["--noalsologtostderr", "--logtostderr=true"], []),
        (["--verbosity=1", "--v", "2", "--config=x"], ["--config=x"]),
        (
            ["--pipeline_options=--runner=DirectRunner,--a_b"],
            ["--pipeline-options=--runner=DirectRunner,--a_b"],
        ),
        (["--pipeline_options", "--runner=X"], ["--pipeline-options", "--runner=X"]),
        (["--", "--config_x"], ["--", "--config_x"]),
        (["-h"], ["-h"]),
        (["file_name"], ["file_name"]),
        (["--unknown_flag=1"], ["--unknown-flag=1"]),
    ],
)
def test_absl_spelling_is_understood(typed: list[str], meant: list[str]) -> None:
    assert rewrite(typed, BOOLEANS, OPTIONS) == meant
