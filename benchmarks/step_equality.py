"""Is the compiled step Magenta's step? Loss, gradients, one optimizer step, and many.

Both graphs get the same weights, batches and noise. What is drawn within a graph is
made the same by drawing nothing: every second sequence is sampled, the sample is the
likeliest class, and dropout takes the same elements at every step. With `--steps`
both are trained on, and Magenta's step once more with another seed of the noise: how
far apart the losses are is held against how far a seed takes them.

    python -m benchmarks.step_equality --steps 200
    python -m benchmarks.step_equality --config cat-mel_2bar_small --hparams batch_size=4

Without `--config` it takes a small model of each decoder.
"""

import argparse
import contextlib
import os
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

from benchmarks import options, report

TINY = "batch_size=4,enc_rnn_size=[8],dec_rnn_size=[6,8],z_size=3"
MODELS = {
    "categorical": (
        "cat-mel_2bar_small",
        f"{TINY},max_seq_len=9,sampling_schedule=constant,sampling_rate=0",
    ),
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
"""A small model of each decoder: configuration and hyperparameters."""
SEGMENTS = {"hierarchical": (2, 5), "performance": (8, 4)}
"""Of a hierarchy cut short: segments and the steps of each."""
BATCHES = 8
"""So many batches are trained on in turn."""


class Run(NamedTuple):
    """What one step, and then a training, gave.

    Attributes:
        loss: Before the step.
        gradients: By variable.
        after: The variables after the step.
        curve: The loss of every step of a training from the first weights.
    """

    loss: float
    gradients: dict[str, Any]
    after: dict[str, Any]
    curve: list[float]


def tiny(name: str) -> Any:
    """The configuration of one of `MODELS`."""
    from benchmarks import step_graph

    config = step_graph.configuration(*MODELS[name])
    if name in SEGMENTS:
        segments, steps = SEGMENTS[name]
        config.model.encoder._level_lengths = [steps, segments]
        config.model.decoder._level_lengths = [segments, steps]
        config.hparams.max_seq_len = segments * steps
    return config


def compared(config: Any, full: bool, steps: int = 0) -> dict[str, Any]:
    """Both steps, from the same weights, on the same batches.

    Args:
        config: Magenta's Config.
        full: Every sequence is as long as it may be; otherwise their lengths differ.
        steps: Length of the trainings; 0 for none.

    Returns:
        How far apart they are, relative to the largest value of a tensor: `loss`, and by
        variable `gradients` and `after`. How far the first step took the variables
        (`moved`), the gradients' largest values (`largest`), and the trainings' losses.
    """
    theirs, seeded = _runs(config, full, False, steps, (1, 2) if steps else (1,))
    (ours, *_) = _runs(config, full, True, steps, (1,))
    first = {name: _value(name, each.shape) for name, each in theirs.after.items()}
    return {
        "loss": apart(ours.loss, theirs.loss),
        "gradients": _all_apart(ours.gradients, theirs.gradients),
        "after": _all_apart(ours.after, theirs.after),
        "moved": max(_all_apart(first, theirs.after).values()),
        "largest": {key: float(np.abs(each).max()) for key, each in theirs.gradients.items()},
        "magenta": theirs.curve,
        "compiled": ours.curve,
        "another seed": seeded,
    }


def _runs(
    config: Any, full: bool, is_compiled: bool, steps: int, seeds: tuple[int, ...]
) -> tuple[Run, list[float]]:
    """A step and a training with the first seed, and a training with the last one."""
    import tensorflow.compat.v1 as tf

    from benchmarks import step_graph

    batches = [step_graph.random_batch(config, seed, full) for seed in range(BATCHES)]
    graph = step_graph.build(config, batches[0], is_compiled)
    noise = _noise(graph.graph)

    with tf.Session(graph=graph.graph) as session:

        def begin() -> None:
            session.run(graph.initialize)
            for name, variable in graph.variables.items():
                variable.load(_value(name, variable.shape.as_list()), session)

        def feed(step: int, seed: int) -> dict[Any, Any]:
            random = np.random.default_rng((seed, step))
            drawn = random.standard_normal([n or 1 for n in noise.shape.as_list()])
            inputs = zip(graph.inputs, batches[step % BATCHES], strict=True)
            return {noise: drawn, **{to: given for to, given in inputs if to is not None}}

        def curve(seed: int) -> list[float]:
            begin()
            wanted = (graph.model.loss, graph.train)
            return [float(session.run(wanted, feed(n, seed))[0]) for n in range(steps)]

        begin()
        loss, gradients = session.run((graph.model.loss, graph.gradients), feed(0, seeds[0]))
        session.run(graph.train, feed(0, seeds[0]))
        after = session.run(graph.variables)
        curves = [curve(seed) for seed in seeds]
    return Run(loss, gradients, after, curves[0]), curves[-1]


def _value(name: str, shape: Any) -> Any:
    """A variable's first value: the same in both graphs."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    scale = max(0.1, shape[0] ** -0.5) if len(shape) == 1 else shape[0] ** -0.5
    return random.standard_normal(shape, np.float32) * np.float32(scale)


def _noise(graph: Any) -> Any:
    """The noise that z is drawn with."""
    (found,) = (
        each
        for each in graph.get_operations()
        if each.type == "RandomStandardNormal" and "Initializer" not in each.name
    )
    return found.outputs[0]


def apart(ours: Any, theirs: Any) -> float:
    """The largest difference, relative to the largest value."""
    return float(np.abs(ours - theirs).max() / (np.abs(theirs).max() + 1e-30))


def _all_apart(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, float]:
    return {key: apart(ours[key], each) for key, each in theirs.items()}


@contextlib.contextmanager
def nothing_drawn() -> Iterator[None]:
    """While it is open, nothing is drawn within a graph but the noise of z."""
    import tensorflow.compat.v1 as tf
    from magenta.contrib import seq2seq
    from magenta.models.music_vae import lstm_models

    def every_second(probs: Any, sample_shape: Any = (), seed: Any = None) -> Any:
        del probs, seed
        return tf.range(sample_shape) % 2

    def likeliest(self: Any, logits: Any, temperature: float = 1.0) -> Any:
        del self, temperature
        return tf.one_hot(tf.argmax(logits, axis=-1), logits.shape[-1])

    def first_outputs(self: Any, logits: Any, temperature: float = 1.0) -> Any:
        del temperature
        return tf.stop_gradient(tf.to_float(logits[:, : self._output_depth] > 0))

    def without_some(inputs: Any, rate: float) -> Any:
        kept = np.random.default_rng(2).random(int(inputs.shape[-1])) >= rate
        return inputs * tf.constant(kept / (1 - rate), tf.float32)

    def in_wrapper(
        self: Any, values: Any, salt: Any, noise: Any, keep_prob: Any, *rest: Any
    ) -> Any:
        del self, salt, noise, rest
        return without_some(values, 1 - float(keep_prob))

    patches = (
        (seq2seq, "bernoulli_sample", every_second),
        (lstm_models.CategoricalLstmDecoder, "_sample", likeliest),
        (lstm_models.MultiLabelRnnNadeDecoder, "_sample", first_outputs),
        (tf.nn, "dropout", without_some),
        (tf.nn.rnn_cell.DropoutWrapper, "_dropout", in_wrapper),
    )
    with contextlib.ExitStack() as opened:
        for owner, name, ours in patches:
            opened.enter_context(mock.patch.object(owner, name, ours))
        yield


def main() -> None:
    """Compares and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_common(parser)
    parser.add_argument("--model", action="append", choices=MODELS, help="repeat it")
    parser.add_argument("--hparams", default="batch_size=4", help="over a --config's")
    parser.add_argument("--steps", type=int, default=0, help="of a training")
    arguments = parser.parse_args()
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    from vaeprep.training.tensorflow_one import import_tensorflow_one

    import_tensorflow_one("ERROR")
    from benchmarks import step_graph

    if arguments.config:
        wanted = [(name, (name, arguments.hparams)) for name in arguments.config]
    else:
        wanted = [(name, MODELS[name]) for name in arguments.model or MODELS]
    rows, values = [], {}
    with nothing_drawn():
        for name, model in wanted:
            config = tiny(name) if name in MODELS else step_graph.configuration(*model)
            values[name] = found = compared(config, True, arguments.steps)
            rows.append((name, *_cells(found)))
    head = ["model", "loss", "worst gradient", "worst variable after one step"]
    if arguments.steps:
        head += [f"loss at step {arguments.steps}", "losses apart", "with another seed"]
    report.save(arguments.out, "step_equality", values, report.table(head, rows))


def _cells(found: dict[str, Any]) -> list[str]:
    cells = [
        f"{found['loss']:.0e}",
        f"{max(found['gradients'].values()):.1e}",
        f"{max(found['after'].values()):.1e}",
    ]
    if found["magenta"]:
        theirs = np.array(found["magenta"])
        cells.append(f"{theirs[0]:.4g} → {theirs[-1]:.4g}")
        for other in ("compiled", "another seed"):
            cells.append(f"{np.max(np.abs(np.array(found[other]) / theirs - 1)):.1e}")
    return cells


if __name__ == "__main__":
    main()
