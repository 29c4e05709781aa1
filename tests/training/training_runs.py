"""Trains for a few steps in every way, in one process; `test_train` looks at what came out.

TensorFlow is switched to version 1's behaviour for training, which the other
tests must not see, and Magenta is imported once.
"""

import json
import sys
from pathlib import Path
from typing import Any

from tests.tensors import shards
from vaeprep.demo.songs import write_songs
from vaeprep.errors import UsageError
from vaeprep.training.options import TrainOptions
from vaeprep.training.train import run

KINDS = {
    "melody": "cat-mel_2bar_small",
    "drums": "cat-drums_2bar_small",
    "trio": "flat-trio_16bar",
    "groove": "groovae_2bar_tap_fixed_velocity_note_dropout",
    "chords": "cat-mel_2bar_med_chords",
}
TINY = "batch_size=8,enc_rnn_size=[8],dec_rnn_size=[8],z_size=4"


def train(folder: Path, name: str, config: str, **options: Any) -> dict[str, Any]:
    """One training; returns the lines it showed or the error it ended with."""
    lines: list[str] = []
    result: dict[str, Any] = {"lines": lines}
    options = {"hparams": TINY, "num_steps": 3, "log": "ERROR", **options}
    try:
        run(TrainOptions(config=config, run_dir=folder / name, **options), lines.append)
    except UsageError as error:
        result["error"] = str(error)
    result["checkpoints"] = sorted(p.name for p in (folder / name / "train").glob("*.index"))
    return result


def sample(folder: Path, name: str, config: str) -> dict[str, Any]:
    """Loads the checkpoint of a training in Magenta's TrainedModel and samples."""
    import copy

    import tensorflow.compat.v1 as tf
    from magenta.models.music_vae import TrainedModel
    from magenta.models.music_vae.configs import CONFIG_MAP

    magenta_config = copy.deepcopy(CONFIG_MAP[config])
    magenta_config.hparams.parse(TINY)
    with tf.Graph().as_default():
        model = TrainedModel(
            magenta_config, batch_size=2, checkpoint_dir_or_path=str(folder / name / "train")
        )
        samples = model.sample(n=2, length=magenta_config.hparams.max_seq_len, temperature=1.0)
    return {"samples": len(samples), "tempos": [song.tempos[0].qpm for song in samples]}


def main(folder: Path) -> None:
    results: dict[str, Any] = {}
    for kind, config in KINDS.items():
        pattern = shards.write_tensors(folder, config, most=40)
        results[kind] = train(folder, kind, config, examples=pattern)
    config = KINDS["melody"]
    pattern = f"{folder / config}.tfrecord*"
    notes = shards.write_note_sequences(folder, config, most=40)
    write_songs(folder / "songs.tfrecord", 8, 7)
    raw = str(folder / "songs.tfrecord")
    results["notes"] = train(folder, "notes", config, examples=notes)
    results["raw"] = train(folder, "raw", config, examples=raw)
    results["resumed"] = train(
        folder, "melody", config, examples=pattern, num_steps=5, eval_examples=notes
    )
    results["evaluated"] = train(
        folder, "melody", config, eval_examples=pattern, mode="eval", eval_once=True
    )
    results["on device"] = train(
        folder, "on device", config, examples=pattern, expand_on_device=True
    )
    results["sampled"] = sample(folder, "melody", config)
    for name, examples in (("few", pattern), ("few notes", notes), ("few raw", raw)):
        results[name] = train(
            folder, name, config, examples=examples, hparams="batch_size=5000"
        )
    results["hparams"] = train(folder, "wrong", config, examples=pattern, hparams="no_such=1")
    (folder / "results.json").write_text(json.dumps(results), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
