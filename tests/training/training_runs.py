"""Trains for a few steps in every way, in one process; `test_train` looks at what came out.

TensorFlow is switched to version 1's behaviour for training, which the other
tests must not see, and Magenta is imported once.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from tests.tensors import shards
from vaeprep.demo.songs import write_songs
from vaeprep.errors import UsageError
from vaeprep.midi.convert import midi_to_note_sequence
from vaeprep.training import run_folder
from vaeprep.training.interpolate import interpolate
from vaeprep.training.options import TrainOptions
from vaeprep.training.run_folder import latest_checkpoint
from vaeprep.training.sample import sample
from vaeprep.training.train import run
from vaeprep.training.trained_model import ModelOptions

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


def sampled(folder: Path, name: str, **options: Any) -> dict[str, Any]:
    """Samples from the run folder alone; returns the music of each file, or the error."""
    result: dict[str, Any] = {}
    asked = {"count": 2, "seed": 1, "run_dir": folder / name, "overwrite": True, **options}
    count, overwrite = asked.pop("count"), asked.pop("overwrite")
    ends = asked.pop("ends", None)
    try:
        model = ModelOptions(**asked)
        if ends is None:
            files = sample(model, count, folder / "listen", overwrite=overwrite)
        else:
            files = interpolate(model, ends, count, folder / "between", overwrite=overwrite)
    except UsageError as error:
        return {"error": str(error)}
    result["files"] = [path.name for path in files]
    songs = [midi_to_note_sequence(path.read_bytes()) for path in files]
    result["notes"] = [[(n.pitch, n.start_time, n.is_drum) for n in s.notes] for s in songs]
    return result


def strip_optimizer(run_dir: Path, stripped: Path) -> None:
    """Writes the model of a checkpoint alone, as published ones are."""
    import tensorflow.compat.v1 as tf

    reader = tf.train.load_checkpoint(str(latest_checkpoint(run_dir / "train")))
    names = [
        name
        for name in reader.get_variable_to_shape_map()
        if not any(word in name for word in ("Adam", "beta", "power"))
    ]
    (stripped / "train").mkdir(parents=True)
    with tf.Graph().as_default(), tf.Session() as session:
        saved = [tf.Variable(reader.get_tensor(name), name=name) for name in names]
        session.run(tf.global_variables_initializer())
        tf.train.Saver(saved).save(session, str(stripped / "train" / "model.ckpt"), 1)


def first_values(run_dir: Path, step: int) -> list[float]:
    """A few values of a model variable, and the step, in a checkpoint."""
    import tensorflow.compat.v1 as tf

    reader = tf.train.load_checkpoint(str(run_dir / "train" / f"model.ckpt-{step}"))
    names = reader.get_variable_to_shape_map()
    kernel = min(name for name in names if name.endswith("kernel"))
    values = reader.get_tensor(kernel).ravel()[:4]
    return [*map(float, values), float(reader.get_tensor("global_step"))]


def stuck(results: dict[str, Any], folder: Path, config: str, pattern: str) -> None:
    """Run folders that are not what the command expects."""
    shutil.copytree(folder / "melody", folder / "by magenta")
    (folder / "by magenta" / run_folder.NAME).unlink()
    strip_optimizer(folder / "melody", folder / "stripped")
    other = TINY.replace("z_size=4", "z_size=5") + ",learning_rate=0.1"
    for name in ("melody", "by magenta"):
        results[f"other size {name}"] = train(
            folder, name, config, examples=pattern, hparams=other
        )
    results["stripped"] = train(folder, "stripped", config, examples=pattern)
    warmup = {"examples": pattern, "warmup_from": folder / "stripped"}
    results["fine-tuned"] = train(folder, "fine-tuned", config, **warmup, num_steps=1)
    results["fine-tuned"]["first"] = first_values(folder / "fine-tuned", 0)
    results["fine-tuned"]["source"] = first_values(folder / "stripped", 1)
    results["fine-tuned on"] = train(folder, "fine-tuned", config, **warmup, num_steps=2)
    results["misfit"] = train(folder, "misfit", config, **warmup, hparams=other)
    results["misfit"]["left"] = (folder / "misfit").exists()


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
        folder,
        "melody",
        config,
        eval_examples=pattern,
        mode="eval",
        eval_once=True,
        hparams="",
    )
    results["on device"] = train(
        folder, "on device", config, examples=pattern, expand_on_device=True
    )
    stuck(results, folder, config, pattern)
    for kind in ("melody", "groove"):
        results[f"sampled {kind}"] = sampled(folder, kind)
    results["sampled again"] = sampled(folder, "melody")
    results["not replaced"] = sampled(folder, "melody", overwrite=False)
    results["of another size"] = sampled(folder, "melody", hparams="z_size=5")
    results["no chords"] = sampled(folder, "chords")
    ends = [folder / "listen" / name for name in results["sampled melody"]["files"]]
    results["between"] = sampled(folder, "melody", ends=tuple(ends), count=3)
    for name, examples in (("few", pattern), ("few notes", notes), ("few raw", raw)):
        results[name] = train(
            folder, name, config, examples=examples, hparams="batch_size=5000"
        )
    results["hparams"] = train(folder, "wrong", config, examples=pattern, hparams="no_such=1")
    (folder / "results.json").write_text(json.dumps(results), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
