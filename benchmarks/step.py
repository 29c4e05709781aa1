"""What is a training step made of, and what does the compiled step gain?

Magenta's step and the compiled one in turn, in one process, on one constant batch;
and the floor: the products of matrices that Magenta's step consists of, of the same
shapes, alone. Times are CPU seconds. The hierarchy's conductor is not counted.

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


def layer(batch: int, steps: int, depth: int, units: int) -> list[Product]:
    """An LSTM layer in Magenta's step: forward, to the input, to the weights."""
    width = depth + units
    return [
        Product(batch, width, 4 * units, steps),
        Product(batch, 4 * units, width, steps),
        Product(width, batch, 4 * units, steps),
    ]


def products(config: Any) -> list[Product]:
    """The products of Magenta's step of encoder and decoder, from their shapes."""
    hparams, converter = config.hparams, config.data_converter
    batch, steps = hparams.batch_size, hparams.max_seq_len
    depth = converter.input_depth + converter.control_depth
    found: list[Product] = []
    for units in hparams.enc_rnn_size:
        found += 2 * layer(batch, steps, depth, units)
        depth = 2 * units
    decoder = config.model.decoder
    core = getattr(decoder, "_core_decoder", decoder)
    embedding = hparams.z_size if core is decoder else hparams.dec_rnn_size[-1]
    heads = core._output_depths if hasattr(core, "_core_decoders") else [converter.output_depth]
    for head in heads:
        depth = head + embedding + converter.control_depth
        for units in hparams.dec_rnn_size:
            found += layer(batch, steps, depth, units)
            depth = units
        found += [Product(batch, depth, head, steps)] * 3
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
        "compiled",
        "gain",
        "by the clock",
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
        f"{median(ours):.3f} s",
        gain(""),
        gain(" wall"),
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
    wanted = products(config)
    alone = {product: _alone(product) for product in set(wanted)}
    return {
        **times,
        **walls,
        "operations": sum(product.operations for product in wanted),
        "products": sum(alone[product] for product in wanted),
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
