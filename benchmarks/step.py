"""What is a training step made of, and what does the compiled step gain?

Magenta's step and the compiled one in turn, in one process, on one constant batch;
and the floor: the products of matrices that each step consists of, of the same
shapes, alone. Times are CPU seconds but for the last columns. The hierarchy's
conductor is not counted.

    python -m benchmarks.step --config cat-mel_2bar_small --hparams batch_size=128
"""

import argparse
import functools
import os
import time
from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from benchmarks import options, report

DEFAULT_CONFIGS = ("cat-mel_2bar_small",)


class Product(NamedTuple):
    """[rows, inner] times [inner, columns], so many times a step."""

    rows: int
    inner: int
    columns: int
    times: int

    @property
    def operations(self) -> float:
        """Additions and multiplications."""
        return 2.0 * self.rows * self.inner * self.columns * self.times


class Layer(NamedTuple):
    """An LSTM layer.

    Attributes:
        batch: Sequences.
        steps: Of each.
        depth: Of what its cell gets at a step.
        units: Its units.
        fixed: How much of the depth is the same at every step.
        segments: Of a sequence, which Magenta runs one after the other.
        is_first: Nothing below it needs a gradient.
    """

    batch: int
    steps: int
    depth: int
    units: int
    fixed: int = 0
    segments: int = 1
    is_first: bool = False

    def of_magenta(self) -> list[Product]:
        """At every step: forward, to what the cell got, to the weights."""
        width, gates = self.depth + self.units, 4 * self.units
        return [
            Product(self.batch, width, gates, self.steps),
            Product(self.batch, gates, width, self.steps),
            Product(width, self.batch, gates, self.steps),
        ]

    def of_compiled(self) -> list[Product]:
        """At every step forward and to the last output; the others are one each."""
        varying, gates = self.depth - self.fixed, 4 * self.units
        batch, steps = self.batch * self.segments, self.steps // self.segments
        rows = batch * steps
        found = [
            Product(batch, self.depth + self.units, gates, steps),
            Product(batch, gates, self.units, steps),
            Product(varying + self.units, rows, gates, 1),
        ]
        if self.fixed:
            found += [
                Product(batch, gates, self.fixed, 1),
                Product(self.fixed, batch, gates, 1),
            ]
        return found if self.is_first else [*found, Product(rows, gates, varying, 1)]


def layers(config: Any) -> list[Layer]:
    """The LSTM layers of encoder and decoder."""
    hparams, converter = config.hparams, config.data_converter
    batch, steps = hparams.batch_size, hparams.max_seq_len
    depth = converter.input_depth + converter.control_depth
    found = []
    for level, units in enumerate(hparams.enc_rnn_size):
        found += 2 * [Layer(batch, steps, depth, units, is_first=level == 0)]
        depth = 2 * units
    decoder = config.model.decoder
    core = getattr(decoder, "_core_decoder", decoder)
    embedding = hparams.z_size if core is decoder else hparams.dec_rnn_size[-1]
    segments = int(np.prod(getattr(decoder, "_level_lengths", [1])[:-1], dtype=int))
    for head in _heads(config):
        depth, fixed = head + embedding + converter.control_depth, embedding
        for level, units in enumerate(hparams.dec_rnn_size):
            found.append(Layer(batch, steps, depth, units, fixed, segments, level == 0))
            depth, fixed = units, 0
    return found


def _heads(config: Any) -> list[int]:
    """The depths of the outputs that have a decoder each."""
    decoder = config.model.decoder
    core = getattr(decoder, "_core_decoder", decoder)
    if hasattr(core, "_core_decoders"):
        return list(core._output_depths)
    return [config.data_converter.output_depth]


def products(config: Any, is_compiled: bool) -> list[Product]:
    """The products of a step of encoder and decoder, from their shapes."""
    rows, times = config.hparams.batch_size, config.hparams.max_seq_len
    if is_compiled:
        rows, times = rows * times, 1
    units = config.hparams.dec_rnn_size[-1]
    found = [
        product
        for each in layers(config)
        for product in (each.of_compiled() if is_compiled else each.of_magenta())
    ]
    for head in _heads(config):
        found += [
            Product(rows, units, head, times),
            Product(rows, head, units, times),
            Product(units, rows, head, times),
        ]
    return found


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_common(parser)
    parser.add_argument("--hparams", default="batch_size=128")
    arguments = parser.parse_args()
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    from vaeprep.training.tensorflow_one import import_tensorflow_one

    import_tensorflow_one("ERROR")
    rows, values = [], {}
    for config in arguments.config or DEFAULT_CONFIGS:
        values[config] = found = measure(config, arguments.hparams, arguments.repetitions)
        rows.append((config, *_cells(found)))
    head = (
        "config",
        "operations",
        "products alone",
        "Magenta's step",
        "share",
        "compiled: operations",
        "products alone",
        "its step",
        "gain",
        "by the clock",
        "at most",
    )
    text = f"Hyperparameters: `{arguments.hparams}`\n\n{report.table(head, rows)}"
    report.save(arguments.out, "step", values, text)


def _cells(found: dict[str, Any]) -> tuple[str, ...]:
    magenta, ours = found["magenta"], found["compiled"]

    def gain(kind: str) -> str:
        pairs = zip(found[f"magenta{kind}"], found[f"compiled{kind}"], strict=True)
        return f"{median(a / b for a, b in pairs):.2f}"

    return (
        f"{found['operations'] / 1e9:,.1f} G",
        f"{found['products']:.3f} s",
        f"{median(magenta):.3f} s",
        f"{found['products'] / median(magenta):.0%}",
        f"{found['compiled operations'] / 1e9:,.1f} G",
        f"{found['compiled products']:.3f} s",
        f"{median(ours):.3f} s",
        gain(""),
        gain(" wall"),
        f"{median(magenta) / found['compiled products']:.2f}",
    )


def measure(name: str, hparams: str, rounds: int) -> dict[str, Any]:
    """CPU seconds of both steps and of the products alone."""
    import tensorflow.compat.v1 as tf

    from benchmarks import step_graph

    config = step_graph.configuration(name, hparams)
    batch = step_graph.random_batch(config)
    contestants: dict[str, Callable[[], object]] = {}
    for label in ("magenta", "compiled"):
        built = step_graph.build(config, batch, label == "compiled")
        session = tf.Session(graph=built.graph)
        session.run(built.initialize)
        contestants[label] = functools.partial(session.run, built.train)
    times: dict[str, list[float]] = {label: [] for label in contestants}
    walls: dict[str, list[float]] = {f"{label} wall": [] for label in contestants}
    for count in range(rounds + 1):
        for label, contestant in contestants.items():
            start = time.perf_counter()
            seconds = _cpu(contestant)
            if count:  # the first one makes everything ready
                times[label].append(seconds)
                walls[f"{label} wall"].append(time.perf_counter() - start)
    theirs, less = products(config, False), products(config, True)
    alone = {product: _alone(product) for product in {*theirs, *less}}
    return {
        **times,
        **walls,
        "operations": sum(product.operations for product in theirs),
        "products": sum(alone[product] for product in theirs),
        "compiled operations": sum(product.operations for product in less),
        "compiled products": sum(alone[product] for product in less),
    }


def _alone(product: Product) -> float:
    """CPU seconds of a product as often as a step makes it, reckoned from a part of them."""
    import tensorflow.compat.v1 as tf

    runs = min(product.times, 16)
    with tf.Graph().as_default(), tf.Session() as session:
        random = np.random.default_rng(0)
        left, right = (
            tf.get_variable(name, initializer=random.random(shape, np.float32))
            for name, shape in (
                ("left", (product.rows, product.inner)),
                ("right", (product.inner, product.columns)),
            )
        )
        result = tf.while_loop(
            lambda time, _: time < runs,
            lambda time, last: (time + 1, last + tf.matmul(left + last, right)[0, 0] * 0),
            (0, tf.constant(0.0)),
        )[1]
        session.run(tf.global_variables_initializer())
        session.run(result)
        return min(_cpu(lambda: session.run(result)) for _ in range(2)) * product.times / runs


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
