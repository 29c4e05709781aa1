"""Compares the compiled step with Magenta's, in one process; `test_step` looks at the result.

Both graphs get the same weights, batch and noise. What is drawn within a graph is
made the same by drawing nothing: every second sequence is sampled, the sample is the
likeliest class, and dropout takes the same elements at every step.
"""

import copy
import json
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from tests.tensors import shards
from tests.training import training_runs

TINY = "batch_size=4,enc_rnn_size=[8],dec_rnn_size=[6,8],z_size=3"
MODELS = {
    "categorical": ("cat-mel_2bar_small", f"{TINY},max_seq_len=9"),
    "sampled": (
        "cat-mel_2bar_small",
        f"{TINY},max_seq_len=9,sampling_schedule=constant,sampling_rate=1",
    ),
    "chords": ("cat-mel_2bar_med_chords", f"{TINY},max_seq_len=9"),
    "trio": (
        "flat-trio_16bar",
        "batch_size=4,enc_rnn_size=[8,6],dec_rnn_size=[6,8],z_size=3,max_seq_len=9",
    ),
    "nade": ("nade-drums_2bar_reduced", f"{TINY},max_seq_len=9"),
    "hierarchical": ("hier-trio_16bar", TINY),
    "groove": ("groovae_2bar_hits_control_tfds", f"{TINY},max_seq_len=9"),
    "performance": ("hier-multiperf_vel_1bar_med_chords", TINY),
}
KINDS = {
    "sampled": ("ragged", "full"),
    "groove": ("ragged", "full"),
    "hierarchical": ("full",),
}
"""Sequences of unequal lengths, or all as long as may be; segments of a trio are that."""
SEGMENTS = {"hierarchical": (2, 5), "performance": (8, 4)}
"""Of a hierarchy cut short: segments and the steps of each."""


def compared(name: str, kind: str) -> dict[str, Any]:
    """Loss, gradients and variables after one step, of both steps."""
    import tensorflow.compat.v1 as tf

    from benchmarks import step_graph

    config = step_graph.configuration(*MODELS[name])
    if name in SEGMENTS:
        segments, steps = SEGMENTS[name]
        config.model.encoder._level_lengths = [steps, segments]
        config.model.decoder._level_lengths = [segments, steps]
        config.hparams.max_seq_len = segments * steps
    batch = step_graph.random_batch(config, full=kind == "full")
    random = np.random.default_rng(0)
    values: dict[str, Any] = {}
    found = []
    for is_compiled in (False, True):
        graph = step_graph.build(config, batch, is_compiled)
        with tf.Session(graph=graph.graph) as session:
            session.run(graph.initialize)
            for key, value in session.run(graph.variables).items():
                moved = value + 0.1 * random.standard_normal(value.shape).astype("f")
                graph.variables[key].load(values.setdefault(key, moved), session)
            noise = _noise(graph.graph)
            shape = [n or 1 for n in noise.shape.as_list()]
            feed = {noise: np.random.default_rng(1).standard_normal(shape)}
            loss, gradients = session.run((graph.model.loss, graph.gradients), feed)
            session.run(graph.train, feed)
            found.append((loss, gradients, session.run(graph.variables)))
    theirs, ours = found
    return {
        "loss": _apart(ours[0], theirs[0]),
        "gradients": {key: _apart(ours[1][key], each) for key, each in theirs[1].items()},
        "after": {key: _apart(ours[2][key], each) for key, each in theirs[2].items()},
        "moved": max(_apart(each, values[key]) for key, each in theirs[2].items()),
        "largest": {key: float(np.abs(each).max()) for key, each in theirs[1].items()},
    }


def _noise(graph: Any) -> Any:
    """The noise that z is drawn with."""
    (found,) = (
        each
        for each in graph.get_operations()
        if each.type == "RandomStandardNormal" and "Initializer" not in each.name
    )
    return found.outputs[0]


def _apart(ours: Any, theirs: Any) -> float:
    return float(np.abs(ours - theirs).max() / (np.abs(theirs).max() + 1e-30))


def nothing_drawn() -> list[Any]:
    """While these are open, nothing is drawn within a graph but the noise of z."""
    import tensorflow.compat.v1 as tf
    from magenta.contrib import seq2seq
    from magenta.models.music_vae import lstm_models

    def every_second(probs: Any, sample_shape: Any = (), seed: Any = None) -> Any:
        del probs, seed
        return tf.range(sample_shape) % 2

    def likeliest(self: Any, logits: Any, temperature: float = 1.0) -> Any:
        del self, temperature
        return tf.one_hot(tf.argmax(logits, axis=-1), logits.shape[-1])

    def without_some(inputs: Any, rate: float) -> Any:
        kept = np.random.default_rng(2).random(int(inputs.shape[-1])) >= rate
        return inputs * tf.constant(kept / (1 - rate), tf.float32)

    def in_wrapper(
        self: Any, values: Any, salt: Any, noise: Any, keep_prob: Any, *rest: Any
    ) -> Any:
        del self, salt, noise, rest
        return without_some(values, 1 - float(keep_prob))

    return [
        mock.patch.object(seq2seq, "bernoulli_sample", every_second),
        mock.patch.object(lstm_models.CategoricalLstmDecoder, "_sample", likeliest),
        mock.patch.object(lstm_models.MultiLabelRnnNadeDecoder, "_sample", _first_outputs),
        mock.patch.object(tf.nn, "dropout", without_some),
        mock.patch.object(tf.nn.rnn_cell.DropoutWrapper, "_dropout", in_wrapper),
    ]


def _first_outputs(self: Any, logits: Any, temperature: float = 1.0) -> Any:
    import tensorflow.compat.v1 as tf

    del temperature
    return tf.stop_gradient(tf.to_float(logits[:, : self._output_depth] > 0))


def main(folder: Path) -> None:
    """Compares, trains, and writes `results.json`."""
    import contextlib

    from vaeprep.training.tensorflow_one import import_tensorflow_one

    import_tensorflow_one("ERROR")
    results: dict[str, Any] = {"compared": {}, "why not": {}}
    with contextlib.ExitStack() as opened:
        for patch in nothing_drawn():
            opened.enter_context(patch)
        for name in MODELS:
            for kind in KINDS.get(name, ("ragged",)):
                results["compared"][f"{name} {kind}"] = compared(name, kind)
    results["why not"] = _why_not()
    pattern = shards.write_tensors(folder, "cat-mel_2bar_small", most=40)

    def train(**options: Any) -> dict[str, Any]:
        config = "cat-mel_2bar_small"
        return training_runs.train(folder, "melody", config, examples=pattern, **options)

    results["trained"] = train(step="compiled")
    results["sampled"] = _sampled(folder / "melody" / "train")
    results["gone on"] = train(num_steps=5)
    results["refused"] = training_runs.train(
        folder,
        "refused",
        "cat-mel_2bar_small",
        examples=pattern,
        step="compiled",
        hparams="batch_size=8,residual_decoder=True",
    )
    (folder / "results.json").write_text(json.dumps(results), "utf-8")


def _sampled(checkpoints: Path) -> int:
    """How many songs Magenta's TrainedModel samples from a checkpoint."""
    import tensorflow.compat.v1 as tf
    from magenta.models.music_vae import TrainedModel

    from benchmarks import step_graph

    config = step_graph.configuration("cat-mel_2bar_small", training_runs.TINY)
    with tf.Graph().as_default():
        model = TrainedModel(config, batch_size=2, checkpoint_dir_or_path=str(checkpoints))
        return len(model.sample(n=2, length=config.hparams.max_seq_len))


def _why_not() -> dict[str, str | None]:
    from magenta.models.music_vae import configs, lstm_models

    from vaeprep.training.step import why_not

    found = {name: why_not(config) for name, config in configs.CONFIG_MAP.items()}
    changed = copy.deepcopy(configs.CONFIG_MAP["hierdec-mel_16bar"])
    changed.model.decoder._disable_autoregression = []
    found["autoregression"] = why_not(changed)
    changed = copy.deepcopy(configs.CONFIG_MAP["cat-mel_2bar_small"])
    changed.hparams.dropout_keep_prob = 0.5
    found["dropout"] = why_not(changed)
    changed.model._encoder = lstm_models.LstmEncoder()
    found["encoder"] = why_not(changed)
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
