"""Magenta's Beam job with its cap on examples lifted, as the job itself means to do.

The job clears `max_outputs_per_notesequence`, which no converter reads; the one
that caps is `max_tensors_per_notesequence`. Nothing else is changed, except
that chord controls of the multi-track configurations work on NumPy >= 1.24.

    python -m benchmarks.beam_job --input_tfrecord=... (the flags of Magenta's job)
"""

from collections.abc import Sequence

from absl import app, flags
from magenta.models.music_vae import configs, preprocess_tfrecord

from vaeprep.magenta.install import mend_ragged_controls


def main(arguments: Sequence[str]) -> None:
    """Lifts the cap and runs Magenta's own main."""
    mend_ragged_controls()
    config = configs.CONFIG_MAP[flags.FLAGS.config]
    config.data_converter.max_tensors_per_notesequence = None
    preprocess_tfrecord.main(arguments)


if __name__ == "__main__":
    app.run(main)
